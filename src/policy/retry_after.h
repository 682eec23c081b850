// Reads Retry-After (B3–B5; RFC 9110 §10.2.3): delta-seconds or any of the three date forms, exact
// to the nanosecond and never shorter than asked for. Pure; reads no clock and does not judge the
// wait (decide() does). Thread: any.
#pragma once

#include "base/instant.h"
#include "holdfast/headers.h"
#include "holdfast/timeline.h"
#include "policy/wait_text.h"

namespace holdfast::policy {

struct RetryAfter {
  /// absent, unparsable, past (zero or a past date), or used (a positive wait).
  RetryAfterNote note = RetryAfterNote::absent;
  /// The wait: 0 for `past`, negative for absent and unparsable. kUnboundedWait for a wait that
  /// does not fit: it is valid, and longer than any limit.
  Duration wait{-1};
};

/// The largest valid value of all Retry-After fields. The members of a comma-separated list count
/// as values, because a proxy that merges fields produces them. A date is measured against the
/// response's own Date if that is valid (B4), else against now.wall.
RetryAfter read_retry_after(const Headers& headers, base::Now now);

}  // namespace holdfast::policy
