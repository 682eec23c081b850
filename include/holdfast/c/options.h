// Options by name. Part of holdfast.h, where the rules stand. Thread: any one at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/error.h"
#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The defaults: those of holdfast::ClientOptions, which says what each means.
HOLDFAST_EXPORT holdfast_options* holdfast_options_new(void);
HOLDFAST_EXPORT holdfast_options* holdfast_options_copy(const holdfast_options* options);
HOLDFAST_EXPORT void holdfast_options_free(holdfast_options* options);

/// Sets one by its name: "retry.max_attempts" "3", "timeouts.total" "2.5s", "retry.statuses"
/// "408,429,500-504". holdfast/options_text.h says how the kinds are written. Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_options_set(holdfast_options* options, const char* name,
                                                 const char* value);
/// The same for options that are a time, in milliseconds, or a whole number.
HOLDFAST_EXPORT const char* holdfast_options_set_ms(holdfast_options* options, const char* name,
                                                    uint64_t milliseconds);
HOLDFAST_EXPORT const char* holdfast_options_set_number(holdfast_options* options, const char* name,
                                                        uint64_t number);
/// Adds a field that is sent with every request that has none of this name. Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_options_add_header(holdfast_options* options, const char* name,
                                                        const char* value);
/// The names of all options, from 0; null beyond the last. Static.
HOLDFAST_EXPORT const char* holdfast_option_name(size_t index);
/// All that makes no sense together. A client made from such options fails every request with
/// HOLDFAST_INVALID_OPTION and says the same. Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_options_validate(holdfast_options* options);
/// What these options can cost a request in time and in attempts, for people; until the next call.
HOLDFAST_EXPORT const char* holdfast_options_explain(holdfast_options* options);

/// What these options can cost one request at most; holdfast/policy.h has the model.
typedef enum holdfast_cost HOLDFAST_OPEN_ENUM {
  HOLDFAST_COST_WORST_LATENCY = 0,    ///< ns; HOLDFAST_UNBOUNDED: nothing bounds it
  HOLDFAST_COST_STALLED_LATENCY = 1,  ///< ns, with a server that accepts and says nothing
  HOLDFAST_COST_WORST_BACKOFF = 2,    ///< ns waited between attempts without Retry-After
  HOLDFAST_COST_WORST_REQUESTS = 3    ///< that a server may see for one of yours
} holdfast_cost;
#define HOLDFAST_UNBOUNDED INT64_MAX
/// -1 for what this version of the library does not know.
HOLDFAST_EXPORT int64_t holdfast_options_cost(const holdfast_options* options, holdfast_cost which);

/// What a retry predicate is told (SPEC R10). May grow at its end.
typedef struct holdfast_retry_question {
  const char* method;
  uint32_t attempt;     ///< that has just ended, from 1
  holdfast_code error;  ///< HOLDFAST_OK if there was a status
  int status;
  char replay_class;  ///< 'A' to 'F'
  int would_retry;    ///< what the rules say without you
} holdfast_retry_question;

typedef enum holdfast_retry_advice HOLDFAST_OPEN_ENUM {
  HOLDFAST_RETRY_DEFAULT = 0,  ///< go by the rules
  HOLDFAST_RETRY_STOP = 1,
  HOLDFAST_RETRY_AGAIN = 2  ///< never wider than what method, attempts, body and deadline allow
} holdfast_retry_advice;

/// Pure: it decides by what it is told and calls nothing of holdfast. `context` must live until the
/// client has closed.
typedef holdfast_retry_advice (*holdfast_retry_predicate)(void* context,
                                                          const holdfast_retry_question* question);
/// Null: none. holdfast_request_set_retry_predicate() is for one request. Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_options_set_retry_predicate(holdfast_options* options,
                                                                 holdfast_retry_predicate predicate,
                                                                 void* context);

#ifdef __cplusplus
}
#endif
