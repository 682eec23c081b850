// Events of a client as they happen: attempts, retries and their reasons, connections, waits in the
// pool's queue; and log lines. holdfast/observe.h has OpenTelemetry's name for each. The rules are
// in holdfast.h. Thread: the loop's.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Receives an attempt that ended and is followed by another, with the wait before that. `request`
/// is the number of the request in this client, from 1. `attempt` lives until the function returns.
typedef void (*holdfast_on_attempt)(void* context, uint64_t request,
                                    const holdfast_attempt* attempt, int64_t delay_ns);
/// Sets a function that is called for every attempt that ended and is followed by another. Null:
/// none.
HOLDFAST_EXPORT void holdfast_client_on_attempt(holdfast_client* client, holdfast_on_attempt call,
                                                void* context);

/// The kinds of events.
typedef enum holdfast_event_kind HOLDFAST_OPEN_ENUM {
  HOLDFAST_ON_ATTEMPT_STARTED = 0,    ///< an attempt begins
  HOLDFAST_ON_ATTEMPT_ENDED = 1,      ///< an attempt has ended
  HOLDFAST_ON_RETRY_SCHEDULED = 2,    ///< it will be retried; follows its ATTEMPT_ENDED
  HOLDFAST_ON_REDIRECT_FOLLOWED = 3,  ///< method and URL are those of the next hop
  HOLDFAST_ON_REQUEST_ENDED = 4,      ///< exactly one for each request; its callback is called next
  HOLDFAST_ON_CONNECTION_OPENED = 5,  ///< a connection can carry requests
  HOLDFAST_ON_CONNECTION_REUSED = 6,  ///< it is given another request
  HOLDFAST_ON_CONNECTION_CLOSED = 7,  ///< a connection is closed, possibly before it opened
  HOLDFAST_ON_POOL_WAIT_BEGAN = 8,    ///< an attempt waits: all permitted connections are in use
  HOLDFAST_ON_POOL_WAIT_ENDED = 9     ///< it got a connection or a dial of its own, or has ended
} holdfast_event_kind;

/// The numbers of an event; -1 if the event does not have this one.
typedef enum holdfast_event_number HOLDFAST_OPEN_ENUM {
  HOLDFAST_EVENT_REQUEST = 0,      ///< number of the request in this client, from 1; not for a
                                   ///< connection that opened or closed
  HOLDFAST_EVENT_ATTEMPT = 1,      ///< number of the attempt that started or ended, from 1
  HOLDFAST_EVENT_HOP = 2,          ///< redirects followed before it
  HOLDFAST_EVENT_DELAY = 3,        ///< of a retry: ns until it begins
  HOLDFAST_EVENT_STATUS = 4,       ///< of a request that ended; 0 if it failed
  HOLDFAST_EVENT_ATTEMPTS = 5,     ///< of a request that ended: attempts made
  HOLDFAST_EVENT_DURATION = 6,     ///< ns: of the request, of opening, of the connection (-1 if it
                                   ///< never opened), of the wait
  HOLDFAST_EVENT_CONNECTION = 7,   ///< as HOLDFAST_ATTEMPT_CONNECTION
  HOLDFAST_EVENT_PORT = 8,         ///< of the connection's origin, else of the URL
  HOLDFAST_EVENT_HTTP_MAJOR = 9,   ///< of a connection: 1 or 2; 0 until it is open
  HOLDFAST_EVENT_TLS_MINOR = 10,   ///< of a connection: 2 or 3 for TLS 1.2 or 1.3, 0 for none
  HOLDFAST_EVENT_TLS_RESUMED = 11  ///< of a connection: 1 if the TLS handshake resumed a session
} holdfast_event_number;

