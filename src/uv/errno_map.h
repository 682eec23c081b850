// Where libuv's error codes become ours: one function per place an error can come from, and no
// other file compares a UV_E* code. Thread: any (pure functions).
#pragma once

#include "holdfast/error.h"

namespace holdfast::uv {

/// Of a connect that failed.
ErrorCode connect_error(int uv_code);
/// Of a connect to a Unix domain socket that failed.
ErrorCode local_connect_error(int uv_code);
/// Of a read or write that failed on an established connection.
ErrorCode stream_error(int uv_code);
/// Of a lookup: none, dns_not_found or dns_temporary.
ErrorCode lookup_error(int uv_code);
/// The errno behind a libuv code; 0 for none and for codes that are not errnos (lookups).
int os_error(int uv_code);

}  // namespace holdfast::uv
