#include "http/ip_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <string>

namespace holdfast {

namespace http {

std::optional<PeerAddress> parse_ip(std::string_view host, std::uint16_t port) {
  // No literal is longer than this; a longer name is not copied.
  char text[INET6_ADDRSTRLEN];
  if (host.empty() || host.size() >= sizeof text) return std::nullopt;
  if (host.find('\0') != host.npos) return std::nullopt;  // inet_pton would stop reading there
  std::memcpy(text, host.data(), host.size());
  text[host.size()] = '\0';
  PeerAddress address;
  address.port = port;
  if (inet_pton(AF_INET, text, address.bytes) == 1) {
    address.family = 4;
    return address;
  }
  if (inet_pton(AF_INET6, text, address.bytes) == 1) {
    address.family = 6;
    return address;
  }
  return std::nullopt;
}

std::optional<ZonedAddress> parse_zoned_ip(std::string_view host, std::uint16_t port) {
  const std::size_t mark = host.find('%');
  const auto address = parse_ip(host.substr(0, mark), port);
  if (!address) return std::nullopt;
  ZonedAddress zoned{*address, {}};
  if (mark == host.npos) return zoned;
  const std::string_view zone = host.substr(mark + 1);
  if (address->family != 6 || zone.empty() || zone.find('\0') != zone.npos) return std::nullopt;
  const char* const end = zone.data() + zone.size();
  const auto [stop, error] = std::from_chars(zone.data(), end, zoned.address.scope);
  if (error != std::errc() || stop != end) {
    zoned.address.scope = 0;
    zoned.zone = zone;
  }
  return zoned;
}

std::string_view without_zone(std::string_view host) { return host.substr(0, host.find('%')); }

std::string ip_text(const PeerAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.family == 4) inet_ntop(AF_INET, address.bytes, text, sizeof text);
  // inet_ntop writes the form of RFC 5952.
  if (address.family == 6) inet_ntop(AF_INET6, address.bytes, text, sizeof text);
  return text;
}

}  // namespace http

std::string PeerAddress::to_string() const {
  const std::string port_text = ":" + std::to_string(port);
  switch (family) {
    case 4:
      return http::ip_text(*this) + port_text;
    case 6:
      return "[" + http::ip_text(*this) + (scope == 0 ? "" : "%" + std::to_string(scope)) + "]" +
             port_text;
    default:
      return "";
  }
}

}  // namespace holdfast
