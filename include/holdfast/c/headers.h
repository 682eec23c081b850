// The fields of a message. Part of holdfast.h, where the rules stand. Thread: any one at a time.
#pragma once

#include <stddef.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/// Fields of your own, for holdfast_proceed(): none, or those of others; yours to free.
HOLDFAST_EXPORT holdfast_headers* holdfast_headers_new(void);
HOLDFAST_EXPORT holdfast_headers* holdfast_headers_copy(const holdfast_headers* headers);
/// Of fields that were made or copied only.
HOLDFAST_EXPORT void holdfast_headers_free(holdfast_headers* headers);
/// One more field, or the one field of its name. Fields of your own, and those that a hook is shown
/// (holdfast_plan_headers()), can be changed; those of a response cannot. What was got from them is
/// gone with each change. Both return a complaint.
HOLDFAST_EXPORT const char* holdfast_headers_add(holdfast_headers* headers, const char* name,
                                                 const char* value);
HOLDFAST_EXPORT const char* holdfast_headers_set(holdfast_headers* headers, const char* name,
                                                 const char* value);
/// Removes every field of this name; says how many there were.
HOLDFAST_EXPORT size_t holdfast_headers_remove(holdfast_headers* headers, const char* name);

#ifdef __cplusplus
}
#endif
