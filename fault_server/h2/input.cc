#include "fault_server/h2/input.h"

#include <algorithm>

namespace fault {
namespace {

using Kind = H2Event::Kind;

constexpr std::size_t kMostBlock = 256 * 1024;
constexpr std::uint32_t kMostBlockFrames = 1000;
constexpr std::size_t kMostClosed = 1024;
// An acknowledgement that takes longer, while the client goes on talking, is missing.
constexpr holdfast::Duration kAcknowledgeWithin = std::chrono::seconds(10);

std::string on_stream(std::string_view what, std::uint32_t stream) {
  return std::string(what) + " on stream " + std::to_string(stream);
}

// Takes the padding off (RFC 9113 §6.1); nullopt when it is longer than the frame.
std::optional<std::string_view> unpadded(const H2Frame& frame) {
  if (!frame.has(h2flag::kPadded)) return frame.payload;
  if (frame.payload.empty()) return std::nullopt;
  const std::size_t padding = static_cast<std::uint8_t>(frame.payload[0]);
  if (padding >= frame.payload.size()) return std::nullopt;
  return frame.payload.substr(1, frame.payload.size() - 1 - padding);
}

std::string setting_complaint(const H2Setting& setting) {
  const auto [id, value] = setting;
  if (id == h2setting::kEnablePush && value > 1) return "ENABLE_PUSH is neither 0 nor 1";
  if (id == h2setting::kInitialWindowSize && value > kH2MostWindow) {
    return "INITIAL_WINDOW_SIZE above 2^31-1";
  }
  if (id == h2setting::kMaxFrameSize && (value < 16384 || value > 16777215)) {
    return "MAX_FRAME_SIZE outside 2^14 to 2^24-1";
  }
  return "";
}

}  // namespace

H2Event H2Input::connection_error(std::uint32_t code, std::string text) {
  H2Event event;
  event.kind = Kind::kConnectionError;
  event.code = code;
  event.violation = std::move(text);
  return event;
}

H2Event H2Input::stream_error(std::uint32_t stream, std::uint32_t code, std::string text) {
  H2Event event;
  event.kind = Kind::kStreamError;
  event.stream = stream;
  event.code = code;
  event.violation = std::move(text);
  return event;
}

H2Event H2Input::next(std::string_view& input, Instant now) {
  if (phase_ == Phase::kPreface) return read_preface(input);
  const auto head = peek_frame(input);
  H2Event more;
  more.kind = Kind::kNeedMore;
  if (!head) return more;
  if (head->length > kH2MaxFrame) {
    return connection_error(h2code::kFrameSizeError, "a " + frame_name(head->type) + " frame of " +
                                                         std::to_string(head->length) +
                                                         " bytes (RFC 9113 4.2)");
  }
  const auto frame = take_frame(input);
  if (!frame) return more;
  if (phase_ == Phase::kFirstFrame) {
    phase_ = Phase::kFrames;
    if (!frame->is(H2Type::kSettings) || frame->has(h2flag::kAck)) {
      return connection_error(h2code::kProtocolError,
                              frame_name(frame->type) + " before SETTINGS (RFC 9113 3.4)");
    }
  }
  H2Event event = judge(*frame);
  if (!unacknowledged_.empty() && !unacknowledged_.front().late &&
      now - unacknowledged_.front().at > kAcknowledgeWithin) {
    unacknowledged_.front().late = true;
    if (event.violation.empty()) event.violation = "SETTINGS not acknowledged within 10 s";
  }
  return event;
}

H2Event H2Input::read_preface(std::string_view& input) {
  const std::size_t known = std::min(input.size(), kH2Preface.size());
  if (input.substr(0, known) != kH2Preface.substr(0, known)) {
    return connection_error(h2code::kProtocolError, "not the connection preface (RFC 9113 3.4)");
  }
  H2Event event;
  event.kind = Kind::kNeedMore;
  if (known < kH2Preface.size()) return event;
  input.remove_prefix(known);
  phase_ = Phase::kFirstFrame;
  event.kind = Kind::kNothing;
  return event;
}

H2Event H2Input::judge(const H2Frame& frame) {
  const bool continues = frame.is(H2Type::kContinuation);
  if (block_stream_ != 0 && (!continues || frame.stream != block_stream_)) {
    return connection_error(
        h2code::kProtocolError,
        on_stream(frame_name(frame.type), frame.stream) + " inside a field block (RFC 9113 4.3)");
  }
  switch (static_cast<H2Type>(frame.type)) {
    case H2Type::kData:
      return on_data(frame);
    case H2Type::kHeaders:
      return on_headers(frame);
    case H2Type::kContinuation:
      return on_continuation(frame);
    case H2Type::kPriority:
      return on_priority(frame);
    case H2Type::kRstStream:
      return on_reset(frame);
    case H2Type::kSettings:
      return frame.has(h2flag::kAck) ? on_settings_ack(frame) : on_settings(frame);
    case H2Type::kPushPromise:
      return connection_error(h2code::kProtocolError, "PUSH_PROMISE from a client (RFC 9113 8.4)");
    case H2Type::kPing:
      return on_ping(frame);
    case H2Type::kGoaway:
      return on_goaway(frame);
    case H2Type::kWindowUpdate:
      return on_window(frame);
    default:
      return {};  // RFC 9113 §5.5: unknown types are ignored
  }
}

// A frame for a stream that is not open: idle ones are never right, closed ones sometimes.
H2Event H2Input::on_missing(std::uint32_t id, std::string_view what, bool harmless) {
  if (id == 0 || id % 2 == 0 || id > last_stream_) {
    return connection_error(h2code::kProtocolError,
                            on_stream(what, id) + ", which is idle (RFC 9113 5.1)");
  }
  const auto found = closed_.find(id);
  const Ended how = found == closed_.end() ? Ended::kBoth : found->second;
  // It may have been on its way when our reset, or our last frame, was on the way to it.
  if (how == Ended::kByUs || (harmless && how == Ended::kBoth)) return {};
  return connection_error(
      h2code::kStreamClosed,
      on_stream(what, id) +
          (how == Ended::kByClient ? ", which the client has reset" : ", which is closed") +
          " (RFC 9113 5.1)");
}

H2Event H2Input::on_data(const H2Frame& frame) {
  const auto amount = static_cast<std::uint32_t>(frame.payload.size());
  const auto data = unpadded(frame);
  if (!data) {
    return connection_error(h2code::kProtocolError, "padding longer than its frame");
  }
  window_ -= amount;
  if (window_ < 0) {
    return connection_error(h2code::kFlowControlError,
                            "DATA " + std::to_string(-window_) +
                                " bytes beyond the connection's window (RFC 9113 6.9.1)");
  }
  const auto found = streams_.find(frame.stream);
  if (found == streams_.end()) {
    H2Event event = on_missing(frame.stream, "DATA", false);
    if (event.kind != Kind::kNothing) return event;
    event.kind = Kind::kDiscarded;
    event.amount = amount;
    return event;
  }
  Stream& stream = found->second;
  if (stream.client_done) {
    return stream_error(frame.stream, h2code::kStreamClosed,
                        on_stream("DATA after END_STREAM", frame.stream));
  }
  stream.window -= amount;
  if (stream.window + window_slack() < 0) {
    return stream_error(frame.stream, h2code::kFlowControlError,
                        "DATA " + std::to_string(-stream.window) + " bytes beyond the window of " +
                            "stream " + std::to_string(frame.stream) + " (RFC 9113 6.9.1)");
  }
  stream.received += data->size();
  H2Event event;
  event.kind = Kind::kBody;
  event.stream = frame.stream;
  event.data = *data;
  event.amount = amount;
  event.end = frame.has(h2flag::kEndStream);
  if (stream.content_length && (stream.received > *stream.content_length ||
                                (event.end && stream.received != *stream.content_length))) {
    return stream_error(frame.stream, h2code::kProtocolError,
                        "malformed: content-length " + std::to_string(*stream.content_length) +
                            ", but " + std::to_string(stream.received) +
                            " bytes came (RFC 9113 8.1.1)");
  }
  if (event.end) {
    stream.client_done = true;
    close_if_done(frame.stream);
  }
  return event;
}

H2Event H2Input::on_headers(const H2Frame& frame) {
  auto block = unpadded(frame);
  if (!block) return connection_error(h2code::kProtocolError, "padding longer than its frame");
  if (frame.stream == 0 || frame.stream % 2 == 0) {
    return connection_error(h2code::kProtocolError,
                            on_stream("HEADERS", frame.stream) + " (RFC 9113 5.1.1)");
  }
  if (frame.has(h2flag::kPriority)) {
    if (block->size() < 5) {
      return connection_error(h2code::kFrameSizeError, "HEADERS without its priority");
    }
    block->remove_prefix(5);
  }
  block_stream_ = frame.stream;
  block_ends_ = frame.has(h2flag::kEndStream);
  block_frames_ = 0;
  block_ = *block;
  return frame.has(h2flag::kEndHeaders) ? end_block() : H2Event{};
}

H2Event H2Input::on_continuation(const H2Frame& frame) {
  if (block_stream_ == 0) {
    return connection_error(h2code::kProtocolError,
                            on_stream("CONTINUATION", frame.stream) + " out of nowhere");
  }
  block_ += frame.payload;
  if (block_.size() > kMostBlock || ++block_frames_ > kMostBlockFrames) {
    return connection_error(h2code::kEnhanceYourCalm, "an endless field block");
  }
  return frame.has(h2flag::kEndHeaders) ? end_block() : H2Event{};
}

H2Event H2Input::end_block() {
  const std::uint32_t id = std::exchange(block_stream_, 0);
  const auto fields = inflater_.fields(block_);
  block_.clear();
  if (!fields) return connection_error(h2code::kCompressionError, inflater_.problem());
  if (const auto found = streams_.find(id); found != streams_.end()) {
    if (found->second.client_done) {
      return stream_error(id, h2code::kStreamClosed, on_stream("HEADERS after END_STREAM", id));
    }
    H2Event event = take_trailers(found->second, *fields);
    event.stream = id;
    if (event.kind == Kind::kEnd) {
      found->second.client_done = true;
      close_if_done(id);
    }
    return event;
  }
  if (id <= last_stream_) return on_missing(id, "HEADERS", false);
  last_stream_ = id;
  H2Event event = open_stream(*fields);
  event.stream = id;
  return event;
}

H2Event H2Input::take_trailers(Stream& stream, const Fields& fields) {
  if (!block_ends_) {
    return stream_error(0, h2code::kProtocolError, "malformed: trailers without END_STREAM");
  }
  if (std::string text = h2_trailer_complaint(fields); !text.empty()) {
    return stream_error(0, h2code::kProtocolError, "malformed: " + text);
  }
  if (stream.content_length && stream.received != *stream.content_length) {
    return stream_error(0, h2code::kProtocolError,
                        "malformed: content-length " + std::to_string(*stream.content_length) +
                            ", but " + std::to_string(stream.received) + " bytes came");
  }
  H2Event event;
  event.kind = Kind::kEnd;
  return event;
}

H2Event H2Input::open_stream(const Fields& fields) {
  H2Event event;
  event.kind = Kind::kHead;
  event.end = block_ends_;
  event.request = read_h2_request(fields, block_ends_);
  if (!event.request.problem.empty()) {
    event.violation = "malformed: " + event.request.problem;
  }
  const std::size_t open = streams_.size();
  const auto wanted = newest(h2setting::kMaxConcurrentStreams);
  event.refused = wanted && open >= *wanted;
  // RFC 9113 §5.1.2. What was announced but not acknowledged does not bind yet.
  std::optional<std::uint32_t> bound = most_streams_;
  for (const Sent& sent : unacknowledged_) {
    for (const auto& [id, value] : sent.settings) {
      if (bound && id == h2setting::kMaxConcurrentStreams) bound = std::max(*bound, value);
    }
  }
  if (bound && open >= *bound && event.violation.empty()) {
    event.violation = std::to_string(open + 1) + " streams at once; MAX_CONCURRENT_STREAMS " +
                      std::to_string(*bound) + " was acknowledged (RFC 9113 5.1.2)";
  }
  Stream stream;
  stream.window = initial_window_;
  stream.client_done = block_ends_;
  stream.content_length = event.request.head.content_length;
  streams_.emplace(last_stream_, stream);
  return event;
}

H2Event H2Input::on_priority(const H2Frame& frame) {
  if (frame.stream == 0) {
    return connection_error(h2code::kProtocolError, "PRIORITY on stream 0 (RFC 9113 6.3)");
  }
  if (frame.payload.size() != 5) {
    return stream_error(frame.stream, h2code::kFrameSizeError, "PRIORITY of another size than 5");
  }
  return {};
}

H2Event H2Input::on_reset(const H2Frame& frame) {
  if (frame.payload.size() != 4) {
    return connection_error(h2code::kFrameSizeError, "RST_STREAM of another size than 4");
  }
  const auto found = streams_.find(frame.stream);
  if (found == streams_.end()) return on_missing(frame.stream, "RST_STREAM", true);
  close(frame.stream, Ended::kByClient);
  H2Event event;
  event.kind = Kind::kReset;
  event.stream = frame.stream;
  event.code = read_u32(frame.payload);
  return event;
}

H2Event H2Input::on_settings(const H2Frame& frame) {
  if (frame.stream != 0) {
    return connection_error(h2code::kProtocolError, on_stream("SETTINGS", frame.stream));
  }
  if (frame.payload.size() % 6 != 0) {
    return connection_error(h2code::kFrameSizeError, "SETTINGS of a size that is no multiple of 6");
  }
  H2Event event;
  event.kind = Kind::kSettings;
  for (std::string_view rest = frame.payload; !rest.empty(); rest.remove_prefix(6)) {
    const H2Setting one{static_cast<std::uint16_t>(read_u32(rest) >> 16), read_u32(rest.substr(2))};
    if (std::string text = setting_complaint(one); !text.empty()) {
      const bool window = one.first == h2setting::kInitialWindowSize;
      return connection_error(window ? h2code::kFlowControlError : h2code::kProtocolError,
                              "SETTINGS: " + text + " (RFC 9113 6.5.2)");
    }
    event.settings.push_back(one);
  }
  return event;
}

H2Event H2Input::on_settings_ack(const H2Frame& frame) {
  if (frame.stream != 0 || !frame.payload.empty()) {
    return connection_error(h2code::kFrameSizeError, "an acknowledgement that is not empty");
  }
  H2Event event;
  event.kind = Kind::kSettingsAck;
  if (unacknowledged_.empty()) {
    event.violation = "an acknowledgement of SETTINGS that were not sent";
    return event;
  }
  for (const auto& [id, value] : unacknowledged_.front().settings) {
    if (id == h2setting::kMaxConcurrentStreams) most_streams_ = value;
    if (id == h2setting::kHeaderTableSize) inflater_.set_table_size(value);
    if (id != h2setting::kInitialWindowSize) continue;
    // RFC 9113 §6.9.2: open windows move by the difference, below zero if need be.
    for (auto& [stream, state] : streams_) state.window += value - initial_window_;
    initial_window_ = value;
  }
  unacknowledged_.pop_front();
  return event;
}

H2Event H2Input::on_ping(const H2Frame& frame) {
  if (frame.stream != 0) {
    return connection_error(h2code::kProtocolError, on_stream("PING", frame.stream));
  }
  if (frame.payload.size() != 8) {
    return connection_error(h2code::kFrameSizeError, "PING of another size than 8");
  }
  H2Event event;
  event.kind = frame.has(h2flag::kAck) ? Kind::kPingAck : Kind::kPing;
  event.data = frame.payload;
  return event;
}

H2Event H2Input::on_goaway(const H2Frame& frame) {
  if (frame.stream != 0) {
    return connection_error(h2code::kProtocolError, on_stream("GOAWAY", frame.stream));
  }
  if (frame.payload.size() < 8) {
    return connection_error(h2code::kFrameSizeError, "GOAWAY of less than 8 bytes");
  }
  H2Event event;
  event.kind = Kind::kGoaway;
  event.last = read_u32(frame.payload) & kH2MostStream;
  event.code = read_u32(frame.payload.substr(4));
  return event;
}

H2Event H2Input::on_window(const H2Frame& frame) {
  if (frame.payload.size() != 4) {
    return connection_error(h2code::kFrameSizeError, "WINDOW_UPDATE of another size than 4");
  }
  H2Event event;
  event.kind = Kind::kWindow;
  event.stream = frame.stream;
  event.amount = read_u32(frame.payload) & kH2MostStream;
  if (frame.stream != 0 && !streams_.contains(frame.stream)) {
    return on_missing(frame.stream, "WINDOW_UPDATE", true);
  }
  if (event.amount == 0) {
    const std::string text = "WINDOW_UPDATE by 0 (RFC 9113 6.9)";
    return frame.stream == 0 ? connection_error(h2code::kProtocolError, text)
                             : stream_error(frame.stream, h2code::kProtocolError, text);
  }
  return event;
}

// --- What the connection has sent ----------------------------------------------------------------

void H2Input::sent_settings(std::vector<H2Setting> settings, Instant now) {
  unacknowledged_.push_back({std::move(settings), now, false});
}

void H2Input::sent_end(std::uint32_t stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  found->second.we_done = true;
  close_if_done(stream);
}

void H2Input::sent_reset(std::uint32_t stream) {
  if (streams_.contains(stream)) close(stream, Ended::kByUs);
}

void H2Input::sent_window(std::uint32_t stream, std::uint32_t increment) {
  if (stream == 0) {
    window_ += increment;
  } else if (const auto found = streams_.find(stream); found != streams_.end()) {
    found->second.window += increment;
  }
}

void H2Input::close_if_done(std::uint32_t id) {
  const Stream& stream = streams_.at(id);
  if (stream.client_done && stream.we_done) close(id, Ended::kBoth);
}

void H2Input::close(std::uint32_t id, Ended how) {
  streams_.erase(id);
  closed_[id] = how;
  if (closed_.size() > kMostClosed) closed_.erase(closed_.begin());
}

// How much larger a window the client may already believe in: settings it has, but has not
// acknowledged yet.
std::int64_t H2Input::window_slack() const {
  std::int64_t most = initial_window_;
  for (const Sent& sent : unacknowledged_) {
    for (const auto& [id, value] : sent.settings) {
      if (id == h2setting::kInitialWindowSize) most = std::max<std::int64_t>(most, value);
    }
  }
  return most - initial_window_;
}

std::optional<std::uint32_t> H2Input::newest(std::uint16_t setting) const {
  std::optional<std::uint32_t> value;
  if (setting == h2setting::kMaxConcurrentStreams) value = most_streams_;
  for (const Sent& sent : unacknowledged_) {
    for (const auto& [id, wanted] : sent.settings) {
      if (id == setting) value = wanted;
    }
  }
  return value;
}

}  // namespace fault
