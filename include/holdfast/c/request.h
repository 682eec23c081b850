// Requests and their bodies. The rules are in holdfast.h. Thread: any one at a time until the
// request is sent; then the loop's.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/options.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Makes a request. `url` is absolute, or relative to the option base_url. An invalid method or URL
/// is reported when the request is sent.
HOLDFAST_EXPORT holdfast_request* holdfast_request_new(const char* method, const char* url);
/// Frees a request that was not sent; holdfast_send() takes ownership of it.
HOLDFAST_EXPORT void holdfast_request_free(holdfast_request* request);

/// Adds a field. Returns null, or an error text: the name must be a token, the value must not
/// contain a line break. Content-Length and other fields that holdfast sets itself are refused when
/// the request is sent.
HOLDFAST_EXPORT const char* holdfast_request_add_header(holdfast_request* request, const char* name,
                                                        const char* value);
/// Sets a field; replaces all fields of this name. Otherwise as holdfast_request_add_header().
HOLDFAST_EXPORT const char* holdfast_request_set_header(holdfast_request* request, const char* name,
                                                        const char* value);
/// Adds a parameter to the URL's query, percent-encoded. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_request_add_query(holdfast_request* request, const char* name,
                                                       const char* value);
/// Sets Authorization: Basic (RFC 7617). `user` must not contain ":". Returns null, or an error
/// text.
HOLDFAST_EXPORT const char* holdfast_request_basic_auth(holdfast_request* request, const char* user,
                                                        const char* password);
/// Sets Authorization: Bearer (RFC 6750). Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_request_bearer(holdfast_request* request, const char* token);
/// Sets an option of this request alone: one of retry, timeouts, limits, decode, redirects or proxy
/// ("timeouts.total"), or http2.use, unix_socket or path_as_is. Options that are not set are the
/// client's. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_request_set_option(holdfast_request* request, const char* name,
                                                        const char* value);
/// Sets a retry predicate for this request in place of the client's; null: none. `context` must
/// live until the request's last callback. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_request_set_retry_predicate(holdfast_request* request,
                                                                 holdfast_retry_predicate predicate,
                                                                 void* context);
/// With `yes` not 0, sends Expect: 100-continue and delays the body until the server asks for it;
/// see Request::expect_continue.
HOLDFAST_EXPORT void holdfast_request_expect_continue(holdfast_request* request, int yes);

/// Sets the body to these bytes, which are copied. The last body set is sent. Returns null, or an
/// error text.
HOLDFAST_EXPORT const char* holdfast_request_body_bytes(holdfast_request* request,
                                                        const void* bytes, size_t length);
/// Sets the body to the contents of a file, opened and measured anew for each attempt, before
/// anything is sent. It is read on the loop's thread, which that blocks, at most 64 KiB at a time.
/// A file that is not regular is read once and sent chunked. If it cannot be opened or read, the
/// request ends with HOLDFAST_BODY_SOURCE_FAILED. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_request_body_file(holdfast_request* request, const char* path);

#define HOLDFAST_CHUNKED (-1)       ///< an unknown length: the body is sent chunked
#define HOLDFAST_BODY_END 0         ///< the body is complete
#define HOLDFAST_BODY_PENDING (-1)  ///< no bytes yet; holdfast_body_ready() will be called
#define HOLDFAST_BODY_FAILED (-2)   ///< the request ends with HOLDFAST_BODY_SOURCE_FAILED
/// Writes at most `capacity` bytes to `into`. Returns how many, or one of HOLDFAST_BODY_END,
/// HOLDFAST_BODY_PENDING and HOLDFAST_BODY_FAILED.
typedef int64_t (*holdfast_body_read)(void* source, char* into, size_t capacity);
/// Goes back to the first byte, for another attempt. Called only if reading has begun. Returns 0,
/// or another value if it cannot: then the request ends with HOLDFAST_BODY_SOURCE_FAILED.
typedef int (*holdfast_body_rewind)(void* source);
/// Releases a source that is no longer read.
typedef void (*holdfast_body_release)(void* source);
/// Sets a body that is read from `source` as it is sent. With a `length` the source must supply
/// exactly as many bytes; HOLDFAST_CHUNKED: unknown. Without `rewind` it can be read once: once
/// that has begun, the request is not retried (R8). `release`, which may be null, is called exactly
/// once when the source is no longer read: before the request's last callback, or when a request
/// that was not sent is freed. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_request_body_source(holdfast_request* request,
                                                         holdfast_body_read read,
                                                         holdfast_body_rewind rewind,
                                                         holdfast_body_release release,
                                                         void* source, int64_t length);

/// Adds a field to a form that becomes the body (application/x-www-form-urlencoded, as browsers
/// write it), with its Content-Type unless the request has one. The form replaces any other body,
/// and any other body replaces it. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_request_add_form(holdfast_request* request, const char* name,
                                                      const char* value);
/// Sets the body to a form with the parts added so far (holdfast/c/multipart.h), with its
/// Content-Type unless the request has one; that one must contain holdfast_multipart_boundary().
/// Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_request_body_multipart(holdfast_request* request,
                                                            const holdfast_multipart* parts);

/// Writes `text` into `into`, with everything percent-encoded except RFC 3986's unreserved
/// characters, for one segment of a path; cut to `capacity` with its NUL. Returns the whole length,
/// as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_percent_encode(const char* text, char* into, size_t capacity);
/// Writes a URL for logs into `into`, without userinfo and with "…" in place of query values; cut
/// to `capacity` with its NUL. Returns the whole length, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_redact_url(const char* url, char* into, size_t capacity);

/// Receives a response head: status, version and fields, without body and timeline.
typedef void (*holdfast_on_head)(void* context, const holdfast_response* head);
/// Receives the next bytes of a body, which live until the function returns.
typedef void (*holdfast_on_body)(void* context, const char* bytes, size_t length);
/// Receives the end of a request, exactly once; either `response` or `error` is null.
typedef void (*holdfast_on_done)(void* context, holdfast_response* response, holdfast_error* error);
/// Sets the callback for interim responses (1xx). It gets the context that is given to
/// holdfast_send().
HOLDFAST_EXPORT void holdfast_request_on_interim(holdfast_request* request, holdfast_on_head call);
/// Sets the callback for the head of the final response. The response is then streamed: not
/// buffered, and not retried once this has been called (R5).
HOLDFAST_EXPORT void holdfast_request_on_head(holdfast_request* request, holdfast_on_head call);
/// Sets the callback for the bytes of the body. The response is then streamed: not buffered, and
/// not retried once its head has been received (R5).
HOLDFAST_EXPORT void holdfast_request_on_body(holdfast_request* request, holdfast_on_body call);

#ifdef __cplusplus
}
#endif
