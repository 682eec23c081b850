#include "holdfast/url.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "http/ascii.h"
#include "http/ip_address.h"

namespace holdfast {

namespace {

using http::is_digit;
using http::lower;

constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// How long the scheme is that `text` begins with, its colon not counted; 0 if there is none.
std::size_t scheme_length(std::string_view text) {
  const std::size_t end = text.find_first_of(":/?#");
  if (end == text.npos || text[end] != ':' || end == 0 || !is_alpha(text[0])) return 0;
  const std::string_view scheme = text.substr(0, end);
  const bool fits = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return fits ? end : 0;
}

/// RFC 3986's five components of a reference; absent is not the same as empty.
struct Parts {
  std::optional<std::string_view> scheme, authority, query;
  std::string_view path;
};

Parts split_reference(std::string_view text) {
  Parts parts;
  text = text.substr(0, text.find('#'));  // the fragment is the user agent's own (RFC 9110 §7.1)
  if (const std::size_t length = scheme_length(text); length != 0) {
    parts.scheme = text.substr(0, length);
    text.remove_prefix(length + 1);
  }
  if (text.substr(0, 2) == "//") {
    text.remove_prefix(2);
    parts.authority = text.substr(0, text.find_first_of("/?"));
    text.remove_prefix(parts.authority->size());
  }
  const std::size_t mark = text.find('?');
  parts.path = text.substr(0, mark);
  if (mark != text.npos) parts.query = text.substr(mark + 1);
  return parts;
}

/// RFC 3986 §5.2.4.
std::string remove_dot_segments(std::string_view in) {
  std::string out;
  const auto drop_last = [&out] { out.erase(out.empty() ? 0 : out.find_last_of('/')); };
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.remove_prefix(3);
    } else if (in.starts_with("./") || in.starts_with("/./")) {
      in.remove_prefix(2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.remove_prefix(3);
      drop_last();
    } else if (in == "/..") {
      in = "/";
      drop_last();
    } else if (in == "." || in == "..") {
      in = {};
    } else {
      const std::size_t next = in.find('/', 1);
      out.append(in.substr(0, next));
      in.remove_prefix(next == in.npos ? in.size() : next);
    }
  }
  return out;
}

/// `byte` as a URL would write it; errors and logs stay printable ASCII whatever was in the text.
std::string percent(char byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  return {'%', kHex[value >> 4], kHex[value & 0xF]};
}

constexpr bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }

constexpr std::size_t kShown = 200;
constexpr const char* kTargetPart = "path or query";

/// The start of `text`, fit to be printed.
std::string shown(std::string_view text, std::size_t most = kShown) {
  std::string out;
  for (const char c : text.substr(0, most)) {
    if (is_printable(c)) {
      out += c;
    } else {
      out += percent(c);
    }
  }
  if (text.size() > most) out += "…";
  return out;
}

/// Names of parameters help; their values may be secrets, and so may whatever has no value.
std::string shown_query(std::string_view query) {
  std::string out;
  char separator = '?';
  while (!query.empty()) {
    if (out.size() > kShown) return out + separator + "…";
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = pair.find('=');
    out += separator;
    // "?c2VjcmV0==" is no name with an empty value but a token with its padding.
    if (pair.find_first_not_of('=', equals) != pair.npos) {
      out.append(shown(pair.substr(0, equals), 64)).append("=");
    }
    out += "…";
    separator = '&';
  }
  return out;
}

/// Where the authority would begin in a text that is no URL: after "scheme://" or "//", else 0.
std::size_t authority_start(std::string_view text) {
  const std::size_t length = scheme_length(text);
  const std::size_t slashes = length == 0 ? 0 : length + 1;
  return text.substr(slashes, 2) == "//" ? slashes + 2 : 0;
}

/// For text that did not parse. Its delimiters cannot be trusted: a password with a raw "/", "?" or
/// "#" in it would end the authority too early, and its rest would pass for path or query. So all
/// that stands before the last "@" is taken for userinfo, and an "@" behind "?" or "#", which may
/// be either, hides everything.
std::string hide_secrets(std::string_view text) {
  const bool path_only = text.starts_with('/') && !text.starts_with("//");
  std::string out;
  if (const std::size_t at = text.rfind('@'); at != text.npos && !path_only) {
    out = shown(text.substr(0, authority_start(text)), 64);
    if (text.substr(0, at).find_first_of("?#") != text.npos) return out + "…";
    text.remove_prefix(at + 1);
  }
  text = text.substr(0, text.find('#'));
  const std::size_t mark = std::min(text.find('?'), text.size());
  out += shown(text.substr(0, mark));
  if (mark != text.size()) out += shown_query(text.substr(mark + 1));
  return out;
}

