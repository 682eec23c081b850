// Names of HTTP/2's frame types, error codes and settings as RFC 9113 has them. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace fault {

/// RFC 9113 §6, RFC 7838 §4, RFC 8336 §2.
enum class H2Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
  kAltSvc = 10,
  kOrigin = 12,
};

/// RFC 9113 §7.
namespace h2code {
inline constexpr std::uint32_t kNoError = 0x0;
inline constexpr std::uint32_t kProtocolError = 0x1;
inline constexpr std::uint32_t kInternalError = 0x2;
inline constexpr std::uint32_t kFlowControlError = 0x3;
inline constexpr std::uint32_t kStreamClosed = 0x5;
inline constexpr std::uint32_t kFrameSizeError = 0x6;
inline constexpr std::uint32_t kRefusedStream = 0x7;
inline constexpr std::uint32_t kCancel = 0x8;
inline constexpr std::uint32_t kCompressionError = 0x9;
inline constexpr std::uint32_t kEnhanceYourCalm = 0xb;
inline constexpr std::uint32_t kHttp11Required = 0xd;
}  // namespace h2code

/// RFC 9113 §6.5.2.
namespace h2setting {
inline constexpr std::uint16_t kHeaderTableSize = 1;
inline constexpr std::uint16_t kEnablePush = 2;
inline constexpr std::uint16_t kMaxConcurrentStreams = 3;
inline constexpr std::uint16_t kInitialWindowSize = 4;
inline constexpr std::uint16_t kMaxFrameSize = 5;
inline constexpr std::uint16_t kMaxHeaderListSize = 6;
}  // namespace h2setting

inline constexpr std::uint32_t kH2MostStream = 0x7fffffff;

using H2Setting = std::pair<std::uint16_t, std::uint32_t>;

/// "HEADERS"; "0xbb" for a type without a name.
std::string frame_name(std::uint8_t type);
/// "REFUSED_STREAM"; a number for a code without a name.
std::string h2_code_name(std::uint32_t code);
/// By name (any case) or number.
std::optional<std::uint32_t> parse_h2_code(std::string_view text);
std::string h2_setting_name(std::uint16_t setting);
/// By name (any case, - for _) or number.
std::optional<std::uint16_t> parse_h2_setting(std::string_view text);
/// "MAX_CONCURRENT_STREAMS=100 INITIAL_WINDOW_SIZE=65535"
std::string h2_settings_text(std::span<const H2Setting> settings);

}  // namespace fault
