#include "http/url_redact.h"

#include <algorithm>

#include "holdfast/url.h"
#include "http/ascii.h"

namespace holdfast {

namespace http {

namespace {

constexpr std::size_t kMostShown = 200;

constexpr bool is_scheme_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Where the authority of an invalid URL would begin: after "scheme://" or "//", else 0.
std::size_t authority_start(std::string_view text) {
  const std::size_t length = scheme_length(text);
  const std::size_t slashes = length == 0 ? 0 : length + 1;
  return text.substr(slashes, 2) == "//" ? slashes + 2 : 0;
}

}  // namespace

std::size_t scheme_length(std::string_view text) {
  const std::size_t end = text.find_first_of(":/?#");
  if (end == text.npos || text[end] != ':' || end == 0 || !is_scheme_start(text[0])) return 0;
  const std::string_view scheme = text.substr(0, end);
  const bool fits = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_scheme_start(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return fits ? end : 0;
}

std::string percent(char byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  return {'%', kHex[value >> 4], kHex[value & 0xF]};
}

std::string shown(std::string_view text, std::size_t most) {
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

/// Parameter names are useful in messages; values, and parameters without "=", can be secrets.
std::string shown_query(std::string_view query) {
  std::string out;
  char separator = '?';
  while (!query.empty()) {
    if (out.size() > kMostShown) return out + separator + "…";
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = pair.find('=');
    out += separator;
    // "?c2VjcmV0==" is not a name with an empty value but a token with its padding.
    if (pair.find_first_not_of('=', equals) != pair.npos) {
      out.append(shown(pair.substr(0, equals), 64)).append("=");
    }
    out += "…";
    separator = '&';
  }
  return out;
}

/// The delimiters of an invalid URL are unreliable: a password with a raw "/", "?" or "#" would end
/// the authority early, and its rest would count as path or query. Therefore everything before the
/// last "@" counts as userinfo; an "@" after "?" or "#" could be either and hides everything.
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

}  // namespace http

std::string redact_url(std::string_view text) {
  const Result<Url> url = Url::parse(text);
  return url.ok() ? url->redacted() : http::hide_secrets(text);
}

}  // namespace holdfast
