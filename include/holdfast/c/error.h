// What a request can end with, and how it is told. Part of holdfast.h, where the rules stand.
// Thread: any one at a time.
#pragma once

#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a request can end with. The numbers are those of holdfast::ErrorCode.
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

/// "connect_refused" and the like; "none" for HOLDFAST_OK. Static.
HOLDFAST_EXPORT const char* holdfast_code_name(holdfast_code code);
/// One sentence without the full stop, fit for a user. Static.
HOLDFAST_EXPORT const char* holdfast_code_text(holdfast_code code);

/// Whose fault a failure is.
typedef enum holdfast_fault HOLDFAST_OPEN_ENUM {
  HOLDFAST_FAULT_CALLER = 0,
  HOLDFAST_FAULT_LOCAL = 1,
  HOLDFAST_FAULT_NETWORK = 2,
  HOLDFAST_FAULT_PEER = 3
} holdfast_fault;
HOLDFAST_EXPORT holdfast_fault holdfast_code_fault(holdfast_code code);
/// 1: SPEC R4 lists the failure, so that it may be retried. 0: R5 does, or it is none.
HOLDFAST_EXPORT int holdfast_code_transient(holdfast_code code);
/// An HTTP/2 error code as RFC 9113 §7 spells it, "REFUSED_STREAM" for one; "" for one it lacks.
/// Static.
HOLDFAST_EXPORT const char* holdfast_h2_error_name(uint32_t code);

HOLDFAST_EXPORT holdfast_code holdfast_error_code(const holdfast_error* error);
/// All of it in one line, e.g. "the connection was reset, reading the body (after 3 attempts)".
HOLDFAST_EXPORT const char* holdfast_error_message(const holdfast_error* error);
/// What exactly, e.g. the option's name or the parser's reason; may be empty.
HOLDFAST_EXPORT const char* holdfast_error_detail(const holdfast_error* error);
/// Where the last attempt was: submit prepare pool dns connect tunnel tls write head body backoff
/// done. Static.
HOLDFAST_EXPORT const char* holdfast_error_phase(const holdfast_error* error);
/// How sure it is that the peer did not act on the last attempt: 'A' proven unprocessed, 'B'
/// probably, 'C' unknown, 'D' processed, 'E' the response had begun, 'F' a retry cannot help.
HOLDFAST_EXPORT char holdfast_error_replay_class(const holdfast_error* error);
/// errno where the system said one, else 0; the HTTP/2 error code (RFC 9113 §7) where `code` is one
/// of the stream or HTTP/2 errors, else 0.
HOLDFAST_EXPORT int holdfast_error_os_error(const holdfast_error* error);
HOLDFAST_EXPORT uint32_t holdfast_error_h2_error(const holdfast_error* error);
HOLDFAST_EXPORT const holdfast_timeline* holdfast_error_timeline(const holdfast_error* error);
/// Keeps an error beyond its callback: yours to free. The one in the callback is empty from then
/// on.
HOLDFAST_EXPORT holdfast_error* holdfast_error_take(holdfast_error* error);
/// Of errors taken only.
HOLDFAST_EXPORT void holdfast_error_free(holdfast_error* error);

#ifdef __cplusplus
}
#endif
