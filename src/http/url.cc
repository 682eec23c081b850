#include "holdfast/url.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "http/ascii.h"
#include "http/url_host.h"
#include "http/url_path.h"
#include "http/url_redact.h"

namespace holdfast {

namespace {

/// The five components of a reference (RFC 3986). Absent is not the same as empty.
struct Parts {
  std::optional<std::string_view> scheme, authority, query;
  std::string_view path;
};

/// WHATWG URL §4.4 step 1, for blanks only: pasted URLs and URLs in configuration files often have
/// them. Line breaks are kept and refused later.
std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Parts split_reference(std::string_view text) {
  Parts parts;
  text = text.substr(0, text.find('#'));  // the fragment is never sent (RFC 9110 §7.1)
  if (const std::size_t length = http::scheme_length(text); length != 0) {
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

Error invalid(std::string_view text, const std::string& wrong) {
  return Error(ErrorCode::invalid_url, "\"" + http::hide_secrets(text) + "\": " + wrong);
}

/// Writes path and query of the request line to `target`; returns the error, or an empty string.
std::string make_target(std::string_view path, std::optional<std::string_view> query,
                        DotSegments dots, std::string& target) {
  const std::string plain =
      dots == DotSegments::remove ? http::remove_dot_segments(path) : std::string(path);
  target.clear();
  if (std::string wrong = http::append_path(target, plain); !wrong.empty()) return wrong;
  if (target.empty()) target = "/";
  if (!query) return {};
  target += '?';
  return http::append_query(target, *query);
}

}  // namespace

Result<Url> Url::parse(std::string_view text, DotSegments dots) {
  text = without_blanks(text);
  const Parts parts = split_reference(text);
  if (!parts.scheme) {
    if (text.empty()) return invalid(text, "it is empty: write http://host/path");
    return invalid(text, "it does not begin with http:// or https:// (and no base URL is set)");
  }
  Url url;
  url.scheme_ = *parts.scheme;
  std::transform(url.scheme_.begin(), url.scheme_.end(), url.scheme_.begin(), http::lower);
  if (url.scheme_ != "http" && url.scheme_ != "https") {
    // In "localhost:8080", "localhost" is not a scheme: the caller omitted the scheme.
    if (!parts.authority && !parts.path.empty() && http::is_digit(parts.path.front())) {
      return invalid(text, "the scheme is missing: write http:// before it");
    }
    return Error(ErrorCode::unsupported_scheme, "\"" + http::shown(url.scheme_, 64) + "\" in \"" +
                                                    http::hide_secrets(text) +
                                                    "\": use http or https");
  }
  if (!parts.authority) return invalid(text, "two slashes must follow the scheme: write http://");
  http::Authority authority;
  std::string wrong = http::parse_authority(*parts.authority, authority);
  if (!wrong.empty()) return invalid(text, wrong);
  url.userinfo_ = std::move(authority.userinfo);
  url.host_ = std::move(authority.host);
  url.zone_ = std::move(authority.zone);
  url.port_ = authority.port.value_or(url.scheme_ == "https" ? 443 : 80);
  wrong = make_target(parts.path, parts.query, dots, url.target_);
  if (!wrong.empty()) return invalid(text, wrong);
  return url;
}

Result<Url> Url::resolve(std::string_view reference, DotSegments dots) const {
  reference = without_blanks(reference);
  const Parts parts = split_reference(reference);
  if (parts.scheme) return parse(reference, dots);
  if (parts.authority) return parse(scheme_ + ":" + std::string(reference), dots);
  Url url = *this;
  std::string wrong;
  if (parts.path.empty()) {
    if (!parts.query) return url;
    url.target_.resize(path().size());
    url.target_ += '?';
    wrong = http::append_query(url.target_, *parts.query);
  } else if (parts.path.front() == '/') {
    wrong = make_target(parts.path, parts.query, dots, url.target_);
  } else {  // RFC 3986 §5.2.3: the base's path is not empty here
    const std::string_view base = path();
    const std::string merged = std::string(base.substr(0, base.rfind('/') + 1)).append(parts.path);
    wrong = make_target(merged, parts.query, DotSegments::remove, url.target_);
  }
  if (!wrong.empty()) return invalid(reference, wrong);
  return url;
}

std::string_view Url::path() const noexcept {
  return std::string_view(target_).substr(0, target_.find('?'));
}

std::string_view Url::query() const noexcept {
  const std::size_t mark = target_.find('?');
  return mark == target_.npos ? std::string_view() : std::string_view(target_).substr(mark + 1);
}

std::string Url::bracketed(bool with_zone) const {
  if (host_.find(':') == host_.npos) return host_;
  std::string text = "[" + host_;
  if (with_zone && !zone_.empty()) text.append("%25").append(zone_);
  return text += ']';
}

std::string Url::authority() const {
  std::string text = bracketed(false);
  if (!port_is_default()) text.append(":").append(std::to_string(port_));
  return text;
}

std::string Url::origin() const {
  return scheme_ + "://" + bracketed(true) + ":" + std::to_string(port_);
}

std::string Url::to_string() const {
  return scheme_ + "://" + (userinfo_.empty() ? "" : userinfo_ + "@") + bracketed(true) +
         (port_is_default() ? "" : ":" + std::to_string(port_)) + target_;
}

std::string Url::redacted() const {
  return scheme_ + "://" + bracketed(true) +
         (port_is_default() ? "" : ":" + std::to_string(port_)) + http::shown(path()) +
         http::shown_query(query());
}

}  // namespace holdfast
