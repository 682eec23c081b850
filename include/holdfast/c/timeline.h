// The history of a request, a record per attempt (SPEC R11). Part of holdfast.h, where the rules
// stand. Thread: any one at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// All attempts made.
HOLDFAST_EXPORT uint32_t holdfast_timeline_attempts(const holdfast_timeline* timeline);
/// How many of them are kept: the newest 32.
HOLDFAST_EXPORT size_t holdfast_timeline_size(const holdfast_timeline* timeline);
/// The oldest kept one is 0; null beyond the last.
HOLDFAST_EXPORT const holdfast_attempt* holdfast_timeline_at(const holdfast_timeline* timeline,
                                                             size_t index);
/// Why no attempt followed: success, attempts_exhausted, method_not_replayable, … Static.
HOLDFAST_EXPORT const char* holdfast_timeline_stop_reason(const holdfast_timeline* timeline);
/// One line per attempt, for people.
HOLDFAST_EXPORT const char* holdfast_timeline_text(const holdfast_timeline* timeline);

/// What can be asked of an attempt as a number. Times are nanoseconds since the request was sent;
/// a phase never reached is negative.
typedef enum holdfast_attempt_number HOLDFAST_OPEN_ENUM {
  HOLDFAST_ATTEMPT_NUMBER = 0,        ///< from 1
  HOLDFAST_ATTEMPT_STATUS = 1,        ///< final status received, 0 if none
  HOLDFAST_ATTEMPT_ERROR = 2,         ///< the holdfast_code that ended it; HOLDFAST_OK: answered
  HOLDFAST_ATTEMPT_REPLAY_CLASS = 3,  ///< 'A' to 'F', as holdfast_error_replay_class()
  HOLDFAST_ATTEMPT_HOP = 4,           ///< redirects followed before it
  HOLDFAST_ATTEMPT_REUSED = 5,        ///< 1: the connection had served a request before
  HOLDFAST_ATTEMPT_CONNECTION = 6,    ///< serial of the connection in this client, 0 if none
  HOLDFAST_ATTEMPT_HTTP_MAJOR = 7,    ///< version of the response, 0 if none
  HOLDFAST_ATTEMPT_HTTP_MINOR = 8,
  HOLDFAST_ATTEMPT_TLS_MINOR = 9,  ///< 2 or 3 for TLS 1.2 and 1.3, 0 for none
  HOLDFAST_ATTEMPT_TLS_RESUMED = 10,
  HOLDFAST_ATTEMPT_TLS_UNVERIFIED = 11,
  HOLDFAST_ATTEMPT_OS_ERROR = 12,
  HOLDFAST_ATTEMPT_H2_ERROR = 13,
  HOLDFAST_ATTEMPT_DELAY = 14,        ///< ns waited before it
  HOLDFAST_ATTEMPT_RETRY_AFTER = 15,  ///< ns asked for by its response; negative if not
  HOLDFAST_ATTEMPT_STARTED = 16,      ///< entered the pool's queue
  HOLDFAST_ATTEMPT_CONNECTED = 17,    ///< had its connection
  HOLDFAST_ATTEMPT_SENT = 18,         ///< last request byte accepted by the system
  HOLDFAST_ATTEMPT_FIRST_BYTE = 19,
  HOLDFAST_ATTEMPT_ENDED = 20,
  HOLDFAST_ATTEMPT_BYTES_SENT = 21,
  HOLDFAST_ATTEMPT_BYTES_RECEIVED = 22,
  HOLDFAST_ATTEMPT_H2_STREAM_ID = 23,   ///< 0 before a stream was opened
  HOLDFAST_ATTEMPT_GOAWAY_LAST_ID = 24  ///< of the connection's latest GOAWAY; -1 if none came
} holdfast_attempt_number;

/// And as a word. Static.
typedef enum holdfast_attempt_word HOLDFAST_OPEN_ENUM {
  HOLDFAST_ATTEMPT_PHASE = 0,             ///< where it ended, as holdfast_error_phase()
  HOLDFAST_ATTEMPT_DELAY_SOURCE = 1,      ///< none backoff retry_after immediate
                                          ///< retry_after_ms rate_limit rate_limit_reset
  HOLDFAST_ATTEMPT_RETRY_AFTER_NOTE = 2,  ///< absent used past unparsable over_limit not_consulted
  HOLDFAST_ATTEMPT_ERROR_NAME = 3,
  HOLDFAST_ATTEMPT_HTTP_VERSION = 4,  ///< 1.0 1.1 2; "" for none
  HOLDFAST_ATTEMPT_WAY = 5            ///< direct proxy tunnel unix_socket
} holdfast_attempt_word;

/// -1 for what this version of the library does not know.
HOLDFAST_EXPORT int64_t holdfast_attempt_get(const holdfast_attempt* attempt,
                                             holdfast_attempt_number what);
/// "" for what this version does not know.
HOLDFAST_EXPORT const char* holdfast_attempt_say(const holdfast_attempt* attempt,
                                                 holdfast_attempt_word what);
/// The peer's address, "127.0.0.1:80", the attempt as one line for people, and what OpenTelemetry
/// calls its error.type (the error's name, a status from 400 on, else ""): into `into`, cut to
/// `capacity` with its NUL. All return the length there is, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_attempt_peer(const holdfast_attempt* attempt, char* into,
                                             size_t capacity);
HOLDFAST_EXPORT size_t holdfast_attempt_text(const holdfast_attempt* attempt, char* into,
                                             size_t capacity);
HOLDFAST_EXPORT size_t holdfast_attempt_error_type(const holdfast_attempt* attempt, char* into,
                                                   size_t capacity);

#ifdef __cplusplus
}
#endif
