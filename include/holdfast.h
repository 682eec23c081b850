// holdfast for C: the resilient HTTP client for libuv applications, for C11 and whatever can call
// C.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/export.h"

// From C, a GET:
//
//   static void show(void* context, holdfast_response* response, holdfast_error* error) {
//     puts(error != NULL ? holdfast_error_message(error) : holdfast_response_body(response, NULL));
//   }
//
//   holdfast_client* client = holdfast_client_new(loop, NULL);
//   holdfast_get(client, "http://localhost:8080/", show, NULL);
//   uv_run(loop, UV_RUN_DEFAULT);
//   holdfast_client_free(client);
//   uv_run(loop, UV_RUN_DEFAULT);  // lets the client's handles close
//
// What holds for all of it:
//
// * Thread. Everything of a client belongs to its loop's thread, but for holdfast_client_post().
//   Options, requests, responses and errors may be made, kept and freed on any one thread at a
//   time.
// * Callbacks run on the loop's thread and never inside the call that started them. In them
// anything
//   is allowed, sending, cancelling, closing and freeing the client, but for running the loop and
//   letting a C++ exception out. `context` is handed through and never looked at.
// * ABI. Every type is opaque, made here and reached through functions, and what may once have more
//   members is asked for by an enumerator: programs built against this version run with later ones.
//   For the same reason options are set by name and not in a struct. The one struct is handed out
//   by pointer only, and may grow at its end.
// * Text is bytes and a NUL behind them, in whatever encoding it came. What a function returns
//   belongs to the object it was got from and lives as long, unless it says less. A null pointer to
//   text that is given counts as "". Freeing a null pointer does nothing; no other object may be
//   null.
// * A complaint is null where all is well, else what was wrong with which value, and what to write
//   instead; nothing was changed then. It lives until the next call on the same object, and never
//   has a secret in it (SPEC H4).
// * No C++ exception leaves a function. Out of memory, functions that make something return null,
//   those that complain say so, the others answer as if there was nothing.
#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s;

typedef struct holdfast_options holdfast_options;
typedef struct holdfast_client holdfast_client;
typedef struct holdfast_request holdfast_request;
typedef struct holdfast_response holdfast_response;
typedef struct holdfast_headers holdfast_headers;
typedef struct holdfast_timeline holdfast_timeline;
typedef struct holdfast_attempt holdfast_attempt;
typedef struct holdfast_error holdfast_error;

/// The library's version, "0.1.0" for one.
HOLDFAST_EXPORT const char* holdfast_version(void);

// --- What can go wrong ---------------------------------------------------------------------------

/// What a request can end with. The numbers are those of holdfast::ErrorCode.
typedef enum holdfast_code {
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
  HOLDFAST_CLIENT_CLOSED = 42
} holdfast_code;

/// "connect_refused" and the like; "none" for HOLDFAST_OK. Static.
HOLDFAST_EXPORT const char* holdfast_code_name(holdfast_code code);
/// One sentence without the full stop, fit for a user. Static.
HOLDFAST_EXPORT const char* holdfast_code_text(holdfast_code code);

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

// --- The history of a request (SPEC R11) ---------------------------------------------------------

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
typedef enum holdfast_attempt_number {
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
  HOLDFAST_ATTEMPT_BYTES_RECEIVED = 22
} holdfast_attempt_number;

/// And as a word. Static.
typedef enum holdfast_attempt_word {
  HOLDFAST_ATTEMPT_PHASE = 0,             ///< where it ended, as holdfast_error_phase()
  HOLDFAST_ATTEMPT_DELAY_SOURCE = 1,      ///< none backoff retry_after immediate
  HOLDFAST_ATTEMPT_RETRY_AFTER_NOTE = 2,  ///< absent used past unparsable over_limit not_consulted
  HOLDFAST_ATTEMPT_ERROR_NAME = 3
} holdfast_attempt_word;

/// -1 for what this version of the library does not know.
HOLDFAST_EXPORT int64_t holdfast_attempt_get(const holdfast_attempt* attempt,
                                             holdfast_attempt_number what);
/// "" for what this version does not know.
HOLDFAST_EXPORT const char* holdfast_attempt_say(const holdfast_attempt* attempt,
                                                 holdfast_attempt_word what);
/// The peer's address, "127.0.0.1:80", and the attempt as one line for people: into `into`, cut to
/// `capacity` with its NUL. Both return the length there is, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_attempt_peer(const holdfast_attempt* attempt, char* into,
                                             size_t capacity);
HOLDFAST_EXPORT size_t holdfast_attempt_text(const holdfast_attempt* attempt, char* into,
                                             size_t capacity);

// --- Options -------------------------------------------------------------------------------------

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

