#include "http/url_host.h"

#include <algorithm>
#include <array>

#include "http/ascii.h"
#include "http/idn.h"
#include "http/ip_address.h"
#include "http/url_redact.h"

namespace holdfast::http {

namespace {

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// The value of a hexadecimal digit; 16 if `c` is not one.
constexpr unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? static_cast<unsigned>(l - 'a' + 10) : 16;
}

/// RFC 3986 §3.2.1, strictly: a parser that ends the userinfo at a different byte would get a
/// different host.
std::string userinfo_complaint(std::string_view userinfo) {
  for (std::size_t i = 0; i < userinfo.size(); ++i) {
    const char c = userinfo[i];
    if (std::string_view("\"<>@[\\]^`{|}").find(c) != std::string_view::npos) {
      return "\"" + std::string(1, c) + "\" in the userinfo: write " + percent(c);
    }
    if (!is_printable(c) || c == ' ') {
      return "a " +
             std::string(c == ' '                                ? "space"
                         : static_cast<unsigned char>(c) >= 0x80 ? "byte beyond ASCII"
                                                                 : "control character") +
             " in the userinfo: write " + percent(c);
    }
    if (c == '%' && (i + 2 >= userinfo.size() || hex_value(userinfo[i + 1]) > 15 ||
                     hex_value(userinfo[i + 2]) > 15)) {
      return "a % in the userinfo that is not followed by two hexadecimal digits: write %25";
    }
  }
  return {};
}

std::string name_complaint(std::string_view host) {
  if (host.empty()) return "the host is missing: write http://host/path";
  if (host.size() > 253) return "the host is longer than 253 characters, which no name is";
  for (const char c : host) {
    // RFC 3986 allows more in a registered name (sub-delims), DNS does not.
    if (!is_unreserved(c)) {
      return "\"" + shown({&c, 1}) +
             "\" in the host: a name has letters, digits, hyphens and dots only";
    }
  }
  return {};
}

/// Percent-encoded names are UTF-8 (RFC 3986 §3.2.2); servers that encode a whole Location write
/// international hosts that way. The result is checked like any other name.
std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) < 16 &&
                        hex_value(text[i + 2]) < 16;
    if (escape) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

constexpr std::uint64_t kTooLarge = std::uint64_t{1} << 32;

/// The value of a label that inet_aton() reads as a number: decimal, octal with a leading 0, or
/// hexadecimal. nullopt: not a number; kTooLarge: too large, or not valid octal.
std::optional<std::uint64_t> label_number(std::string_view label) {
  unsigned base = 10;
  if (label.starts_with("0x")) {
    base = 16;
    label.remove_prefix(2);
  } else if (label.empty()) {
    return std::nullopt;
  } else if (label.size() > 1 && label.front() == '0') {
    base = 8;
  }
  std::uint64_t value = 0;
  bool fits = true;
  for (const char c : label) {
    if (base == 16 ? hex_value(c) > 15 : !is_digit(c)) return std::nullopt;
    fits = fits && hex_value(c) < base;
    value = std::min(value * base + hex_value(c), kTooLarge);
  }
  return fits ? value : kTooLarge;
}

/// Resolvers read a host of numbers as an IPv4 address, in many spellings ("127.1", "0x7f.1",
/// "2130706433"). It is rewritten in dotted decimal (WHATWG URL §3.5), so that one address is one
/// origin, and a check of the host sees the address that is dialled.
std::string settle_ipv4(std::string& host) {
  std::string_view rest = host;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  std::array<std::uint64_t, 4> parts{};
  std::size_t count = 0;
  for (bool last = false; !last; ++count) {
    const std::size_t dot = rest.find('.');
    last = dot == rest.npos;
    const auto number = label_number(rest.substr(0, dot));
    if (!number) return {};
    parts[std::min<std::size_t>(count, 3)] = *number;
    rest.remove_prefix(last ? rest.size() : dot + 1);
  }
  const std::size_t last = count - 1;
  bool fits = count <= 4 && parts[last] < (std::uint64_t{1} << (8 * (5 - count)));
  for (std::size_t i = 0; fits && i < last; ++i) fits = parts[i] < 256;
  if (!fits) {
    return "the host is made of numbers, but is no IPv4 address: write four from 0 to 255, like "
           "127.0.0.1";
  }
  std::uint64_t value = parts[last];
  for (std::size_t i = 0; i < last; ++i) value += parts[i] << (8 * (3 - i));
  host.clear();
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (!host.empty()) host += '.';
    host += std::to_string(value >> shift & 0xFF);
  }
  return {};
}

