// Encoding of names and values in queries and forms.
#include <utility>

#include "holdfast/url.h"

namespace holdfast {

namespace {

constexpr bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr std::string_view kUnreservedMarks = "-._~";  // RFC 3986 §2.3
constexpr std::string_view kFormMarks = "*-._";        // WHATWG URL §5.2, its percent-encode set

void append_encoded(std::string& out, std::string_view text, std::string_view kept_marks) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_alphanumeric(c) || kept_marks.find(c) != kept_marks.npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 0xF];
  }
}

/// WHATWG URL §5.2: percent-encoding, except for the space.
void append_form_encoded(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    append_encoded(out, text.substr(0, space), kFormMarks);
    if (space == text.npos) return;
    out += '+';
    text.remove_prefix(space + 1);
  }
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  append_encoded(out, text, kUnreservedMarks);
  return out;
}

std::string with_query(std::string_view url, const Parameters& parameters) {
  const std::string_view whole = url.substr(0, url.find('#'));
  std::string out(whole);
  for (const Parameter& one : parameters) {
    if (out.find('?') == out.npos) {
      out += '?';
    } else if (!out.ends_with('?') && !out.ends_with('&')) {
      out += '&';
    }
    append_encoded(out, one.name, kUnreservedMarks);
    out += '=';
    append_encoded(out, one.value, kUnreservedMarks);
  }
  return out.append(url.substr(whole.size()));
}

std::string form_encode(const Parameters& parameters) {
  std::string out;
  for (const Parameter& one : parameters) {
    if (!out.empty()) out += '&';
    append_form_encoded(out, one.name);
    out += '=';
    append_form_encoded(out, one.value);
  }
  return out;
}

}  // namespace holdfast
