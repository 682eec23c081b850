// The half of an HTTP/2 connection that reads: what the judge lets through becomes requests, which
// rules and limiters meet; windows are given back as content is read.
#include <algorithm>
#include <utility>

#include "fault_server/answer/builtin.h"
#include "fault_server/h2/connection.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"
#include "fault_server/session/exchange_gates.h"

namespace fault {
namespace {

using Kind = H2Event::Kind;

constexpr std::size_t kMostControl = 64 * 1024;  // answers to frames, such as PING ACKs
constexpr std::size_t kMostStreams = 4096;       // whatever a script allows
constexpr std::uint32_t kGiveBackFrom = 16 * 1024;

std::string quoted_code(std::uint32_t code) { return " " + h2_code_name(code); }

}  // namespace

bool H2Connection::may_consume() const {
  return !hold_input_ && (control_.size() < kMostControl || muted_);
}

void H2Connection::consume(Now now) {
  while (!closed_ && may_consume()) {
    if (strike_head_if_due(now) || race_if_due(now)) return;
    std::string_view view = unread();
    const std::size_t before = view.size();
    H2Event event = judge_.next(view, now.mono);
    input_at_ += before - view.size();
    consumed_ += before - view.size();
    if (event.kind == Kind::kNeedMore) return;
    take(event, now);
  }
}

// @head: has so much of the first HEADERS frame come?
bool H2Connection::strike_head_if_due(Now now) {
  if (!head_strike_at_ || !judge_.preface_done()) return false;
  const auto head = peek_frame(unread());
  if (!head || head->type != static_cast<std::uint8_t>(H2Type::kHeaders)) return false;
  const std::uint64_t whole = kH2FrameHeader + head->length;
  if (unread().size() < std::min(*head_strike_at_, whole)) return false;
  head_strike_at_.reset();
  hold_input_ = true;
  begin_own_fault(*own_step_, now);
  return true;
}

// The request that meets the close. The judge of the client has to know of it, but nobody matched,
// counted or answered it.
bool H2Connection::race_if_due(Now now) {
  if (!race_ || in_flight_ != 0) return false;
  const auto head = peek_frame(unread());
  if (!head || head->type != static_cast<std::uint8_t>(H2Type::kHeaders)) return false;
  Entry fault = shared_.entry(EntryType::kFault, now);
  fault.conn = serial();
  fault.notes.emplace_back("race");
  shared_.journal.add(std::move(fault));
  std::string_view view = unread();
  H2Event event = judge_.next(view, now.mono);
  if (event.kind == Kind::kHead) {
    H2Stream raced;
    raced.id = event.stream;
    raced.exchange.serial = shared_.next_exchange++;
    raced.exchange.head = std::move(event.request.head);
    note_request(raced, "raced: not processed", now);
  }
  close(ClosedBy::kFault, *race_, now);
  return true;
}

void H2Connection::take(H2Event& event, Now now) {
  if (!event.violation.empty() && event.kind != Kind::kHead) {
    note_violation(event.violation, event.stream, now);
  }
  switch (event.kind) {
    case Kind::kSettings:
      return apply_settings(event.settings, now);
    case Kind::kPing:
      return answer_ping(event.data, now);
    case Kind::kPingAck:
      if (grace_until_) end_grace(now);
      return;
    case Kind::kGoaway:
      return note_frame(
          "received GOAWAY last=" + std::to_string(event.last) + quoted_code(event.code), 0, 0,
          now);
    case Kind::kReset:
      return client_reset(event, now);
    case Kind::kWindow:
      return widen(event, now);
    case Kind::kHead:
      return begin_request(event, now);
    case Kind::kBody:
      taken_ += event.amount;
      take_body(event, now);
      return give_back_connection();
    case Kind::kDiscarded:
      taken_ += event.amount;
      return give_back_connection();
    case Kind::kEnd:
      if (H2Stream* stream = find(event.stream)) stream->ended = true;
      return;
    case Kind::kStreamError:
      if (H2Stream* stream = find(event.stream)) return reset_stream(*stream, event.code, now);
      append_rst(control_, event.stream, event.code);
      return judge_.sent_reset(event.stream);
    case Kind::kConnectionError:
      return fail(event.code, event.violation, now);
    default:
      return;
  }
}

void H2Connection::apply_settings(const std::vector<H2Setting>& settings, Now now) {
  note_frame("received SETTINGS " + h2_settings_text(settings), 0, 0, now);
  for (const auto& [setting, value] : settings) {
    if (setting == h2setting::kHeaderTableSize) {
      table_size_ = value;
      deflater_.set_table_size(value);
    } else if (setting == h2setting::kMaxFrameSize) {
      frame_size_ = std::min<std::uint32_t>(value, kH2MaxFrame);
    } else if (setting == h2setting::kInitialWindowSize) {
      // RFC 9113 §6.9.2: the windows of open streams move by the difference.
      for (auto& [id, stream] : streams_) stream->window += value - initial_window_;
      initial_window_ = value;
    }
  }
  if (!ignores_settings_) append_settings_ack(control_);
}

void H2Connection::answer_ping(std::string_view opaque, Now now) {
  note_frame("received PING", 0, 0, now);
  if (ignores_pings_) return;
  std::string answer(opaque);
  if (wrong_ping_acks_) {
    for (char& c : answer) c = static_cast<char>(~c);
  }
  append_ping(control_, answer, true);
}

// WINDOW_UPDATE. Beyond 2^31-1 it is an error (RFC 9113 §6.9.1).
void H2Connection::widen(const H2Event& event, Now now) {
  H2Stream* stream = event.stream == 0 ? nullptr : find(event.stream);
  if (event.stream != 0 && stream == nullptr) return;
  std::int64_t& window = stream != nullptr ? stream->window : window_;
  window += event.amount;
  // What a client grants before any DATA is its choice of a window, not a return.
  if (stream == nullptr && data_sent_ != 0) data_returned_ += event.amount;
  if (window <= kH2MostWindow) return;
  const std::string text = "WINDOW_UPDATE beyond 2^31-1 (RFC 9113 6.9.1)";
  note_violation(text, event.stream, now);
  if (stream == nullptr) return fail(h2code::kFlowControlError, text, now);
  reset_stream(*stream, h2code::kFlowControlError, now);
}

// Journals and refuses what is not to be processed.
bool H2Connection::turn_away(const H2Event& event, const Exchange& exchange, Now now) {
  H2Stream nobody;
  nobody.id = event.stream;
  nobody.exchange.serial = exchange.serial;
  nobody.exchange.head = exchange.head;
  const bool malformed = event.violation.starts_with("malformed");
  if (goaway_last_ && event.stream > *goaway_last_) {
    // RFC 9113 §6.8: ignored, since the client has been told that nothing above is processed.
    note_request(nobody, "after GOAWAY: not processed", now);
    judge_.sent_reset(event.stream);
    return true;
  }
  const bool refused = event.refused || streams_.size() >= kMostStreams;
  if (!malformed && !refused) return false;
  note_request(nobody, malformed ? event.violation : "refused: not processed", now);
  if (!malformed && !event.violation.empty()) note_violation(event.violation, event.stream, now);
  const std::uint32_t code = malformed ? h2code::kProtocolError : h2code::kRefusedStream;
  append_rst(control_, event.stream, code);
  mark_control("sent RST_STREAM" + quoted_code(code), event.stream, exchange.serial);
  judge_.sent_reset(event.stream);
  return true;
}

void H2Connection::begin_request(H2Event& event, Now now) {
  auto made = std::make_unique<H2Stream>();
  H2Stream& stream = *made;
  Exchange& exchange = stream.exchange;
  stream.id = event.stream;
  exchange.serial = shared_.next_exchange++;
  exchange.nth = ++requests_;
  exchange.head = std::move(event.request.head);
  if (turn_away(event, exchange, now)) return;
  split_target(exchange.head.target, exchange.path, exchange.query);
  exchange.read_since = now.mono;
  stream.ended = event.end;
  stream.window = initial_window_;
  stream.hold_until = stream.rate_free_at = now.mono;
  streams_[event.stream] = std::move(made);
  if (!event.violation.empty()) note_violation(event.violation, event.stream, now);
  if (shared_.admin != nullptr && AdminDoor::is_path(exchange.path)) {
    exchange.for_admin = exchange.keeps_body = true;
    exchange.owes_continue = exchange.head.expects_continue && !stream.ended;
  } else {
    meet_rules(stream, now);
  }
  if (max_requests_ && requests_ >= *max_requests_ && !goaway_last_) {
    H2Goaway last;
    last.last = H2Goaway::Last::kCurrent;
    close_by_ = ClosedBy::kServer;
    go_away(last, &stream, now);
  }
}

void H2Connection::meet_rules(H2Stream& stream, Now now) {
  Exchange& exchange = stream.exchange;
  ask_rules(shared_, exchange,
            {listener(), peer(), "HTTP/2", accepted_.nth, accepted_.sni, accepted_.alpn}, now);
  note_request(stream, "", now);
  note_choice(stream, now);
  pass_limiters(shared_, exchange, now);
  const Step& step = exchange.step;
  const Place place = place_of(step);
  if (place.phase == Phase::kReqBody) exchange.strike_at = place.offset;
  exchange.early_at = early_at(step);
  exchange.read_rate = count(step, "read_rate");
  const auto spec = body(step);
  exchange.keeps_body = keeps_body(exchange.path) || (spec && spec->kind == BodySpec::Kind::kEcho);
  exchange.owes_continue = exchange.head.expects_continue && !stream.ended && !has(step, "early");
}

void H2Connection::take_body(const H2Event& event, Now now) {
  H2Stream* stream = find(event.stream);
  if (stream == nullptr) return;
  Exchange& exchange = stream->exchange;
  stream->received += event.amount;
  stream->ended = event.end;
  exchange.body_len += event.data.size();
  if (!exchange.hash) exchange.hash.emplace();
  exchange.hash->update(event.data);
  if (exchange.keeps_body && exchange.kept_body.size() + event.data.size() <= kMostKept) {
    exchange.kept_body.append(event.data);
  }
  if (exchange.strike_at && !exchange.struck && exchange.body_len >= *exchange.strike_at) {
    exchange.struck = true;
  }
  give_back(*stream, now);
}

void H2Connection::end_request(H2Stream& stream, Now now) {
  Exchange& exchange = stream.exchange;
  exchange.complete = true;
  if (exchange.strike_at) exchange.struck = true;  // beyond the body: at its end
  if (!exchange.for_admin) note_request_end(stream, now);
}

void H2Connection::client_reset(const H2Event& event, Now now) {
  H2Stream* stream = find(event.stream);
  note_frame("received RST_STREAM" + quoted_code(event.code), event.stream,
             stream != nullptr ? stream->exchange.serial : 0, now);
  if (stream == nullptr) return;
  cancel(*stream, "cancelled by the client", now);
}

void H2Connection::fail(std::uint32_t code, std::string_view text, Now now) {
  hold_input_ = true;
  H2Goaway goaway;
  goaway.last = H2Goaway::Last::kNumber;
  goaway.number = judge_.last_stream();
  goaway.code = code;
  goaway.debug = text;
  close_by_ = ClosedBy::kServer;
  go_away(goaway, nullptr, now);
}

// --- Windows -------------------------------------------------------------------------------------

// How much of what came has been read, at the pace a step asks for.
std::uint64_t H2Connection::readable(const H2Stream& stream, Now now) const {
  if (!stream.exchange.read_rate) return stream.received;
  const double elapsed = static_cast<double>((now.mono - stream.exchange.read_since).count());
  const double due = elapsed / 1e9 * static_cast<double>(*stream.exchange.read_rate);
  return due >= static_cast<double>(stream.received) ? stream.received
                                                     : static_cast<std::uint64_t>(due);
}

// When more will have been read: half a window of it, or all.
Instant H2Connection::reads_again(const H2Stream& stream, Now now) const {
  const Exchange& exchange = stream.exchange;
  if (exchange.read_rate.value_or(0) == 0 || exchange.complete) return Instant::never();
  if (stream.received == 0 || readable(stream, now) == stream.received) return Instant::never();
  const std::uint64_t step = std::max<std::uint64_t>(our_initial_window_ / 2, 1);
  const std::uint64_t target = std::min(stream.received, readable(stream, now) + step);
  const double at = static_cast<double>(target) / static_cast<double>(*exchange.read_rate) * 1e9;
  return exchange.read_since + Duration(static_cast<std::int64_t>(at) + 1);
}

void H2Connection::give_back(H2Stream& stream, Now now) {
  if (holds_windows_ || stream.holds_window || stream.ended) return;
  const std::uint64_t due = readable(stream, now) - stream.given_back;
  const std::uint64_t from = std::min(kGiveBackFrom, our_initial_window_ / 2);
  if (due == 0 || due < from) return;
  stream.given_back += due;
  append_window_update(control_, stream.id, static_cast<std::uint32_t>(due));
  judge_.sent_window(stream.id, static_cast<std::uint32_t>(due));
}

// The connection's window is everybody's: a stream that is read slowly does not hold it up.
void H2Connection::give_back_connection() {
  if (holds_windows_ || taken_ < kGiveBackFrom) return;
  const auto amount = static_cast<std::uint32_t>(std::exchange(taken_, 0));
  append_window_update(control_, 0, amount);
  judge_.sent_window(0, amount);
}

void H2Connection::read_on(Now now) {
  for (auto& [id, stream] : streams_) {
    if (id == 0 || stream->exchange.complete) continue;
    give_back(*stream, now);
    if (stream->ended && readable(*stream, now) == stream->received) end_request(*stream, now);
  }
}

void H2Connection::update_reading() {
  const bool want = !stop_reading_ && unread().size() < kMostUnread;
  if (want == reading_) return;
  reading_ = want;
  order(want ? Order::Kind::kReadStart : Order::Kind::kReadStop);
}

}  // namespace fault
