// IP literals as they stand in URLs, without the socket headers. Pure. Thread: any.
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

/// An address, and the network interface that it is of (RFC 4007 §11): "fe80::1%eth0".
struct ZonedAddress {
  PeerAddress address;    ///< its scope is set where the zone is a number
  std::string_view zone;  ///< a name, which only the system can turn into a scope; empty: none
};
/// As parse_ip(), with or without a zone.
std::optional<ZonedAddress> parse_zoned_ip(std::string_view host, std::uint16_t port);

/// `host` up to its zone, if it has one.
std::string_view without_zone(std::string_view host);

/// The address alone, IPv6 in RFC 5952's form, without brackets, zone and port; empty for none.
std::string ip_text(const PeerAddress& address);

}  // namespace holdfast::http
