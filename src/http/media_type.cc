#include "holdfast/media_type.h"

#include <algorithm>
#include <utility>

#include "holdfast/headers.h"

namespace holdfast {

namespace {

std::string lower_text(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Removes a quoted-string (RFC 9110 §5.6.4) from the front of `text` and returns it; without a
/// closing quote it extends to the end.
std::string take_quoted(std::string_view& text) {
  std::string value;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return value;
}

}  // namespace

std::optional<MediaType> MediaType::parse(std::string_view text) {
  const std::size_t semicolon = std::min(text.find(';'), text.size());
  const std::string_view type = trim(text.substr(0, semicolon));
  const std::size_t slash = type.find('/');
  if (slash == type.npos || !is_token(type.substr(0, slash)) || !is_token(type.substr(slash + 1))) {
    return std::nullopt;
  }
  MediaType media{lower_text(type), {}};
  text.remove_prefix(semicolon);
  while (!text.empty()) {
    text.remove_prefix(1);  // the semicolon
    const std::size_t end = std::min(text.find_first_of(";="), text.size());
    const std::string_view name = trim(text.substr(0, end));
    text.remove_prefix(end);
    if (!text.starts_with('=')) continue;
    text = trim(text.substr(1));
    const bool quoted = text.starts_with('"');
    std::string value;
    if (quoted) value = take_quoted(text);
    const std::string_view rest = trim(text.substr(0, text.find(';')));
    text.remove_prefix(std::min(text.find(';'), text.size()));
    if (!quoted) value = rest;
    if (is_token(name) && (quoted ? rest.empty() : is_token(value))) {
      media.parameters.push_back({lower_text(name), std::move(value)});
    }
  }
  return media;
}

std::optional<std::string_view> MediaType::parameter(std::string_view name) const {
  for (const Parameter& one : parameters) {
    if (same_name(one.name, name)) return one.value;
  }
  return std::nullopt;
}

std::string MediaType::charset() const { return lower_text(parameter("charset").value_or("")); }

}  // namespace holdfast
