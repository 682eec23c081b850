#include "wire/h2/field.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>

#include "wire/field_text.h"

namespace holdfast::wire {
namespace {

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

/// RFC 9113 §8.2.2: fields of the connection, which HTTP/2 keeps elsewhere. By size first: that
/// tells nearly every other field from these without a comparison.
bool is_of_connection(std::string_view name) {
  switch (name.size()) {
    case 7:
      return name == "upgrade";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    default:
      return false;
  }
}

/// RFC 9113 §8.2.1, and RFC 9110 §5.5 for the other control characters: eight bytes at a time,
/// since values are most of what comes and hardly any is bad.
bool is_value(std::string_view value) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  if (value.empty()) return true;
  if (is_space(value.front()) || is_space(value.back())) return false;
  constexpr std::uint64_t kOnes = ~std::uint64_t{0} / 255;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  const auto is_plain = [&](std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, value.data() + at, sizeof word);
    const std::uint64_t deleted = word ^ (kOnes * 0x7f);
    const std::uint64_t below_space = (word - kOnes * 0x20) & ~word;
    const std::uint64_t is_delete = (deleted - kOnes) & ~deleted;
    return ((below_space | is_delete) & kHighs) == 0;
  };
  if (value.size() < 8) return !has_control(value);
  // The last eight may overlap with those before. What is not plain may still be a tab.
  const std::size_t last = value.size() - 8;
  for (std::size_t at = 0; at < last; at += 8) {
    if (!is_plain(at)) return !has_control(value);
  }
  return is_plain(last) || !has_control(value);
}

}  // namespace

const char* h2_field_complaint(std::string_view name, std::string_view value) {
  // Upper case is refused too: RFC 9113 §8.2.
  if (nghttp2_check_header_name(bytes_of(name), name.size()) == 0) {
    return "a field name that is no token in lower case";
  }
  if (!is_value(value)) {
    return "a value with a control character, or with white space around it";
  }
  if (is_of_connection(name)) return "a field of the connection, which HTTP/2 has not";
  if (name == "te" && value != "trailers") return "a TE other than trailers";
  return nullptr;
}

std::string h2_complaint_text(const char* complaint, std::string_view name) {
  return std::string(complaint) + ": \"" + h2_shown(name) + "\"";
}

std::string h2_shown(std::string_view text) {
  constexpr std::size_t kMost = 80;
  std::string out(text.substr(0, kMost));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace holdfast::wire
