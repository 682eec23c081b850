// What an HTTP/2 connection does beside answering: resets, GOAWAY and the end, settings, habits.
#include <algorithm>
#include <utility>
#include <vector>

#include "fault_server/h2/connection.h"
#include "fault_server/session/exchange_gates.h"

namespace fault {
namespace {

constexpr std::string_view kGracePing = "goaway!!";
// How long the first of two GOAWAYs waits for the client's PING ACK before the second follows.
constexpr Duration kGrace = std::chrono::seconds(1);

std::string times_text(std::uint64_t times) {
  return times == 1 ? "" : " x" + std::to_string(times);
}

}  // namespace

// False when the plan cannot go on now.
bool H2Connection::act(H2Stream& stream, H2Op& op, Now now) {
  switch (op.kind) {
    case H2OpKind::kWait:
      stream.hold_until = now.mono + op.wait;
      break;
    case H2OpKind::kClose:
      close(op.by, CloseHow::kFin, now);
      return false;
    case H2OpKind::kReset:
      close(op.by, CloseHow::kRst, now);
      return false;
    case H2OpKind::kShutdown:
      shut_by_ = ClosedBy::kFault;
      order(Order::Kind::kShutdownWrite);
      break;
    case H2OpKind::kStopReading:
      hold_input_ = stop_reading_ = true;
      break;
    case H2OpKind::kHoldWindow:
      stream.holds_window = true;
      break;
    case H2OpKind::kSilence:
      stream.silent = true;
      return false;
    case H2OpKind::kMute:
      muted_ = true;
      return false;
    case H2OpKind::kRst:
      // After an early answer there is nothing to stop if the request has come to its end.
      if (op.by == ClosedBy::kServer && stream.ended) break;
      reset_stream(stream, op.code, now);
      return false;
    case H2OpKind::kGoaway:
      close_by_ = op.by;
      if (!go_away(op.goaway, &stream, now)) return false;
      break;
    case H2OpKind::kSettings:
      send_settings(op.settings, op.count, now);
      break;
    case H2OpKind::kHabit:
      adopt(op.habit);
      break;
    case H2OpKind::kAskAgain:
      stream.asks_again = true;
      stream.hold_until = now.mono + op.wait;
      watch();
      break;
    case H2OpKind::kRace:
      race_ = op.count != 0 ? CloseHow::kRst : CloseHow::kFin;
      break;
    default:
      break;
  }
  ++stream.op;
  return true;
}

void H2Connection::adopt(H2Habit habit) {
  switch (habit) {
    case H2Habit::kIgnoresPings:
      ignores_pings_ = true;
      break;
    case H2Habit::kWrongPingAcks:
      wrong_ping_acks_ = true;
      break;
    case H2Habit::kIgnoresSettings:
      ignores_settings_ = true;
      break;
    case H2Habit::kHoldsWindows:
      holds_windows_ = true;
      break;
    case H2Habit::kBeyondWindows:
      beyond_windows_ = true;
      break;
    case H2Habit::kForgetsFields:
      // RFC 7541 §4.2: shrunk to nothing and back, both tables are empty.
      deflater_.set_table_size(0);
      deflater_.set_table_size(table_size_);
      break;
  }
}

void H2Connection::send_settings(std::vector<H2Setting> settings, std::uint64_t times, Now now) {
  for (const auto& [setting, value] : settings) {
    if (setting == h2setting::kInitialWindowSize) our_initial_window_ = value;
  }
  for (std::uint64_t i = 0; i < times; ++i) {
    append_settings(control_, settings);
    judge_.sent_settings(settings, now.mono);
  }
  mark_control("sent SETTINGS " + h2_settings_text(settings) + times_text(times));
}

void H2Connection::reset_stream(H2Stream& stream, std::uint32_t code, Now now) {
  append_rst(control_, stream.id, code);
  mark_control("sent RST_STREAM " + h2_code_name(code), stream.id, stream.exchange.serial);
  judge_.sent_reset(stream.id);
  cancel(stream, "reset by the server", now);
}

// --- The end -------------------------------------------------------------------------------------

void H2Connection::send_goaway(std::uint32_t last, const H2Goaway& goaway) {
  for (std::uint64_t i = 0; i < goaway.count; ++i) {
    append_goaway(control_, last, goaway.code, goaway.debug);
  }
  mark_control("sent GOAWAY last=" + std::to_string(last) + " " + h2_code_name(goaway.code) +
               times_text(goaway.count));
}

bool H2Connection::go_away(const H2Goaway& goaway, H2Stream* stream, Now now) {
  const std::uint32_t here =
      stream != nullptr && stream->id != 0 ? stream->id : judge_.last_stream();
  if (goaway.then == H2Goaway::Then::kReset) close_how_ = CloseHow::kRst;
  if (goaway.last == H2Goaway::Last::kGraceful) {
    if (goaway.then == H2Goaway::Then::kStay) {
      send_goaway(kH2MostStream, goaway);
    } else {
      begin_grace(now);
    }
    return true;
  }
  std::uint32_t last = here;
  if (goaway.last == H2Goaway::Last::kNumber) last = goaway.number;
  // The stream itself is the first that is refused.
  if (goaway.last == H2Goaway::Last::kPrevious)
    last = here >= 2 && stream != nullptr ? here - 2 : 0;
  send_goaway(last, goaway);
  // RFC 9113 §6.8: the number never grows again.
  goaway_last_ = std::min(goaway_last_.value_or(last), last);
  if (goaway.then != H2Goaway::Then::kStay) {
    // An error ends the connection; otherwise what it still processes is finished first.
    const bool error = goaway.code != h2code::kNoError;
    draining_ = draining_ || !error;
    if (error) close_at_ = now.mono + goaway.linger;
  }
  const bool survives = stream == nullptr || stream->id <= last;
  drop_streams_above(last, now);
  return survives;
}

// RFC 9113 §6.8: first a GOAWAY that refuses nothing, so that what is under way may arrive, then
// the one that says where it ended.
void H2Connection::begin_grace(Now now) {
  if (grace_until_ || draining_) return;
  send_goaway(kH2MostStream, {});
  append_ping(control_, kGracePing, false);
  grace_until_ = now.mono + kGrace;
}

void H2Connection::end_grace(Now now) {
  grace_until_.reset();
  H2Goaway second;
  second.last = H2Goaway::Last::kCurrent;
  go_away(second, nullptr, now);
}

void H2Connection::drop_streams_above(std::uint32_t last, Now now) {
  std::vector<std::uint32_t> refused;
  for (const auto& [id, stream] : streams_) {
    if (id > last) refused.push_back(id);
  }
  for (std::uint32_t id : refused) {
    judge_.sent_reset(id);
    if (H2Stream* stream = find(id)) cancel(*stream, "refused by GOAWAY", now);
  }
}

void H2Connection::cancel(H2Stream& stream, std::string why, Now now) {
  stream.cancelled = true;
  stream.cancelled_why = std::move(why);
  stream.silent = false;
  stream.hold_until = now.mono;
  if (holder_ != stream.id) drop(stream, now);
}

// The journal learns how far the answer got; who plays the stream forgets it.
void H2Connection::drop(H2Stream& stream, Now now) {
  if (stream.done) return;
  fire_marks(now);
  note_cut(stream, stream.cancelled_why, now);
  stream.done = true;
}

void H2Connection::forget(H2Stream& stream, Now now) {
  leave_gates(shared_, stream.exchange);
  idle_since_ = now.mono;
  streams_.erase(stream.id);
}

void H2Connection::close_if_drained(Now now) {
  if (muted_ || in_flight_ != 0 || !control_.empty() || out_at_ < out_.size()) return;
  if (now.mono >= close_at_ || (draining_ && streams_.empty())) close(close_by_, close_how_, now);
}

void H2Connection::watch() {
  std::vector<PeerConnectionId>& watchers = shared_.watchers;
  if (std::find(watchers.begin(), watchers.end(), id()) == watchers.end()) {
    watchers.push_back(id());
  }
}

}  // namespace fault
