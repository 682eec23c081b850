// What HTTP/2's error codes (RFC 9113 §7) are called, and what they mean for a request. The one
// place where they become ErrorCodes. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <string>

#include "holdfast/error.h"

namespace holdfast::wire {

enum class H2Code : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};

/// "ENHANCE_YOUR_CALM", or "code 0x1f" for one that the RFC does not name: for error texts.
std::string h2_code_text(std::uint32_t code);

/// What a peer's RST_STREAM of this code means (SPEC R4, R5).
ErrorCode h2_stream_error(std::uint32_t code);

}  // namespace holdfast::wire
