// Maps libuv's error codes to ErrorCode: one function per source of errors. No other file compares
// UV_E* codes. Thread: any (pure functions).
#pragma once

#include "holdfast/error.h"

namespace holdfast::uv {

/// For a failed connect.
ErrorCode connect_error(int uv_code);
/// For a failed connect to a Unix domain socket.
ErrorCode local_connect_error(int uv_code);
/// For a failed read or write on an established connection.
ErrorCode stream_error(int uv_code);
/// Of a lookup: none, dns_not_found or dns_temporary.
ErrorCode lookup_error(int uv_code);
/// The errno behind a libuv code; 0 for none and for codes that are not errnos (lookups).
int os_error(int uv_code);

}  // namespace holdfast::uv