/// What a retry predicate is told (SPEC R10). May grow at its end.
typedef struct holdfast_retry_question {
  const char* method;
  uint32_t attempt;     ///< that has just ended, from 1
  holdfast_code error;  ///< HOLDFAST_OK if there was a status
  int status;
  char replay_class;  ///< 'A' to 'F'
  int would_retry;    ///< what the rules say without you
} holdfast_retry_question;

typedef enum holdfast_retry_advice {
  HOLDFAST_RETRY_DEFAULT = 0,  ///< go by the rules
  HOLDFAST_RETRY_STOP = 1,
  HOLDFAST_RETRY_AGAIN = 2  ///< never wider than what method, attempts, body and deadline allow
} holdfast_retry_advice;

/// Pure: it decides by what it is told and calls nothing of holdfast. `context` must live until the
/// client has closed.
typedef holdfast_retry_advice (*holdfast_retry_predicate)(void* context,
                                                          const holdfast_retry_question* question);
/// Null: none. Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_options_set_retry_predicate(holdfast_options* options,
                                                                 holdfast_retry_predicate predicate,
                                                                 void* context);

// --- Responses -----------------------------------------------------------------------------------
// The one that a callback is given is valid until the callback returns, with all that was got from
// it.

HOLDFAST_EXPORT int holdfast_response_status(const holdfast_response* response);
HOLDFAST_EXPORT int holdfast_response_http_major(const holdfast_response* response);
HOLDFAST_EXPORT int holdfast_response_http_minor(const holdfast_response* response);
/// As sent; may be empty.
HOLDFAST_EXPORT const char* holdfast_response_reason(const holdfast_response* response);
HOLDFAST_EXPORT const holdfast_headers* holdfast_response_headers(
    const holdfast_response* response);
/// The fields behind the body (RFC 9110 §6.5), never merged into the headers.
HOLDFAST_EXPORT const holdfast_headers* holdfast_response_trailers(
    const holdfast_response* response);
/// 1: the content's codings were undone; Content-Encoding and Content-Length, which are as sent,
/// speak of the content before that.
HOLDFAST_EXPORT int holdfast_response_decoded(const holdfast_response* response);
/// Empty for streamed responses. `length` may be null; the body may have NULs in it.
HOLDFAST_EXPORT const char* holdfast_response_body(const holdfast_response* response,
                                                   size_t* length);
/// The URL that answered, where redirects were followed; "" where none was.
HOLDFAST_EXPORT const char* holdfast_response_final_url(const holdfast_response* response);
HOLDFAST_EXPORT const holdfast_timeline* holdfast_response_timeline(
    const holdfast_response* response);
/// Null below status 400, else the status as an error (SPEC R9), with the response's timeline.
HOLDFAST_EXPORT const holdfast_error* holdfast_response_raise_for_status(
    const holdfast_response* response);
/// Keeps a response beyond its callback: yours to free. The one in the callback is empty from then
/// on, and so is what was got from it.
HOLDFAST_EXPORT holdfast_response* holdfast_response_take(holdfast_response* response);
/// Of responses taken only.
HOLDFAST_EXPORT void holdfast_response_free(holdfast_response* response);

/// Fields in the order they came, repeated ones apart.
HOLDFAST_EXPORT size_t holdfast_headers_count(const holdfast_headers* headers);
/// Null beyond the last.
HOLDFAST_EXPORT const char* holdfast_headers_name(const holdfast_headers* headers, size_t index);
HOLDFAST_EXPORT const char* holdfast_headers_value(const holdfast_headers* headers, size_t index);
/// The first of this name, whatever its case; null if there is none.
HOLDFAST_EXPORT const char* holdfast_headers_get(const holdfast_headers* headers, const char* name);
/// The next of this name from field `*index` on, which is moved behind it; null if there is none:
///   size_t at = 0;
///   while ((value = holdfast_headers_next(headers, "Set-Cookie", &at)) != NULL) …
HOLDFAST_EXPORT const char* holdfast_headers_next(const holdfast_headers* headers, const char* name,
                                                  size_t* index);

// --- Requests ------------------------------------------------------------------------------------

/// `url` is absolute, or relative to the option base_url. What is wrong with it the request is told
/// when it is sent.
HOLDFAST_EXPORT holdfast_request* holdfast_request_new(const char* method, const char* url);
/// Of requests that were never sent: holdfast_send() takes what it is given.
HOLDFAST_EXPORT void holdfast_request_free(holdfast_request* request);

/// One more field, or the one field of its name. Returns a complaint, of names that are no tokens
/// and values with a line break; Content-Length and the like are holdfast's own and refused when
/// the request is sent.
HOLDFAST_EXPORT const char* holdfast_request_add_header(holdfast_request* request, const char* name,
                                                        const char* value);
