// The backoff before a retry (B1, B2): a pure function of the policy, the retry's number and a
// draw. Computes in integer nanoseconds, so that the bounds are exact. Never waits. Thread: any.
#pragma once

#include <cstdint>

#include "base/rng.h"
#include "holdfast/policy.h"

namespace holdfast::policy {

/// The delay before retry `k` (from 1; 0 counts as 1). `previous` is the last delay returned, for
/// decorrelated jitter; zero, before the first retry, counts as `base`. Never overflows, whatever
/// `k` and the policy. Takes one draw, or none for Jitter::none.
Duration backoff_delay(const BackoffPolicy& policy, std::uint32_t k, Duration previous,
                       base::Rng& jitter);

/// The smallest and the largest delay that backoff_delay can return for this `k`, for explain() and
/// the tests. Both can be drawn.
struct DelayBounds {
  Duration least, most;
};
DelayBounds backoff_bounds(const BackoffPolicy& policy, std::uint32_t k);

}  // namespace holdfast::policy
