// llhttp parses heads, chunk lines and trailers. Bodies delimited by Content-Length or by the close
// are only counted, here: that saves two calls into the parser per response and a look at each
// byte. llhttp is made to pause at each event; between heads it is set up anew rather than led on,
// so that nothing of one message can reach into the next.
//
// Invariants: 1. llhttp sees no byte beyond the head limit. 2. Every byte of framing passes
// LineEnds, whatever llhttp thinks of it. 3. name_ and value_ point into the input only while a
// call lasts. 4. A failure found in the bytes before a point outranks one found at that point, so
// that the cut of the input does not choose the verdict.
#include "wire/h1_reader.h"

#include <llhttp.h>

#include <algorithm>
#include <string>
#include <utility>

#include "wire/field_text.h"
#include "wire/keep_alive.h"
#include "wire/line_ends.h"

namespace holdfast::wire {
namespace {

/// llhttp 8 lets a space inside a field's name pass unless it was built in its strict mode.
#if LLHTTP_VERSION_MAJOR >= 9 || LLHTTP_STRICT_MODE
constexpr bool kNamesAreTokens = true;
#else
constexpr bool kNamesAreTokens = false;
#endif

std::string_view view_between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

}  // namespace

struct H1Reader::State {
  enum class Phase : std::uint8_t {
    head,         // a status line and fields are due or under way
    counted,      // remaining_ bytes of body are due
    until_close,  // the body lasts as long as the connection
    chunked,      // a chunk's size line, data or end
    trailers,     // after the last chunk's size line
    ending,       // complete, `end` is still to be said
    done,         // `end` was said, or nothing was ever expected
    failed,
  };

  State() { llhttp_init(&parser_, HTTP_RESPONSE, &kSettings); }

  void expect(std::string_view method, const LimitPolicy& limits);
  Event next(std::string_view& input);
  Event finish();

  Event read_head(std::string_view& input);
  Event read_counted(std::string_view& input);
  Event read_chunked(std::string_view& input);
  Event read_trailers(std::string_view& input);

  void begin_head();
  Event end_head();
  Event choose_framing();
  llhttp_errno_t feed(std::string_view& input);
  llhttp_errno_t feed_lines(std::string_view& input);
  Event need_more_of_head();
  bool account_framing(const char* until, bool complete);
  Event fail(ErrorCode code, std::string detail);
  Event fail_from(llhttp_errno_t error);

  static State& of(llhttp_t* parser) { return *static_cast<State*>(parser->data); }
  int add_field(std::string_view name, std::string_view value);
  int on_body(const char* at, std::size_t size);
  static constexpr llhttp_settings_t make_settings();
  static const llhttp_settings_t kSettings;

  llhttp_t parser_;
  Phase phase_ = Phase::done;
  bool for_head_ = false;     // the request's method is HEAD
  bool for_connect_ = false;  // … CONNECT
  bool fresh_ = false;        // the next byte begins a head
  bool keeps_alive_ = false;
  bool last_chunk_ = false;
  bool after_data_ = false;  // of a chunk: what follows begins with its CRLF
  bool te_chunked_ = false;
  std::uint32_t te_fields_ = 0;
  std::uint32_t fields_ = 0;
  std::uint32_t interims_ = 0;
  const LimitPolicy* limits_ = nullptr;
  std::size_t head_bytes_ = 0;
  std::size_t framing_bytes_ = 0;  // since the last byte of chunk data
  std::size_t headers_hint_ = 512;
  std::uint64_t remaining_ = 0;
  std::uint64_t content_length_ = 0;
  const char* framing_from_ = nullptr;
  LineEnds line_ends_;
  FieldText name_, value_;
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
    return 0;
  };
  s.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
    of(p).value_.add(at, size);
    return 0;
  };
  s.on_header_value_complete = [](llhttp_t* p) {
    State& self = of(p);
    const int result = self.add_field(self.name_.view(), trimmed(self.value_.view()));
    self.name_.clear();
    self.value_.clear();
    return result;
  };
  s.on_headers_complete = [](llhttp_t*) { return static_cast<int>(HPE_PAUSED); };
  s.on_message_complete = [](llhttp_t*) { return static_cast<int>(HPE_PAUSED); };
  s.on_chunk_header = [](llhttp_t* p) {
    if (p->content_length != 0) return 0;
    // Trailers follow: they are counted and checked as a head is.
    of(p).last_chunk_ = true;
    return static_cast<int>(HPE_PAUSED);
  };
  // The generated parser honours a pause from a span's callback as from any other, at the span's
  // end.
  s.on_body = [](llhttp_t* p, const char* at, std::size_t size) { return of(p).on_body(at, size); };
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
    if (same_name(name, "Connection")) {
      keep_alive_.read_connection(value);
    } else if (same_name(name, "Keep-Alive")) {
      keep_alive_.read(value);
    }
  } else if (name.size() == 17 && same_name(name, "Transfer-Encoding")) {
    ++te_fields_;
    te_chunked_ = same_name(value, "chunked");
  }
  return 0;
}

