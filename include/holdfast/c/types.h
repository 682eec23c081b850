// The types of the C interface, all opaque. The rules are in holdfast.h. Thread: n/a.
#pragma once

#include <stdint.h>

#include "holdfast/c/export.h"

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s;

/// The options of a client.
typedef struct holdfast_options holdfast_options;
/// A client on a libuv loop.
typedef struct holdfast_client holdfast_client;
/// A request that has not been sent.
typedef struct holdfast_request holdfast_request;
/// A response, or its head.
typedef struct holdfast_response holdfast_response;
/// The fields of a message.
typedef struct holdfast_headers holdfast_headers;
/// The history of a request: its attempts.
typedef struct holdfast_timeline holdfast_timeline;
/// One attempt of a request.
typedef struct holdfast_attempt holdfast_attempt;
/// A failed request.
typedef struct holdfast_error holdfast_error;
/// A multipart/form-data body.
typedef struct holdfast_multipart holdfast_multipart;
/// A store of cookies.
typedef struct holdfast_cookie_jar holdfast_cookie_jar;
/// An attempt that is about to begin, as passed to a hook.
typedef struct holdfast_plan holdfast_plan;
/// An event of a client, as passed to an observer.
typedef struct holdfast_event holdfast_event;

/// A request under way, by its number in this client. Functions that take one have no effect once
/// the request has ended.
typedef uint64_t holdfast_request_id;

/// Returns the library's version, for example "0.1.0". Static.
HOLDFAST_EXPORT const char* holdfast_version(void);

#ifdef __cplusplus
}
#endif
