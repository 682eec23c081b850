// The history of a request, one record per attempt (R11). The rules are in holdfast.h. Thread: any
// one at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Returns the number of attempts made.
HOLDFAST_EXPORT uint32_t holdfast_timeline_attempts(const holdfast_timeline* timeline);
/// Returns the number of records kept: the newest 32.
HOLDFAST_EXPORT size_t holdfast_timeline_size(const holdfast_timeline* timeline);
/// Returns a kept record; 0 is the oldest; null beyond the last.
HOLDFAST_EXPORT const holdfast_attempt* holdfast_timeline_at(const holdfast_timeline* timeline,
                                                             size_t index);
/// Returns why no attempt followed: success, attempts_exhausted, method_not_replayable, …
/// (holdfast::StopReason). Static.
HOLDFAST_EXPORT const char* holdfast_timeline_stop_reason(const holdfast_timeline* timeline);
/// Returns one line of English per attempt.
HOLDFAST_EXPORT const char* holdfast_timeline_text(const holdfast_timeline* timeline);

/// The numbers of an attempt. Times are nanoseconds since the request was sent; the time of a phase
/// that was not reached is negative.
typedef enum holdfast_attempt_number HOLDFAST_OPEN_ENUM {
  HOLDFAST_ATTEMPT_NUMBER = 0,        ///< from 1
  HOLDFAST_ATTEMPT_STATUS = 1,        ///< final status received, 0 if none
  HOLDFAST_ATTEMPT_ERROR = 2,         ///< the holdfast_code that ended it; HOLDFAST_OK: a response
  HOLDFAST_ATTEMPT_REPLAY_CLASS = 3,  ///< 'A' to 'F', as holdfast_error_replay_class()
  HOLDFAST_ATTEMPT_HOP = 4,           ///< redirects followed before it
  HOLDFAST_ATTEMPT_REUSED = 5,        ///< 1: the connection had served a request before
  HOLDFAST_ATTEMPT_CONNECTION = 6,    ///< number of the connection in this client, 0 if none
  HOLDFAST_ATTEMPT_HTTP_MAJOR = 7,    ///< version of the response, 0 if none
  HOLDFAST_ATTEMPT_HTTP_MINOR = 8,    ///< version of the response
  HOLDFAST_ATTEMPT_TLS_MINOR = 9,     ///< 2 or 3 for TLS 1.2 or 1.3, 0 for none
  HOLDFAST_ATTEMPT_TLS_RESUMED = 10,  ///< 1: the TLS handshake resumed an earlier session
  HOLDFAST_ATTEMPT_TLS_UNVERIFIED = 11,  ///< 1: tls.insecure_skip_verification was set
  HOLDFAST_ATTEMPT_OS_ERROR = 12,        ///< errno if a system call failed, else 0
  HOLDFAST_ATTEMPT_H2_ERROR = 13,        ///< as holdfast_error_h2_error()
  HOLDFAST_ATTEMPT_DELAY = 14,           ///< ns waited before it
  HOLDFAST_ATTEMPT_RETRY_AFTER = 15,     ///< ns that its response asked to wait; negative if none
  HOLDFAST_ATTEMPT_STARTED = 16,         ///< it began
  HOLDFAST_ATTEMPT_CONNECTED = 17,       ///< it got a connection
  HOLDFAST_ATTEMPT_SENT = 18,            ///< the system accepted the last byte of the request
  HOLDFAST_ATTEMPT_FIRST_BYTE = 19,      ///< the first byte of the response was received
  HOLDFAST_ATTEMPT_ENDED = 20,           ///< it ended
  HOLDFAST_ATTEMPT_BYTES_SENT = 21,      ///< bytes of the request
  HOLDFAST_ATTEMPT_BYTES_RECEIVED = 22,  ///< bytes of the response
  HOLDFAST_ATTEMPT_H2_STREAM_ID = 23,    ///< 0 if no stream was opened
  HOLDFAST_ATTEMPT_GOAWAY_LAST_ID = 24  ///< of the connection's latest GOAWAY; -1 if there was none
} holdfast_attempt_number;

/// The texts of an attempt. Static.
typedef enum holdfast_attempt_word HOLDFAST_OPEN_ENUM {
  HOLDFAST_ATTEMPT_PHASE = 0,  ///< where it ended, as holdfast_error_phase()
  /// none backoff retry_after immediate retry_after_ms rate_limit rate_limit_reset
  HOLDFAST_ATTEMPT_DELAY_SOURCE = 1,
  HOLDFAST_ATTEMPT_RETRY_AFTER_NOTE = 2,  ///< absent used past unparsable over_limit not_consulted
  HOLDFAST_ATTEMPT_ERROR_NAME = 3,        ///< as holdfast_code_name()
  HOLDFAST_ATTEMPT_HTTP_VERSION = 4,      ///< 1.0 1.1 2; "" for none
  HOLDFAST_ATTEMPT_ROUTE = 5              ///< direct proxy tunnel unix_socket
} holdfast_attempt_word;

/// Returns a number of the attempt; -1 if this version does not know it.
HOLDFAST_EXPORT int64_t holdfast_attempt_get(const holdfast_attempt* attempt,
                                             holdfast_attempt_number what);
/// Returns a text of the attempt; "" if this version does not know it.
HOLDFAST_EXPORT const char* holdfast_attempt_say(const holdfast_attempt* attempt,
                                                 holdfast_attempt_word what);
/// Writes the peer's address into `into`, for example "127.0.0.1:80", cut to `capacity` with its
/// NUL. Returns the whole length, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_attempt_peer(const holdfast_attempt* attempt, char* into,
                                             size_t capacity);
/// Writes the attempt as one line of English into `into`, cut to `capacity` with its NUL. Returns
/// the whole length, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_attempt_text(const holdfast_attempt* attempt, char* into,
                                             size_t capacity);
/// Writes OpenTelemetry's error.type into `into` (the error's name, a status from 400 on, else ""),
/// cut to `capacity` with its NUL. Returns the whole length, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_attempt_error_type(const holdfast_attempt* attempt, char* into,
                                                   size_t capacity);

#ifdef __cplusplus
}
#endif
