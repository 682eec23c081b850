// Reads the fields other than Retry-After by which servers announce when a client may retry (B8):
// retry-after-ms, RateLimit (draft-ietf-httpapi-ratelimit-headers, in the form of drafts 08 and
// later, `"name";r=0;t=30`, and of draft 07, `limit=100, remaining=0, reset=30`), RateLimit-Reset
// and X-RateLimit-Reset. Pure; decide() judges whether the wait is accepted. Thread: any.
#pragma once

#include "base/instant.h"
#include "holdfast/headers.h"
#include "holdfast/timeline.h"
#include "policy/wait_text.h"

namespace holdfast::policy {

/// A wait that a response asks for, and the field that asks for it.
struct WaitHint {
  RetryAfterNote note = RetryAfterNote::absent;  ///< absent, unparsable, past or used
  Duration wait{-1};                             ///< as RetryAfter::wait
  DelaySource source = DelaySource::none;        ///< none unless `note` is past or used
};

/// The longest wait of all those fields; of equal ones, the first in the list above.
///
///  - A number has digits only; a number that does not fit means kUnboundedWait.
///  - A reset of 1,000,000,000 or more is an epoch in seconds, measured like the dates of B4; a
///    smaller one is a number of seconds.
///  - A reset is ignored if the smallest value of the Remaining field with the same prefix is above
///    0: that limit did not cause the response.
///  - RateLimit counts only if no request is left (r=0, remaining=0).
WaitHint read_rate_limit(const Headers& headers, base::Now now);

/// Retry-After if it is valid; else, if `others`, read_rate_limit(). An unparsable Retry-After is
/// noted if no other field is valid either.
WaitHint read_wait_hint(const Headers& headers, base::Now now, bool others);

}  // namespace holdfast::policy
