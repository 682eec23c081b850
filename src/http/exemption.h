// Hosts for which no proxy is used, in the syntax of NO_PROXY. Pure; a value. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/timeline.h"
#include "holdfast/url.h"

namespace holdfast::http {

/// One entry of ProxyPolicy::no_proxy.
struct Exemption {
  enum class Kind : std::uint8_t {
    nothing,     ///< an empty entry
    everything,  ///< "*"
    name,        ///< the name and its subdomains
    network,     ///< IP literals whose first bits are these
  };
  Kind kind = Kind::nothing;
  std::string name;        ///< lower case, without leading or trailing dot
  PeerAddress network;     ///< family and bytes
  unsigned bits = 0;       ///< how many leading bits of `network` are compared
  std::string zone;        ///< the zone that a URL must have; empty: any or none
  std::uint16_t port = 0;  ///< 0: any

  /// Names are not looked up: a network does not cover a name that resolves to one of its
  /// addresses.
  bool covers(const Url& url) const;
};

/// Fills `out`; returns the error with its remedy, or an empty string. On an error `out` is an
/// entry that covers nothing.
std::string parse_exemption(std::string_view text, Exemption& out);

}  // namespace holdfast::http
