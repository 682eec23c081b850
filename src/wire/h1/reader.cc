// llhttp parses the lines of heads and trailer sections, and nothing else. What the fields mean for
// the framing is judged here (FramingFields), because it depends on the request's method and on the
// status; bodies are counted here. llhttp is made to pause at the end of each head; between heads
// it is set up anew rather than led on, so that nothing of one message can reach into the next.
//
// Invariants: 1. llhttp sees no byte beyond the head limit. 2. Every byte that llhttp consumes
// passes LineEnds. 3. name_ and value_ point into the input only while a call lasts. 4. A failure
// found in the bytes before a point outranks one found at that point, so that the cut of the input
// does not choose the verdict.
#include "wire/h1/reader.h"

#include <llhttp.h>

#include <algorithm>
#include <string>
#include <utility>

#include "wire/field_text.h"
#include "wire/h1/chunk_framing.h"
#include "wire/h1/framing_fields.h"
#include "wire/h1/keep_alive.h"
#include "wire/h1/line_ends.h"

namespace holdfast::wire {
namespace {

/// llhttp 8 lets a space inside a field's name pass unless it was built in its strict mode.
#if LLHTTP_VERSION_MAJOR >= 9 || LLHTTP_STRICT_MODE
constexpr bool kNamesAreTokens = true;
#else
constexpr bool kNamesAreTokens = false;
#endif

/// A trailer section is read as the fields of a head whose status line is this.
constexpr std::string_view kTrailersLead = "HTTP/1.1 200\r\n";
/// Of the status in a status line: "HTTP/1.1 200" (RFC 9112 §4).
constexpr std::size_t kStatusAt = 9;

}  // namespace

struct H1Reader::State {
  enum class Phase : std::uint8_t {
    head,         // a status line and fields are due or under way
    counted,      // remaining_ bytes of body are due
    until_close,  // the body lasts as long as the connection
    chunk_line,   // a chunk's size line, and before it the end of the chunk before
    chunk_data,   // remaining_ bytes of a chunk's data are due
    trailers,     // after the last chunk's size line
    ending,       // complete, `end` is still to be reported
    done,         // `end` was reported, or nothing was ever expected
    failed,
  };

  State() { llhttp_init(&parser_, HTTP_RESPONSE, &kSettings); }

  void expect(std::string_view method, const LimitPolicy& limits);
  Event next(std::string_view& input);
  Event finish();

  Event read_head(std::string_view& input);
  Event read_counted(std::string_view& input, Phase next);
  Event read_chunk_line(std::string_view& input);
  Event read_trailers(std::string_view& input);

  void begin_lines();
  Event end_head();
  Event end_interim();
  Event choose_framing();
  llhttp_errno_t feed_lines(std::string_view& input);
  Event need_more_of_head();
  void keep_texts(const char* to);
  bool ends_line_before(const char* at) const;
  Event fail(ErrorCode code, std::string detail);
  Event fail_from(llhttp_errno_t error);

  static State& of(llhttp_t* parser) { return *static_cast<State*>(parser->data); }
  int add_field(std::string_view name, std::string_view value);
  static constexpr llhttp_settings_t make_settings();
  static const llhttp_settings_t kSettings;

