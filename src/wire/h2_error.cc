#include "wire/h2_error.h"

#include <charconv>
#include <iterator>

namespace holdfast::wire {
namespace {

constexpr std::string_view kNames[] = {"NO_ERROR",
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

}  // namespace

std::string_view h2_code_name(std::uint32_t code) {
  return code < std::size(kNames) ? kNames[code] : std::string_view();
}

std::string h2_code_text(std::uint32_t code) {
  if (const std::string_view name = h2_code_name(code); !name.empty()) return std::string(name);
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, code, 16).ptr;
  return "code 0x" + std::string(digits, end);
}

ErrorCode h2_stream_error(std::uint32_t code) {
  switch (static_cast<H2Code>(code)) {
    case H2Code::refused_stream:
      return ErrorCode::stream_refused;
    case H2Code::http_1_1_required:
      return ErrorCode::http_1_1_required;
    case H2Code::no_error:
    case H2Code::cancel:
    case H2Code::internal_error:
    case H2Code::enhance_your_calm:
      return ErrorCode::stream_reset;
    default:
      return ErrorCode::stream_error;
  }
}

}  // namespace holdfast::wire
