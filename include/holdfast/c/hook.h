// The hook before each attempt: to sign, to add a token, to say no. Part of holdfast.h, where the
// rules stand. Thread: the loop's.
//
//   static holdfast_prepare sign(void* context, holdfast_plan* plan) {
//     holdfast_headers_set(holdfast_plan_headers(plan), "Authorization", ((app*)context)->token);
//     return HOLDFAST_PREPARE_GO;
//   }
//
//   holdfast_client_before_attempt(client, sign, app);
#pragma once

#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/headers.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a hook says to an attempt. Anything else counts as REFUSE.
typedef enum holdfast_prepare HOLDFAST_OPEN_ENUM {
  HOLDFAST_PREPARE_GO = 0,     ///< it goes ahead
  HOLDFAST_PREPARE_WAIT = 1,   ///< not yet: holdfast_proceed() or holdfast_refuse() follows
  HOLDFAST_PREPARE_REFUSE = 2  ///< the request ends with HOLDFAST_ATTEMPT_REFUSED
} holdfast_prepare;

/// The attempt that is about to be made. It, and what is got from it, lives until the hook returns.
typedef enum holdfast_plan_number HOLDFAST_OPEN_ENUM {
  HOLDFAST_PLAN_REQUEST = 0,  ///< counts this client's requests, from 1
  HOLDFAST_PLAN_ATTEMPT = 1,  ///< its number, from 1
  HOLDFAST_PLAN_HOP = 2       ///< redirects followed before it
} holdfast_plan_number;
/// -1 for what this version does not know.
HOLDFAST_EXPORT int64_t holdfast_plan_get(const holdfast_plan* plan, holdfast_plan_number what);
/// For holdfast_proceed() and holdfast_refuse() later on.
HOLDFAST_EXPORT holdfast_call holdfast_plan_call(const holdfast_plan* plan);
HOLDFAST_EXPORT const char* holdfast_plan_method(const holdfast_plan* plan);
/// In full: query included.
HOLDFAST_EXPORT const char* holdfast_plan_url(const holdfast_plan* plan);
/// The request's own fields, to be changed for this attempt alone: the next one starts from the
/// request's again. The client's default headers and cookies come on top. Host and Idempotency-Key
/// stay the same in all attempts (SPEC R2), and the framing is holdfast's: to change those ends the
/// request with HOLDFAST_INVALID_REQUEST.
HOLDFAST_EXPORT holdfast_headers* holdfast_plan_headers(holdfast_plan* plan);
/// With HOLDFAST_PREPARE_REFUSE: the error's detail; no secrets, please.
HOLDFAST_EXPORT void holdfast_plan_refusal(holdfast_plan* plan, const char* why);

/// Asks `hook` before each attempt that begins from now on, immediate replays and redirects
/// included; null: none. While it says WAIT the request holds no connection; timeouts.attempt,
/// timeouts.total, cancelling and closing act meanwhile, timeouts.pool does not. It may do all that
/// a callback may; a request that it sends with this client is asked about as well. One hook, until
/// the client is freed. Costs nothing while there is none; else a request that is sent from outside
/// the client's callbacks begins on the loop's next turn.
typedef holdfast_prepare (*holdfast_before_attempt)(void* context, holdfast_plan* plan);
HOLDFAST_EXPORT void holdfast_client_before_attempt(holdfast_client* client,
                                                    holdfast_before_attempt hook, void* context);

/// Where a hook said WAIT: the attempt goes ahead with these fields, which are copied, or, where
/// `headers` is null, with those that the hook left. Nothing happens when it does not wait any
/// more.
HOLDFAST_EXPORT void holdfast_proceed(holdfast_client* client, holdfast_call call,
                                      const holdfast_headers* headers);
/// The same: the request ends with HOLDFAST_ATTEMPT_REFUSED; `why` is the error's detail.
HOLDFAST_EXPORT void holdfast_refuse(holdfast_client* client, holdfast_call call, const char* why);

#ifdef __cplusplus
}
#endif
