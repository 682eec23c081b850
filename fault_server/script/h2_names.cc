#include "fault_server/script/h2_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace fault {
namespace {

constexpr std::array<std::string_view, 14> kCodeNames = {"NO_ERROR",
                                                         "PROTOCOL_ERROR",
                                                         "INTERNAL_ERROR",
                                                         "FLOW_CONTROL_ERROR",
                                                         "SETTINGS_TIMEOUT",
                                                         "STREAM_CLOSED",
                                                         "FRAME_SIZE_ERROR",
                                                         "REFUSED_STREAM",
                                                         "CANCEL",
                                                         "COMPRESSION_ERROR",
                                                         "CONNECT_ERROR",
                                                         "ENHANCE_YOUR_CALM",
                                                         "INADEQUATE_SECURITY",
                                                         "HTTP_1_1_REQUIRED"};

constexpr std::array<std::pair<std::uint16_t, std::string_view>, 7> kSettings = {{
    {1, "HEADER_TABLE_SIZE"},
    {2, "ENABLE_PUSH"},
    {3, "MAX_CONCURRENT_STREAMS"},
    {4, "INITIAL_WINDOW_SIZE"},
    {5, "MAX_FRAME_SIZE"},
    {6, "MAX_HEADER_LIST_SIZE"},
    {8, "ENABLE_CONNECT_PROTOCOL"},
}};

constexpr std::array<std::string_view, 10> kFrameTypes = {
    "DATA",         "HEADERS", "PRIORITY", "RST_STREAM",    "SETTINGS",
    "PUSH_PROMISE", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};

std::string normal(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '-') c = '_';
  }
  return out;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string frame_name(std::uint8_t type) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (type < kFrameTypes.size()) return std::string(kFrameTypes.at(type));
  if (type == static_cast<std::uint8_t>(H2Type::kAltSvc)) return "ALTSVC";
  if (type == static_cast<std::uint8_t>(H2Type::kOrigin)) return "ORIGIN";
  return {'0', 'x', kHex[type >> 4], kHex[type & 15]};
}

std::string h2_code_name(std::uint32_t code) {
  return code < kCodeNames.size() ? std::string(kCodeNames.at(code)) : std::to_string(code);
}

std::optional<std::uint32_t> parse_h2_code(std::string_view text) {
  const auto found = std::find(kCodeNames.begin(), kCodeNames.end(), normal(text));
  if (found != kCodeNames.end()) return static_cast<std::uint32_t>(found - kCodeNames.begin());
  return number<std::uint32_t>(text);
}

std::string h2_setting_name(std::uint16_t setting) {
  for (const auto& [id, name] : kSettings) {
    if (id == setting) return std::string(name);
  }
  return std::to_string(setting);
}

std::optional<std::uint16_t> parse_h2_setting(std::string_view text) {
  const std::string wanted = normal(text);
  for (const auto& [id, name] : kSettings) {
    if (name == wanted) return id;
  }
  return number<std::uint16_t>(text);
}

std::string h2_settings_text(std::span<const H2Setting> settings) {
  std::string text;
  for (const auto& [setting, value] : settings) {
    text += (text.empty() ? "" : " ") + h2_setting_name(setting) + "=" + std::to_string(value);
  }
  return text;
}

}  // namespace fault
