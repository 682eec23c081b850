// What came back. Part of holdfast.h, where the rules stand. Thread: any one at a time.
//
// The response that a callback is given is valid until the callback returns, with all that was got
// from it.
#pragma once

#include <stddef.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

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
/// 1: all of the request was sent. 0: the server ended the exchange early (SPEC R13), as
/// Response::request_complete says in full.
HOLDFAST_EXPORT int holdfast_response_request_complete(const holdfast_response* response);
/// Empty for streamed responses and downloads. `length` may be null; the body may have NULs in it.
HOLDFAST_EXPORT const char* holdfast_response_body(const holdfast_response* response,
                                                   size_t* length);
/// Content-Type taken apart: "text/html", in lower case; "" if there is none that can be read. Then
/// one of its parameters, without quotes, "charset" for one; null if it has none of this name.
HOLDFAST_EXPORT const char* holdfast_response_media_type(const holdfast_response* response);
HOLDFAST_EXPORT const char* holdfast_response_media_parameter(const holdfast_response* response,
                                                              const char* name);
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

#ifdef __cplusplus
}
#endif
