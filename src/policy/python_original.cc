// The profile of the client whose documented behaviour the defaults follow.
#include "holdfast/policy.h"

namespace holdfast {

RetryPolicy RetryPolicy::python_original() {
  RetryPolicy retry;
  retry.max_attempts = 5;
  retry.non_idempotent = NonIdempotent::never;
  // 104 is not a status but the number of ECONNRESET: in the set it means connection_reset (R3).
  retry.statuses = {104, 408, 429, 500, 502, 503, 504};
  retry.errors = ErrorSet::transient();
  // Its documentation never retries any other 4xx and always waits for the backoff. R3's retry of
  // 421 and 425 and R7's immediate replay are additions of this library.
  retry.retry_misdirected = false;
  retry.replay_stale = false;
  retry.pushback_fields.clear();
  retry.rate_limit_hints = false;
  retry.backoff.base = std::chrono::seconds(1);
  retry.backoff.max = kOff;
  retry.backoff.jitter = Jitter::proportional;
  retry.backoff.jitter_low = 0.8;
  retry.backoff.jitter_high = 1.0;
  retry.retry_after_statuses = {429, 503};
  retry.max_retry_after = kOff;
  retry.retry_after_jitter = 0;
  return retry;
}

}  // namespace holdfast
