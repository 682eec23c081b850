// What is overdue. Every connection and exchange has at most one entry in the heap; it may be early
// (progress since only stored an instant), never late, and is set right when it fires.
#include <algorithm>

#include "engine/core.h"

namespace holdfast::engine {

using base::earlier;
using base::Instant;

void Core::arm(Connection& c) {
  const Instant at = due(c);
  if (at < deadlines_.due(key_of(c.id))) deadlines_.arm(key_of(c.id), at);
}

void Core::arm(ExchangeId id, Exchange& x) {
  const Instant at = due(id, x);
  if (at < deadlines_.due(key_of(id))) deadlines_.arm(key_of(id), at);
}

Instant Core::due(const Connection& c) const {
  switch (c.state) {
    case Connection::State::resolving:
      return c.dial_deadline;
    case Connection::State::connecting:
      return earlier(c.dial_deadline, c.address_deadline);
    case Connection::State::idle:
      return earlier(c.idle_until, c.retire_at);
    case Connection::State::draining:
      return earlier(c.drain_until, c.last_received + options_.timeouts.read);
    case Connection::State::closing:
      return Instant::never();
    case Connection::State::busy:
      break;
  }
  const Exchange& x = *exchanges_.find(c.exchange);
  const TimeoutPolicy& timeouts = *x.timeouts;
  Instant at = Instant::never();
  if (c.outstanding != 0 && !c.upload_stopped) at = c.last_accepted + timeouts.write;
  const bool answering = c.sent || c.upload_stopped || c.head_done;
  if (!answering || x.paused) return at;
  if (c.sent || c.upload_stopped) at = earlier(at, c.last_received + timeouts.read);
  if (c.sent && c.received == 0) at = earlier(at, c.sent_at + timeouts.first_byte);
  if (c.head_done && timeouts.min_bytes_per_second != 0) {
    at = earlier(at, c.window_start + timeouts.throughput_window);
  }
  return at;
}

Instant Core::due(ExchangeId id, const Exchange& x) const {
  switch (x.state) {
    case Exchange::State::backoff:
      return earlier(x.deadline, x.wake);
    case Exchange::State::done:
      return Instant::never();
    case Exchange::State::waiting:
      if (!pool_.dial_of(id)) {
        return earlier(earlier(x.deadline, x.attempt_deadline), x.pool_deadline);
      }
      break;
    case Exchange::State::active:
      break;
  }
  return earlier(x.deadline, x.attempt_deadline);
}

void Core::timeout() {
  base::DeadlineHeap::Key key = 0;
  while (deadlines_.pop_due(now(), key)) {
    const std::uint32_t index = key / 2;
    if (key % 2 == 0) {
      const ExchangeId id = exchanges_.live_at(index);
      if (id) exchange_due(id, exchanges_[id]);
    } else {
      const ConnectionId id = pool_.live_at(index);
      if (id && !pool_.is_closing(id)) connection_due(*connections_[index]);
    }
  }
}

void Core::exchange_due(ExchangeId id, Exchange& x) {
  if (due(id, x) > now()) return arm(id, x);
  if (x.deadline <= now()) {
    abandon(id, x);
    return give_up(id, x, ErrorCode::deadline_exceeded, StopReason::deadline);
  }
  if (x.state == Exchange::State::backoff) return start_attempt(id, x, x.wake_fresh);
  policy::Evidence evidence;
  if (x.state == Exchange::State::active) evidence = evidence_of(*connections_[x.connection.index]);
  const bool whole_attempt = x.attempt_deadline <= now();
  abandon(id, x);
  fail_attempt(id, x, whole_attempt ? ErrorCode::attempt_timeout : ErrorCode::pool_timeout, 0, {},
               evidence);
}

void Core::connection_due(Connection& c) {
  if (due(c) > now()) return arm(c);
  switch (c.state) {
    case Connection::State::connecting:
      if (c.dial_deadline > now() && c.next_address < c.addresses.size()) {
        return try_next_address(c);
      }
      [[fallthrough]];
    case Connection::State::resolving:
      return dial_failed(c, ErrorCode::connect_timeout, 0);
    case Connection::State::idle:
      return lose(c, now() >= c.retire_at ? CloseCause::lifetime : CloseCause::idle_expiry);
    case Connection::State::draining:
      return lose(c, CloseCause::not_reusable);
    case Connection::State::busy:
      return busy_connection_due(c);
    case Connection::State::closing:
      return;
  }
}

void Core::busy_connection_due(Connection& c) {
  const TimeoutPolicy& timeouts = *exchanges_[c.exchange].timeouts;
  policy::Evidence evidence = evidence_of(c);
  if (c.outstanding != 0 && !c.upload_stopped && c.last_accepted + timeouts.write <= now()) {
    evidence.handed_uncertain = true;
    return break_off(c, ErrorCode::write_timeout, 0, {}, evidence);
  }
  if (c.last_received + timeouts.read <= now()) {
    return break_off(c, ErrorCode::read_timeout, 0, {}, evidence);
  }
  if (c.received == 0) return break_off(c, ErrorCode::first_byte_timeout, 0, {}, evidence);
  const double seconds = std::chrono::duration<double>(now() - c.window_start).count();
  if (static_cast<double>(c.window_bytes) <
      static_cast<double>(timeouts.min_bytes_per_second) * seconds) {
    return break_off(c, ErrorCode::throughput_too_low, 0,
                     std::to_string(c.window_bytes) + " bytes in the window", evidence);
  }
  c.window_start = now();
  c.window_bytes = 0;
  arm(c);
}

}  // namespace holdfast::engine
