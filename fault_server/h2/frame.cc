#include "fault_server/h2/frame.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace fault {
namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

}  // namespace

std::uint32_t read_u32(std::string_view bytes) {
  return static_cast<std::uint32_t>(byte_at(bytes, 0)) << 24 |
         static_cast<std::uint32_t>(byte_at(bytes, 1)) << 16 |
         static_cast<std::uint32_t>(byte_at(bytes, 2)) << 8 | byte_at(bytes, 3);
}

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

std::optional<H2FrameHead> peek_frame(std::string_view input) {
  if (input.size() < kH2FrameHeader) return std::nullopt;
  H2FrameHead head;
  head.length = read_u32(input) >> 8;
  head.type = byte_at(input, 3);
  head.flags = byte_at(input, 4);
  head.stream = read_u32(input.substr(5)) & kH2MostStream;
  return head;
}

std::optional<H2Frame> take_frame(std::string_view& input) {
  const auto head = peek_frame(input);
  if (!head || input.size() - kH2FrameHeader < head->length) return std::nullopt;
  const H2Frame frame{head->type, head->flags, head->stream,
                      input.substr(kH2FrameHeader, head->length)};
  input.remove_prefix(kH2FrameHeader + head->length);
  return frame;
}

void append_frame(std::string& out, std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  append_u32(out, static_cast<std::uint32_t>(payload.size()) << 8 | type);
  out += static_cast<char>(flags);
  append_u32(out, stream);
  out += payload;
}

void append_frame(std::string& out, H2Type type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  append_frame(out, static_cast<std::uint8_t>(type), flags, stream, payload);
}

void append_settings(std::string& out, std::span<const H2Setting> settings) {
  std::string payload;
  for (const auto& [setting, value] : settings) {
    payload += static_cast<char>(setting >> 8);
    payload += static_cast<char>(setting & 0xFF);
    append_u32(payload, value);
  }
  append_frame(out, H2Type::kSettings, 0, 0, payload);
}

void append_settings_ack(std::string& out) {
  append_frame(out, H2Type::kSettings, h2flag::kAck, 0, "");
}

void append_rst(std::string& out, std::uint32_t stream, std::uint32_t code) {
  std::string payload;
  append_u32(payload, code);
  append_frame(out, H2Type::kRstStream, 0, stream, payload);
}

void append_goaway(std::string& out, std::uint32_t last, std::uint32_t code,
                   std::string_view debug) {
  std::string payload;
  append_u32(payload, last);
  append_u32(payload, code);
  payload += debug;
  append_frame(out, H2Type::kGoaway, 0, 0, payload);
}

void append_ping(std::string& out, std::string_view opaque, bool ack) {
  append_frame(out, H2Type::kPing, ack ? h2flag::kAck : std::uint8_t{0}, 0, opaque);
}

void append_window_update(std::string& out, std::uint32_t stream, std::uint32_t increment) {
  std::string payload;
  append_u32(payload, increment);
  append_frame(out, H2Type::kWindowUpdate, 0, stream, payload);
}

void append_headers(std::string& out, std::uint32_t stream, std::string_view block, bool end_stream,
                    std::size_t most) {
  H2Type type = H2Type::kHeaders;
  std::uint8_t flags = end_stream ? h2flag::kEndStream : std::uint8_t{0};
  do {
    const std::string_view part = block.substr(0, most);
    block.remove_prefix(part.size());
    if (block.empty()) flags |= h2flag::kEndHeaders;
    append_frame(out, type, flags, stream, part);
    type = H2Type::kContinuation;
    flags = 0;
  } while (!block.empty());
}

}  // namespace fault
