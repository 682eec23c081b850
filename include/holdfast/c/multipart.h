// A multipart/form-data body (RFC 7578), as for a form with files. Files are streamed and not read
// into memory. The rules are in holdfast.h. Thread: any one at a time.
//
//     holdfast_multipart* form = holdfast_multipart_new(0);
//     holdfast_multipart_add_text(form, "title", "Holiday");
//     holdfast_multipart_add_file(form, "photo", "/tmp/beach.jpg", NULL, "image/jpeg");
//     holdfast_request_body_multipart(request, form);
//     holdfast_multipart_free(form);
//
// Quotes and line breaks in names are percent-encoded as browsers do; everything else is sent as it
// is.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/request.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Makes an empty form. Different seeds give different boundaries. The boundary does not occur in
/// any part that is in memory. If it occurs in a streamed part, the request ends with
/// HOLDFAST_BODY_SOURCE_FAILED, because the receiver would find a part there that was not added.
HOLDFAST_EXPORT holdfast_multipart* holdfast_multipart_new(uint64_t seed);
/// Frees the form. Requests that were given it keep what they need.
HOLDFAST_EXPORT void holdfast_multipart_free(holdfast_multipart* parts);

/// Adds a text value. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_multipart_add_text(holdfast_multipart* parts, const char* name,
                                                        const char* value);
/// Adds bytes, which are copied. `filename` null: none. `content_type` null: none, which means
/// text/plain (RFC 7578 §4.4). Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_multipart_add_bytes(holdfast_multipart* parts,
                                                         const char* name, const char* filename,
                                                         const char* content_type,
                                                         const void* bytes, size_t length);
/// Adds a file, read as by holdfast_request_body_file(). `filename` null: the last segment of the
/// path. `content_type` null: application/octet-stream. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_multipart_add_file(holdfast_multipart* parts, const char* name,
                                                        const char* path, const char* filename,
                                                        const char* content_type);
/// Adds a part that is read from `source`, as holdfast_request_body_source() describes, by one
/// request at a time. Without `rewind` the form can be sent once, and is not retried. With
/// HOLDFAST_CHUNKED as `length` the form is sent chunked. `release` is called when neither the form
/// nor any request needs the source. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_multipart_add_source(
    holdfast_multipart* parts, const char* name, const char* filename, const char* content_type,
    holdfast_body_read read, holdfast_body_rewind rewind, holdfast_body_release release,
    void* source, int64_t length);

/// Returns the boundary for the parts added so far.
HOLDFAST_EXPORT const char* holdfast_multipart_boundary(holdfast_multipart* parts);
/// Returns the length of the whole body in bytes; HOLDFAST_CHUNKED if that of a part is unknown
/// until it is opened, as with files. The request then has the length that each attempt measures.
HOLDFAST_EXPORT int64_t holdfast_multipart_length(const holdfast_multipart* parts);

#ifdef __cplusplus
}
#endif
