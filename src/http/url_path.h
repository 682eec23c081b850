// Paths and queries of URLs as written on a request line. Pure. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::http {

/// An absolute path without its dot segments (RFC 3986 §5.2.4). "%2e" counts as a dot (§6.2.2.2,
/// WHATWG URL §4.1), because servers that decode first would treat it as one.
std::string remove_dot_segments(std::string_view path);

/// Appends `text` and percent-encodes the bytes that are not allowed in a path, or in a query.
/// Bytes that RFC 3986 allows are appended unchanged, so existing escapes stay. Returns the error
/// with its remedy if `text` cannot be repaired, or an empty string.
std::string append_path(std::string& out, std::string_view text);
std::string append_query(std::string& out, std::string_view text);

}  // namespace holdfast::http
