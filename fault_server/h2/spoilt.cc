#include "fault_server/h2/spoilt.h"

#include <array>
#include <string_view>

#include "fault_server/script/values.h"

namespace fault {
namespace {

constexpr std::uint64_t kFloodFrames = 1000;
constexpr std::size_t kFloodFieldBytes = 100;
constexpr std::size_t kBombValueBytes = 4000;  // one entry that just fits the default table
constexpr std::uint64_t kBombReferences = 4000;
constexpr char kStatus200 = '\x88';  // indexed, from the static table

H2Op bytes_op(std::string bytes, std::uint64_t times = 1) {
  H2Op op;
  op.bytes = std::move(bytes);
  op.count = times;
  return op;
}

// Inside a field block, where nobody else may write.
H2Op open_block_op(std::string bytes, std::uint64_t times = 1) {
  H2Op op = bytes_op(std::move(bytes), times);
  op.holds = true;
  return op;
}

H2Op habit_op(H2Habit habit) {
  H2Op op;
  op.kind = H2OpKind::kHabit;
  op.habit = habit;
  return op;
}

H2Op settings_op(std::vector<H2Setting> settings, std::uint64_t times = 1) {
  H2Op op;
  op.kind = H2OpKind::kSettings;
  op.settings = std::move(settings);
  op.count = times;
  return op;
}

std::string frame(H2Type type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string out;
  append_frame(out, type, flags, stream, payload);
  return out;
}

// RFC 7541 §5.1 with a prefix of seven bits and nothing before it.
std::string length_prefix(std::size_t size) {
  std::string out;
  if (size < 127) return {static_cast<char>(size)};
  out += '\x7f';
  for (size -= 127; size >= 128; size >>= 7) out += static_cast<char>(size % 128 + 128);
  return out + static_cast<char>(size);
}

std::vector<H2Op> settings_ops(const Step& step) {
  std::vector<H2Op> out;
  if (has(step, "ignore")) out.push_back(habit_op(H2Habit::kIgnoresSettings));
  const auto name = raw(step, "name");
  if (!name && has(step, "ignore")) return out;
  std::vector<H2Setting> settings;
  if (name) {
    settings.emplace_back(parse_h2_setting(*name).value_or(0),
                          static_cast<std::uint32_t>(count(step, "value").value_or(0)));
  }
  out.push_back(settings_op(std::move(settings), count(step, "count").value_or(1)));
  return out;
}

std::vector<H2Op> ping_ops(const Step& step) {
  if (has(step, "ignore")) return {habit_op(H2Habit::kIgnoresPings)};
  if (word(step, "ack") == "wrong") return {habit_op(H2Habit::kWrongPingAcks)};
  const bool unasked = word(step, "ack") == "unasked";
  std::string ping;
  append_ping(ping, unasked ? "unasked!" : "holdping", unasked);
  return {bytes_op(ping, count(step, "count").value_or(1))};
}

std::vector<H2Op> window_ops(const Step& step, std::uint32_t stream) {
  const auto kind = word(step, "kind").value_or("stall");
  const std::uint32_t on = word(step, "on") == "connection" ? 0 : stream;
  std::string update;
  if (kind == "zero" || kind == "overflow") {
    append_window_update(update, on,
                         kind == "zero" ? 0 : static_cast<std::uint32_t>(kH2MostWindow));
    return {bytes_op(update)};
  }
  if (kind == "beyond") return {habit_op(H2Habit::kBeyondWindows)};
  std::vector<H2Op> out;
  if (kind != "stall") {
    const auto value = static_cast<std::uint32_t>(count(step, "value").value_or(0));
    out.push_back(settings_op({{h2setting::kInitialWindowSize, value}}));
  }
  if (kind != "shrink") out.push_back(habit_op(H2Habit::kHoldsWindows));
  return out;
}

std::vector<H2Op> continuation_ops(const Step& step, std::uint32_t stream) {
  const auto kind = word(step, "kind").value_or("flood");
  const std::string status(1, kStatus200);
  std::vector<H2Op> out{open_block_op(frame(H2Type::kHeaders, 0, stream, status))};
  if (kind == "interleaved") {
    std::string ping;
    append_ping(ping, "between!", false);
    out.push_back(open_block_op(std::move(ping)));
  } else {
    const std::string filler =
        kind == "empty" ? "" : h2_literal("x-flood", std::string(kFloodFieldBytes, 'f'));
    const std::uint64_t times = kind == "endless" ? 0 : count(step, "count").value_or(kFloodFrames);
    out.push_back(open_block_op(frame(H2Type::kContinuation, 0, stream, filler), times));
  }
  out.push_back(bytes_op(frame(H2Type::kContinuation, h2flag::kEndHeaders, stream, "")));
  return out;
}

std::vector<H2Op> hpack_ops(const Step& step, std::uint32_t stream) {
  const auto kind = word(step, "kind").value_or("corrupt");
  std::string block;
  if (kind == "table") {
    block += "\x3f\xe1\xff\xff\x07";  // the table is to hold 16 MiB from here on
    block += kStatus200;
  } else if (kind == "bomb") {
    // One entry for the dynamic table, then a byte for each time it is to be unfolded.
    block += kStatus200;
    block += '\x40' + h2_literal("x-bomb", std::string(kBombValueBytes, 'b')).substr(1);
    block.append(static_cast<std::size_t>(count(step, "count").value_or(kBombReferences)), '\xbe');
  } else {
    block += kStatus200;
    block += '\x80';  // index 0 is none (RFC 7541 §6.1)
  }
  std::string frames;
  append_headers(frames, stream, block, false);
  std::vector<H2Op> out{bytes_op(std::move(frames))};
  if (kind == "bomb") out.push_back(habit_op(H2Habit::kForgetsFields));
  return out;
}

std::vector<H2Op> late_ops(const Step& step, std::uint32_t stream) {
  const auto kind = word(step, "kind").value_or("data");
  if (kind == "end") return {bytes_op(frame(H2Type::kData, h2flag::kEndStream, stream, ""))};
  if (kind == "headers") {
    std::string frames;
    append_headers(frames, stream, h2_literal("x-late", "1"), true);
    return {bytes_op(std::move(frames))};
  }
  std::string out;
  if (kind == "rst") {
    const auto code = raw(step, "code");
    append_rst(out, stream, code ? parse_h2_code(*code).value_or(0) : h2code::kCancel);
  } else if (kind == "window") {
    append_window_update(out, stream, 1000);
  } else {
    out = frame(H2Type::kData, 0, stream, "late");
  }
  return {bytes_op(std::move(out), count(step, "count").value_or(1))};
}

// A request the client never made, promised on its stream (RFC 9113 §8.4).
std::vector<H2Op> push_ops(std::uint32_t stream) {
  std::string payload;
  append_u32(payload, stream + 1);
  payload += "\x82\x86\x84";  // GET, http, /
  payload += '\x01' + length_prefix(6) + "pushed";
  return {bytes_op(frame(H2Type::kPushPromise, h2flag::kEndHeaders, stream, payload))};
}

// Frames that a client has to ignore (RFC 9113 §5.5, RFC 7838 §4, RFC 8336 §2).
std::vector<H2Op> unknown_ops(const Step& step, std::uint32_t stream) {
  constexpr std::uint8_t kNobodys = 0xbb;
  constexpr std::string_view kOrigin = "https://other.test";
  const std::string origin =
      std::string{'\0', static_cast<char>(kOrigin.size())} + std::string(kOrigin);
  std::string out;
  append_frame(out, kNobodys, 0xff, 0, "whatever");
  if (stream != 0) append_frame(out, kNobodys, 0x01, stream, "");
  append_frame(out, H2Type::kAltSvc, 0, 0, origin + "h2=\":1\"");
  append_frame(out, H2Type::kOrigin, 0, 0, origin);
  return {bytes_op(std::move(out), count(step, "count").value_or(1))};
}

std::vector<H2Op> http11_ops(const Step& step) {
  H2Op op;
  if (word(step, "kind") != "bytes") {
    op.kind = H2OpKind::kRst;
    op.code = h2code::kHttp11Required;
    return {op};
  }
  op.kind = H2OpKind::kClose;
  return {bytes_op("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
          op};
}

}  // namespace

std::string h2_literal(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + length_prefix(name.size()) + std::string(name) +
         length_prefix(value.size()) + std::string(value);
}

std::vector<H2Op> h2_named_ops(const Step& step, std::uint32_t stream) {
  if (step.name == "settings") return settings_ops(step);
  if (step.name == "ping") return ping_ops(step);
  if (step.name == "window") return window_ops(step, stream);
  if (step.name == "continuation") return continuation_ops(step, stream);
  if (step.name == "hpack") return hpack_ops(step, stream);
  if (step.name == "late") return late_ops(step, stream);
  if (step.name == "push") return push_ops(stream);
  if (step.name == "unknown") return unknown_ops(step, stream);
  if (step.name == "http11") return http11_ops(step);
  if (step.name == "data_first") return {bytes_op(frame(H2Type::kData, 0, stream, "early"))};
  if (step.name == "silent") {
    H2Op op;
    op.kind = H2OpKind::kMute;
    return {op};
  }
  return {};
}

bool h2_replaces_head(const Step& step) {
  return step.action == ActionKind::kH2 && (step.name == "continuation" || step.name == "hpack");
}

bool h2_ends_stream(const Step& step) {
  return step.action == ActionKind::kH2 && (step.name == "http11" || step.name == "silent");
}

bool h2_is_late(const Step& step) { return step.action == ActionKind::kH2 && step.name == "late"; }

std::vector<H2Op> h2_endless_head(std::uint32_t stream) {
  return {open_block_op(frame(H2Type::kHeaders, 0, stream, std::string(1, kStatus200))),
          open_block_op(frame(H2Type::kContinuation, 0, stream, h2_literal("x-endless", "1")), 0)};
}

}  // namespace fault