  llhttp_t parser_;
  Phase phase_ = Phase::done;
  bool for_head_ = false;     // the request's method is HEAD
  bool for_connect_ = false;  // … CONNECT
  bool fresh_ = false;        // the next byte begins a head or a trailer section
  bool keeps_alive_ = false;
  bool doubtful_ = false;          // framing fields that would be refused if there were a body
  bool leading_zero_ = false;      // of the status
  bool first_line_blank_ = false;  // the line with the colon has ended before the value began
  std::uint32_t fields_ = 0;
  const LimitPolicy* limits_ = nullptr;
  std::size_t head_bytes_ = 0;       // of the head being read, and of its trailers
  std::uint64_t interim_bytes_ = 0;  // of the interim heads before it
  std::size_t headers_hint_ = 512;
  std::uint64_t remaining_ = 0;
  const char* fed_from_ = nullptr;  // where the bytes given to llhttp begin
  LineEnds line_ends_;
  FramingFields framing_;
  ChunkFraming chunks_;
  FieldText name_;
  FieldValue value_;
  ResponseHead head_;
  Headers trailers_;
  std::string_view body_;
  KeepAlive keep_alive_;
  ErrorCode error_ = ErrorCode::none;
  std::string detail_;
};

// --- What llhttp calls ---------------------------------------------------------------------------

constexpr llhttp_settings_t H1Reader::State::make_settings() {
  llhttp_settings_t s{};
  s.on_status = [](llhttp_t* p, const char* at, std::size_t size) {
    State& self = of(p);
    self.head_.reason.append(at, size);
    if (!has_control({at, size})) return 0;
    self.fail(ErrorCode::protocol_error, "the reason phrase contains a control character");
    return -1;
  };
  s.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) {
    of(p).name_.add(at, size);
    // llhttp knows this field for any other: the framing is not its to judge. It looks at this
    // again after the colon, before which it calls this once more.
    p->header_state = 0;
    return 0;
  };
  s.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
    State& self = of(p);
    if (self.value_.empty()) {
      // Only of Content-Length and Transfer-Encoding does it matter.
      const std::size_t name = self.name_.view().size();
      if ((name == 14 || name == 17) && self.ends_line_before(at)) self.value_.mark_folded();
      self.value_.add(at, size);
    } else {
      // llhttp passes on the whitespace of a fold and drops its CRLF.
      const char before = at == self.fed_from_ ? self.line_ends_.last() : at[-1];
      self.value_.add_more({at, size}, before == '\n');
    }
    return 0;
  };
  s.on_header_value_complete = [](llhttp_t* p) {
    State& self = of(p);
    const int result = self.add_field(self.name_.view(), trimmed(self.value_.view()));
    self.name_.clear();
    self.value_.clear();
    self.first_line_blank_ = false;
    return result;
  };
  s.on_headers_complete = [](llhttp_t*) { return static_cast<int>(HPE_PAUSED); };
  return s;
}

constexpr llhttp_settings_t H1Reader::State::kSettings = H1Reader::State::make_settings();

int H1Reader::State::add_field(std::string_view name, std::string_view value) {
  if (name.empty() || (!kNamesAreTokens && name.find(' ') != name.npos)) {
    fail(ErrorCode::protocol_error, "a field name is empty or contains a space");
    return -1;
  }
  if (fields_ == limits_->max_header_count) {
    fail(ErrorCode::head_too_large,
         "more than " + std::to_string(fields_) + " fields; raise limits.max_header_count");
    return -1;
  }
  ++fields_;
  if (phase_ == Phase::trailers) {
    trailers_.add(name, value);
    return 0;
  }
  if (fields_ == 1) head_.headers.reserve(headers_hint_);
  head_.headers.add(name, value);
  // The sizes tell these from nearly everything else without a call.
  if (name.size() == 10) {
    if (is_name(name, "Connection")) {
      keep_alive_.read_connection(value);
    } else if (is_name(name, "Keep-Alive")) {
      keep_alive_.read(value);
    }
  } else if (name.size() == 14 && is_name(name, "Content-Length")) {
    framing_.add_content_length(value, value_.folded());
  } else if (name.size() == 17 && is_name(name, "Transfer-Encoding")) {
    framing_.add_transfer_encoding(value, value_.folded());
  }
  return 0;
}

// --- Reading -------------------------------------------------------------------------------------

void H1Reader::State::expect(std::string_view method, const LimitPolicy& limits) {
  limits_ = &limits;
  phase_ = Phase::head;
  fresh_ = true;
  for_head_ = method == "HEAD";
  for_connect_ = method == "CONNECT";
  keeps_alive_ = false;
  doubtful_ = false;
  head_bytes_ = 0;
  interim_bytes_ = 0;
  error_ = ErrorCode::none;
  trailers_.clear();
}

