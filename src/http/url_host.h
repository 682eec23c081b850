// The authority of a URL (RFC 3986 §3.2) with its host in canonical form. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::http {

struct Authority {
  std::string userinfo;
  std::string host;  ///< canonical: lower case, IDN as ASCII, addresses in RFC 5952's form
  std::string zone;  ///< of an IPv6 address (RFC 6874), without "%25"
  std::optional<std::uint16_t> port;
};

/// Fills `out`; returns the error with its remedy, or an empty string.
std::string parse_authority(std::string_view text, Authority& out);

}  // namespace holdfast::http
