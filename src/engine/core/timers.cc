// What is overdue. Every connection and exchange has at most one entry in the heap; it may be early
// (progress since only stored an instant), never late, and is set right when it fires.
#include <algorithm>

#include "engine/core/core.h"

namespace holdfast::engine {

using base::earlier;
using base::Instant;

void Core::arm(Connection& c) {
  if (c.to_arm) return;
  c.to_arm = true;
  to_arm_.push_back(key_of(c.id));
}

void Core::arm(ExchangeId id, Exchange& x) {
  if (x.to_arm) return;
  x.to_arm = true;
  to_arm_.push_back(key_of(id));
}

/// There is nothing more to order. A request has passed through several states since that was so
/// last, a connection may have been idle in between: only what they are now matters. Whoever has
/// gone since, or has got another's slot, does no harm.
void Core::settle() {
  for (const base::DeadlineHeap::Key key : to_arm_) {
    const std::uint32_t index = key / 2;
    Instant at = Instant::never();
    if (key % 2 == 0) {
      const ExchangeId id = exchanges_.live_at(index);
      if (!id) continue;
      Exchange& x = exchanges_[id];
      x.to_arm = false;
      at = due(id, x);
    } else {
      Connection& c = *connections_[index];
      c.to_arm = false;
      if (!pool_.live_at(index)) continue;
      if (c.state == Connection::State::idle) shrink(c);
      at = due(c);
    }
    if (at < deadlines_.due(key)) deadlines_.arm(key, at);
  }
  to_arm_.clear();
}

Instant Core::due(const Connection& c) const {
  switch (c.state) {
    case Connection::State::resolving:
    case Connection::State::tunneling:
    case Connection::State::securing:
      return earlier(c.dial_deadline, c.slow_at);
    case Connection::State::connecting:
      return earlier(earlier(c.dial_deadline, c.slow_at), c.address_deadline);
    case Connection::State::idle:
      return earlier(earlier(c.idle_until, c.retire_at), c.slow_at);
    case Connection::State::draining:
      return earlier(c.drain_until, c.last_received + options_.timeouts.read);
    case Connection::State::closing:
      return Instant::never();
    case Connection::State::busy:
      break;
  }
  if (!c.h2) return stream_due(c, *exchanges_.find(c.exchange));
  // What its requests wait for is on their own entries.
  Instant at = earlier(earlier(c.h2->ping_due, c.h2->drain_due), c.slow_at);
  if (!c.h2->retired) at = earlier(at, c.retire_at);
  return c.h2->live == 0 ? earlier(at, c.idle_until) : at;
}

/// When the request on a stream has been waited for long enough.
Instant Core::stream_due(const Stream& s, const Exchange& x) const {
  const TimeoutPolicy& timeouts = *x.timeouts;
  Instant at = Instant::never();
  if (s.outstanding != 0 && !s.upload_stopped) at = s.last_accepted + timeouts.write;
  if (s.withheld) at = earlier(at, s.continue_at);
  if (s.response_whole) return at;
  const bool answering = s.sent || s.upload_stopped || s.head_done;
  if (!answering || x.paused) return at;
  if (s.sent || s.upload_stopped) at = earlier(at, s.last_received + timeouts.read);
  if (s.sent && s.received == 0) at = earlier(at, s.sent_at + timeouts.first_byte);
  if (s.head_done && timeouts.min_bytes_per_second != 0) {
    at = earlier(at, s.window_start + timeouts.throughput_window);
  }
  return at;
}

Instant Core::due(ExchangeId id, const Exchange& x) const {
  if (x.early) return earlier(x.deadline, x.wake);
  switch (x.state) {
    case Exchange::State::backoff:
      return earlier(x.deadline, x.wake);
    case Exchange::State::preparing:
    case Exchange::State::opening:
    case Exchange::State::looking:
      break;
    case Exchange::State::done:
      return Instant::never();
    case Exchange::State::waiting:
      if (!pool_.dial_of(id)) {
        return earlier(earlier(x.deadline, x.attempt_deadline), x.pool_deadline);
      }
      break;
    case Exchange::State::active:
      const Connection& c = *connections_[x.connection.index];
      if (!c.h2) break;
      return earlier(earlier(x.deadline, x.attempt_deadline),
                     stream_due(*c.h2->streams[x.slot], x));
  }
  return earlier(x.deadline, x.attempt_deadline);
}

void Core::timeout(Instant polled) {
  // What fell due while the last poll's callbacks ran waits for the next one: bytes that came
  // meanwhile have not been read.
  polled_ = earlier(polled, now());
  base::DeadlineHeap::Key key = 0;
  while (deadlines_.pop_due(polled_, key)) {
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
  if (due(id, x) > polled_) return arm(id, x);
  if (x.state == Exchange::State::active && stream_of(x).response_whole) return give_up_upload(x);
  // A wait has nothing to read first: an attempt that began behind its deadline would be for
  // nothing.
  const Instant judged = x.state == Exchange::State::backoff ? now() : polled_;
  if (x.deadline <= judged) {
    abandon(id, x);
    return give_up(id, x, ErrorCode::deadline_exceeded, StopReason::deadline);
  }
  if (x.early) {
    begin_attempt(id, x);
    check_wait(id, x);
    return arm(id, x);
  }
  if (x.state == Exchange::State::backoff) return start_attempt(id, x, x.wake_fresh);
  policy::Evidence evidence;
  ErrorCode code =
      x.attempt_deadline <= polled_ ? ErrorCode::attempt_timeout : ErrorCode::pool_timeout;
  std::string detail;
  if (x.state == Exchange::State::active) {
    Connection& c = *connections_[x.connection.index];
    Stream& s = stream_of(x);
    evidence = evidence_of(s);
    if (c.h2 && code != ErrorCode::attempt_timeout) {
      if (s.continue_at <= polled_) return send_withheld(c, s, x);
      code = overdue(s, *x.timeouts, detail);
      if (code == ErrorCode::none) return arm(id, x);
    }
    if (c.h2) suspect(c, s);
  }
  // A pool timeout's retry stands where it stood, unless it may have what this attempt may not.
  if (code != ErrorCode::pool_timeout || x.fresh) abandon(id, x);
  fail_attempt(id, x, code, 0, std::move(detail), evidence);
}

void Core::connection_due(Connection& c) {
  if (c.slow_at <= polled_) {
    c.slow_at = Instant::never();
    pool_.slow(c.id);
    run_pool();
  }
  if (due(c) > polled_) return arm(c);
  switch (c.state) {
    case Connection::State::connecting:
      if (c.dial_deadline > polled_ && c.next_address < c.addresses.size()) {
        return try_next_address(c);
      }
      [[fallthrough]];
    case Connection::State::resolving:
    case Connection::State::tunneling:
    case Connection::State::securing:
      return dial_failed(c, ErrorCode::connect_timeout, 0);
    case Connection::State::idle:
      return lose(c, polled_ >= c.retire_at ? CloseCause::lifetime : CloseCause::idle_expiry);
    case Connection::State::draining:
      return lose(c, CloseCause::not_reusable);
    case Connection::State::busy:
      return c.h2 ? h2_due(c) : busy_connection_due(c);
    case Connection::State::closing:
      return;
  }
}

/// Which of a request's timeouts is over; none if it was only the throughput's window, and enough
/// has come.
ErrorCode Core::overdue(Stream& s, const TimeoutPolicy& timeouts, std::string& detail) const {
  if (s.outstanding != 0 && !s.upload_stopped && s.last_accepted + timeouts.write <= polled_) {
    return ErrorCode::write_timeout;
  }
  if (s.last_received + timeouts.read <= polled_) return ErrorCode::read_timeout;
  if (s.received == 0) return ErrorCode::first_byte_timeout;
  const double seconds = std::chrono::duration<double>(now() - s.window_start).count();
  if (static_cast<double>(s.window_bytes) <
      static_cast<double>(timeouts.min_bytes_per_second) * seconds) {
    detail = std::to_string(s.window_bytes) + " bytes in the window";
    return ErrorCode::throughput_too_low;
  }
  s.window_start = now();
  s.window_bytes = 0;
  return ErrorCode::none;
}

void Core::busy_connection_due(Connection& c) {
  if (c.continue_at <= polled_) return send_withheld(c, c, exchanges_[c.exchange]);
  policy::Evidence evidence = evidence_of(c);
  std::string detail;
  const ErrorCode code = overdue(c, *exchanges_[c.exchange].timeouts, detail);
  if (code == ErrorCode::none) return arm(c);
  if (code == ErrorCode::write_timeout) evidence.handed_uncertain = true;
  break_off(c, code, 0, std::move(detail), evidence);
}

}  // namespace holdfast::engine
