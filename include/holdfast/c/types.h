// The types of the C face, all of them opaque. Part of holdfast.h, where the rules stand. Thread:
// n/a.
#pragma once

#include <stdint.h>

#include "holdfast/c/export.h"

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
typedef struct holdfast_multipart holdfast_multipart;
typedef struct holdfast_cookie_jar holdfast_cookie_jar;
typedef struct holdfast_plan holdfast_plan;
typedef struct holdfast_event holdfast_event;

/// A request under way, by its number in this client. One that has ended is no error: nothing
/// happens.
typedef uint64_t holdfast_call;

/// The library's version, "0.1.0" for one.
HOLDFAST_EXPORT const char* holdfast_version(void);

#ifdef __cplusplus
}
#endif
