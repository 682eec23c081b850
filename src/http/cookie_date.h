// The date of a cookie's Expires, in the grammar that servers really write (RFC 6265bis §5.1.1):
// far more lenient than HTTP's own dates, and with another rule for years. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::http {

/// Seconds since 1970; nullopt where the algorithm fails. "Sun, 06 Nov 1994 08:49:37 GMT",
/// "6-nov-94 8:49:37" and "1994 08:49:37 Nov 6" are all the same; zones are not read: it is GMT.
std::optional<std::int64_t> parse_cookie_date(std::string_view text);

}  // namespace holdfast::http
