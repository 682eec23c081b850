// HTTP dates (RFC 9110 §5.6.7), read and written. Pure: "now" is an argument. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace holdfast::http {

/// Any of the three forms: IMF-fixdate, RFC 850 (two-digit years by the 50-year rule, measured from
/// `now`) and asctime. The shape is strict, letter case and "GMT" included; second 60 is accepted
/// and is the next minute's first; a day of the week that does not fit the date is forgiven, since
/// nothing depends on it. nullopt for everything else.
std::optional<base::WallTime> parse_http_date(std::string_view text, base::WallTime now);

/// IMF-fixdate, e.g. "Sun, 06 Nov 1994 08:49:37 GMT"; fractions of a second are dropped.
std::string format_http_date(base::WallTime at);

}  // namespace holdfast::http
