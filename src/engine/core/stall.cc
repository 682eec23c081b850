// The driver stood still: its loop was blocked, or the process was stopped. What the client did to
// itself is not the peer's failure (SPEC R6), so each timeout under way is extended by that time.
// `total` is not, since it bounds what the caller waits for; a backoff and an idle expiry are not,
// since the peer's clocks went on.
#include <algorithm>

#include "engine/core/core.h"

namespace holdfast::engine {

/// The part of the last `span` that came after `since`.
Duration Core::lost_since(base::Instant since, Duration span) const {
  return std::min(span, now() - since);
}

void Core::extend(StreamRun& s, Duration span) const {
  s.continue_at = s.continue_at + lost_since(s.last_accepted, span);
  for (base::Instant* since : {&s.last_accepted, &s.last_received, &s.sent_at, &s.window_start}) {
    *since = earlier(*since + span, now());
  }
}

void Core::extend_dial(Connection& c, Duration span) const {
  span = lost_since(c.dialed_at, span);
  c.dial_deadline = c.dial_deadline + span;
  c.address_deadline = c.address_deadline + span;
  c.slow_at = c.slow_at + span;
}

void Core::stalled(Duration span) {
  stood_still_ = now();
  exchanges_.each([&](ExchangeId id, Exchange& x) {
    const Duration lost = lost_since(x.submitted + x.record.started, span);
    x.attempt_deadline = x.attempt_deadline + lost;
    // The wait for a slot begins later than the attempt: after its hook, and its body's opening.
    if (!x.wait_began.is_never()) {
      x.pool_deadline = x.pool_deadline + lost_since(x.wait_began, span);
    }
    if (x.state != Exchange::State::done) arm(id, x);
  });
  pool_.each_open([&](ConnectionId id) {
    Connection& c = *connections_[id.index];
    switch (c.state) {
      case Connection::State::resolving:
      case Connection::State::connecting:
      case Connection::State::tunneling:
      case Connection::State::securing:
        extend_dial(c, span);
        break;
      case Connection::State::busy:
      case Connection::State::draining:
        extend(c, span);
        break;
      default:
        break;
    }
    if (!c.h2) return;
    c.h2->ping_due = c.h2->ping_due + span;
    for (const std::unique_ptr<H2Stream>& s : c.h2->streams) {
      if (s->id != 0) extend(*s, span);
    }
  });
}

}  // namespace holdfast::engine
