// What is asked for, and the bodies that go with it. Part of holdfast.h, where the rules stand.
// Thread: any one at a time until it is sent; then the loop's.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/options.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

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
/// Asks this predicate instead of the client's, for this request; null: none. `context` must live
/// until the request's last callback. Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_request_set_retry_predicate(holdfast_request* request,
                                                                 holdfast_retry_predicate predicate,
                                                                 void* context);
/// Not 0: sends Expect: 100-continue and holds the body back until the server says so.
HOLDFAST_EXPORT void holdfast_request_expect_continue(holdfast_request* request, int yes);

/// The body: these bytes, copied. Each returns a complaint; the last body said is sent.
HOLDFAST_EXPORT const char* holdfast_request_body_bytes(holdfast_request* request,
                                                        const void* bytes, size_t length);
/// A file, opened and measured anew for each attempt before anything is sent, read in blocking
/// pieces of at most 64 KiB on the loop's thread. What is no regular file is read once, and sent in
/// chunks. If it cannot be opened or read, the request ends with HOLDFAST_BODY_SOURCE_FAILED.
HOLDFAST_EXPORT const char* holdfast_request_body_file(holdfast_request* request, const char* path);

#define HOLDFAST_CHUNKED (-1)       ///< a length that is not known: the body is sent in chunks
#define HOLDFAST_BODY_END 0         ///< no more bytes
#define HOLDFAST_BODY_PENDING (-1)  ///< none now: holdfast_body_ready() will say when
#define HOLDFAST_BODY_FAILED (-2)   ///< the request ends with HOLDFAST_BODY_SOURCE_FAILED
/// Fills at most `capacity` bytes at `into`: how many, or one of HOLDFAST_BODY_*.
typedef int64_t (*holdfast_body_read)(void* source, char* into, size_t capacity);
/// Goes back to the first byte, for another attempt after one that had begun to read. Not 0: it
/// cannot, the request ends with HOLDFAST_BODY_SOURCE_FAILED.
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

/// Adds to a form in the body (application/x-www-form-urlencoded, as browsers write it), with its
/// Content-Type unless the request has one. The form takes the place of any other body, and any
/// other takes its. Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_request_add_form(holdfast_request* request, const char* name,
                                                      const char* value);
/// A form with files in it (holdfast/c/multipart.h), its parts as they are now, with its
/// Content-Type unless the request has one, which has to name holdfast_multipart_boundary().
/// Returns a complaint.
HOLDFAST_EXPORT const char* holdfast_request_body_multipart(holdfast_request* request,
                                                            const holdfast_multipart* parts);

/// `text` with everything but RFC 3986's unreserved characters percent-encoded: fit to be one
/// segment of a path. And a URL fit for logs, without userinfo and with "…" for the values in its
/// query. Into `into`, cut to `capacity` with its NUL; the length there is, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_percent_encode(const char* text, char* into, size_t capacity);
HOLDFAST_EXPORT size_t holdfast_redact_url(const char* url, char* into, size_t capacity);

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

#ifdef __cplusplus
}
#endif
