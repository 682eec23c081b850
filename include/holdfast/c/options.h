// Options by name. The rules are in holdfast.h. Thread: any one at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/error.h"
#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Makes options with the defaults of holdfast::ClientOptions, which describes each. Free them with
/// holdfast_options_free().
HOLDFAST_EXPORT holdfast_options* holdfast_options_new(void);
/// Makes a copy of these options. Free it with holdfast_options_free().
HOLDFAST_EXPORT holdfast_options* holdfast_options_copy(const holdfast_options* options);
/// Frees options.
HOLDFAST_EXPORT void holdfast_options_free(holdfast_options* options);

/// Sets an option by name: "retry.max_attempts" "3", "timeouts.total" "2.5s", "retry.statuses"
/// "408,429,500-504". holdfast/options_text.h describes the values. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_options_set(holdfast_options* options, const char* name,
                                                 const char* value);
/// Sets an option that is a time, in milliseconds. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_options_set_ms(holdfast_options* options, const char* name,
                                                    uint64_t milliseconds);
/// Sets an option that is a whole number. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_options_set_number(holdfast_options* options, const char* name,
                                                        uint64_t number);
/// Adds a default header: a field sent with every request that has none of this name. Returns null,
/// or an error text.
HOLDFAST_EXPORT const char* holdfast_options_add_header(holdfast_options* options, const char* name,
                                                        const char* value);
/// Returns the name of an option, from 0; null beyond the last. Static.
HOLDFAST_EXPORT const char* holdfast_option_name(size_t index);
/// Checks the options, alone and in combination. Returns null, or an error text. A client made from
/// invalid options fails every request with HOLDFAST_INVALID_OPTION and this text.
HOLDFAST_EXPORT const char* holdfast_options_validate(holdfast_options* options);
/// Returns the worst case of these options in several lines of English: the time and the attempts
/// that one request can take. It lives until the next call.
HOLDFAST_EXPORT const char* holdfast_options_explain(holdfast_options* options);

/// The worst case of one request; holdfast::Explanation (holdfast/policy.h) has the model.
typedef enum holdfast_cost HOLDFAST_OPEN_ENUM {
  HOLDFAST_COST_WORST_LATENCY = 0,    ///< ns; HOLDFAST_UNBOUNDED if nothing bounds it
  HOLDFAST_COST_STALLED_LATENCY = 1,  ///< ns, with a server that accepts and then sends nothing
  HOLDFAST_COST_WORST_BACKOFF = 2,    ///< ns of all waits between attempts, without Retry-After
  HOLDFAST_COST_WORST_REQUESTS = 3    ///< requests that servers can receive for this one
} holdfast_cost;
/// A cost without bound.
#define HOLDFAST_UNBOUNDED INT64_MAX
/// Returns a worst case; -1 if this version does not know it.
HOLDFAST_EXPORT int64_t holdfast_options_cost(const holdfast_options* options, holdfast_cost which);

/// The failed attempt that a retry predicate decides about (R10). Members may be added at the end.
typedef struct holdfast_retry_question {
  const char* method;   ///< of the request
  uint32_t attempt;     ///< number of the failed attempt, from 1 at each hop of a redirect
  holdfast_code error;  ///< HOLDFAST_OK if there was a status
  int status;           ///< of the response, 400–999
  char replay_class;    ///< 'A' to 'F', as holdfast_error_replay_class()
  int would_retry;      ///< what happens with HOLDFAST_RETRY_DEFAULT
} holdfast_retry_question;

/// The decision of a retry predicate.
typedef enum holdfast_retry_advice HOLDFAST_OPEN_ENUM {
  HOLDFAST_RETRY_DEFAULT = 0,  ///< apply the policy
  HOLDFAST_RETRY_STOP = 1,     ///< do not retry
  HOLDFAST_RETRY_AGAIN = 2  ///< retry, unless method, attempts, body, deadline or budget forbid it
} holdfast_retry_advice;

/// Decides whether a failed attempt is retried. It must depend on its arguments only and must not
/// call holdfast. `context` must live until the client has closed.
typedef holdfast_retry_advice (*holdfast_retry_predicate)(void* context,
                                                          const holdfast_retry_question* question);
/// Sets the retry predicate; null: none. holdfast_request_set_retry_predicate() sets it for one
/// request. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_options_set_retry_predicate(holdfast_options* options,
                                                                 holdfast_retry_predicate predicate,
                                                                 void* context);

#ifdef __cplusplus
}
#endif
