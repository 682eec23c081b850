// HTTP/2 frames as bytes, raw: whatever type, flags, stream and payload are asked for is written,
// true or not, and what comes in is cut into frames without a judgement (h2_input judges). Names of
// frame types, error codes and settings as RFC 9113 has them. Pure; no state. Thread: any.
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

namespace h2flag {
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kPriority = 0x20;
}  // namespace h2flag

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

inline constexpr std::string_view kH2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kH2FrameHeader = 9;
inline constexpr std::uint32_t kH2MaxFrame = 16384;        // what we let the client send
inline constexpr std::uint32_t kH2DefaultWindow = 65535;   // RFC 9113 §6.9.2
inline constexpr std::int64_t kH2MostWindow = 0x7fffffff;  // RFC 9113 §6.9.1
inline constexpr std::uint32_t kH2MostStream = 0x7fffffff;

struct H2Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string_view payload;
  bool is(H2Type t) const { return type == static_cast<std::uint8_t>(t); }
  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

using H2Setting = std::pair<std::uint16_t, std::uint32_t>;

/// What the first nine bytes say; nullopt when they are not all there.
struct H2FrameHead {
  std::uint32_t length = 0;
  std::uint8_t type = 0, flags = 0;
  std::uint32_t stream = 0;
};
std::optional<H2FrameHead> peek_frame(std::string_view input);
/// Cuts one frame off the front; nullopt when it is not all there. Its payload points into `input`.
std::optional<H2Frame> take_frame(std::string_view& input);

std::uint32_t read_u32(std::string_view bytes);
void append_u32(std::string& out, std::uint32_t value);

void append_frame(std::string& out, H2Type type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload);
/// The same for types without a name.
void append_frame(std::string& out, std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload);
void append_settings(std::string& out, std::span<const H2Setting> settings);
void append_settings_ack(std::string& out);
void append_rst(std::string& out, std::uint32_t stream, std::uint32_t code);
void append_goaway(std::string& out, std::uint32_t last, std::uint32_t code,
                   std::string_view debug = "");
/// `opaque` is eight bytes.
void append_ping(std::string& out, std::string_view opaque, bool ack);
void append_window_update(std::string& out, std::uint32_t stream, std::uint32_t increment);
/// A field block as HEADERS and as many CONTINUATIONs as frames of `most` bytes take.
void append_headers(std::string& out, std::uint32_t stream, std::string_view block, bool end_stream,
                    std::size_t most = kH2MaxFrame);

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
