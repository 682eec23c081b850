// The hook before each attempt: to sign a request, to add a token, or to refuse the attempt. The
// rules are in holdfast.h. Thread: the loop's.
//
//     static holdfast_prepare sign(void* context, holdfast_plan* plan) {
//       holdfast_headers_set(holdfast_plan_headers(plan), "Authorization", ((app*)context)->token);
//       return HOLDFAST_PREPARE_PROCEED;
//     }
//
//     holdfast_client_before_attempt(client, sign, app);
#pragma once

#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/headers.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The decision of a hook about an attempt. Any other value counts as HOLDFAST_PREPARE_REJECT.
typedef enum holdfast_prepare HOLDFAST_OPEN_ENUM {
  HOLDFAST_PREPARE_PROCEED = 0,  ///< it goes ahead
  HOLDFAST_PREPARE_DEFER = 1,  ///< not yet: holdfast_proceed() or holdfast_reject() will be called
  HOLDFAST_PREPARE_REJECT = 2  ///< the request ends with HOLDFAST_ATTEMPT_REFUSED
} holdfast_prepare;

/// The numbers of a plan. A plan, and what is got from it, lives until the hook returns.
typedef enum holdfast_plan_number HOLDFAST_OPEN_ENUM {
  HOLDFAST_PLAN_REQUEST = 0,  ///< number of the request in this client, from 1
  HOLDFAST_PLAN_ATTEMPT = 1,  ///< number of the attempt, from 1
  HOLDFAST_PLAN_HOP = 2       ///< redirects followed before it
} holdfast_plan_number;
/// Returns a number of the plan; -1 if this version does not know it.
HOLDFAST_EXPORT int64_t holdfast_plan_get(const holdfast_plan* plan, holdfast_plan_number what);
/// Returns the request, for holdfast_proceed() and holdfast_reject() later.
HOLDFAST_EXPORT holdfast_request_id holdfast_plan_request_id(const holdfast_plan* plan);
/// Returns the method of the request.
HOLDFAST_EXPORT const char* holdfast_plan_method(const holdfast_plan* plan);
/// Returns the whole URL, query included.
HOLDFAST_EXPORT const char* holdfast_plan_url(const holdfast_plan* plan);
/// Returns the request's own fields; the hook can change them for this attempt. The next attempt
/// starts from the request's fields again. The client's default headers and cookies are added
/// afterwards. A changed Host or Idempotency-Key, which must be the same in all attempts (R2), or a
/// field for framing ends the request with HOLDFAST_INVALID_REQUEST.
HOLDFAST_EXPORT holdfast_headers* holdfast_plan_headers(holdfast_plan* plan);
/// Sets the error's detail, with HOLDFAST_PREPARE_REJECT. It must not contain secrets.
HOLDFAST_EXPORT void holdfast_plan_refusal(holdfast_plan* plan, const char* why);

/// A hook, called before each attempt. It may do whatever a callback may do; it is also called for
/// requests that it sends with this client.
typedef holdfast_prepare (*holdfast_before_attempt)(void* context, holdfast_plan* plan);
/// Sets the hook that is called before each attempt from now on, immediate replays and redirects
/// included, until the client is freed. Null: none. While it is pending (HOLDFAST_PREPARE_DEFER),
/// the request holds no connection, only its deadlines: timeouts.attempt, timeouts.total,
/// cancelling and closing act, timeouts.pool does not. After a pool timeout it is called at once,
/// not when the backoff is over. Costs nothing while there is none; with one, a request that is not
/// sent from a callback of the client begins on the loop's next turn.
HOLDFAST_EXPORT void holdfast_client_before_attempt(holdfast_client* client,
                                                    holdfast_before_attempt hook, void* context);

/// Lets an attempt go ahead whose hook returned HOLDFAST_PREPARE_DEFER, with these fields, which
/// are copied; null: as the hook left them. No effect unless the attempt is waiting.
HOLDFAST_EXPORT void holdfast_proceed(holdfast_client* client, holdfast_request_id call,
                                      const holdfast_headers* headers);
/// Ends a request whose hook returned HOLDFAST_PREPARE_DEFER with HOLDFAST_ATTEMPT_REFUSED; `why`
/// becomes the error's detail. No effect unless the attempt is waiting.
HOLDFAST_EXPORT void holdfast_reject(holdfast_client* client, holdfast_request_id call,
                                     const char* why);

#ifdef __cplusplus
}
#endif
