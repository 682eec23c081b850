#include "fault_server/connection.h"

#include <algorithm>

#include "fault_server/script_line.h"
#include "fault_server/script_values.h"
#include "fault_server/script_words.h"

namespace fault {

Connection::Connection(PeerShared& shared, PeerConnectionId id, std::string_view listener,
                       std::string_view peer, std::uint64_t nth, Now now)
    : shared_(shared),
      id_(id),
      serial_(shared.next_connection++),
      listener_(listener),
      peer_(peer),
      nth_(nth),
      idle_since_(now.mono) {
  Entry entry = shared_.entry(EntryType::kConnOpen, now);
  entry.conn = serial_;
  entry.listener = listener_;
  entry.peer = peer_;
  shared_.journal.add(std::move(entry));
}

Connection::~Connection() = default;

void Connection::open(std::optional<Choice> choice, Now now) {
  if (choice) {
    Entry entry = shared_.entry(EntryType::kRule, now);
    entry.conn = serial_;
    entry.rule = rule_ = choice->rule;
    entry.step = choice->step_index;
    entry.step_text = print_step(choice->step);
    entry.draw = choice->draw.value_or(-1);
    shared_.journal.add(std::move(entry));
    Step& step = choice->step;
    if (step.action == ActionKind::kPass) {
      max_requests_ = count(step, "max_requests");
      idle_timeout_ = duration(step, "idle");
    } else if (step.action == ActionKind::kRefuse) {
      // It slipped through while the listener was being closed: the nearest thing to a refusal.
      step.action = ActionKind::kReset;
      own_step_ = step;
      strike_connection();
    } else {
      own_step_ = step;
      const Place place = place_of(step);
      if (place.phase == Phase::kHead) {
        head_strike_at_ = place.offset;
      } else {
        strike_connection();
      }
    }
  }
  progress(now);
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

void Connection::kill(bool reset, Now now) {
  if (!closed_) close(ClosedBy::kFault, reset ? CloseHow::kRst : CloseHow::kFin, now);
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
