#include "fault_server/report/text.h"

#include <cstdio>
#include <cstdlib>

#include "fault_server/script/utf8.h"

namespace fault {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_unprintable(std::uint32_t point) {
  const bool control = (point < 0x20 && point != '\n' && point != '\t') ||
                       (point >= 0x7F && point < 0xA0) || point == 0xFFFE || point == 0xFFFF;
  const bool turns = point == 0x200E || point == 0x200F || (point >= 0x202A && point <= 0x202E) ||
                     (point >= 0x2066 && point <= 0x2069);
  return control || turns;
}

}  // namespace

std::string markup(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::uint32_t point = 0;
    const std::size_t size = utf8_sequence(text, point);
    if (size == 0 || is_unprintable(point)) {
      out += kReplacement;
    } else if (point == '&') {
      out += "&amp;";
    } else if (point == '<') {
      out += "&lt;";
    } else if (point == '>') {
      out += "&gt;";
    } else if (point == '"') {
      out += "&quot;";
    } else if (point == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t most) {
  std::size_t at = 0, count = 0;
  while (at < text.size()) {
    if (count++ == most) return std::string(text.substr(0, at)) + "\xE2\x80\xA6";
    std::uint32_t point = 0;
    const std::size_t size = utf8_sequence(text.substr(at), point);
    at += size == 0 ? 1 : size;
  }
  return std::string(text);
}

std::string readable_time(std::int64_t ns) {
  char out[48];
  const double value = static_cast<double>(ns);
  const double size = static_cast<double>(ns < 0 ? -ns : ns);
  if (size >= 1e9) {
    std::snprintf(out, sizeof out, "%.3g s", value / 1e9);
    if (size >= 1e12) std::snprintf(out, sizeof out, "%.0f s", value / 1e9);
  } else if (size >= 1e6) {
    std::snprintf(out, sizeof out, "%.3g ms", value / 1e6);
  } else {
    std::snprintf(out, sizeof out, "%.3g us", value / 1e3);
  }
  return out;
}

}  // namespace fault
