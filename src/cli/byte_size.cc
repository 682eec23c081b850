#include "cli/byte_size.h"

#include <charconv>
#include <cstdio>
#include <limits>

namespace holdfast::cli {

std::optional<std::uint64_t> parse_byte_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(stop - text.data()));
  unsigned shift = 0;
  if (unit == "k" || unit == "K") shift = 10;
  if (unit == "m" || unit == "M") shift = 20;
  if (unit == "g" || unit == "G") shift = 30;
  if (!unit.empty() && shift == 0) return std::nullopt;
  if (number > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return number << shift;
}

std::string byte_size_text(double bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  // What would be shown as 1000 is shown in the next unit, so that four digits never are.
  while (bytes >= 999.5 && unit + 1 < std::size(units)) {
    bytes /= 1024;
    ++unit;
  }
  char text[40];
  const int places = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f %s", places, bytes, units[unit]);
  return text;
}

}  // namespace holdfast::cli