int H1Reader::State::on_body(const char* at, std::size_t size) {
  if (at != framing_from_ && !account_framing(at, true)) return -1;
  framing_bytes_ = 0;
  after_data_ = true;
  line_ends_.restart();
  framing_from_ = at + size;
  body_ = {at, size};
  return HPE_PAUSED;
}

/// Chunk lines are bounded each: an extension without end is an attack on patience and memory
/// (RFC 9112 §7.1.1).
bool H1Reader::State::account_framing(const char* until, bool complete) {
  const std::string_view framing = view_between(framing_from_, until);
  framing_from_ = until;
  // Without its strict mode llhttp takes any two bytes for the end of a chunk's data.
  const bool bad_data_end =
      after_data_ && framing_bytes_ == 0 && !framing.empty() && framing.front() != '\r';
  framing_bytes_ += framing.size();
  if (!line_ends_.check(framing) || (complete && !line_ends_.at_line_end()) || bad_data_end) {
    fail(ErrorCode::protocol_error, "a chunk's line does not end in CRLF");
  } else if (framing_bytes_ > limits_->max_head_bytes) {
    fail(ErrorCode::protocol_error, "a chunk's size line is longer than limits.max_head_bytes (" +
                                        std::to_string(limits_->max_head_bytes) + " bytes)");
  }
  return phase_ != Phase::failed;
}

// --- Reading -------------------------------------------------------------------------------------

void H1Reader::State::expect(std::string_view method, const LimitPolicy& limits) {
  limits_ = &limits;
  phase_ = Phase::head;
  fresh_ = true;
  for_head_ = method == "HEAD";
  for_connect_ = method == "CONNECT";
  keeps_alive_ = false;
  head_bytes_ = 0;
  interims_ = 0;
  error_ = ErrorCode::none;
  trailers_.clear();
}

