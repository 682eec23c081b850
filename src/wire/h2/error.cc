#include "wire/h2/error.h"

#include <charconv>

#include "holdfast/timeline.h"

namespace holdfast::wire {

std::string h2_code_text(std::uint32_t code) {
  if (const std::string_view name = h2_error_name(code); !name.empty()) return std::string(name);
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