std::string parse_name(std::string_view text, std::string& host) {
  host = text.find('%') == text.npos ? std::string(text) : percent_decoded(text);
  const bool ascii = std::all_of(host.begin(), host.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) {
    if (std::string wrong = to_ascii(host); !wrong.empty()) return wrong;
  }
  // After the conversion, because non-ASCII characters can map to "/", "@" or "%".
  if (std::string wrong = name_complaint(host); !wrong.empty()) return wrong;
  std::transform(host.begin(), host.end(), host.begin(), lower);
  return settle_ipv4(host);
}

/// RFC 6874 writes "%25" before the zone, RFC 9844 and users write "%".
std::string parse_zone(std::string_view text, std::string& zone) {
  if (text.starts_with("25") && text.size() > 2) text.remove_prefix(2);
  const bool fits = !text.empty() && std::all_of(text.begin(), text.end(), is_unreserved);
  if (!fits) return "no zone of an IPv6 address stands after its %: write [fe80::1%25eth0]";
  zone = text;
  return {};
}

/// RFC 3986 §3.2.2; removes the address and its brackets from the front of `text`.
std::string parse_ip_literal(std::string_view& text, Authority& out) {
  const std::size_t end = text.find(']');
  if (end == text.npos) return "an IPv6 address without its closing bracket: write [::1]";
  std::string_view inside = text.substr(1, end - 1);
  const std::size_t mark = inside.find('%');
  if (mark != inside.npos) {
    if (std::string wrong = parse_zone(inside.substr(mark + 1), out.zone); !wrong.empty()) {
      return wrong;
    }
    inside = inside.substr(0, mark);
  }
  const auto address = parse_ip(inside, 0);
  if (!address || address->family != 6) {
    return "the brackets hold no IPv6 address: write one like [::1] or [2001:db8::7]";
  }
  out.host = ip_text(*address);
  text.remove_prefix(end + 1);
  if (text.empty() || text.front() == ':') return {};
  return "something other than a port follows the IPv6 address: write [::1]:8080";
}

std::string parse_port(std::string_view digits, std::optional<std::uint16_t>& port) {
  if (digits.empty()) return {};  // "host:" has the default port (RFC 3986 §3.2.3)
  std::uint32_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return "the port is not a number: write one like :8080, or none";
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
    if (value > 65535) return "the port is above 65535: write one from 0 to 65535";
  }
  port = static_cast<std::uint16_t>(value);
  return {};
}

}  // namespace

std::string parse_authority(std::string_view text, Authority& out) {
  if (const std::size_t at = text.rfind('@'); at != text.npos) {
    out.userinfo = text.substr(0, at);
    if (std::string wrong = userinfo_complaint(out.userinfo); !wrong.empty()) return wrong;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    if (std::string wrong = parse_ip_literal(text, out); !wrong.empty()) return wrong;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    if (text.substr(colon).find(':', 1) != text.npos) {
      return "more than one \":\" in the host: write an IPv6 address in brackets, like [::1]";
    }
    if (std::string wrong = parse_name(text.substr(0, colon), out.host); !wrong.empty()) {
      return wrong;
    }
    text.remove_prefix(colon);
  }
  return text.empty() ? std::string() : parse_port(text.substr(1), out.port);
}

}  // namespace holdfast::http