/// What is wrong with a `part` of a URL as it would stand on the wire; empty if nothing.
std::string byte_complaint(std::string_view text, const char* part) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_printable(c) || c == ' ') {
      return "a " +
             std::string(c == ' '                                ? "space"
                         : static_cast<unsigned char>(c) >= 0x80 ? "byte beyond ASCII"
                                                                 : "control character") +
             " in the " + part + ": write " + percent(c);
    }
    if (c == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))) {
      return std::string("a % in the ") + part +
             " that is not followed by two hexadecimal digits: write %25";
    }
  }
  return {};
}

std::string host_complaint(std::string_view host) {
  if (host.empty()) return "the host is missing: write http://host/path";
  if (host.size() > 253) return "the host is longer than 253 characters, which no name is";
  for (const char c : host) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return "a byte beyond ASCII in the host: write it in punycode (xn--…)";
    }
    // RFC 3986 lets a registered name hold more (percent escapes and sub-delims), DNS does not.
    if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_' && c != '~') {
      return "\"" + shown({&c, 1}) +
             "\" in the host: a name has letters, digits, hyphens and dots only";
    }
  }
  return {};
}

/// RFC 3986 §3.2.1, strictly: a reader that sees the userinfo end at another byte than we do would
/// see another host.
std::string userinfo_complaint(std::string_view userinfo) {
  for (const char c : userinfo) {
    if (std::string_view("\"<>@[\\]^`{|}").find(c) != std::string_view::npos) {
      return "\"" + std::string(1, c) + "\" in the userinfo: write " + percent(c);
    }
  }
  return byte_complaint(userinfo, "userinfo");
}

struct Authority {
  std::string userinfo, host;
  std::optional<std::uint16_t> port;
};

/// RFC 3986 §3.2.2; takes the address and its brackets off the front of `text`. Zone ids
/// (RFC 6874) are not known here.
std::string parse_ip_literal(std::string_view& text, std::string& host) {
  const std::size_t end = text.find(']');
  if (end == text.npos) return "an IPv6 address without its closing bracket: write [::1]";
  host = text.substr(1, end - 1);
  const auto address = http::parse_ip(host, 0);
  if (!address || address->family != 6) {
    return "the brackets hold no IPv6 address: write one like [::1] or [2001:db8::7]";
  }
  text.remove_prefix(end + 1);
  if (text.empty() || text.front() == ':') return {};
  return "something other than a port follows the IPv6 address: write [::1]:8080";
}

/// Fills `out`; says what is wrong, or nothing.
std::string parse_authority(std::string_view text, Authority& out) {
  if (const std::size_t at = text.rfind('@'); at != text.npos) {
    out.userinfo = text.substr(0, at);
    if (std::string wrong = userinfo_complaint(out.userinfo); !wrong.empty()) return wrong;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    if (std::string wrong = parse_ip_literal(text, out.host); !wrong.empty()) return wrong;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    if (text.substr(colon).find(':', 1) != text.npos) {
      return "more than one \":\" in the host: write an IPv6 address in brackets, like [::1]";
    }
    out.host = text.substr(0, colon);
    text.remove_prefix(colon);
    if (std::string wrong = host_complaint(out.host); !wrong.empty()) return wrong;
  }
  std::transform(out.host.begin(), out.host.end(), out.host.begin(), lower);
  if (text.size() <= 1) return {};  // "host:" has the default port (RFC 3986 §3.2.3)
  std::uint32_t value = 0;
  for (const char c : text.substr(1)) {
    if (!is_digit(c)) return "the port is not a number: write one like :8080, or none";
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
    if (value > 65535) return "the port is above 65535: write one from 0 to 65535";
  }
  out.port = static_cast<std::uint16_t>(value);
  return {};
}

