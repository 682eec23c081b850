// Whether anyone can register names below a domain (com, co.uk, github.io): a cookie for such a
// domain would reach unrelated sites. Uses libpsl's built-in list if the library was built with it,
// else the rule "at least one dot". Pure. Thread: any.
#pragma once

#include <string_view>

namespace holdfast::http {

/// `domain` is in lower case, without leading or trailing dot, and not an IP address.
bool is_public_suffix(std::string_view domain);
/// Whether the list is available.
bool knows_public_suffixes();

}  // namespace holdfast::http
