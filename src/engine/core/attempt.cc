// Tries and their ends: how one starts, when another follows, what is handed back in the end.
#include <algorithm>
#include <utility>

#include "engine/core/core.h"

namespace holdfast::engine {

Phase Core::phase_of(const Connection& dialing) {
  switch (dialing.state) {
    case Connection::State::resolving:
      return Phase::dns;
    case Connection::State::tunneling:
      return Phase::tunnel;
    case Connection::State::securing:
      return Phase::tls;
    default:
      return Phase::connect;
  }
}

/// What the last attempt has left in the exchange makes room for the next.
void Core::clear_attempt(Exchange& x) {
  const Duration delay = x.record.delay;
  const DelaySource source = x.record.delay_source;
  x.record = AttemptRecord{};
  x.record.number = ++x.attempt;
  x.record.hop = x.hop;
  if (x.attempt > 1) {
    x.record.delay = delay;
    x.record.delay_source = source;
  }
  x.altered = false;
  x.response.body.clear();
  x.response.trailers.clear();
}

/// A try begins, by way of the hook if there is one.
void Core::start_attempt(ExchangeId id, Exchange& x, bool fresh) {
  clear_attempt(x);
  begin_attempt(id, x);
  if (hook_) return ask_hook(id, x, fresh);
  open_body(id, x, fresh);
}

/// A pool timeout's retry backs off in the line (P3): leaving it would spare nobody but our own
/// queue, since nothing was sent. Its hook and its body's source are seen to at once, because they
/// come before the line. The attempt begins when it gets a connection or a dial, or at x.wake.
void Core::queue_early(ExchangeId id, Exchange& x, bool fresh) {
  clear_attempt(x);
  x.early = true;
  if (hook_) return ask_hook(id, x, fresh);
  open_body(id, x, fresh);
}

/// From here on the attempt is counted, told and timed.
void Core::begin_attempt(ExchangeId id, Exchange& x) {
  ++counters_.attempts;
  if (x.early) [[unlikely]] {
    const Duration unspent = std::max(Duration{0}, x.wake - now());
    x.early = false;
    x.record.delay -= unspent;
    x.pool_left = x.timeouts->pool + unspent;  // for when its dial is passed on to another
  }
  x.record.started = x.since_submit(now());
  x.wake = base::Instant::never();
  x.attempt_deadline = now() + x.timeouts->attempt;
  if (notes_wanted_) note(Note::Kind::attempt_started, id, x);
}

void Core::enter_line(ExchangeId id, Exchange& x, bool fresh) {
  x.record.phase = Phase::pool;
  x.state = Exchange::State::waiting;
  x.fresh = fresh;
  x.pool_left = x.timeouts->pool;
  x.pool_deadline = now() + x.pool_left;
  if (!pool_.knows(x.origin)) {
    const policy::RoutePtr via = route_for(x);
    if (via != nullptr && via->kind == policy::Route::Kind::unusable) {
      x.record.route = route_of(via);
      return fail_attempt(id, x, ErrorCode::invalid_option, 0, via->path, {});
    }
    x.origin = find_origin(x, via);
  }
  x.record.route = route_of(pool_.via_of(x.origin));
  const bool stands_there = x.place != 0 && pool_.waits(id);
  if (!stands_there) x.place = pool_.want(id, x.origin, fresh, x.place);
  run_pool();
  if (x.state == Exchange::State::done) return;
  check_wait(id, x);
  arm(id, x);
}

/// The pool gave `c` to the exchange.
void Core::attach(Connection& c, ExchangeId id) {
  Exchange& x = exchanges_[id];
  if (x.early) begin_attempt(id, x);
  end_wait(id, x);
  if (must_look(c)) return look_first(c, id, x);
  put_on(c, id, x);
}

void Core::put_on(Connection& c, ExchangeId id, Exchange& x) {
  x.state = Exchange::State::active;
  x.connection = c.id;
  x.record.connection_id = c.serial;
  x.record.reused = pool_.carry(c.id);
  x.record.peer = c.peer;
  x.record.connected = x.since_submit(now());
  x.record.phase = Phase::write;
  if (notes_wanted_ && x.record.reused) note_reused(c, id, x);
  if (c.tls) note_tls(c, x);
  c.state = Connection::State::busy;
  if (c.requests_left != ~0U) --c.requests_left;
  if (c.h2) return attach_stream(c, id, x);
  static_cast<StreamRun&>(c) = StreamRun{};
  c.reused = x.record.reused;
  c.exchange = id;
  const LimitPolicy* limits = x.limits;
  if (limits != &options_.limits) {
    // The connection may outlive the request while it drains an unwanted body.
    c.own_limits = *limits;
    limits = &c.own_limits;
  }
  c.reader.expect_response(x.request.method, *limits);
  send_request(c, x);
  arm(c);
}

Stream& Core::stream_of(Exchange& x) {
  Connection& c = *connections_[x.connection.index];
  return c.h2 ? *c.h2->streams[x.slot] : static_cast<Stream&>(c);
}

policy::Situation Core::situation_of(const Exchange& x) const {
  policy::Situation s;
  s.method = x.request.method;
  s.attempt = x.attempt - x.earlier_tries;
  s.has_idempotency_key = x.has_idempotency_key;
  s.body_replayable = body_replayable(x);
  s.delivered = x.delivered;
  s.stale_replay_used = x.stale_replay_used;
  s.misdirected_used = x.misdirected_used;
  s.fallback_used = x.http1_only;
  s.backoffs = x.backoffs;
  s.previous_delay = x.previous_delay;
  s.deadline = x.deadline;
  return s;
}

policy::Evidence Core::evidence_of(const Stream& s) {
  // Bytes ordered and not accounted for may have been accepted.
  return {s.handed, s.outstanding != 0 || s.framed, s.received, s.reused, false};
}

void Core::close_record(Exchange& x, const Stream& s) {
  x.record.bytes_sent = s.handed;
  x.record.bytes_received = s.received;
}

/// The attempt ended without a response. The caller has taken the exchange off its connection.
/// `refusal`: the proxy's response, where it refused the tunnel.
void Core::fail_attempt(ExchangeId id, Exchange& x, ErrorCode code, int os_error,
                        std::string detail, const policy::Evidence& evidence,
                        const ResponseHead* refusal) {
  if (x.early) begin_attempt(id, x);  // the hook or the body's source ends it before its time
  policy::Outcome outcome;
  outcome.error = code;
  outcome.evidence = evidence;
  forget_content(x);
  if (refusal != nullptr) {
    outcome.status = refusal->status;
    outcome.headers = &refusal->headers;
    outcome.refused_tunnel = true;
  } else if (x.record.status != 0) {
    // The body of a response that was not to be retried broke: what its head asked for still holds.
    outcome.status = x.record.status;
    outcome.headers = &x.response.headers;
  }
  const policy::Verdict verdict =
      policy::decide(*x.retry, situation_of(x), outcome, now_, budget_, jitter_);
  x.record.error = code;
  x.record.os_error = os_error;
  x.record.replay = verdict.replay;
  if (verdict.retry || refusal != nullptr) {
    x.record.retry_after = verdict.retry_after;
    x.record.retry_after_note = verdict.retry_after_note;
  }
  if (verdict.stop == StopReason::budget_exhausted) ++counters_.budget_refusals;
  end_attempt(id, x);
  if (verdict.retry) return schedule_retry(id, x, verdict);
  pool_.withdraw(id);  // where a pool timeout has left it
  Error& error = fail(x, Error(code, std::move(detail), x.record.phase), verdict.stop);
  error.os_error = os_error;
  error.h2_error = x.record.h2_error;
  error.replay = verdict.replay;
  complete(id, x);
}

/// A final head has arrived. If another attempt is to follow, the exchange leaves the stream
/// (true); else the response is the user's (false).
bool Core::retry_status(Connection& c, Stream& s, Exchange& x, const ResponseHead& head) {
  if (policy::is_answer(head.status)) [[likely]] {
    x.record.replay = ReplayClass::processed;
    x.stop = StopReason::success;
    return false;
  }
  if (s.withheld && repeat_without_expect(c, s, x, head)) return true;
  policy::Outcome outcome;
  outcome.status = head.status;
  outcome.headers = &head.headers;
  outcome.evidence = evidence_of(s);
  const policy::Verdict verdict =
      policy::decide(*x.retry, situation_of(x), outcome, now_, budget_, jitter_);
  x.record.replay = verdict.replay;
  x.record.retry_after = verdict.retry_after;
  x.record.retry_after_note = verdict.retry_after_note;
  x.stop = verdict.stop;
  if (verdict.stop == StopReason::budget_exhausted) ++counters_.budget_refusals;
  if (!verdict.retry) return false;

  const ExchangeId id = s.exchange;
  leave_stream(c, s, x);
  schedule_retry(id, x, verdict);
  return true;
}

/// The head that has come is not the user's: the exchange leaves the stream, and what is left of
/// the response is read in the background, up to a bound, to save the connection (P6).
void Core::leave_stream(Connection& c, Stream& s, Exchange& x) {
  x.record.phase = Phase::head;
  close_record(x, s);
  end_attempt(s.exchange, x);
  x.connection = {};
  s.exchange = {};
  s.drain_bytes = x.limits->drain_bytes;
  s.drain_until = now() + x.limits->drain_time;
  if (c.h2) {
    drain_stream(c, *c.h2->streams[x.slot]);
  } else if (s.sent) {
    c.state = Connection::State::draining;
    arm(c);
  } else {
    lose(c, CloseCause::not_reusable);  // the rest of the request would have to be sent for nothing
  }
}

void Core::schedule_retry(ExchangeId id, Exchange& x, const policy::Verdict& verdict) {
  x.record.delay = verdict.delay;
  x.record.delay_source = verdict.source;
  if (verdict.stale_replay) x.stale_replay_used = true;
  if (verdict.misdirected) x.misdirected_used = true;
  if (verdict.fallback) {
    x.http1_only = true;
    x.origin = {};  // the pool keeps those that may share and those that must not apart
  }
  if (verdict.source != DelaySource::immediate) {
    ++x.backoffs;
    x.previous_delay = verdict.delay;
  }
  count_retry(id, x, verdict);
  if (verdict.delay.count() <= 0) return start_attempt(id, x, verdict.fresh_connection);
  x.wake = now() + verdict.delay;
  if (x.record.error == ErrorCode::pool_timeout) {
    return queue_early(id, x, verdict.fresh_connection);
  }
  x.state = Exchange::State::backoff;
  x.wake_fresh = verdict.fresh_connection;
  arm(id, x);
}

/// The response is complete; the exchange has left its connection.
void Core::succeed(ExchangeId id, Stream& s, Exchange& x) {
  x.record.phase = Phase::done;
  x.response.request_complete = s.sent;
  close_record(x, s);
  end_attempt(id, x);
  x.timeline().set_stop_reason(x.stop);
}

/// Ends an exchange that has been abandoned: no retry is considered.
void Core::give_up(ExchangeId id, Exchange& x, ErrorCode code, StopReason reason) {
  const bool between_attempts = x.state == Exchange::State::backoff || x.early;
  const Phase phase = between_attempts ? Phase::backoff : x.record.phase;
  if (!between_attempts) {
    x.record.error = code;
    x.record.replay = ReplayClass::permanent;
    end_attempt(id, x);
  }
  x.early = false;
  fail(x, Error(code, {}, phase), reason);
  complete(id, x);
}

/// Takes the exchange from wherever it is; its stream, if any, is ended, and with HTTP/1.1 that
/// means its connection.
void Core::abandon(ExchangeId id, Exchange& x) {
  if (x.state == Exchange::State::waiting) {
    if (const ConnectionId dial = pool_.dial_of(id)) {
      const Connection& c = *connections_[dial.index];
      x.record.phase = phase_of(c);
    }
    pool_.withdraw(id);
  } else if (x.state == Exchange::State::active) {
    Connection& c = *connections_[x.connection.index];
    Stream& s = stream_of(x);
    close_record(x, s);
    x.connection = {};
    s.exchange = {};
    if (c.h2) return drop_stream(c, *c.h2->streams[x.slot], kH2Cancel);
    lose(c, CloseCause::not_reusable);
  }
}

/// The answer will be `error`; what there is of a response is not the user's.
Error& Core::fail(Exchange& x, Error error, StopReason reason) {
  x.error = std::make_unique<Error>(std::move(error));
  x.timeline().set_stop_reason(reason);
  return *x.error;
}

void Core::complete(ExchangeId id, Exchange& x) {
  forget_content(x);
  x.state = Exchange::State::done;
  deadlines_.disarm(key_of(id));
  if (x.failed()) x.error->timeline = std::move(x.timeline());
  end_request(id, x);
  Action& action = order(Action::Kind::complete, id, x);
  if (x.failed()) {
    action.error = x.error.get();
  } else {
    action.response = &x.response;
  }
}

void Core::cancel(ExchangeId id) {
  Exchange* x = find(id);
  if (x == nullptr || x->state == Exchange::State::done) return;
  // Another stream's event of the same read may be ordered already, and not yet polled.
  for (std::size_t left = orders_.size(); left != 0; --left) {
    const Action action = orders_.pop();
    if (action.exchange != id || action.kind == Action::Kind::note) orders_.push(action);
  }
  abandon(id, *x);
  give_up(id, *x, ErrorCode::cancelled, StopReason::cancelled);
  run_pool();
}

}  // namespace holdfast::engine
