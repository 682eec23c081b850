#include "wire/h1/keep_alive.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "holdfast/headers.h"
#include "wire/field_text.h"

namespace holdfast::wire {
namespace {

/// The digits' value, or -1. More digits than fit stand for the largest number.
std::int64_t number(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return -1;
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() ? value : std::numeric_limits<std::int64_t>::max();
}

void tighten(std::int64_t& held, std::int64_t said) {
  if (said >= 0) held = held < 0 ? said : std::min(held, said);
}

}  // namespace

void KeepAlive::read_connection(std::string_view value) {
  while (!value.empty()) {
    const std::string_view option = take_list_element(value);
    if (option.size() == 5 && same_name(option, "close")) says_close = true;
    if (option.size() == 10 && same_name(option, "keep-alive")) says_keep_alive = true;
  }
}

void KeepAlive::read(std::string_view value) {
  while (!value.empty()) {
    const std::string_view part = take_list_element(value);
    const std::size_t equals = part.find('=');
    if (equals == part.npos) continue;
    const std::string_view name = trimmed(part.substr(0, equals));
    const std::int64_t said = number(trimmed(part.substr(equals + 1)));
    if (same_name(name, "timeout")) tighten(timeout_s, said);
    if (same_name(name, "max")) tighten(max, said);
  }
}

}  // namespace holdfast::wire