/// The texts of an event; "" if the event does not have this one. They live until the observer
/// returns.
typedef enum holdfast_event_word HOLDFAST_OPEN_ENUM {
  HOLDFAST_EVENT_NAME = 0,          ///< "attempt_started" and so on
  HOLDFAST_EVENT_METHOD = 1,        ///< of this hop
  HOLDFAST_EVENT_URL = 2,           ///< of this hop, without userinfo and query values: for logs
  HOLDFAST_EVENT_FULL_URL = 3,      ///< of this hop, with its secrets
  HOLDFAST_EVENT_SCHEME = 4,        ///< of the connection's origin, else of the URL
  HOLDFAST_EVENT_HOST = 5,          ///< of the connection's origin, else of the URL
  HOLDFAST_EVENT_PEER = 6,          ///< of a connection: "127.0.0.1:80"
  HOLDFAST_EVENT_DELAY_SOURCE = 7,  ///< of a retry: as HOLDFAST_ATTEMPT_DELAY_SOURCE
  HOLDFAST_EVENT_STOP_REASON = 8,   ///< of a request: as holdfast_timeline_stop_reason()
  HOLDFAST_EVENT_CLOSE_CAUSE = 9  ///< idle_expiry idle_limit by_peer by_error not_reusable evicted
                                  ///< lifetime shutdown connect_failed
} holdfast_event_word;

/// Returns the kind of the event. Later versions may add kinds: ignore unknown ones.
HOLDFAST_EXPORT holdfast_event_kind holdfast_event_what(const holdfast_event* event);
/// Returns a number of the event; -1 if it does not have this one.
HOLDFAST_EXPORT int64_t holdfast_event_get(const holdfast_event* event, holdfast_event_number what);
/// Returns a text of the event; "" if it does not have this one.
HOLDFAST_EXPORT const char* holdfast_event_say(const holdfast_event* event,
                                               holdfast_event_word what);
/// Returns the attempt that ended, for ATTEMPT_ENDED, RETRY_SCHEDULED and REDIRECT_FOLLOWED; else
/// null.
HOLDFAST_EXPORT const holdfast_attempt* holdfast_event_record(const holdfast_event* event);
/// Returns the error that a request ended with; null if it has a response, and for other events.
HOLDFAST_EXPORT const holdfast_error* holdfast_event_error(const holdfast_event* event);

/// Receives an event, which lives until the function returns. It may do whatever a callback may do,
/// but must be quick.
typedef void (*holdfast_on_event)(void* context, const holdfast_event* event);
/// Sets the function that receives all events from now on, until the client has closed or is freed;
/// then `context` is no longer used. Null: none. Costs nothing while there is none; with one, a
/// request that is not sent from a callback of the client begins on the loop's next turn.
HOLDFAST_EXPORT void holdfast_client_observe(holdfast_client* client, holdfast_on_event call,
                                             void* context);

/// The severity of a log line.
typedef enum holdfast_log_level HOLDFAST_OPEN_ENUM {
  HOLDFAST_LOG_DEBUG = 0,    ///< attempts, connections, waits in the pool's queue
  HOLDFAST_LOG_INFO = 1,     ///< requests that ended with a response below 500, or were cancelled
  HOLDFAST_LOG_WARNING = 2,  ///< retries, and requests that ended with a response from 500 on
  HOLDFAST_LOG_ERROR = 3     ///< requests that failed
} holdfast_log_level;
/// Returns "debug" and so on. Static.
HOLDFAST_EXPORT const char* holdfast_log_level_name(holdfast_log_level level);

/// Receives a log line without line end, which lives until the function returns.
typedef void (*holdfast_on_line)(void* context, holdfast_log_level level, const char* line);
/// Sets a function that receives events of level `least` and above as lines of English; null: none.
/// Independent of holdfast_client_observe(), whose function is called first; otherwise the same
/// holds. The lines contain no secrets (H4): URLs are redacted, fields and bodies are not logged.
/// Paths are logged, so do not put secrets into paths.
HOLDFAST_EXPORT void holdfast_client_log_to(holdfast_client* client, holdfast_on_line call,
                                            holdfast_log_level least, void* context);

#ifdef __cplusplus
}
#endif
