// Reads Retry-After (B3–B5; RFC 9110 §10.2.3): delta-seconds or any of the three date forms, to the
// nanosecond and never undercut. Pure; never reads a clock, never judges whether the wait is worth
// it (decide does). Thread: any.
#pragma once

#include "base/instant.h"
#include "holdfast/headers.h"
#include "holdfast/timeline.h"
#include "policy/wait_text.h"

namespace holdfast::policy {

struct RetryAfter {
  /// absent, unparsable, past (zero or in the past), or used (a positive wait was understood).
  RetryAfterNote note = RetryAfterNote::absent;
  /// The wait asked for: 0 for `past`, negative for absent and unparsable. A wait that does not fit
  /// is kUnboundedWait: legal, and longer than any limit.
  Duration wait{-1};
};

/// The largest valid value of all Retry-After fields; the members of a comma-separated list count
/// as values too, as that is what a proxy that merges fields makes of them. A date is measured
/// against the response's own Date where that is valid (B4), else against now.wall.
RetryAfter read_retry_after(const Headers& headers, base::Now now);

}  // namespace holdfast::policy
