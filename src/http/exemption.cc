#include "http/exemption.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "http/ascii.h"
#include "http/ip_address.h"

namespace holdfast::http {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Parses a whole number from `least` to `most`.
std::optional<unsigned> number(std::string_view text, unsigned least, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  if (value < least || value > most) return {};
  return value;
}

unsigned all_bits(const PeerAddress& address) { return address.family == 4 ? 32 : 128; }

bool in_network(const PeerAddress& address, const PeerAddress& network, unsigned bits) {
  if (address.family != network.family) return false;
  for (unsigned i = 0; i < bits; i += 8) {
    const unsigned rest = std::min(bits - i, 8U);
    const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
    if (((address.bytes[i / 8] ^ network.bytes[i / 8]) & mask) != 0) return false;
  }
  return true;
}

std::string set_network(std::string_view address, std::string_view bits, Exemption& out) {
  const std::string_view plain = without_zone(address);
  const auto found = parse_ip(plain, 0);
  if (!found) return "write a network as 10.0.0.0/8 or fd00::/8";
  out.kind = Exemption::Kind::network;
  out.network = *found;
  out.bits = all_bits(*found);
  if (plain.size() != address.size()) {
    if (found->family != 6) return "write an IPv4 address without a zone";
    out.zone = address.substr(plain.size() + 1);
    if (out.zone.starts_with("25") && out.zone.size() > 2) out.zone.erase(0, 2);
    if (out.zone.empty()) return "write the zone behind the %, as in fe80::1%eth0";
  }
  if (bits.empty()) return {};
  const auto count = number(bits.substr(1), 0, out.bits);
  if (!count) return "write 0 to " + std::to_string(out.bits) + " behind the slash";
  out.bits = *count;
  return {};
}

std::string set_name(std::string_view name, Exemption& out) {
  if (name.starts_with("*.")) name.remove_prefix(1);  // other programs' spelling of a leading dot
  if (name.starts_with('.')) name.remove_prefix(1);
  if (name.ends_with('.')) name.remove_suffix(1);
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
  if (!fits || name.empty()) {
    return "write each host as an element of its own: example.org, .example.org, 10.0.0.0/8, "
           "host:8080 or *";
  }
  out.kind = Exemption::Kind::name;
  out.name = name;
  std::transform(out.name.begin(), out.name.end(), out.name.begin(), lower);
  return {};
}

/// Removes a port like ":8080" from the end of `text`, if there is one.
std::string take_port(std::string_view& text, Exemption& out) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return {};
  const auto port = number(text.substr(colon + 1), 1, 65535);
  if (!port) return "write a port from 1 to 65535 behind the colon";
  out.port = static_cast<std::uint16_t>(*port);
  text = text.substr(0, colon);
  return {};
}

/// `out` must be an empty entry.
std::string parse_entry(std::string_view text, Exemption& out) {
  if (text.empty()) return {};
  if (const std::size_t slash = text.find('/'); slash != text.npos) {
    return set_network(text.substr(0, slash), text.substr(slash), out);
  }
  if (parse_zoned_ip(text, 0)) return set_network(text, {}, out);  // an IPv6 address has colons
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return "write the closing bracket of the IPv6 address, as in [::1]:8080";
    std::string_view rest = text.substr(end + 1);
    if (std::string wrong = take_port(rest, out); !wrong.empty()) return wrong;
    if (!rest.empty()) return "write nothing but a port behind the bracket, as in [::1]:8080";
    return set_network(text.substr(1, end - 1), {}, out);
  }
  if (std::string wrong = take_port(text, out); !wrong.empty()) return wrong;
  if (text == "*") {
    out.kind = Exemption::Kind::everything;
    return {};
  }
  if (parse_ip(text, 0)) return set_network(text, {}, out);
  return set_name(text, out);
}

}  // namespace

std::string parse_exemption(std::string_view text, Exemption& out) {
  out = Exemption{};
  std::string wrong = parse_entry(trimmed(text), out);
  if (!wrong.empty()) out = Exemption{};
  return wrong;
}

bool Exemption::covers(const Url& url) const {
  if (port != 0 && port != url.port()) return false;
  std::string_view host = url.host();
  switch (kind) {
    case Kind::nothing:
      return false;
    case Kind::everything:
      return true;
    case Kind::network: {
      const auto address = parse_ip(host, 0);
      return address && in_network(*address, network, bits) && (zone.empty() || zone == url.zone());
    }
    case Kind::name:
      break;
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  if (!host.ends_with(name)) return false;
  if (host.size() == name.size()) return true;
  // "0.1" is not a parent domain of 10.0.0.1.
  return host[host.size() - name.size() - 1] == '.' && !parse_ip(host, 0);
}

}  // namespace holdfast::http
