// What nghttp2 finds in the frames, to events. It decompresses, and keeps the streams' states and
// windows; whether the frames make a message (RFC 9113 §8) is checked here.
#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "wire/h2/field.h"
#include "wire/h2/state.h"

namespace holdfast::wire {
namespace {

constexpr std::string_view kContentLength = "content-length";
/// RFC 9113 §6.5.2: what a field counts beside its text.
constexpr std::size_t kFieldOverhead = 32;

std::string_view text_of(const std::uint8_t* at, std::size_t size) {
  return {reinterpret_cast<const char*>(at), size};
}

}  // namespace

nghttp2_session_callbacks* H2Session::State::make_callbacks() {
  nghttp2_session_callbacks* c = nullptr;
  if (nghttp2_session_callbacks_new(&c) != 0) return nullptr;
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      c, [](nghttp2_session*, const nghttp2_frame*, void* user) {
        of(user).on_begin_headers();
        return 0;
      });
  nghttp2_session_callbacks_set_on_header_callback(
      c, [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
            const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
        return of(user).on_header(text_of(name, name_size), text_of(value, value_size));
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      c, [](nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data,
            std::size_t size, void* user) { return of(user).on_data(data, size); });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      c, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        of(user).on_frame(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      c, [](nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
        of(user).on_stream_close(static_cast<std::uint32_t>(id), code);
        return 0;
      });
  nghttp2_session_callbacks_set_before_frame_send_callback(
      c, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return of(user).may_send(*frame) ? 0 : static_cast<int>(NGHTTP2_ERR_CANCEL);
      });
  nghttp2_session_callbacks_set_send_data_callback(c, send_data);
  return c;
}

// --- Heads and trailers --------------------------------------------------------------------------

void H2Session::State::on_begin_headers() {
  head_fields_ = 0;
  head_length_ = H2Stream::kAnyLength;
  if (frame_stream_ == nullptr) return;
  if (frame_stream_->final_head) {
    trailers_.clear();
    return;
  }
  head_.status = 0;
  head_.http_major = 2;
  head_.http_minor = 0;
  head_.reason.clear();
  head_.headers.clear();
  head_.headers.reserve(headers_hint_);
}

int H2Session::State::on_header(std::string_view name, std::string_view value) {
  if (frame_stream_ == nullptr || frame_stream_->over) return 0;
  return take_field(*frame_stream_, name, value)
             ? 0
             : static_cast<int>(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE);
}

/// False if the stream has been reset over it: the rest of the block is only decompressed.
bool H2Session::State::take_field(H2Stream& stream, std::string_view name, std::string_view value) {
  const LimitPolicy& limits = *stream.limits;
  stream.head_bytes += name.size() + value.size() + kFieldOverhead;
  if (stream.head_bytes > limits.max_head_bytes) {
    return fail_stream(stream, ErrorCode::head_too_large, H2Code::cancel,
                       "more than " + std::to_string(limits.max_head_bytes) +
                           " bytes; raise limits.max_head_bytes");
  }
  if (!name.empty() && name.front() == ':') return take_status(stream, name, value);
  if (const char* const complaint = h2_field_complaint(name, value)) {
    return fail_stream(stream, ErrorCode::protocol_error, H2Code::protocol_error,
                       h2_complaint_text(complaint, name));
  }
  if (head_fields_ == limits.max_header_count) {
    return fail_stream(
        stream, ErrorCode::head_too_large, H2Code::cancel,
        "more than " + std::to_string(head_fields_) + " fields; raise limits.max_header_count");
  }
  ++head_fields_;
  if (stream.final_head) {
    trailers_.add(name, value);
    return true;
  }
  head_.headers.add(name, value);
  if (name.size() == kContentLength.size() && name == kContentLength) {
    return take_content_length(stream, value);
  }
  return true;
}

/// RFC 9113 §8.3.2: one :status, before all other fields, and no other pseudo-field.
bool H2Session::State::take_status(H2Stream& stream, std::string_view name,
                                   std::string_view value) {
  const char* complaint = nullptr;
  if (name != ":status" || stream.final_head)
    complaint = "a pseudo-field that has no place here";
  else if (head_fields_ != 0)
    complaint = "a pseudo-field after other fields";
  else if (head_.status != 0)
    complaint = "a pseudo-field given twice";
  if (complaint != nullptr) {
    return fail_stream(stream, ErrorCode::protocol_error, H2Code::protocol_error,
                       h2_complaint_text(complaint, name));
  }
  std::uint16_t status = 0;
  const char* const end = value.data() + value.size();
  const bool number = std::from_chars(value.data(), end, status).ptr == end && value.size() == 3;
  // Those from 600 on are responses like any other (SPEC R3).
  if (!number || status < 100) {
    return fail_stream(stream, ErrorCode::protocol_error, H2Code::protocol_error,
                       "the status is not a number of three digits from 100 on");
  }
  if (status == 101) {  // RFC 9113 §8.6
    return fail_stream(stream, ErrorCode::protocol_error, H2Code::protocol_error,
                       "the status is 101 Switching Protocols, which HTTP/2 has not");
  }
  head_.status = status;
  return true;
}

