// The date of a cookie's Expires, in the grammar that servers use (RFC 6265bis §5.1.1): far more
// lenient than HTTP's own dates, with another rule for two-digit years. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::http {

/// Seconds since 1970; nullopt when the algorithm fails. "Sun, 06 Nov 1994 08:49:37 GMT", "6-nov-94
/// 8:49:37" and "1994 08:49:37 Nov 6" are equal. The zone is ignored; the time is GMT.
std::optional<std::int64_t> parse_cookie_date(std::string_view text);

}  // namespace holdfast::http