H1Reader::Event H1Reader::State::next(std::string_view& input) {
  switch (phase_) {
    case Phase::head:
      return read_head(input);
    case Phase::counted:
      return read_counted(input, Phase::done);
    case Phase::chunk_data:
      return read_counted(input, Phase::chunk_line);
    case Phase::until_close:
      if (input.empty()) return Event::need_more;
      body_ = std::exchange(input, {});
      return Event::body;
    case Phase::chunk_line:
      return read_chunk_line(input);
    case Phase::trailers:
      return read_trailers(input);
    case Phase::ending:
      phase_ = Phase::done;
      return Event::end;
    case Phase::done:
      if (input.empty()) return Event::need_more;
      return fail(ErrorCode::protocol_error, "bytes came that no request had asked for");
    case Phase::failed:
      break;
  }
  return Event::error;
}

/// A body of known length, or the data of one chunk.
H1Reader::Event H1Reader::State::read_counted(std::string_view& input, Phase next) {
  if (remaining_ == 0) {
    phase_ = next;
    return next == Phase::done ? Event::end : read_chunk_line(input);
  }
  if (input.empty()) return Event::need_more;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  body_ = input.substr(0, size);
  input.remove_prefix(size);
  remaining_ -= size;
  return Event::body;
}

H1Reader::Event H1Reader::State::read_chunk_line(std::string_view& input) {
  switch (chunks_.read(input)) {
    case ChunkFraming::Step::need_more:
      return Event::need_more;
    case ChunkFraming::Step::data:
      phase_ = Phase::chunk_data;
      remaining_ = chunks_.size();
      return read_counted(input, Phase::chunk_line);
    case ChunkFraming::Step::last:
      phase_ = Phase::trailers;
      fresh_ = true;
      return read_trailers(input);
    case ChunkFraming::Step::refused:
      break;
  }
  if (chunks_.complaint() != nullptr) return fail(ErrorCode::protocol_error, chunks_.complaint());
  return fail(ErrorCode::protocol_error,
              "a chunk's size line is longer than limits.max_head_bytes (" +
                  std::to_string(limits_->max_head_bytes) + " bytes)");
}

/// Lets llhttp run within the limit on the head's bytes, and takes what it consumed off the input.
/// HPE_PAUSED: the section is complete.
llhttp_errno_t H1Reader::State::feed_lines(std::string_view& input) {
  const std::size_t allowed = std::min(input.size(), limits_->max_head_bytes - head_bytes_);
  fed_from_ = input.data();
  const llhttp_errno_t result = llhttp_execute(&parser_, fed_from_, allowed);
  const char* const to = result == HPE_OK ? fed_from_ + allowed : llhttp_get_error_pos(&parser_);
  if (result == HPE_OK) keep_texts(to);
  const auto consumed = input.substr(0, static_cast<std::size_t>(to - fed_from_));
  head_bytes_ += consumed.size();
  input.remove_prefix(consumed.size());
  const bool complete = result == HPE_PAUSED;
  if (!line_ends_.check(consumed) || (complete && !line_ends_.at_line_end())) {
    fail(ErrorCode::protocol_error, "a line of the head or trailers does not end in CRLF");
  }
  return result;
}

/// The bytes before `to` go away.
void H1Reader::State::keep_texts(const char* to) {
  if (value_.empty() && !name_.view().empty()) first_line_blank_ = ends_line_before(to);
  name_.keep();
  value_.keep();
}

/// Whether a line's end stands before `at`, behind blanks only: between a field's colon and its
/// value that means a fold.
bool H1Reader::State::ends_line_before(const char* at) const {
  while (at != fed_from_) {
    const char before = *--at;
    if (before == '\n') return true;
    if (!is_blank(before)) return false;
  }
  return first_line_blank_;
}

H1Reader::Event H1Reader::State::need_more_of_head() {
  if (head_bytes_ < limits_->max_head_bytes) return Event::need_more;
  return fail(ErrorCode::head_too_large, "more than " + std::to_string(limits_->max_head_bytes) +
                                             " bytes; raise limits.max_head_bytes");
}

