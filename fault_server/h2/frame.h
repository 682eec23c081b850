// HTTP/2 frames as bytes, raw: whatever type, flags, stream and payload are asked for is written,
// true or not, and what comes in is cut into frames without a judgement (h2/input.h judges). Pure;
// no state. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fault_server/script/h2_names.h"

namespace fault {

namespace h2flag {
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kPriority = 0x20;
}  // namespace h2flag

inline constexpr std::string_view kH2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kH2FrameHeader = 9;
inline constexpr std::uint32_t kH2MaxFrame = 16384;        // what we let the client send
inline constexpr std::uint32_t kH2DefaultWindow = 65535;   // RFC 9113 §6.9.2
inline constexpr std::int64_t kH2MostWindow = 0x7fffffff;  // RFC 9113 §6.9.1

struct H2Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string_view payload;
  bool is(H2Type t) const { return type == static_cast<std::uint8_t>(t); }
  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

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

}  // namespace fault