Error invalid(std::string_view text, const std::string& wrong) {
  return Error(ErrorCode::invalid_url, "\"" + hide_secrets(text) + "\": " + wrong);
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  const Parts parts = split_reference(text);
  if (!parts.scheme) {
    if (text.empty()) return invalid(text, "it is empty: write http://host/path");
    return invalid(text, "it does not begin with http:// or https:// (and no base URL is set)");
  }
  Url url;
  url.scheme_ = *parts.scheme;
  std::transform(url.scheme_.begin(), url.scheme_.end(), url.scheme_.begin(), lower);
  if (url.scheme_ != "http" && url.scheme_ != "https") {
    // "localhost:8080" is not of the scheme "localhost": somebody left out the real one.
    if (!parts.authority && !parts.path.empty() && is_digit(parts.path.front())) {
      return invalid(text, "the scheme is missing: write http:// before it");
    }
    return Error(ErrorCode::unsupported_scheme, "\"" + shown(url.scheme_, 64) + "\" in \"" +
                                                    hide_secrets(text) + "\": use http or https");
  }
  if (!parts.authority) return invalid(text, "two slashes must follow the scheme: write http://");
  Authority authority;
  if (const std::string wrong = parse_authority(*parts.authority, authority); !wrong.empty()) {
    return invalid(text, wrong);
  }
  url.userinfo_ = std::move(authority.userinfo);
  url.host_ = std::move(authority.host);
  url.port_ = authority.port.value_or(url.scheme_ == "https" ? 443 : 80);
  // Dot segments stay: what is asked for as it stands is sent as it stands; only references are
  // resolved (RFC 3986 §5.2), where ".." has a meaning of its own.
  url.target_ = parts.path.empty() ? "/" : parts.path;
  if (parts.query) url.target_.append("?").append(*parts.query);
  if (const std::string wrong = byte_complaint(url.target_, kTargetPart); !wrong.empty()) {
    return invalid(text, wrong);
  }
  return url;
}

Result<Url> Url::resolve(std::string_view reference) const {
  const Parts parts = split_reference(reference);
  if (parts.scheme || parts.authority) {
    Result<Url> other =
        parts.scheme ? parse(reference) : parse(scheme_ + ":" + std::string(reference));
    if (!other) return other;
    const std::string path = remove_dot_segments(other->path());
    other->target_.replace(0, other->path().size(), path.empty() ? "/" : path);
    return other;
  }
  Url url = *this;
  std::string path;
  if (parts.path.empty()) {
    path = this->path();
  } else if (parts.path.front() == '/') {
    path = remove_dot_segments(parts.path);
  } else {  // RFC 3986 §5.2.3: the base's path is never empty here
    const std::string_view base = this->path();
    path = remove_dot_segments(std::string(base.substr(0, base.rfind('/') + 1)).append(parts.path));
  }
  url.target_ = path.empty() ? "/" : path;
  if (parts.query) {
    url.target_.append("?").append(*parts.query);
  } else if (parts.path.empty() && target_.find('?') != target_.npos) {
    url.target_.append("?").append(query());
  }
  if (const std::string wrong = byte_complaint(url.target_, kTargetPart); !wrong.empty()) {
    return invalid(reference, wrong);
  }
  return url;
}

std::string_view Url::path() const noexcept {
  return std::string_view(target_).substr(0, target_.find('?'));
}

std::string_view Url::query() const noexcept {
  const std::size_t mark = target_.find('?');
  return mark == target_.npos ? std::string_view() : std::string_view(target_).substr(mark + 1);
}

std::string Url::authority() const {
  std::string text;
  text.reserve(host_.size() + 8);
  const bool v6 = host_.find(':') != host_.npos;
  if (v6) text += '[';
  text += host_;
  if (v6) text += ']';
  if (!port_is_default()) text.append(":").append(std::to_string(port_));
  return text;
}

std::string Url::origin() const {
  const bool v6 = host_.find(':') != host_.npos;
  return scheme_ + "://" + (v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

std::string Url::to_string() const {
  return scheme_ + "://" + (userinfo_.empty() ? "" : userinfo_ + "@") + authority() + target_;
}

std::string Url::redacted() const {
  return scheme_ + "://" + authority() + shown(path()) + shown_query(query());
}

std::string redact_url(std::string_view text) {
  const Result<Url> url = Url::parse(text);
  return url.ok() ? url->redacted() : hide_secrets(text);
}

}  // namespace holdfast