/// Before the first line of a head or of a trailer section.
void H1Reader::State::begin_lines() {
  llhttp_init(&parser_, HTTP_RESPONSE, &kSettings);
  parser_.data = this;
  fresh_ = false;
  fields_ = 0;
  name_.clear();
  value_.clear();
  first_line_blank_ = false;
  line_ends_.restart();
}

H1Reader::Event H1Reader::State::read_head(std::string_view& input) {
  if (input.empty()) return Event::need_more;
  if (fresh_) {
    begin_lines();
    head_bytes_ = 0;
    head_.reason.clear();
    head_.headers.clear();
    framing_.clear();
    keep_alive_ = {};
    if (input.front() != 'H') {
      // A TLS record begins with its type: 21 alert, 22 handshake (RFC 8446 §5.1).
      const bool tls = input.front() == '\x15' || input.front() == '\x16';
      return fail(ErrorCode::protocol_error,
                  tls ? "the response is a TLS record, not HTTP/1: is this port for https?"
                      : "the response does not begin with HTTP/1");
    }
  }
  if (head_bytes_ <= kStatusAt && input.size() > kStatusAt - head_bytes_) {
    leading_zero_ = input[kStatusAt - head_bytes_] == '0';
  }
  const llhttp_errno_t result = feed_lines(input);
  if (phase_ == Phase::failed) return Event::error;
  if (result == HPE_OK) return need_more_of_head();
  if (result != HPE_PAUSED) return fail_from(result);
  return end_head();
}

H1Reader::Event H1Reader::State::end_head() {
  fresh_ = true;
  const unsigned status = parser_.status_code;
  if (parser_.http_major != 1) {
    return fail(ErrorCode::protocol_error, "the response's version is HTTP/" +
                                               std::to_string(parser_.http_major) + "." +
                                               std::to_string(parser_.http_minor));
  }
  // RFC 9112 §4: status-code = 3DIGIT. Those from 600 on are responses like any other (SPEC R3).
  if (status < 100 || status > 999 || leading_zero_) {
    return fail(ErrorCode::protocol_error,
                "the status is not a number of three digits from 100 on");
  }
  head_.status = static_cast<std::uint16_t>(status);
  head_.http_major = parser_.http_major;
  head_.http_minor = parser_.http_minor;
  return status < 200 ? end_interim() : choose_framing();
}

H1Reader::Event H1Reader::State::end_interim() {
  if (head_.status == 101) {
    return fail(ErrorCode::protocol_error, "101 Switching Protocols without being asked to");
  }
  if (framing_.complaint() != nullptr) doubtful_ = true;
  interim_bytes_ += std::exchange(head_bytes_, 0);
  if (interim_bytes_ <= limits_->max_interim_bytes) return Event::interim;
  return fail(ErrorCode::interim_too_large, "more than " +
                                                std::to_string(limits_->max_interim_bytes) +
                                                " bytes; raise limits.max_interim_bytes");
}

/// How long the body is (RFC 9112 §6.3, in its order) and whether the connection outlives it
/// (§9.3).
H1Reader::Event H1Reader::State::choose_framing() {
  const bool minor_1 = parser_.http_minor != 0;
  const char* const complaint = framing_.complaint();
  keeps_alive_ = !keep_alive_.says_close && (minor_1 || keep_alive_.says_keep_alive) &&
                 complaint == nullptr && !doubtful_;

  // An HTTP/1.0 sender does not know Transfer-Encoding: what passed it on may have framed the
  // message otherwise, so the connection is closed after it (RFC 9112 §6.1).
  if (framing_.chunked() && !minor_1) keeps_alive_ = false;

  // The next head of this peer will be much like this one: one allocation for its fields.
  headers_hint_ = head_.headers.bytes() + 64;

  const bool tunnel = for_connect_ && head_.status < 300;
  if (for_head_ || tunnel || head_.status == 204 || head_.status == 304) {
    if (tunnel) keeps_alive_ = false;
    phase_ = Phase::ending;
    return Event::head;
  }
  if (complaint != nullptr) return fail(ErrorCode::protocol_error, complaint);
  if (framing_.chunked()) {
    chunks_.begin(limits_->max_head_bytes);
    phase_ = Phase::chunk_line;
  } else if (framing_.has_length()) {
    remaining_ = framing_.length();
    phase_ = Phase::counted;
  } else {
    keeps_alive_ = false;
    phase_ = Phase::until_close;
  }
  return Event::head;
}

