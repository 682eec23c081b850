// Reads and writes HTTP dates (RFC 9110 §5.6.7). Pure: the current time is an argument. Thread:
// any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace holdfast::http {

/// Parses any of the three forms: IMF-fixdate, RFC 850 (two-digit years by the 50-year rule,
/// measured from `now`) and asctime. The syntax is strict, including letter case and "GMT". Second
/// 60 is accepted as the first second of the next minute. A wrong day of the week is accepted,
/// since nothing depends on it. nullopt for everything else.
std::optional<base::WallTime> parse_http_date(std::string_view text, base::WallTime now);

/// IMF-fixdate, e.g. "Sun, 06 Nov 1994 08:49:37 GMT"; fractions of a second are dropped.
std::string format_http_date(base::WallTime at);

}  // namespace holdfast::http
