// Responses. The rules are in holdfast.h. Thread: any one at a time.
//
// A response passed to a callback is valid until the callback returns, with everything that was got
// from it.
#pragma once

#include <stddef.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Returns the status, 100 to 999.
HOLDFAST_EXPORT int holdfast_response_status(const holdfast_response* response);
/// Returns the major version of HTTP, 1 or 2.
HOLDFAST_EXPORT int holdfast_response_http_major(const holdfast_response* response);
/// Returns the minor version of HTTP.
HOLDFAST_EXPORT int holdfast_response_http_minor(const holdfast_response* response);
/// Returns the reason phrase as received; can be empty.
HOLDFAST_EXPORT const char* holdfast_response_reason(const holdfast_response* response);
/// Returns the fields.
HOLDFAST_EXPORT const holdfast_headers* holdfast_response_headers(
    const holdfast_response* response);
/// Returns the trailers (RFC 9110 §6.5), which are never merged into the fields.
HOLDFAST_EXPORT const holdfast_headers* holdfast_response_trailers(
    const holdfast_response* response);
/// Returns 1 if the content is decoded, else 0. Content-Encoding and Content-Length still describe
/// the content as it was sent.
HOLDFAST_EXPORT int holdfast_response_decoded(const holdfast_response* response);
/// Returns 1 if the whole request was sent, 0 if the server ended the exchange early (R13); see
/// Response::request_complete.
HOLDFAST_EXPORT int holdfast_response_request_complete(const holdfast_response* response);
/// Returns the body, with its length in `*length` unless that is null. It can contain NULs. Empty
/// for streamed responses and downloads.
HOLDFAST_EXPORT const char* holdfast_response_body(const holdfast_response* response,
                                                   size_t* length);
/// Returns the media type of Content-Type in lower case, for example "text/html"; "" if it is
/// missing or invalid.
HOLDFAST_EXPORT const char* holdfast_response_media_type(const holdfast_response* response);
/// Returns a parameter of Content-Type without quotes, for example "charset"; null if there is none
/// of this name.
HOLDFAST_EXPORT const char* holdfast_response_media_parameter(const holdfast_response* response,
                                                              const char* name);
/// Returns, after redirects, the URL that sent this response; "" if none was followed.
HOLDFAST_EXPORT const char* holdfast_response_final_url(const holdfast_response* response);
/// Returns the attempts of the request (R11).
HOLDFAST_EXPORT const holdfast_timeline* holdfast_response_timeline(
    const holdfast_response* response);
/// Returns a status from 400 on as an error (R9), with the response's timeline; null for other
/// statuses.
HOLDFAST_EXPORT const holdfast_error* holdfast_response_raise_for_status(
    const holdfast_response* response);
/// Moves a response out of its callback; free the result with holdfast_response_free(). The
/// response of the callback, and what was got from it, is empty afterwards.
HOLDFAST_EXPORT holdfast_response* holdfast_response_take(holdfast_response* response);
/// Frees a response that was taken.
HOLDFAST_EXPORT void holdfast_response_free(holdfast_response* response);

#ifdef __cplusplus
}
#endif
