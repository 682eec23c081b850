#include "fault_server/h1/connection.h"

#include <algorithm>
#include <utility>

#include "fault_server/script/line.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {

Connection::Connection(PeerShared& shared, Accepted accepted)
    : Session(std::move(accepted)), shared_(shared), idle_since_(accepted_.at) {}

Connection::~Connection() = default;

void Connection::open(Now now) {
  if (accepted_.choice) open_with(*accepted_.choice, now);
  progress(now);
}

void Connection::open_with(Choice& choice, Now now) {
  Entry entry = shared_.entry(EntryType::kRule, now);
  entry.conn = serial();
  entry.rule = rule_ = choice.rule;
  entry.step = choice.step_index;
  entry.step_text = print_step(choice.step);
  entry.draw = choice.draw.value_or(-1);
  shared_.journal.add(std::move(entry));
  Step& step = choice.step;
  if (step.action == ActionKind::kPass) {
    max_requests_ = count(step, "max_requests");
    idle_timeout_ = duration(step, "idle");
    return;
  }
  if (step.action == ActionKind::kGoaway || step.action == ActionKind::kH2) {
    Entry fault = shared_.entry(EntryType::kFault, now);
    fault.conn = serial();
    fault.rule = rule_;
    fault.notes.push_back(print_step(step) + ": not played, the client speaks HTTP/1.1");
    shared_.journal.add(std::move(fault));
    return;
  }
  // It slipped through while the listener was being closed: the nearest thing to a refusal.
  if (step.action == ActionKind::kRefuse) step.action = ActionKind::kReset;
  own_step_ = step;
  const Place place = place_of(step);
  if (place.phase == Phase::kHead) {
    head_strike_at_ = place.offset;
  } else {
    strike_connection();
  }
}

void Connection::handle_bytes(std::string_view bytes, Now now) {
  if (closed_) return;
  bytes_in_ += bytes.size();
  if (input_at_ == input_.size()) {
    input_.clear();
    input_at_ = 0;
  }
  input_.append(bytes);
  progress(now);
}

void Connection::handle_sent(std::size_t bytes, Now now) {
  if (closed_) return;
  bytes = std::min(bytes, in_flight_);
  in_flight_ -= bytes;
  sent_total_ += bytes;
  if (!exchanges_.empty() && bytes != 0) {
    Exchange& front = exchanges_.front();
    const std::int64_t at = shared_.since_start(now).ns;
    if (front.first_byte_ns == 0) front.first_byte_ns = at;
    front.last_byte_ns = at;
  }
  fire_marks(now);
  progress(now);
}

void Connection::handle_eof(Now now) {
  if (closed_ || eof_) return;
  eof_ = true;
  progress(now);
  if (closed_) return;
  // Whoever leaves while nothing is being written has given up waiting. (A client that half-closes
  // and waits for a delayed answer is taken for one that left, as nginx does.)
  const bool writing = in_flight_ != 0 && !silent_;
  if (!writing)
    close(shut_by_ == ClosedBy::kNobody ? ClosedBy::kClient : shut_by_, CloseHow::kFin, now);
}

void Connection::handle_reset(Now now) {
  if (!closed_) close(ClosedBy::kClient, CloseHow::kRst, now);
}

void Connection::handle_timeout(Now now) {
  if (closed_) return;
  progress(now);
  if (closed_ || !idle_timeout_ || !exchanges_.empty()) return;
  if (!reader_.between_requests() || !unread().empty()) return;
  if (now.mono >= idle_since_ + *idle_timeout_) close(ClosedBy::kServer, CloseHow::kTimeout, now);
}

void Connection::handle_served(std::uint64_t ticket, Now now) {
  if (closed_) return;
  for (Exchange& exchange : exchanges_) {
    if (exchange.serial != ticket) continue;
    exchange.waiting = false;
    exchange.admitted = true;
  }
  progress(now);
}

void Connection::handle_news(Now now) {
  if (closed_) return;
  if (asks_again_) hold_until_ = now.mono;
  progress(now);
}

void Connection::kill(KillHow how, Now now) {
  if (closed_) return;
  if (how == KillHow::kTlsAlert && accepted_.tls) {
    return end_tls(Order::TlsEnd::kAlert, kAlertInternalError, now);
  }
  const bool clean = how == KillHow::kFin || how == KillHow::kGoaway;
  close(ClosedBy::kFault, clean ? CloseHow::kFin : CloseHow::kRst, now);
}

Instant Connection::deadline(Now now) const {
  if (closed_) return Instant::never();
  Instant at = Instant::never();
  if (in_flight_ == 0 && hold_until_ > now.mono) at = earlier(at, hold_until_);
  if (read_again_ > now.mono) at = earlier(at, read_again_);
  const bool idle = exchanges_.empty() && unread().empty() && reader_.between_requests();
  if (idle_timeout_ && idle) at = earlier(at, idle_since_ + *idle_timeout_);
  return at;
}

// In both directions as far as it goes: an answer that is out may let the next request in.
void Connection::progress(Now now) {
  for (;;) {
    const std::uint64_t consumed = consumed_;
    const std::size_t waiting = exchanges_.size();
    consume(now);
    if (closed_) return;
    play(now);
    if (closed_) return;
    if (consumed == consumed_ && waiting == exchanges_.size()) break;
  }
  if (eof_ && exchanges_.empty()) {
    return close(shut_by_ == ClosedBy::kNobody ? ClosedBy::kClient : shut_by_, CloseHow::kFin, now);
  }
  update_reading();
}

}  // namespace fault
