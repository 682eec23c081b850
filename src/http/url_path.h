// Paths and queries of URLs as they stand on a request line. Pure. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::http {

/// An absolute path without its dot segments (RFC 3986 §5.2.4). A dot may be written "%2e"
/// (§6.2.2.2, WHATWG URL §4.1): servers that decode first would see it as one.
std::string remove_dot_segments(std::string_view path);

/// Appends `text` with all that may not stand in a path, or in a query, percent-encoded. Bytes that
/// RFC 3986 allows are appended as they are, so what is encoded already stays as it is. Returns
/// what cannot be repaired, with the remedy, or nothing.
std::string append_path(std::string& out, std::string_view text);
std::string append_query(std::string& out, std::string_view text);

}  // namespace holdfast::http
