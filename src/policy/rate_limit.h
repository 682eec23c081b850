// Reads the fields by which servers say when a client may come back, other than Retry-After (B8):
// retry-after-ms, RateLimit (draft-ietf-httpapi-ratelimit-headers, in the form of drafts 08 and
// later, `"name";r=0;t=30`, and of draft 07, `limit=100, remaining=0, reset=30`), RateLimit-Reset
// and X-RateLimit-Reset. Pure; whether the wait is worth it is decide's to judge. Thread: any.
#pragma once

#include "base/instant.h"
#include "holdfast/headers.h"
#include "holdfast/timeline.h"
#include "policy/wait_text.h"

namespace holdfast::policy {

/// A wait that a response asks for, and by which field.
struct WaitHint {
  RetryAfterNote note = RetryAfterNote::absent;  ///< absent, unparsable, past or used
  Duration wait{-1};                             ///< as RetryAfter::wait
  DelaySource source = DelaySource::none;        ///< none unless `note` is past or used
};

/// The longest wait of all those fields (the first in the list above, where two are as long).
///
/// - A number has digits only; more than fit mean kUnboundedWait.
/// - A reset of 1,000,000,000 or more is an epoch in seconds and is measured as B4 does dates; a
///   smaller one is a number of seconds.
/// - A reset is ignored where the smallest value of the Remaining field of the same prefix is
///   above 0: the response was not caused by the limit.
/// - RateLimit counts only where no request is left (r=0, remaining=0).
WaitHint read_rate_limit(const Headers& headers, base::Now now);

/// Retry-After where it is valid; else, if `others`, read_rate_limit(). An unparsable Retry-After
/// is noted where no other field is valid either.
WaitHint read_wait_hint(const Headers& headers, base::Now now, bool others);

}  // namespace holdfast::policy