H1Reader::Event H1Reader::State::read_trailers(std::string_view& input) {
  if (input.empty()) return Event::need_more;
  if (fresh_) {
    // Nearly always there are none.
    if (input.starts_with("\r\n") && head_bytes_ + 2 <= limits_->max_head_bytes) {
      input.remove_prefix(2);
      phase_ = Phase::done;
      return Event::end;
    }
    begin_lines();
    llhttp_execute(&parser_, kTrailersLead.data(), kTrailersLead.size());
  }
  const llhttp_errno_t result = feed_lines(input);
  if (phase_ == Phase::failed) return Event::error;
  if (result == HPE_OK) return need_more_of_head();
  if (result != HPE_PAUSED) return fail_from(result);
  phase_ = Phase::done;
  return Event::end;
}

H1Reader::Event H1Reader::State::finish() {
  switch (phase_) {
    case Phase::head:
      if (head_bytes_ == 0 && interim_bytes_ == 0) {
        return fail(ErrorCode::connection_closed, "the peer closed it without a byte of response");
      }
      return fail(ErrorCode::response_truncated,
                  fresh_ ? "the peer closed after an interim response" : "within the head");
    case Phase::counted:
      if (remaining_ == 0) break;
      return fail(ErrorCode::response_truncated,
                  "after " + std::to_string(framing_.length() - remaining_) + " of " +
                      std::to_string(framing_.length()) + " bytes of the body");
    case Phase::chunk_line:
    case Phase::chunk_data:
      return fail(ErrorCode::response_truncated, "before the last chunk of the body");
    case Phase::trailers:
      return fail(ErrorCode::response_truncated, "within the trailers");
    case Phase::until_close:
    case Phase::ending:
      break;
    case Phase::done:
      return fail(ErrorCode::connection_closed, "the peer closed it while idle");
    case Phase::failed:
      return Event::error;
  }
  phase_ = Phase::done;
  return Event::end;
}

H1Reader::Event H1Reader::State::fail(ErrorCode code, std::string detail) {
  phase_ = Phase::failed;
  error_ = code;
  detail_ = std::move(detail);
  return Event::error;
}

H1Reader::Event H1Reader::State::fail_from(llhttp_errno_t error) {
  const char* const reason = llhttp_get_error_reason(&parser_);
  std::string detail = reason != nullptr ? reason : "";
  if (detail.empty()) detail = "not parsable";
  return fail(ErrorCode::protocol_error, detail + " (" + llhttp_errno_name(error) + ")");
}

// --- The face ------------------------------------------------------------------------------------

H1Reader::H1Reader() : state_(std::make_unique<State>()) {}
H1Reader::~H1Reader() = default;

void H1Reader::expect_response(std::string_view method, const LimitPolicy& limits) {
  state_->expect(method, limits);
}
H1Reader::Event H1Reader::next(std::string_view& input) { return state_->next(input); }
H1Reader::Event H1Reader::finish() { return state_->finish(); }
ResponseHead& H1Reader::head() { return state_->head_; }
Headers& H1Reader::trailers() { return state_->trailers_; }
std::string_view H1Reader::body() const { return state_->body_; }
bool H1Reader::reusable() const {
  return state_->phase_ == State::Phase::done && state_->keeps_alive_;
}
std::int64_t H1Reader::keep_alive_timeout_s() const { return state_->keep_alive_.timeout_s; }
std::int64_t H1Reader::keep_alive_max() const { return state_->keep_alive_.max; }
ErrorCode H1Reader::error() const { return state_->error_; }
const std::string& H1Reader::detail() const { return state_->detail_; }

}  // namespace holdfast::wire