/// Whether the head that is being read belongs to no content (RFC 9110 §6.4.1).
bool H2Session::State::is_bodiless(const H2Stream& stream) const {
  return stream.for_head || head_.status < 200 || head_.status == 204 || head_.status == 304 ||
         (stream.for_connect && head_.status < 300);
}

/// As over HTTP/1.1 it is judged only where there is content, and a repeated one is refused even if
/// it says the same.
bool H2Session::State::take_content_length(H2Stream& stream, std::string_view value) {
  if (is_bodiless(stream)) return true;
  std::uint64_t length = 0;
  const char* const end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, length);
  const bool number = read.ec == std::errc() && read.ptr == end && length <= INT64_MAX;
  if (!number || head_length_ != H2Stream::kAnyLength) {
    return fail_stream(stream, ErrorCode::protocol_error, H2Code::protocol_error,
                       number ? "Content-Length is given twice" : "Content-Length is no number");
  }
  head_length_ = length;
  return true;
}

/// A head or a trailer section is complete.
void H2Session::State::on_headers(bool ends) {
  if (frame_stream_ == nullptr || frame_stream_->over) return;
  H2Stream& stream = *frame_stream_;
  const auto malformed = [&](const char* what) {
    fail_stream(stream, ErrorCode::protocol_error, H2Code::protocol_error, what);
  };
  if (stream.final_head) {
    return ends ? end_content(stream) : malformed("trailers that do not end the stream");
  }
  if (head_.status == 0) return malformed("a head without :status");
  stream.answered = true;
  if (head_.status >= 200) return on_final_head(stream, ends);
  if (ends) return malformed("an interim response that ends the stream");
  const std::uint64_t most = stream.limits->max_interim_bytes;
  stream.interim_bytes += std::exchange(stream.head_bytes, 0);
  if (stream.interim_bytes <= most) {
    push_note(Event::interim, &stream);
    return;
  }
  fail_stream(stream, ErrorCode::interim_too_large, H2Code::enhance_your_calm,
              "more than " + std::to_string(most) + " bytes; raise limits.max_interim_bytes");
}

void H2Session::State::on_final_head(H2Stream& stream, bool ends) {
  stream.final_head = true;
  headers_hint_ = head_.headers.bytes() + 64;
  trailers_.clear();
  const bool tunnel = stream.for_connect && head_.status < 300;
  const bool bodiless = is_bodiless(stream);
  stream.content_length = tunnel ? H2Stream::kAnyLength : bodiless ? 0 : head_length_;
  push_note(Event::head, &stream);
  if (ends) return end_content(stream);
  if (!tunnel) return;
  // As over HTTP/1.1: nobody uses the tunnel, the head is all there is.
  push_end(stream);
  stream.given = {};
  nghttp2_submit_rst_stream(ng(), NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(stream.id),
                            NGHTTP2_CANCEL);
}

/// The peer says that the response is whole (RFC 9113 §8.1.1).
void H2Session::State::end_content(H2Stream& stream) {
  const bool counted = stream.content_length != H2Stream::kAnyLength;
  if (!counted || stream.received == stream.content_length) return push_end(stream);
  fail_stream(stream, ErrorCode::response_truncated, H2Code::protocol_error,
              "after " + std::to_string(stream.received) + " of " +
                  std::to_string(stream.content_length) + " bytes of the body");
}

// --- Content -------------------------------------------------------------------------------------

int H2Session::State::on_data(const std::uint8_t* data, std::size_t size) {
  if (frame_stream_ == nullptr || frame_stream_->over) {
    nghttp2_session_consume_connection(ng(), size);
    return 0;
  }
  body_ = text_of(data, size);
  frame_stream_->received += size;
  frame_stream_->unconsumed += size;
  return NGHTTP2_ERR_PAUSE;
}

// --- Frames --------------------------------------------------------------------------------------

void H2Session::State::on_frame(const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      return on_headers(ends);
    case NGHTTP2_DATA:
      if (!ends || frame_stream_ == nullptr || frame_stream_->over) return;
      trailers_.clear();  // there may be some of another stream's
      return end_content(*frame_stream_);
    case NGHTTP2_RST_STREAM:
      if (H2Stream* const stream = streams_.find(static_cast<std::uint32_t>(frame.hd.stream_id))) {
        stream->peer_reset = true;
      }
      return;
    case NGHTTP2_SETTINGS:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) return;
      settings_seen_ = true;
      push_note(Event::settings, nullptr);
      return;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) on_pong(frame.ping.opaque_data);
      return;
    case NGHTTP2_GOAWAY:
      return on_goaway(frame.goaway);
    default:
      return;
  }
}

