// A session's life, what becomes of its windows, and its bytes out.
//
// What nghttp2 sends is recognised by the frames' own bytes rather than by its callbacks: they come
// in order, one a call, and their heads say all that there is to know.
#include "wire/h2/session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "wire/h2/state.h"

namespace holdfast::wire {
namespace {

constexpr std::uint32_t kDefaultWindow = 65'535;  // RFC 9113 §6.9.2
/// What is announced as SETTINGS_MAX_HEADER_LIST_SIZE: advice to the peer (RFC 9113 §10.5.1). The
/// limit is each stream's own.
constexpr std::uint32_t kMaxHeaderList = 64 * 1024;
/// Responses to PING, SETTINGS and misbehaviour that are kept while the peer reads nothing.
constexpr std::size_t kLeastHeldControl = 64 * 1024;
constexpr std::size_t kPingFrame = kFrameHead + 8;

struct FreeOption {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct FreeCallbacks {
  void operator()(nghttp2_session_callbacks* callbacks) const {
    nghttp2_session_callbacks_del(callbacks);
  }
};

std::unique_ptr<nghttp2_option, FreeOption> make_options() {
  nghttp2_option* option = nullptr;
  HF_CHECK(nghttp2_option_new(&option) == 0);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_http_messaging(option, 1);  // ours: h2_field.h says why
  // A request's head has no limit of ours; the peer's own is for the peer to enforce.
  nghttp2_option_set_max_send_header_block_length(option, 16U << 20);
  // Its limits that are no protocol's: ours count what it counts, by the instants given.
  nghttp2_option_set_max_settings(option, kMostFrameBytes / kSettingBytes);
#ifdef HOLDFAST_NGHTTP2_MAX_CONTINUATIONS
  nghttp2_option_set_max_continuations(option, 1U << 20);
#endif
#ifdef HOLDFAST_NGHTTP2_GLITCH_RATE_LIMIT
  nghttp2_option_set_glitch_rate_limit(option, 1U << 30, 1U << 30);
#endif
  return std::unique_ptr<nghttp2_option, FreeOption>(option);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

}  // namespace

H2Session::State::State(const Http2Policy& policy, std::uint32_t first_stream)
    : safe_window_(std::min(kDefaultWindow, policy.stream_window_bytes)),
      flood_(policy.flood_allowance),
      most_held_control_(std::max(kLeastHeldControl, kPingFrame * policy.flood_allowance)) {
  loss_.event = Event::error;
  const std::unique_ptr<nghttp2_session_callbacks, FreeCallbacks> callbacks(make_callbacks());
  nghttp2_session* session = nullptr;
  nghttp2_mem memory = memory_.hooks();
  HF_CHECK(nghttp2_session_client_new3(&session, callbacks.get(), this, make_options().get(),
                                       &memory) == 0);
  session_.reset(session);
  HF_CHECK(nghttp2_session_set_next_stream_id(ng(), static_cast<std::int32_t>(first_stream)) == 0);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, policy.stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderList},
  };
  HF_CHECK(nghttp2_submit_settings(ng(), NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0);
  const auto window = static_cast<std::int32_t>(policy.connection_window_bytes);
  HF_CHECK(nghttp2_session_set_local_window_size(ng(), NGHTTP2_FLAG_NONE, 0, window) == 0);
}

// --- Windows -------------------------------------------------------------------------------------

void H2Session::State::consume(std::uint32_t id, std::size_t bytes) {
  H2Stream* const stream = streams_.find(id);
  if (stream == nullptr) return;
  const std::uint64_t taken = std::min<std::uint64_t>(bytes, stream->unconsumed);
  const std::uint64_t lent = std::min(taken, stream->lent);
  stream->unconsumed -= taken;
  stream->lent -= lent;
  nghttp2_session_consume_connection(ng(), taken - lent);
  if (stream->over) {
    settle(*stream);
  } else {
    nghttp2_session_consume_stream(ng(), static_cast<std::int32_t>(id), taken);
  }
}

void H2Session::State::lend(std::uint32_t id, std::size_t bytes) {
  H2Stream* const stream = streams_.find(id);
  if (stream == nullptr) return;
  const std::uint64_t more = std::min<std::uint64_t>(bytes, stream->unconsumed - stream->lent);
  stream->lent += more;
  nghttp2_session_consume_connection(ng(), more);
}

/// What a dead stream's consumer has not taken must not be lacking to the others (RFC 9113 §6.9).
void H2Session::State::refund(H2Stream& stream) {
  if (stream.unconsumed == 0) return;
  nghttp2_session_consume_connection(ng(), stream.unconsumed - stream.lent);
  stream.unconsumed = stream.lent = 0;
}

void H2Session::State::settle(H2Stream& stream) {
  if (!stream.closed || !stream.over || stream.unconsumed != 0 || stream.retired) return;
  stream.retired = true;
  retired_.push_back(&stream);
}

/// Ends a stream whose HEADERS wait in nghttp2 until the peer admits another stream. nghttp2 keeps
/// them until then, marked as cancelled, and only then reports the stream closed.
void H2Session::State::strike_off(H2Stream& stream) {
  nghttp2_submit_rst_stream(ng(), NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(stream.id),
                            NGHTTP2_CANCEL);
  stream.closed = true;
  --open_;
}

void H2Session::State::reset_by_caller(std::uint32_t id, std::uint32_t code) {
  H2Stream* const stream = streams_.find(id);
  if (stream == nullptr) return;
  stream->over = stream->muted = true;
  stream->given = {};
  refund(*stream);
  if (!stream->begun && !stream->closed) {
    strike_off(*stream);
  } else if (!stream->closed) {
    nghttp2_submit_rst_stream(ng(), NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(id), code);
  }
  settle(*stream);
}

// --- Bytes out -----------------------------------------------------------------------------------

void H2Session::State::take(std::string& out, std::size_t about) {
  if (!held_.empty()) {
    out.append(held_);
    held_.clear();
    held_control_ = 0;
    if (held_.capacity() > 4096) held_.shrink_to_fit();
  }
  produce(out, about);
}

void H2Session::State::produce(std::string& out, std::size_t about) {
  out_ = &out;
  about_ = about;
  while (out.size() < about) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(ng(), &data);
    if (size < 0) lose(ErrorCode::http2_error, H2Code::internal_error, nghttp2_strerror(int(size)));
    if (size <= 0) break;
    const std::string_view bytes(reinterpret_cast<const char*>(data),
                                 static_cast<std::size_t>(size));
    note_framed(bytes);
    out.append(bytes);
  }
  out_ = nullptr;
}

/// Frames at once what nghttp2 has queued in answer to a frame; a little of what else is due may be
/// framed along with it. DATA is not, beyond one frame: it has a queue of its own.
void H2Session::State::flush_control() {
  while (nghttp2_session_get_outbound_queue_size(ng()) != 0) {
    const std::size_t before = held_.size();
    produce(held_, before + 1);
    if (held_.size() == before) break;
  }
  if (held_control_ <= most_held_control_) return;
  lose_flooded("the peer sends PING or SETTINGS frames and does not read the responses");
}

/// One frame, or the preface.
void H2Session::State::note_framed(std::string_view bytes) {
  const std::uint64_t at = framed_;
  framed_ += bytes.size();
  if (!preface_framed_) {
    preface_framed_ = true;
    return;
  }
  const auto type = static_cast<std::uint8_t>(bytes[3]);
  const auto flags = static_cast<std::uint8_t>(bytes[4]);
  if (type == NGHTTP2_HEADERS || type == NGHTTP2_CONTINUATION) {
    H2Stream* const stream = streams_.find(number_at(bytes, 5));
    if (stream == nullptr) return;
    if (!stream->begun) {
      stream->begun = true;
      push_progress(Progress::Kind::begun, *stream, at);
    }
    if (!stream->has_body && (flags & NGHTTP2_FLAG_END_HEADERS) != 0) {
      push_progress(Progress::Kind::sent, *stream, framed_);
    }
    return;
  }
  if (out_ == &held_) held_control_ += bytes.size();
  if (type == NGHTTP2_GOAWAY) note_goaway_sent(bytes);
}

/// nghttp2 says in no other way that it has found the connection beyond repair.
void H2Session::State::note_goaway_sent(std::string_view frame) {
  const std::uint32_t code = number_at(frame, kFrameHead + 4);
  if (code == NGHTTP2_NO_ERROR || lost_) return;
  lost_ = true;
  loss_.error = ErrorCode::http2_error;
  loss_.code = code;
  loss_.detail = "we ended it with " + h2_code_text(code);
  const std::string_view reason = frame.substr(kFrameHead + 8);
  if (!reason.empty()) loss_.detail.append(": ").append(reason);
}

void H2Session::State::push_progress(Progress::Kind kind, const H2Stream& stream,
                                     std::uint64_t offset, std::size_t bytes) {
  progress_.push(Progress{kind, stream.id, stream.tag, offset, bytes});
}

// --- The face ------------------------------------------------------------------------------------

H2Session::H2Session(const Http2Policy& policy, std::uint32_t first_stream)
    : state_(std::make_unique<State>(policy, first_stream)) {}
H2Session::~H2Session() = default;

std::uint32_t H2Session::open(const H2RequestHead& head, const LimitPolicy& limits,
                              std::uint64_t tag) {
  return state_->open(head, limits, tag);
}
void H2Session::give(std::uint32_t stream, std::string_view bytes, bool last) {
  state_->give(stream, bytes, last);
}
void H2Session::reset(std::uint32_t stream, std::uint32_t code) {
  state_->reset_by_caller(stream, code);
}
void H2Session::consume(std::uint32_t stream, std::size_t bytes) { state_->consume(stream, bytes); }
void H2Session::lend(std::uint32_t stream, std::size_t bytes) { state_->lend(stream, bytes); }

void H2Session::ping() {
  if (state_->ping_unanswered_) return;
  state_->ping_unanswered_ = true;
  std::uint8_t payload[8];
  const std::uint64_t number = ++state_->pings_;
  for (int i = 0; i < 8; ++i) payload[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  nghttp2_submit_ping(state_->ng(), NGHTTP2_FLAG_NONE, payload);
}

void H2Session::say_goodbye() {
  if (std::exchange(state_->goodbye_said_, true)) return;
  nghttp2_submit_goaway(state_->ng(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
}

void H2Session::rest() {
  constexpr std::size_t kMostKept = 16;  // blocks of memory
  if (state_->streams_.size() == 0 && state_->memory_.kept() > kMostKept) state_->memory_.trim();
}

std::size_t H2Session::spare_blocks() const { return state_->memory_.kept(); }

bool H2Session::wants_write() const {
  return !state_->held_.empty() || nghttp2_session_want_write(state_->ng()) != 0;
}
void H2Session::take(std::string& out, std::size_t about) { state_->take(out, about); }

bool H2Session::next_progress(Progress& progress) {
  if (state_->progress_.empty()) return false;
  progress = state_->progress_.pop();
  return true;
}

H2Session::Event H2Session::next(std::string_view& input, base::Instant now) {
  return state_->next(input, now);
}

std::uint32_t H2Session::stream() const { return state_->told_stream_; }
std::uint64_t H2Session::tag() const { return state_->told_tag_; }
ResponseHead& H2Session::head() { return state_->head_; }
std::string_view H2Session::body() const { return state_->body_; }
Headers& H2Session::trailers() { return state_->trailers_; }
ErrorCode H2Session::error() const { return state_->told_.error; }
std::uint32_t H2Session::code() const { return state_->told_.code; }
bool H2Session::refused() const { return state_->told_.refused; }
const std::string& H2Session::detail() const { return state_->told_.detail; }
std::uint32_t H2Session::last_stream() const { return state_->last_stream_; }
bool H2Session::settings_seen() const { return state_->settings_seen_; }
bool H2Session::going_away() const { return state_->going_away_; }
std::uint32_t H2Session::open_streams() const { return state_->open_; }

std::uint32_t H2Session::peer_max_streams() const {
  return nghttp2_session_get_remote_settings(state_->ng(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

}  // namespace holdfast::wire
