#include "http/set_cookie.h"

#include <algorithm>

#include "holdfast/headers.h"
#include "http/cookie_date.h"

namespace holdfast::http {

namespace {

constexpr std::size_t kMostPair = 4096;
constexpr std::size_t kMostAttribute = 1024;
constexpr std::int64_t kMostAge_s = 400 * 86400;

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Removes the text before the next `separator`, and the separator, from `text`; returns the text.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7F;
  });
}

/// §5.6.2: when a cookie with this Max-Age expires; nullopt if it is not a number.
std::optional<std::int64_t> end_by_max_age(std::string_view text, std::int64_t now_s) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() && !negative) return std::nullopt;
  std::int64_t age_s = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    age_s = std::min(kMostAge_s, age_s * 10 + (c - '0'));
  }
  return negative || age_s == 0 ? SetCookie::kAtOnce : now_s + age_s;
}

/// The attributes in order; of repeated ones the last valid one counts.
struct Attributes {
  SetCookie& cookie;
  std::int64_t now_s;
  std::optional<std::int64_t> expires_s{}, max_age_end_s{};

  void take(std::string_view name, std::string_view value) {
    if (value.size() > kMostAttribute) return;
    if (same_name(name, "Expires")) {
      if (const auto date = parse_cookie_date(value)) {
        expires_s = std::min(*date, now_s + kMostAge_s);
      }
    } else if (same_name(name, "Max-Age")) {
      if (const auto end = end_by_max_age(value, now_s)) max_age_end_s = end;
    } else if (same_name(name, "Domain")) {
      if (value.starts_with('.')) value.remove_prefix(1);
      cookie.domain = value;
      for (char& c : cookie.domain) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      }
    } else if (same_name(name, "Path")) {
      cookie.path = value.starts_with('/') ? value : std::string_view();
    } else if (same_name(name, "Secure")) {
      cookie.secure = true;
    } else if (same_name(name, "HttpOnly")) {
      cookie.http_only = true;
    }
  }
};

}  // namespace

std::optional<SetCookie> parse_set_cookie(std::string_view text, std::int64_t now_s) {
  if (has_control(text)) return std::nullopt;
  SetCookie cookie;
  std::string_view pair = take_until(text, ';');
  // Without "=" the pair is a value without a name.
  if (pair.find('=') != pair.npos) cookie.name = trimmed(take_until(pair, '='));
  cookie.value = trimmed(pair);
  const std::size_t bytes = cookie.name.size() + cookie.value.size();
  if (bytes == 0 || bytes > kMostPair) return std::nullopt;

  Attributes attributes{cookie, now_s};
  while (!text.empty()) {
    std::string_view value = take_until(text, ';');
    const std::string_view name = trimmed(take_until(value, '='));
    attributes.take(name, trimmed(value));
  }
  cookie.expires_s =
      attributes.max_age_end_s.value_or(attributes.expires_s.value_or(SetCookie::kSession));
  return cookie;
}

}  // namespace holdfast::http
