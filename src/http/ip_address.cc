#include "http/ip_address.h"

#include <arpa/inet.h>

#include <cstring>
#include <string>

namespace holdfast {

namespace http {

std::optional<PeerAddress> parse_ip(std::string_view host, std::uint16_t port) {
  // The longest literal is shorter than this; a name must not be copied for nothing.
  char text[INET6_ADDRSTRLEN];
  if (host.empty() || host.size() >= sizeof text) return std::nullopt;
  if (host.find('\0') != host.npos) return std::nullopt;  // where inet_pton would stop reading
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

}  // namespace http

std::string PeerAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  switch (family) {
    case 4:
      inet_ntop(AF_INET, bytes, text, sizeof text);
      return std::string(text) + ":" + std::to_string(port);
    case 6:  // inet_ntop writes RFC 5952's form
      inet_ntop(AF_INET6, bytes, text, sizeof text);
      return "[" + std::string(text) + "]:" + std::to_string(port);
    default:
      return "";
  }
}

}  // namespace holdfast