void H2Session::State::on_pong(const std::uint8_t* payload) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | payload[i];
  if (!ping_unanswered_ || number != pings_) return;  // an answer to nothing that we asked
  ping_unanswered_ = false;
  push_note(Event::pong, nullptr);
}

/// RFC 9113 §6.8. nghttp2 has checked that the last stream is not raised, and closes those above.
void H2Session::State::on_goaway(const nghttp2_goaway& frame) {
  going_away_ = goaway_read_ = true;
  goaway_code_ = frame.error_code;
  last_stream_ = static_cast<std::uint32_t>(frame.last_stream_id);
  Note& note = push_note(Event::goaway, nullptr);
  note.code = goaway_code_;
  note.detail = "the peer sent GOAWAY " + h2_code_text(goaway_code_);
  if (frame.opaque_data_len == 0) return;
  note.detail += ": " + h2_shown(text_of(frame.opaque_data, frame.opaque_data_len));
}

/// What the GOAWAY just read leaves without an answer: the streams above its last one, and those
/// not yet begun, which may not be begun any more. A peer that has begun to answer one of them has
/// acted on it, whatever it says now.
void H2Session::State::refuse_above_goaway() {
  goaway_read_ = false;
  streams_.each([this](H2Stream& stream) {
    if (stream.begun || stream.over || stream.closed) return;
    strike_off(stream);
    refused_.push_back(&stream);
  });
  std::sort(refused_.begin(), refused_.end(),
            [](const H2Stream* a, const H2Stream* b) { return a->id < b->id; });
  for (H2Stream* const stream : refused_) {
    push_reset(*stream, ErrorCode::stream_refused, goaway_code_, !stream->answered,
               "the peer went away (" + h2_code_text(goaway_code_) + ") before this request");
  }
  refused_.clear();
}

// --- Ends of streams -----------------------------------------------------------------------------

void H2Session::State::on_stream_close(std::uint32_t id, std::uint32_t code) {
  H2Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->closed) return;
  stream->closed = true;
  stream->given = {};
  --open_;
  if (stream->over) {
    if (stream->ended && stream->has_body && !stream->request_ended) {
      Note& note = push_note(Event::reset, stream);
      note.error = h2_stream_error(code);
      note.code = code;
      note.refused = false;
      note.detail = "the stream ended with " + h2_code_text(code) + " before the request did";
    }
    return settle(*stream);
  }
  if (goaway_read_) {
    refused_.push_back(stream);
  } else if (stream->peer_reset) {
    // A refusal after an answer has begun is no proof of anything.
    const bool refused = code == NGHTTP2_REFUSED_STREAM && !stream->answered;
    push_reset(*stream, h2_stream_error(code), code, refused,
               "the peer ended the stream with " + h2_code_text(code));
  } else if (code != NGHTTP2_COMPRESSION_ERROR) {
    // nghttp2 has ended it. Not so over compression: that is the connection's end
    // (RFC 9113 §4.3), and its streams are the caller's.
    push_reset(*stream, ErrorCode::protocol_error, code, false,
               "we ended the stream with " + h2_code_text(code));
  }
}

/// A RST_STREAM that waited while the peer reset the stream itself has nobody to tell (RFC 9113
/// §5.4.2).
bool H2Session::State::may_send(const nghttp2_frame& frame) const {
  if (frame.hd.type != NGHTTP2_RST_STREAM) return true;
  const H2Stream* const stream = streams_.find(static_cast<std::uint32_t>(frame.hd.stream_id));
  return stream != nullptr && !stream->peer_reset;
}

// --- Notes ---------------------------------------------------------------------------------------

H2Session::State::Note& H2Session::State::push_note(Event event, H2Stream* stream) {
  Note& note = notes_.push();
  note.event = event;
  note.stream = stream;
  return note;
}

void H2Session::State::push_end(H2Stream& stream) {
  stream.ended = stream.over = true;
  push_note(Event::end, &stream);
  settle(stream);
}

void H2Session::State::push_reset(H2Stream& stream, ErrorCode error, std::uint32_t code,
                                  bool refused, std::string detail) {
  stream.over = true;
  stream.given = {};
  refund(stream);
  Note& note = push_note(Event::reset, &stream);
  note.error = error;
  note.code = code;
  note.refused = refused;
  note.detail = std::move(detail);
  settle(stream);
}

/// We end it. False, for callers that pass it on.
bool H2Session::State::fail_stream(H2Stream& stream, ErrorCode error, H2Code code,
                                   std::string detail) {
  push_reset(stream, error, static_cast<std::uint32_t>(code), false, std::move(detail));
  nghttp2_submit_rst_stream(ng(), NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(stream.id),
                            static_cast<std::uint32_t>(code));
  return false;
}

}  // namespace holdfast::wire
