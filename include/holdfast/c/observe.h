// Hearing what a client does, as it does it: attempts, retries and their reasons, connections,
// waits; and lines for a log. Part of holdfast.h, where the rules stand. holdfast/observe.h says by
// which of OpenTelemetry's names each is called. Thread: the loop's.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Hears of every attempt that will be retried, as it ends, with the wait before the next one.
/// `request` counts this client's requests, from 1; `attempt` lives until the call returns. One
/// such function; null: none.
typedef void (*holdfast_on_attempt)(void* context, uint64_t request,
                                    const holdfast_attempt* attempt, int64_t delay_ns);
HOLDFAST_EXPORT void holdfast_client_on_attempt(holdfast_client* client, holdfast_on_attempt call,
                                                void* context);

/// What has happened.
typedef enum holdfast_event_kind HOLDFAST_OPEN_ENUM {
  HOLDFAST_ON_ATTEMPT_STARTED = 0,
  HOLDFAST_ON_ATTEMPT_ENDED = 1,
  HOLDFAST_ON_RETRY_SCHEDULED = 2,    ///< after its ATTEMPT_ENDED: another will follow
  HOLDFAST_ON_REDIRECT_FOLLOWED = 3,  ///< likewise; method and URL are the next hop's
  HOLDFAST_ON_REQUEST_ENDED = 4,      ///< exactly one for each request; its callback comes next
  HOLDFAST_ON_CONNECTION_OPENED = 5,
  HOLDFAST_ON_CONNECTION_REUSED = 6,  ///< another request is given to it
  HOLDFAST_ON_CONNECTION_CLOSED = 7,  ///< it may never have opened
  HOLDFAST_ON_POOL_WAIT_BEGAN = 8,    ///< all connections that are allowed are in use
  HOLDFAST_ON_POOL_WAIT_ENDED = 9
} holdfast_event_kind;

/// What can be asked of an event as a number; -1 where it has none of this.
typedef enum holdfast_event_number HOLDFAST_OPEN_ENUM {
  HOLDFAST_EVENT_REQUEST = 0,      ///< counts this client's requests, from 1; not of a connection
                                   ///< that opened or closed
  HOLDFAST_EVENT_ATTEMPT = 1,      ///< number of the attempt that started or has ended, from 1
  HOLDFAST_EVENT_HOP = 2,          ///< redirects followed before it
  HOLDFAST_EVENT_DELAY = 3,        ///< of a retry: ns until it begins
  HOLDFAST_EVENT_STATUS = 4,       ///< of a request that ended; 0 if it failed
  HOLDFAST_EVENT_ATTEMPTS = 5,     ///< likewise: all it made
  HOLDFAST_EVENT_DURATION = 6,     ///< ns: of the request, of opening, of the connection's life
                                   ///< (-1 if it never opened), of the wait in line
  HOLDFAST_EVENT_CONNECTION = 7,   ///< as HOLDFAST_ATTEMPT_CONNECTION
  HOLDFAST_EVENT_PORT = 8,         ///< of the connection's origin, else of the URL
  HOLDFAST_EVENT_HTTP_MAJOR = 9,   ///< of a connection: 1 or 2; 0 as long as it is not open
  HOLDFAST_EVENT_TLS_MINOR = 10,   ///< of a connection: 2 or 3; 0 for none
  HOLDFAST_EVENT_TLS_RESUMED = 11  ///< of a connection
} holdfast_event_number;

/// And as a word; "" where it has none of this. Until the call returns.
typedef enum holdfast_event_word HOLDFAST_OPEN_ENUM {
  HOLDFAST_EVENT_NAME = 0,  ///< "attempt_started" and the like
  HOLDFAST_EVENT_METHOD = 1,
  HOLDFAST_EVENT_URL = 2,       ///< of this hop, without userinfo and query values: for logs
  HOLDFAST_EVENT_FULL_URL = 3,  ///< the same with its secrets
  HOLDFAST_EVENT_SCHEME = 4,    ///< of the connection's origin, else of the URL
  HOLDFAST_EVENT_HOST = 5,
  HOLDFAST_EVENT_PEER = 6,          ///< of a connection: "127.0.0.1:80"
  HOLDFAST_EVENT_DELAY_SOURCE = 7,  ///< of a retry: as HOLDFAST_ATTEMPT_DELAY_SOURCE
  HOLDFAST_EVENT_STOP_REASON = 8,   ///< of a request: as holdfast_timeline_stop_reason()
  HOLDFAST_EVENT_CLOSE_CAUSE = 9  ///< idle_expiry idle_limit by_peer by_error not_reusable evicted
                                  ///< lifetime shutdown connect_failed
} holdfast_event_word;

/// Be prepared for kinds that this version does not have.
HOLDFAST_EXPORT holdfast_event_kind holdfast_event_what(const holdfast_event* event);
HOLDFAST_EXPORT int64_t holdfast_event_get(const holdfast_event* event, holdfast_event_number what);
HOLDFAST_EXPORT const char* holdfast_event_say(const holdfast_event* event,
                                               holdfast_event_word what);
/// The attempt that ended: of ATTEMPT_ENDED, RETRY_SCHEDULED and REDIRECT_FOLLOWED; else null.
HOLDFAST_EXPORT const holdfast_attempt* holdfast_event_record(const holdfast_event* event);
/// What a request ended with, if with an error; else null.
HOLDFAST_EXPORT const holdfast_error* holdfast_event_error(const holdfast_event* event);

/// Tells `call` of everything from now on, with an event that lives until the call returns; null:
/// nobody. One such function, until the client has closed or is freed: then `context` is free.
/// Everything is allowed in it that is in a callback, but it should be quick. Costs nothing while
/// there is none; else a request that is sent from outside the client's callbacks begins on the
/// loop's next turn.
typedef void (*holdfast_on_event)(void* context, const holdfast_event* event);
HOLDFAST_EXPORT void holdfast_client_observe(holdfast_client* client, holdfast_on_event call,
                                             void* context);

typedef enum holdfast_log_level HOLDFAST_OPEN_ENUM {
  HOLDFAST_LOG_DEBUG = 0,    ///< attempts, connections, waits in line
  HOLDFAST_LOG_INFO = 1,     ///< requests that ended with a response below 500, or were cancelled
  HOLDFAST_LOG_WARNING = 2,  ///< retries, and requests that ended with a response from 500 on
  HOLDFAST_LOG_ERROR = 3     ///< requests that failed
} holdfast_log_level;
/// "debug" and the like. Static.
HOLDFAST_EXPORT const char* holdfast_log_level_name(holdfast_log_level level);

/// Tells `call` the same in lines for people, without line ends, those of `least` and above; null:
/// nobody. Besides holdfast_client_observe(), whose function is told first; all else is as there.
/// No secret is in a line (SPEC H4): URLs are redacted, fields and bodies are not shown at all; a
/// path is shown, so keep secrets out of paths. The line lives until the call returns.
typedef void (*holdfast_on_line)(void* context, holdfast_log_level level, const char* line);
HOLDFAST_EXPORT void holdfast_client_log_to(holdfast_client* client, holdfast_on_line call,
                                            holdfast_log_level least, void* context);

#ifdef __cplusplus
}
#endif
