// Errors. The rules are in holdfast.h. Thread: any one at a time.
#pragma once

#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What can end a request. The numbers are those of holdfast::ErrorCode; holdfast_code_text()
/// returns a sentence for each.
typedef enum holdfast_code HOLDFAST_OPEN_ENUM {
  HOLDFAST_OK = 0,
  HOLDFAST_INVALID_URL = 1,
  HOLDFAST_UNSUPPORTED_SCHEME = 2,
  HOLDFAST_INVALID_REQUEST = 3,
  HOLDFAST_INVALID_OPTION = 4,
  HOLDFAST_DNS_NOT_FOUND = 5,
  HOLDFAST_DNS_TEMPORARY = 6,
  HOLDFAST_CONNECT_REFUSED = 7,
  HOLDFAST_CONNECT_UNREACHABLE = 8,
  HOLDFAST_CONNECT_TIMEOUT = 9,
  HOLDFAST_TLS_HANDSHAKE_FAILED = 10,
  HOLDFAST_CERTIFICATE_REJECTED = 11,
  HOLDFAST_POOL_TIMEOUT = 12,
  HOLDFAST_OUT_OF_RESOURCES = 13,
  HOLDFAST_WRITE_TIMEOUT = 14,
  HOLDFAST_READ_TIMEOUT = 15,
  HOLDFAST_FIRST_BYTE_TIMEOUT = 16,
  HOLDFAST_ATTEMPT_TIMEOUT = 17,
  HOLDFAST_THROUGHPUT_TOO_LOW = 18,
  HOLDFAST_CONNECTION_RESET = 19,
  HOLDFAST_CONNECTION_ABORTED = 20,
  HOLDFAST_CONNECTION_CLOSED = 21,
  HOLDFAST_RESPONSE_TRUNCATED = 22,
  HOLDFAST_PROTOCOL_ERROR = 23,
  HOLDFAST_STREAM_REFUSED = 24,
  HOLDFAST_STREAM_RESET = 25,
  HOLDFAST_STREAM_ERROR = 26,
  HOLDFAST_HTTP2_ERROR = 27,
  HOLDFAST_HTTP_1_1_REQUIRED = 28,
  HOLDFAST_HEAD_TOO_LARGE = 29,
  HOLDFAST_BODY_TOO_LARGE = 30,
  HOLDFAST_CONTENT_UNDECODABLE = 31,
  HOLDFAST_DEADLINE_EXCEEDED = 32,
  HOLDFAST_TOO_MANY_REDIRECTS = 33,
  HOLDFAST_PROXY_REFUSED = 34,
  HOLDFAST_PROXY_UNAVAILABLE = 35,
  HOLDFAST_ATTEMPT_REFUSED = 36,
  HOLDFAST_FILE_FAILED = 37,
  HOLDFAST_BODY_SOURCE_FAILED = 38,
  HOLDFAST_STATUS_ERROR = 39,
  HOLDFAST_CANCELLED = 40,
  HOLDFAST_WOULD_DEADLOCK = 41,
  HOLDFAST_CLIENT_CLOSED = 42,
  HOLDFAST_FORKED = 43,
  HOLDFAST_INTERIM_TOO_LARGE = 44,
  HOLDFAST_EXPANSION_TOO_LARGE = 45,
  HOLDFAST_PEER_FLOODING = 46
} holdfast_code;

/// Returns the code's name, for example "connect_refused"; "none" for HOLDFAST_OK. Static.
HOLDFAST_EXPORT const char* holdfast_code_name(holdfast_code code);
/// Returns a sentence without full stop that can be shown to users. Static.
HOLDFAST_EXPORT const char* holdfast_code_text(holdfast_code code);

/// The party at fault: the caller (request, options, cancellation), the local system, the network
/// or the peer.
typedef enum holdfast_fault HOLDFAST_OPEN_ENUM {
  HOLDFAST_FAULT_CALLER = 0,
  HOLDFAST_FAULT_LOCAL = 1,
  HOLDFAST_FAULT_NETWORK = 2,
  HOLDFAST_FAULT_PEER = 3
} holdfast_fault;
/// Returns the party at fault.
HOLDFAST_EXPORT holdfast_fault holdfast_code_fault(holdfast_code code);
/// Returns 1 if the failure is retried by default (R4), else 0 (R5, or no failure).
HOLDFAST_EXPORT int holdfast_code_transient(holdfast_code code);
/// Returns an HTTP/2 error code's name in RFC 9113 §7, for example "REFUSED_STREAM"; "" for an
/// unknown code. Static.
HOLDFAST_EXPORT const char* holdfast_h2_error_name(uint32_t code);

/// Returns what happened.
HOLDFAST_EXPORT holdfast_code holdfast_error_code(const holdfast_error* error);
/// Returns all of it in one line, for example "the connection was reset (reading the body, 3
/// attempts)".
HOLDFAST_EXPORT const char* holdfast_error_message(const holdfast_error* error);
/// Returns specifics: the option, the path, the parser's reason; can be empty.
HOLDFAST_EXPORT const char* holdfast_error_detail(const holdfast_error* error);
/// Returns where the last attempt was: submit prepare pool dns connect tunnel tls write head body
/// backoff done. Static.
HOLDFAST_EXPORT const char* holdfast_error_phase(const holdfast_error* error);
/// Returns how certain it is that the peer did not act on the last attempt (R6): 'A' proven
/// unprocessed, 'B' probably unprocessed, 'C' unknown, 'D' processed, 'E' the response had begun,
/// 'F' a retry cannot help.
HOLDFAST_EXPORT char holdfast_error_replay_class(const holdfast_error* error);
/// Returns errno if a system call failed, else 0.
HOLDFAST_EXPORT int holdfast_error_os_error(const holdfast_error* error);
/// Returns the HTTP/2 error code (RFC 9113 §7) for a stream or HTTP/2 error, else 0.
HOLDFAST_EXPORT uint32_t holdfast_error_h2_error(const holdfast_error* error);
/// Returns the attempts of the request (R11).
HOLDFAST_EXPORT const holdfast_timeline* holdfast_error_timeline(const holdfast_error* error);
/// Moves an error out of its callback; free the result with holdfast_error_free(). The error of the
/// callback is empty afterwards.
HOLDFAST_EXPORT holdfast_error* holdfast_error_take(holdfast_error* error);
/// Frees an error that was taken.
HOLDFAST_EXPORT void holdfast_error_free(holdfast_error* error);

#ifdef __cplusplus
}
#endif