HOLDFAST_EXPORT const char* holdfast_request_set_header(holdfast_request* request, const char* name,
                                                        const char* value);
/// Adds to the URL's query, percent-encoded. Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_request_add_query(holdfast_request* request, const char* name,
                                                       const char* value);
/// The field Authorization: Basic (RFC 7617), or Bearer (RFC 6750). Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_request_basic_auth(holdfast_request* request, const char* user,
                                                        const char* password);
HOLDFAST_EXPORT const char* holdfast_request_bearer(holdfast_request* request, const char* token);
/// An option of this request alone: retry.*, timeouts.*, limits.*, decode.*, redirects.*, proxy,
/// proxy.*, http2.use, unix_socket. What is not set stays as the client has it. Returns a
/// complaint.
HOLDFAST_EXPORT const char* holdfast_request_set_option(holdfast_request* request, const char* name,
                                                        const char* value);
/// Not 0: sends Expect: 100-continue and holds the body back until the server says so.
HOLDFAST_EXPORT void holdfast_request_expect_continue(holdfast_request* request, int yes);

/// The body: these bytes, copied. Each returns a complaint; the last body said is sent.
HOLDFAST_EXPORT const char* holdfast_request_body_bytes(holdfast_request* request,
                                                        const void* bytes, size_t length);
/// A regular file, read anew for each attempt, in blocking pieces of at most 64 KiB on the loop's
/// thread. If it cannot be read, the request ends with HOLDFAST_BODY_SOURCE_FAILED.
HOLDFAST_EXPORT const char* holdfast_request_body_file(holdfast_request* request, const char* path);

#define HOLDFAST_CHUNKED (-1)       ///< a length that is not known: the body is sent in chunks
#define HOLDFAST_BODY_END 0         ///< no more bytes
#define HOLDFAST_BODY_PENDING (-1)  ///< none now: holdfast_body_ready() will say when
#define HOLDFAST_BODY_FAILED (-2)   ///< the request ends with HOLDFAST_BODY_SOURCE_FAILED
/// Fills at most `capacity` bytes at `into`: how many, or one of HOLDFAST_BODY_*.
typedef int64_t (*holdfast_body_read)(void* source, char* into, size_t capacity);
/// Goes back to the first byte, for another attempt. Not 0: it cannot, the request ends with
/// HOLDFAST_BODY_SOURCE_FAILED.
typedef int (*holdfast_body_rewind)(void* source);
typedef void (*holdfast_body_release)(void* source);
/// A body that is read from `source` as it is sent. With `length` the source has to give exactly as
/// many bytes. Without `rewind` it can be read once: once begun the request is not retried (SPEC
/// R8). `release`, which may be null, is called exactly once, when nothing will read the source any
/// more: before the request's last callback, or when a request that was not sent is freed.
HOLDFAST_EXPORT const char* holdfast_request_body_source(holdfast_request* request,
                                                         holdfast_body_read read,
                                                         holdfast_body_rewind rewind,
                                                         holdfast_body_release release,
                                                         void* source, int64_t length);

/// A head that has come: status, version and fields; no body, no timeline.
typedef void (*holdfast_on_head)(void* context, const holdfast_response* head);
typedef void (*holdfast_on_body)(void* context, const char* bytes, size_t length);
/// The end, exactly once: either `response` or `error` is null.
typedef void (*holdfast_on_done)(void* context, holdfast_response* response, holdfast_error* error);
/// What to hear of the response while it comes: interim heads (1xx), the head, the body piece by
/// piece; all get the context given to holdfast_send(). With on_head or on_body the response is
/// streamed: handed over as it comes, not buffered, and not retried once its head has been.
HOLDFAST_EXPORT void holdfast_request_on_interim(holdfast_request* request, holdfast_on_head call);
HOLDFAST_EXPORT void holdfast_request_on_head(holdfast_request* request, holdfast_on_head call);
HOLDFAST_EXPORT void holdfast_request_on_body(holdfast_request* request, holdfast_on_body call);

// --- Clients -------------------------------------------------------------------------------------

/// A client on this loop, which must outlive its closing: run it once more after
/// holdfast_client_free(), and uv_loop_close() returns 0. `options` are copied; null: the defaults.
HOLDFAST_EXPORT holdfast_client* holdfast_client_new(struct uv_loop_s* loop,
                                                     const holdfast_options* options);
/// Ends every request with HOLDFAST_CLIENT_CLOSED; their callbacks still come, from the loop.
HOLDFAST_EXPORT void holdfast_client_free(holdfast_client* client);

