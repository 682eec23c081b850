// Whether a domain is one below which anybody may register (com, co.uk, github.io): cookies for all
// of it would be everybody's. By libpsl's built-in list where the library was built with it, else
// by the rule "at least one dot". Pure. Thread: any.
#pragma once

#include <string_view>

namespace holdfast::http {

/// `domain` in lower case, without leading or trailing dot; not an IP address.
bool is_public_suffix(std::string_view domain);
/// Whether the list is there.
bool knows_public_suffixes();

}  // namespace holdfast::http