H1Reader::Event H1Reader::State::next(std::string_view& input) {
  switch (phase_) {
    case Phase::head:
      return read_head(input);
    case Phase::counted:
      return read_counted(input);
    case Phase::until_close:
      if (input.empty()) return Event::need_more;
      body_ = std::exchange(input, {});
      return Event::body;
    case Phase::chunked:
      return read_chunked(input);
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

H1Reader::Event H1Reader::State::read_counted(std::string_view& input) {
  if (remaining_ == 0) {
    phase_ = Phase::done;
    return Event::end;
  }
  if (input.empty()) return Event::need_more;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  body_ = input.substr(0, size);
  input.remove_prefix(size);
  remaining_ -= size;
  return Event::body;
}

/// Lets llhttp run; takes what it consumed off the input. HPE_PAUSED: an event is there.
llhttp_errno_t H1Reader::State::feed(std::string_view& input) {
  const char* const from = input.data();
  const llhttp_errno_t result = llhttp_execute(&parser_, from, input.size());
  const std::size_t consumed =
      result == HPE_OK ? input.size()
                       : static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - from);
  input.remove_prefix(consumed);
  return result;
}

/// feed() for heads and trailers: within the limit on their bytes, line ends checked.
llhttp_errno_t H1Reader::State::feed_lines(std::string_view& input) {
  std::string_view allowed = input.substr(0, limits_->max_head_bytes - head_bytes_);
  const char* const from = input.data();
  const llhttp_errno_t result = feed(allowed);
  const std::string_view consumed = view_between(from, allowed.data());
  head_bytes_ += consumed.size();
  input.remove_prefix(consumed.size());
  const bool complete = result == HPE_PAUSED;
  if (!line_ends_.check(consumed) || (complete && !line_ends_.at_line_end())) {
    fail(ErrorCode::protocol_error,
         "a line of the head or trailers is folded or does not end in CRLF");
  }
  return result;
}

H1Reader::Event H1Reader::State::need_more_of_head() {
  name_.keep();
  value_.keep();
  if (head_bytes_ < limits_->max_head_bytes) return Event::need_more;
  return fail(ErrorCode::head_too_large, "more than " + std::to_string(limits_->max_head_bytes) +
                                             " bytes; raise limits.max_head_bytes");
}

void H1Reader::State::begin_head() {
  llhttp_init(&parser_, HTTP_RESPONSE, &kSettings);
  parser_.data = this;
  fresh_ = false;
  head_.reason.clear();
  head_.headers.clear();
  fields_ = 0;
  te_fields_ = 0;
  te_chunked_ = false;
  keep_alive_ = {};
  name_.clear();
  value_.clear();
  line_ends_.restart();
}

H1Reader::Event H1Reader::State::read_head(std::string_view& input) {
  if (input.empty()) return Event::need_more;
  if (fresh_) {
    begin_head();
    if (input.front() != 'H') {
      // A TLS record begins with its type: 21 alert, 22 handshake (RFC 8446 §5.1).
      const bool tls = input.front() == '\x15' || input.front() == '\x16';
      return fail(ErrorCode::protocol_error,
                  tls ? "the answer is a TLS record, not HTTP/1: is this port for https?"
                      : "the response does not begin with HTTP/1");
    }
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
  if (status < 100 || status > 599) {
    return fail(ErrorCode::protocol_error,
                "the status " + std::to_string(status) + " is not within 100 to 599");
  }
  head_.status = static_cast<std::uint16_t>(status);
  head_.http_major = parser_.http_major;
  head_.http_minor = parser_.http_minor;
  // llhttp has to be of the same opinion: it is the one that reads the chunks.
  const bool chunked = te_chunked_ && (parser_.flags & F_CHUNKED) != 0;
  if (te_fields_ > 1 || (te_fields_ == 1 && !chunked)) {
    return fail(ErrorCode::protocol_error,
                "the Transfer-Encoding is something other than one \"chunked\"");
  }
  if (te_fields_ != 0 && (parser_.flags & F_CONTENT_LENGTH) != 0) {
    return fail(ErrorCode::protocol_error, "both Content-Length and Transfer-Encoding are given");
  }
  if (status >= 200) return choose_framing();
  if (status == 101) {
    return fail(ErrorCode::protocol_error, "101 Switching Protocols without being asked to");
  }
  if (++interims_ > limits_->max_interim_responses) {
    return fail(ErrorCode::protocol_error, "more than " + std::to_string(interims_ - 1) +
                                               " interim responses; raise "
                                               "limits.max_interim_responses");
  }
  return Event::interim;
}

/// How long the body is (RFC 9112 §6.3) and whether the connection outlives it (§9.3).
H1Reader::Event H1Reader::State::choose_framing() {
  const bool chunked = te_fields_ != 0;
  const bool minor_1 = parser_.http_minor != 0;
  keeps_alive_ = !keep_alive_.says_close && (minor_1 || keep_alive_.says_keep_alive);
  // An HTTP/1.0 sender does not know Transfer-Encoding: what passed it on may have framed the
  // message otherwise, so the connection is closed after it (RFC 9112 §6.1).
  if (chunked && !minor_1) keeps_alive_ = false;

  // The next head of this peer will be much like this one: one allocation for its fields.
  headers_hint_ = head_.headers.bytes() + 64;

  const bool tunnel = for_connect_ && head_.status < 300;
  content_length_ = parser_.content_length;
  if (for_head_ || tunnel || head_.status == 204 || head_.status == 304) {
    if (tunnel) keeps_alive_ = false;
    phase_ = Phase::ending;
  } else if (chunked) {
    llhttp_resume(&parser_);
    line_ends_.restart();
    framing_bytes_ = 0;
    after_data_ = false;
    last_chunk_ = false;
    phase_ = Phase::chunked;
  } else if ((parser_.flags & F_CONTENT_LENGTH) != 0) {
    remaining_ = content_length_;
    phase_ = Phase::counted;
  } else {
    keeps_alive_ = false;
    phase_ = Phase::until_close;
  }
  return Event::head;
}

H1Reader::Event H1Reader::State::read_chunked(std::string_view& input) {
  if (input.empty()) return Event::need_more;
  framing_from_ = input.data();
  body_ = {};
  const llhttp_errno_t result = feed(input);
  if (phase_ == Phase::failed) return Event::error;
  if (result == HPE_PAUSED && !last_chunk_) {
    llhttp_resume(&parser_);
    return Event::body;
  }
  if (!account_framing(input.data(), result == HPE_PAUSED)) return Event::error;
  if (result == HPE_OK) return Event::need_more;
  if (result != HPE_PAUSED) return fail_from(result);
  llhttp_resume(&parser_);
  phase_ = Phase::trailers;
  fields_ = 0;
  return read_trailers(input);
}

H1Reader::Event H1Reader::State::read_trailers(std::string_view& input) {
  if (input.empty()) return Event::need_more;
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
      if (head_bytes_ == 0) {
        return fail(ErrorCode::connection_closed, "the peer closed it without a byte of response");
      }
      return fail(ErrorCode::response_truncated,
                  fresh_ ? "the peer closed after an interim response" : "within the head");
    case Phase::counted:
      if (remaining_ == 0) break;
      return fail(ErrorCode::response_truncated,
                  "after " + std::to_string(content_length_ - remaining_) + " of " +
                      std::to_string(content_length_) + " bytes of the body");
    case Phase::chunked:
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