typedef void (*holdfast_call_back)(void* context);
/// Ends every request with HOLDFAST_CLIENT_CLOSED and closes all connections; then calls `done`,
/// which may be null. Requests sent later end likewise. The client is still to be freed.
HOLDFAST_EXPORT void holdfast_client_close(holdfast_client* client, holdfast_call_back done,
                                           void* context);
/// Takes no new request, lets those under way end, retries included, then closes.
HOLDFAST_EXPORT void holdfast_client_close_gracefully(holdfast_client* client,
                                                      holdfast_call_back done, void* context);
/// From any thread, while the client is not being freed: runs `work` on the loop's thread, in
/// order. 0: the client has closed, `work` will not be run.
HOLDFAST_EXPORT int holdfast_client_post(holdfast_client* client, holdfast_call_back work,
                                         void* context);

/// A request under way, by its number in this client. One that has ended is no error: nothing
/// happens.
typedef uint64_t holdfast_call;

/// Sends a request and takes it: it may not be used any more. Every failure comes through `done`,
/// which may be null. 0 only when out of memory: `done` does not come then.
HOLDFAST_EXPORT holdfast_call holdfast_send(holdfast_client* client, holdfast_request* request,
                                            holdfast_on_done done, void* context);
HOLDFAST_EXPORT holdfast_call holdfast_get(holdfast_client* client, const char* url,
                                           holdfast_on_done done, void* context);
/// `content_type` may be null: no such field. The body is copied.
HOLDFAST_EXPORT holdfast_call holdfast_post(holdfast_client* client, const char* url,
                                            const char* content_type, const void* body,
                                            size_t length, holdfast_on_done done, void* context);

/// Ends the request with HOLDFAST_CANCELLED; its callback comes on a later turn.
HOLDFAST_EXPORT void holdfast_cancel(holdfast_client* client, holdfast_call call);
/// Streaming: no more on_body until holdfast_resume(); the peer is held back by flow control.
HOLDFAST_EXPORT void holdfast_pause(holdfast_client* client, holdfast_call call);
HOLDFAST_EXPORT void holdfast_resume(holdfast_client* client, holdfast_call call);
/// A body source that said HOLDFAST_BODY_PENDING has bytes now.
HOLDFAST_EXPORT void holdfast_body_ready(holdfast_client* client, holdfast_call call);
/// 1 while the last callback is still to come.
HOLDFAST_EXPORT int holdfast_active(holdfast_client* client, holdfast_call call);

/// Hears of every attempt that will be retried, as it ends, with the wait before the next one.
/// `request` counts this client's requests, from 1; `attempt` lives until the call returns. One
/// observer; null: none.
typedef void (*holdfast_on_attempt)(void* context, uint64_t request,
                                    const holdfast_attempt* attempt, int64_t delay_ns);
HOLDFAST_EXPORT void holdfast_client_on_attempt(holdfast_client* client, holdfast_on_attempt call,
                                                void* context);

/// Gauges and counters of the pool (SPEC P8).
typedef enum holdfast_stat {
  HOLDFAST_STAT_IDLE = 0,
  HOLDFAST_STAT_BUSY = 1,
  HOLDFAST_STAT_OPENING = 2,
  HOLDFAST_STAT_CLOSING = 3,
  HOLDFAST_STAT_WAITING = 4,  ///< requests without a connection
  HOLDFAST_STAT_OPENED = 5,   ///< from here on counters
  HOLDFAST_STAT_REUSED = 6,
  HOLDFAST_STAT_CLOSED_IDLE_EXPIRY = 7,
  HOLDFAST_STAT_CLOSED_IDLE_LIMIT = 8,
  HOLDFAST_STAT_CLOSED_BY_PEER = 9,
  HOLDFAST_STAT_CLOSED_BY_ERROR = 10,
  HOLDFAST_STAT_CLOSED_NOT_REUSABLE = 11,
  HOLDFAST_STAT_CLOSED_EVICTED = 12,
  HOLDFAST_STAT_CLOSED_LIFETIME = 13,
  HOLDFAST_STAT_CLOSED_SHUTDOWN = 14,
  HOLDFAST_STAT_CONNECT_FAILED = 15
} holdfast_stat;

/// 0 for what this version does not know.
HOLDFAST_EXPORT uint64_t holdfast_client_stat(const holdfast_client* client, holdfast_stat which);
/// The gauges of one origin, "http://host:port". Calls `call` for each, before it returns.
typedef void (*holdfast_on_origin)(void* context, const char* origin, uint32_t idle, uint32_t busy,
                                   uint32_t opening, uint32_t waiting);
HOLDFAST_EXPORT void holdfast_client_each_origin(const holdfast_client* client,
                                                 holdfast_on_origin call, void* context);

#ifdef __cplusplus
}
#endif
