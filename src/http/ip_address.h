// IP literals in the syntax of URLs, without the socket headers. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/timeline.h"

namespace holdfast::http {

/// The address if `host` is an IPv4 or (bracketless) IPv6 literal without a zone; nullopt for
/// names.
std::optional<PeerAddress> parse_ip(std::string_view host, std::uint16_t port);

/// An address and its network interface (RFC 4007 §11): "fe80::1%eth0".
struct ZonedAddress {
  PeerAddress address;    ///< its scope is set if the zone is a number
  std::string_view zone;  ///< a name, for the system to resolve to a scope; empty: none
};
/// Like parse_ip(), with or without a zone.
std::optional<ZonedAddress> parse_zoned_ip(std::string_view host, std::uint16_t port);

/// `host` without its zone.
std::string_view without_zone(std::string_view host);

/// The address in text, IPv6 in RFC 5952's form, without brackets, zone and port; empty for none.
std::string ip_text(const PeerAddress& address);

}  // namespace holdfast::http
