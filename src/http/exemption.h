// Hosts that no proxy is used for, as NO_PROXY names them. Pure; a value. Thread: any.
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
    name,        ///< the name and all below it
    network,     ///< addresses written as such whose first bits are these
  };
  Kind kind = Kind::nothing;
  std::string name;        ///< lower case, without a dot at either end
  PeerAddress network;     ///< family and bytes
  unsigned bits = 0;       ///< of `network` that count
  std::string zone;        ///< the only one of `network` that is meant; empty: all
  std::uint16_t port = 0;  ///< 0: any

  /// Names are not looked up: a name whose address lies in a network is not meant by it.
  bool covers(const Url& url) const;
};

/// Fills `out`; returns what is wrong and what to write, or nothing. What is wrong leaves `out` an
/// entry that covers nothing.
std::string parse_exemption(std::string_view text, Exemption& out);

}  // namespace holdfast::http
