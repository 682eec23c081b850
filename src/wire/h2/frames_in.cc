// Bytes in: frames are found and judged here, then handed to nghttp2, one at a time.
//
// Judged before nghttp2 sees them: what would cut differently if the input were cut differently (a
// frame beyond a window or beyond its Content-Length is refused whole), what nghttp2 answers with
// the end of the connection although RFC 9113 asks for the end of a stream, and floods.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "wire/h2/state.h"

namespace holdfast::wire {
namespace {

/// Of one header block, compressed, HEADERS and CONTINUATIONs together. The whole of it has to pass
/// the decompressor whatever becomes of its stream (RFC 9113 §4.3), so it must end somewhere.
constexpr std::size_t kMostBlockBytes = 256 * 1024;
/// So many settings count as one frame without content.
constexpr std::uint32_t kSettingsPerFrame = 32;
/// Frames without content that a DATA frame with content accounts for (h2_flood.h).
constexpr std::int64_t kEarnedByContent = 4;

std::uint8_t byte_at(const char* bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

/// What was sent instead of HTTP/2, as far as nine bytes tell.
std::string looks_like(std::string_view head) {
  if (head.starts_with("HTTP/")) {
    return "the peer does not speak HTTP/2: it answers in " + std::string(head.substr(0, 8));
  }
  // A TLS record begins with its type, 21 alert or 22 handshake, and its version (RFC 8446 §5.1).
  if ((head[0] == '\x15' || head[0] == '\x16') && head[1] == '\x03') {
    return "the answer is a TLS record, not HTTP/2: is this port for https?";
  }
  return "the peer does not speak HTTP/2: its first bytes are no SETTINGS frame";
}

}  // namespace

// --- Events out ----------------------------------------------------------------------------------

H2Session::Event H2Session::State::next(std::string_view& input, base::Instant now) {
  for (;;) {
    while (!notes_.empty()) {
      const Note& note = notes_.pop();
      if (note.stream == nullptr || !note.stream->muted) return tell(note);
    }
    if (lost_) return tell(loss_);
    bury();
    body_ = {};
    if (std::exchange(resume_, false)) {
      feed({});
      continue;
    }
    if (left_ == 0 && !open_frame(input, now)) return Event::need_more;
    if (left_ == 0 || lost_ || !notes_.empty()) continue;
    if (input.empty()) return Event::need_more;
    const std::string_view piece = input.substr(0, left_);
    input.remove_prefix(piece.size());
    left_ -= piece.size();
    feed(piece);
    if (body_.empty()) continue;
    resume_ = left_ == 0 && (frame_.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    told_stream_ = frame_stream_->id;
    told_tag_ = frame_stream_->tag;
    return Event::body;
  }
}

H2Session::Event H2Session::State::tell(const Note& note) {
  told_stream_ = note.stream != nullptr ? note.stream->id : 0;
  told_tag_ = note.stream != nullptr ? note.stream->tag : 0;
  if (note.event >= Event::reset) told_ = note;
  return note.event;
}

/// Streams of which all has been told are forgotten.
void H2Session::State::bury() {
  if (retired_.empty()) return;
  for (H2Stream* const stream : retired_) {
    if (frame_stream_ == stream) frame_stream_ = nullptr;
    streams_.release(*stream);
  }
  retired_.clear();
}

// --- Frames --------------------------------------------------------------------------------------

/// The head of the next frame, and of padded DATA the Pad Length, in one piece: in `input`, or
/// gathered from it. Null while it has not all come.
const char* H2Session::State::frame_prefix(std::string_view& input) {
  if (gathered_ == 0 && input.size() > kFrameHead) return input.data();
  const auto needed = [&] {
    if (gathered_ < kFrameHead) return kFrameHead;
    const bool padded = byte_at(gathered_bytes_, 3) == NGHTTP2_DATA &&
                        (byte_at(gathered_bytes_, 4) & NGHTTP2_FLAG_PADDED) != 0;
    const bool empty = (gathered_bytes_[0] | gathered_bytes_[1] | gathered_bytes_[2]) == 0;
    return padded && !empty ? kFrameHead + 1 : kFrameHead;
  };
  while (gathered_ < needed()) {
    if (input.empty()) return nullptr;
    gathered_bytes_[gathered_++] = input.front();
    input.remove_prefix(1);
  }
  return gathered_bytes_;
}

/// False while the frame's head has not all come.
bool H2Session::State::open_frame(std::string_view& input, base::Instant now) {
  const char* const head = frame_prefix(input);
  if (head == nullptr) return false;
  const auto at = [&](std::size_t i) { return std::uint32_t{byte_at(head, i)}; };
  frame_.length = at(0) << 16 | at(1) << 8 | at(2);
  frame_.type = byte_at(head, 3);
  frame_.flags = byte_at(head, 4);
  frame_.stream = (at(5) << 24 | at(6) << 16 | at(7) << 8 | at(8)) & 0x7fff'ffff;
  left_ = kFrameHead + frame_.length;
  judge_frame(head, now);
  if (gathered_ == 0 || lost_) return true;
  const std::size_t size = std::exchange(gathered_, std::uint8_t{0});
  left_ -= size;
  feed({gathered_bytes_, size});
  return true;
}

void H2Session::State::judge_frame(const char* head, base::Instant now) {
  if (!std::exchange(greeted_, true)) return judge_first_frame({head, kFrameHead});
  // RFC 9113 §6.10; nghttp2 ends the connection over what does not belong there.
  const bool continues = block_open_ && frame_.type == NGHTTP2_CONTINUATION;
  if (!continues) {
    frame_stream_ = frame_.type <= NGHTTP2_HEADERS ? streams_.find(frame_.stream) : nullptr;
  }
  if (is_flooded(head, now)) {
    return lose_flooded("the peer sent too many frames without content");
  }
  if (block_open_ && !continues) return;
  switch (frame_.type) {
    case NGHTTP2_DATA:
      return judge_data(head);
    case NGHTTP2_HEADERS:
      block_bytes_ = 0;
      if (frame_stream_ != nullptr && frame_stream_->ended) forget(*frame_stream_);
      return judge_header_block();
    case NGHTTP2_CONTINUATION:
      return judge_header_block();
    case NGHTTP2_PUSH_PROMISE:
      // RFC 9113 §8.4: SETTINGS_ENABLE_PUSH 0 was sent before any request.
      return lose(ErrorCode::http2_error, H2Code::protocol_error,
                  "PUSH_PROMISE, although push is disabled");
    default:
      return;
  }
}

/// RFC 9113 §3.4: a server's first frame is SETTINGS.
void H2Session::State::judge_first_frame(std::string_view head) {
  const bool settings = frame_.type == NGHTTP2_SETTINGS && frame_.stream == 0 &&
                        (frame_.flags & NGHTTP2_FLAG_ACK) == 0 && frame_.length <= kMostFrameBytes;
  if (!settings) lose(ErrorCode::protocol_error, H2Code::protocol_error, looks_like(head));
}

void H2Session::State::judge_header_block() {
  block_open_ = (frame_.flags & NGHTTP2_FLAG_END_HEADERS) == 0;
  block_bytes_ += frame_.length;
  std::size_t most = kMostBlockBytes;
  if (frame_stream_ != nullptr && !frame_stream_->over) {
    most = std::max(most, 2 * frame_stream_->limits->max_head_bytes);
  }
  if (block_bytes_ <= most) return;
  lose(ErrorCode::http2_error, H2Code::enhance_your_calm,
       "a header block of more than " + std::to_string(most) + " bytes");
}

namespace {

/// What a DATA frame holds beside padding; negative if it is padded beyond its length.
std::int32_t content_of(std::uint32_t length, std::uint8_t flags, const char* head) {
  const auto size = static_cast<std::int32_t>(length);
  if ((flags & NGHTTP2_FLAG_PADDED) == 0) return size;
  return size == 0 ? -1 : size - 1 - byte_at(head, kFrameHead);
}

}  // namespace

/// Whether its sender could send any number of it. HEADERS and DATA of a live stream have limits of
/// their own, and other DATA has the connection's window.
bool H2Session::State::costs_nothing(const char* head) const {
  const bool live = frame_stream_ != nullptr && !frame_stream_->over;
  switch (frame_.type) {
    case NGHTTP2_DATA:
      if (content_of(frame_.length, frame_.flags, head) > 0) return false;
      return !live || (frame_.flags & NGHTTP2_FLAG_END_STREAM) == 0;
    case NGHTTP2_HEADERS:
      return !live;
    default:
      return true;
  }
}

/// Counts the frame. A SETTINGS frame may hold thousands of settings, and each of them may have to
/// be applied to every stream (RFC 9113 §6.9.2).
bool H2Session::State::is_flooded(const char* head, base::Instant now) {
  if (!costs_nothing(head)) return false;
  const bool settings = frame_.type == NGHTTP2_SETTINGS && frame_.length <= kMostFrameBytes;
  std::uint32_t more = settings ? frame_.length / (kSettingBytes * kSettingsPerFrame) : 0;
  while (more > 0 && flood_.count(now)) --more;
  return more > 0 || !flood_.count(now);
}

void H2Session::State::judge_data(const char* head) {
  if (frame_.length > kMostFrameBytes) return;  // nghttp2's FRAME_SIZE_ERROR
  const std::int32_t content = content_of(frame_.length, frame_.flags, head);
  if (content < 0) {  // RFC 9113 §6.1
    return lose(ErrorCode::http2_error, H2Code::protocol_error, "DATA with more padding than DATA");
  }
  // nghttp2 would let pass what is within the window and only then object: whether the consumer
  // sees those bytes must not depend on how they arrived (RFC 9113 §6.9.1).
  const auto length = static_cast<std::int32_t>(frame_.length);
  if (length > nghttp2_session_get_local_window_size(ng())) {
    return lose(ErrorCode::http2_error, H2Code::flow_control_error,
                "DATA beyond the connection's window");
  }
  if (frame_stream_ == nullptr) return;
  H2Stream& stream = *frame_stream_;
  if (stream.ended) return forget(stream);
  if (stream.over) return;
  stream.charged += frame_.length;
  if (content > 0) flood_.earn(kEarnedByContent, static_cast<std::size_t>(content));
  if (stream.charged > safe_window_ && length > nghttp2_session_get_stream_local_window_size(
                                                    ng(), static_cast<std::int32_t>(stream.id))) {
    fail_stream(stream, ErrorCode::protocol_error, H2Code::flow_control_error,
                "DATA beyond the stream's window");
  } else if (!stream.final_head) {
    // RFC 9113 §8.1: malformed, so the stream's error. nghttp2 would end the connection.
    fail_stream(stream, ErrorCode::protocol_error, H2Code::protocol_error,
                "DATA before the response's head");
  } else if (static_cast<std::uint64_t>(content) > stream.content_length - stream.received) {
    fail_stream(stream, ErrorCode::protocol_error, H2Code::protocol_error,
                stream.content_length == 0 ? "content where there can be none"
                                           : "more content than the Content-Length says");
  }
}

/// A frame has come for a stream that is half closed (remote), since our request is not whole yet.
/// RFC 9113 §5.1 asks for the stream's end, nghttp2 for the connection's; it will ignore the frame
/// if the stream is gone when the frame arrives.
void H2Session::State::forget(H2Stream& stream) {
  if (stream.closed) return;
  stream.given = {};
  nghttp2_submit_rst_stream(ng(), NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(stream.id),
                            NGHTTP2_STREAM_CLOSED);
  flush_control();
}

/// All of it is consumed.
void H2Session::State::feed(std::string_view bytes) {
  const std::size_t queued = nghttp2_session_get_outbound_queue_size(ng());
  feeding_ = true;
  const ssize_t size = nghttp2_session_mem_recv(
      ng(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  feeding_ = false;
  if (size < 0) {
    if (size == NGHTTP2_ERR_FLOODED) {
      lose_flooded(nghttp2_strerror(static_cast<int>(size)));
    } else {
      lose(ErrorCode::http2_error, H2Code::internal_error,
           nghttp2_strerror(static_cast<int>(size)));
    }
  } else {
    HF_CHECK(static_cast<std::size_t>(size) == bytes.size());
  }
  if (goaway_read_) refuse_above_goaway();
  if (nghttp2_session_get_outbound_queue_size(ng()) > queued) flush_control();
}

/// The connection is over: what next() tells once the events before it are told.
void H2Session::State::lose(ErrorCode error, H2Code code, std::string detail) {
  if (std::exchange(lost_, true)) return;
  loss_.error = error;
  loss_.code = static_cast<std::uint32_t>(code);
  loss_.detail = std::move(detail);
  nghttp2_session_terminate_session(ng(), loss_.code);
}

void H2Session::State::lose_flooded(const char* why) {
  lose(ErrorCode::peer_flooding, H2Code::enhance_your_calm,
       std::string(why) + "; raise http2.flood_allowance");
}

}  // namespace holdfast::wire
