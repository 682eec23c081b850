// Basic authorization (RFC 7617) from a URL's userinfo. Pure. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::http {

/// "Basic …" for the percent-encoded `userinfo` of a URL (RFC 3986 §3.2.1). A user without ":" has
/// an empty password.
std::string basic_credentials(std::string_view userinfo);

/// RFC 4648 §4, padded.
std::string base64(std::string_view bytes);

}  // namespace holdfast::http
