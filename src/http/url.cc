#include "holdfast/url.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "http/ip_address.h"

namespace holdfast {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// RFC 3986's five components of a reference; absent is not the same as empty.
struct Parts {
  std::optional<std::string_view> scheme, authority, query;
  std::string_view path;
};

Parts split(std::string_view text) {
  Parts parts;
  text = text.substr(0, text.find('#'));  // the fragment is the user agent's own (RFC 9110 §7.1)
  const std::size_t end = text.find_first_of(":/?");
  if (end != text.npos && text[end] == ':' && end != 0 && is_alpha(text[0]) &&
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
      })) {
    parts.scheme = text.substr(0, end);
    text.remove_prefix(end + 1);
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

/// What is wrong with path and query as they would stand on a request line; null if nothing.
const char* target_complaint(std::string_view target) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c == ' ') return "a space in path or query: write %20";
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return "a control character in path or query: percent-encode it";
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      return "a byte beyond ASCII in path or query: percent-encode it";
    }
    if (c == '%' &&
        (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2]))) {
      return "a % that is not followed by two hexadecimal digits: write %25";
    }
  }
  return nullptr;
}

const char* host_complaint(std::string_view host) {
  if (host.empty()) return "the host is missing";
  if (host.size() > 253) return "the host is longer than 253 characters";
  for (const char c : host) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return "a byte beyond ASCII in the host: write it in punycode (xn--…)";
    }
    if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_' && c != '~') {
      return "a character in the host that may not stand there";
    }
  }
  return nullptr;
}

struct Authority {
  std::string userinfo, host;
  std::optional<std::uint16_t> port;
};

/// Fills `out`; says what is wrong, or null.
const char* parse_authority(std::string_view text, Authority& out) {
  if (const std::size_t at = text.rfind('@'); at != text.npos) {
    out.userinfo = text.substr(0, at);
    if (const char* wrong = target_complaint(out.userinfo)) return wrong;
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return "an IPv6 address without its closing bracket";
    out.host = text.substr(1, end - 1);
    const auto address = http::parse_ip(out.host, 0);
    if (!address || address->family != 6) return "the brackets hold no IPv6 address";
    text.remove_prefix(end + 1);
    if (!text.empty() && text.front() != ':') return "something follows the IPv6 address";
    port = text.empty() ? text : text.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    out.host = text.substr(0, colon);
    if (const char* wrong = host_complaint(out.host)) return wrong;
    if (colon != text.npos) port = text.substr(colon + 1);
  }
  std::transform(out.host.begin(), out.host.end(), out.host.begin(), lower);
  if (port.empty()) return nullptr;  // "host:" is host and the default port (RFC 3986 §3.2.3)
  std::uint32_t value = 0;
  for (const char c : port) {
    if (!is_digit(c)) return "the port is not a number";
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
    if (value > 65535) return "the port is above 65535";
  }
  out.port = static_cast<std::uint16_t>(value);
  return nullptr;
}

Error invalid(std::string_view text, const char* wrong) {
  return Error(ErrorCode::invalid_url, "\"" + redact_url(text) + "\": " + wrong);
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  const Parts parts = split(text);
  if (!parts.scheme || !parts.authority) {
    if (text.empty()) return invalid(text, "it is empty");
    return invalid(text, "it does not begin with http:// or https:// (and no base URL is set)");
  }
  Url url;
  url.scheme_ = *parts.scheme;
  std::transform(url.scheme_.begin(), url.scheme_.end(), url.scheme_.begin(), lower);
  if (url.scheme_ != "http" && url.scheme_ != "https") {
    return Error(ErrorCode::unsupported_scheme,
                 "\"" + url.scheme_ + "\" in \"" + redact_url(text) + "\": use http");
  }
  Authority authority;
  if (const char* wrong = parse_authority(*parts.authority, authority)) return invalid(text, wrong);
  url.userinfo_ = std::move(authority.userinfo);
  url.host_ = std::move(authority.host);
  url.port_ = authority.port.value_or(url.scheme_ == "https" ? 443 : 80);
  url.target_ = parts.path.empty() ? "/" : parts.path;
  if (parts.query) url.target_.append("?").append(*parts.query);
  if (const char* wrong = target_complaint(url.target_)) return invalid(text, wrong);
  return url;
}

Result<Url> Url::resolve(std::string_view reference) const {
  const Parts parts = split(reference);
  if (parts.scheme) return parse(reference);
  if (parts.authority) return parse(scheme_ + ":" + std::string(reference));
  Url url = *this;
  std::string path;
  if (parts.path.empty()) {
    path = this->path();
  } else if (parts.path.front() == '/') {
    path = remove_dot_segments(parts.path);
  } else {  // RFC 3986 §5.2.3: the base's path is never empty here
    const std::string_view base = this->path();
    path = remove_dot_segments(std::string(base.substr(0, base.rfind('/') + 1))
                                   .append(parts.path));
  }
  url.target_ = path.empty() ? "/" : path;
  if (parts.query) {
    url.target_.append("?").append(*parts.query);
  } else if (parts.path.empty() && target_.find('?') != target_.npos) {
    url.target_.append("?").append(query());
  }
  if (const char* wrong = target_complaint(url.target_)) return invalid(reference, wrong);
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

std::string Url::redacted() const { return redact_url(to_string()); }

std::string redact_url(std::string_view text) {
  constexpr std::size_t kShown = 200;
  std::string out;
  text = text.substr(0, text.find('#'));
  const std::size_t mark = std::min(text.find('?'), text.size());
  std::string_view front = text.substr(0, mark);
  const std::size_t scheme = front.find("//");
  if (scheme != front.npos) {
    const std::size_t from = scheme + 2;
    const std::size_t path = std::min(front.find('/', from), front.size());
    const std::size_t at = front.substr(0, path).rfind('@');
    out.append(front.substr(0, from));
    front.remove_prefix(at != front.npos && at >= from ? at + 1 : from);
  } else if (const std::size_t at = front.substr(0, front.find('/')).rfind('@');
             at != front.npos) {
    front.remove_prefix(at + 1);
  }
  for (const char c : front.substr(0, kShown)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  if (front.size() > kShown) out += "…";
  if (mark == text.size()) return out;
  // Names of parameters help; their values may be secrets.
  std::string_view query = text.substr(mark + 1);
  char separator = '?';
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = pair.find('=');
    out += separator;
    out.append(equals == pair.npos ? std::string_view() : pair.substr(0, equals + 1)).append("…");
    separator = '&';
    if (out.size() > 2 * kShown) break;
  }
  return out;
}

}  // namespace holdfast
