// multipart/form-data (RFC 7578): what a form with files in it is sent as, files being streamed and
// not read into memory. Part of holdfast.h, where the rules stand. Thread: any one at a time.
//
//   holdfast_multipart* form = holdfast_multipart_new(0);
//   holdfast_multipart_add_text(form, "title", "Holiday");
//   holdfast_multipart_add_file(form, "photo", "/tmp/beach.jpg", NULL, "image/jpeg");
//   holdfast_request_body_multipart(request, form);
//   holdfast_multipart_free(form);
//
// Quotes and line breaks in names are percent-encoded as browsers do; all else stands as it is.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/request.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Another seed is another boundary. A boundary is never found in a part that is in memory; a
/// streamed part in which it is found after all makes the request end with
/// HOLDFAST_BODY_SOURCE_FAILED, since the receiver would see parts there that nobody has added.
HOLDFAST_EXPORT holdfast_multipart* holdfast_multipart_new(uint64_t seed);
/// Requests that were given these parts keep what they need of them.
HOLDFAST_EXPORT void holdfast_multipart_free(holdfast_multipart* parts);

/// A plain value. As those below returns a complaint.
HOLDFAST_EXPORT const char* holdfast_multipart_add_text(holdfast_multipart* parts, const char* name,
                                                        const char* value);
/// Bytes, copied. `filename` null: none; `content_type` null: none, which means text/plain (RFC
/// 7578 §4.4).
HOLDFAST_EXPORT const char* holdfast_multipart_add_bytes(holdfast_multipart* parts,
                                                         const char* name, const char* filename,
                                                         const char* content_type,
                                                         const void* bytes, size_t length);
/// A file, read as holdfast_request_body_file() does. `filename` null: the last segment of the
/// path; `content_type` null: application/octet-stream.
HOLDFAST_EXPORT const char* holdfast_multipart_add_file(holdfast_multipart* parts, const char* name,
                                                        const char* path, const char* filename,
                                                        const char* content_type);
/// Read from `source` as holdfast_request_body_source() says, by one request at a time. Without
/// `rewind` the whole can be sent once, and is not retried; with HOLDFAST_CHUNKED for `length` the
/// whole is sent in chunks. `release` is called when neither the parts nor any request needs the
/// source any more.
HOLDFAST_EXPORT const char* holdfast_multipart_add_source(
    holdfast_multipart* parts, const char* name, const char* filename, const char* content_type,
    holdfast_body_read read, holdfast_body_rewind rewind, holdfast_body_release release,
    void* source, int64_t length);

/// What stands between the parts, as they are now.
HOLDFAST_EXPORT const char* holdfast_multipart_boundary(holdfast_multipart* parts);
/// Bytes of the whole body; HOLDFAST_CHUNKED if a part's are not known before it is opened, as with
/// files: the request then carries the length that each attempt measures.
HOLDFAST_EXPORT int64_t holdfast_multipart_length(const holdfast_multipart* parts);

#ifdef __cplusplus
}
#endif
