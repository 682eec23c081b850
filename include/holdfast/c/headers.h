// The fields of a message. The rules are in holdfast.h. Thread: any one at a time.
#pragma once

#include <stddef.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Returns the number of fields. They are in the order received; repeated fields are kept apart.
HOLDFAST_EXPORT size_t holdfast_headers_count(const holdfast_headers* headers);
/// Returns the name of a field, from 0; null beyond the last.
HOLDFAST_EXPORT const char* holdfast_headers_name(const holdfast_headers* headers, size_t index);
/// Returns the value of a field, from 0; null beyond the last.
HOLDFAST_EXPORT const char* holdfast_headers_value(const holdfast_headers* headers, size_t index);
/// Returns the first value of this name, compared without case; null if there is none.
HOLDFAST_EXPORT const char* holdfast_headers_get(const holdfast_headers* headers, const char* name);
/// Returns the next value of this name, from field `*index` on, and sets `*index` to the field
/// after it; null if there is none:
///
///     size_t at = 0;
///     while ((value = holdfast_headers_next(headers, "Set-Cookie", &at)) != NULL) …
HOLDFAST_EXPORT const char* holdfast_headers_next(const holdfast_headers* headers, const char* name,
                                                  size_t* index);

/// Makes an empty list of fields, for holdfast_proceed(). Free it with holdfast_headers_free().
HOLDFAST_EXPORT holdfast_headers* holdfast_headers_new(void);
/// Makes a copy of these fields. Free it with holdfast_headers_free().
HOLDFAST_EXPORT holdfast_headers* holdfast_headers_copy(const holdfast_headers* headers);
/// Frees fields that were made or copied.
HOLDFAST_EXPORT void holdfast_headers_free(holdfast_headers* headers);
/// Adds a field. Only fields that were made or copied, and those of a plan
/// (holdfast_plan_headers()), can be changed; those of a response cannot. Each change invalidates
/// what was returned before. Returns null, or an error text.
HOLDFAST_EXPORT const char* holdfast_headers_add(holdfast_headers* headers, const char* name,
                                                 const char* value);
/// Sets a field; replaces all fields of this name. Otherwise as holdfast_headers_add().
HOLDFAST_EXPORT const char* holdfast_headers_set(holdfast_headers* headers, const char* name,
                                                 const char* value);
/// Removes all fields of this name. Returns how many there were.
HOLDFAST_EXPORT size_t holdfast_headers_remove(holdfast_headers* headers, const char* name);

#ifdef __cplusplus
}
#endif
