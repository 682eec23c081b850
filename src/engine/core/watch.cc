// What is counted, always, and what is told to whoever observes, if anybody does: the ends of
// attempts and requests, retries, waits for a slot, connections.
#include "engine/core/core.h"

namespace holdfast::engine {

ClientStats Core::stats() const {
  ClientStats stats = counters_;
  static_cast<PoolStats&>(stats) = pool_.stats();
  stats.succeeded = stats.request_errors[ErrorCode::none];
  stats.cancelled = stats.request_errors[ErrorCode::cancelled];
  const std::uint64_t ended = stats.request_errors.total();
  stats.failed = ended - stats.succeeded - stats.cancelled;
  stats.in_flight = stats.submitted - ended;
  return stats;
}

// --- Notes ---------------------------------------------------------------------------------------

/// Slots of the ring are used again, so that their strings keep their room.
Note& Core::add_note(Note::Kind kind, Action& action) {
  action.kind = Action::Kind::note;
  Note& note = notes_.push();
  note.kind = kind;
  return note;
}

Note& Core::note(Note::Kind kind, ExchangeId id, const Exchange& x) {
  Action& action = order(Action::Kind::note);
  action.exchange = id;
  action.user = x.user;
  Note& note = add_note(kind, action);
  note.method = x.request.method;
  note.has_url = x.attempt != 0;  // else what stands there may be an earlier request's
  if (note.has_url) note.url = x.url;
  note.record = x.record;
  return note;
}

void Core::describe(const Connection& c, OriginId origin, Note& note) {
  note.connection = c.serial;
  note.scheme = pool_.scheme_of(origin);
  note.host = pool_.host_of(origin);
  note.port = pool_.port_of(origin);
  note.peer = c.peer;
  const bool open = !c.opened_at.is_never();
  note.http_major = !open ? 0 : c.h2 ? 2 : 1;
  note.tls_minor = 0;
  note.tls_resumed = false;
  if (c.tls && open) {
    note.tls_minor = static_cast<std::uint8_t>((c.tls->version() & 0xFF) - 1);
    note.tls_resumed = c.tls->resumed();
  }
}

// --- Attempts and requests -----------------------------------------------------------------------

/// The attempt under way is over, as its record says.
void Core::end_attempt(ExchangeId id, Exchange& x) {
  x.record.ended = x.since_submit(now());
  x.timeline().add(x.record);
  // A pool timeout is no fault of the request: its retry stands where it stood.
  if (x.record.error != ErrorCode::pool_timeout) x.place = 0;
  counters_.attempt_errors.add(x.record.error);
  end_wait(id, x);
  if (notes_wanted_) note(Note::Kind::attempt_ended, id, x);
}

void Core::count_retry(ExchangeId id, Exchange& x, const policy::Verdict& verdict) {
  switch (verdict.source) {
    case DelaySource::none:
      break;
    case DelaySource::backoff:
      ++counters_.retries_backoff;
      break;
    case DelaySource::retry_after:
    case DelaySource::retry_after_ms:
    case DelaySource::rate_limit:
    case DelaySource::rate_limit_reset:
      ++counters_.retries_retry_after;
      break;
    case DelaySource::immediate:
      ++counters_.retries_immediate;
      break;
  }
  const AttemptRecord& after = x.timeline().last();
  counters_.retries_by_error.add(after.error);
  if (verdict.stale_replay && verdict.source == DelaySource::immediate) ++counters_.stale_replays;
  if (!notes_wanted_) return;
  Note& told = note(Note::Kind::retry_scheduled, id, x);
  told.record = after;
  told.span = verdict.delay;
  told.source = verdict.source;
}

/// The request is over; its answer stands in the exchange.
void Core::end_request(ExchangeId id, Exchange& x) {
  const Duration took = x.since_submit(now());
  counters_.request_errors.add(x.failed() ? x.error->code : ErrorCode::none);
  counters_.durations.add(took);
  if (!notes_wanted_) return;
  Note& told = note(Note::Kind::request_ended, id, x);
  told.span = took;
  told.error = x.error.get();
  told.status = x.failed() ? 0 : x.response.status;
  const Timeline& timeline = x.failed() ? x.error->timeline : x.response.timeline;
  told.stop = timeline.stop_reason();
  told.attempts = timeline.attempts();
}

// --- Waits ---------------------------------------------------------------------------------------

/// Notes whether an exchange in line waits for a slot: it does while it has no dial.
void Core::check_wait(ExchangeId id, Exchange& x) {
  const bool waits =
      x.state == Exchange::State::waiting && !x.early && pool_.waits(id) && !pool_.dial_of(id);
  if (waits == !x.wait_began.is_never()) return;
  if (!waits) return end_wait(id, x);
  x.wait_began = now();
  x.pool_deadline = now() + x.pool_left;
  if (notes_wanted_) note(Note::Kind::wait_began, id, x);
}

/// Of all in line for the origin of `id`, which share its dials or did: some may have one now, or
/// none any more.
void Core::check_waits(ConnectionId id) {
  pool_.each_waiting(id, [&](ExchangeId waiter) {
    Exchange& x = exchanges_[waiter];
    check_wait(waiter, x);
    arm(waiter, x);
  });
}

void Core::end_wait(ExchangeId id, Exchange& x) {
  if (x.wait_began.is_never()) return;
  const Duration waited = now() - x.wait_began;
  x.wait_began = base::Instant::never();
  if (!x.pool_deadline.is_never()) x.pool_left = x.pool_deadline - now();
  ++counters_.pool_waits;
  counters_.pool_wait_time += waited;
  if (notes_wanted_) note(Note::Kind::wait_ended, id, x).span = waited;
}

// --- Connections ---------------------------------------------------------------------------------

void Core::note_opened(Connection& c) {
  c.opened_at = now();
  if (!notes_wanted_) return;
  Note& told = add_note(Note::Kind::connection_opened, order(Action::Kind::note));
  describe(c, pool_.origin_of(c.id), told);
  told.span = now() - c.dialed_at;
}

void Core::note_reused(const Connection& c, ExchangeId id, const Exchange& x) {
  describe(c, pool_.origin_of(c.id), note(Note::Kind::connection_reused, id, x));
}

void Core::note_closed(const Connection& c, OriginId origin, CloseCause cause) {
  if (!notes_wanted_) return;
  Note& told = add_note(Note::Kind::connection_closed, order(Action::Kind::note));
  describe(c, origin, told);
  told.cause = cause;
  told.span = c.opened_at.is_never() ? Duration(-1) : now() - c.opened_at;
}

}  // namespace holdfast::engine
