// What is read: bytes to response events, and what each of them means for the exchange.
//
// Streaming exchanges are fed one event at a time: after each delivery parsing stops until the next
// poll, so that a pause() in the consumer's callback takes effect at once and at most one read (64
// KiB) is ever held for it.
#include <algorithm>
#include <utility>

#include "engine/core.h"

namespace holdfast::engine {

namespace {

/// A server closes an idle connection when its Keep-Alive timeout is over; the client had better be
/// first, or a request crosses the FIN.
Duration within_peer_timeout(std::int64_t seconds) {
  if (seconds >= 2) return std::chrono::seconds(std::min<std::int64_t>(seconds, 1'000'000) - 1);
  return std::chrono::milliseconds(seconds * 500);
}

}  // namespace

void Core::received(ConnectionId id, std::string_view bytes) {
  Connection* c = find_connection(id);
  if (c == nullptr || bytes.empty()) return;
  c->received += bytes.size();
  c->window_bytes += bytes.size();
  c->last_received = now();
  if (c->state == Connection::State::busy) {
    Exchange& x = exchanges_[c->exchange];
    if (c->handed == 0) {
      // No byte of the request has left: this answers something else (P4).
      return break_off(*c, ErrorCode::protocol_error, 0, "bytes came before the request was sent",
                       evidence_of(*c));
    }
    if (x.record.first_byte.count() < 0) x.record.first_byte = x.since_submit(now());
  } else if (c->state != Connection::State::draining) {
    return lose(*c, CloseCause::by_error);  // speaks out of turn (P4)
  }
  if (!c->stash.empty()) {
    c->stash.append(bytes);
    return;
  }
  c->input = bytes;
  advance(*c);
}

/// Parses what there is: the current fact's bytes, or those kept while the consumer paused.
void Core::advance(Connection& c) {
  const bool stashed = !c.stash.empty();
  if (stashed) c.input = std::string_view(c.stash).substr(c.stash_used);
  parse(c);
  if (stashed) c.stash_used = c.stash.size() - c.input.size();
}

void Core::parse(Connection& c) {
  for (;;) {
    Exchange* x = c.state == Connection::State::busy ? &exchanges_[c.exchange] : nullptr;
    if (x != nullptr && x->paused) return hold_input(c);
    bool go_on = true;
    switch (c.reader.next(c.input)) {
      case wire::H1Reader::Event::need_more:
        return on_input_exhausted(c);
      case wire::H1Reader::Event::interim:
        go_on = on_interim(c, x);
        break;
      case wire::H1Reader::Event::head:
        go_on = on_head(c, x);
        break;
      case wire::H1Reader::Event::body:
        go_on = on_body(c, x);
        break;
      case wire::H1Reader::Event::end:
        return on_end(c, x);
      case wire::H1Reader::Event::error:
        if (x == nullptr) return lose(c, CloseCause::by_error);
        return break_off(c, c.reader.error(), 0, c.reader.detail(), evidence_of(c));
    }
    if (!go_on) return;
  }
}

void Core::to_pending(Connection& c) {
  if (c.in_pending) return;
  c.in_pending = true;
  pending_.push_back(c.id);
}

bool Core::on_interim(Connection& c, Exchange* x) {
  if (x == nullptr || !x->interim) return true;
  static_cast<ResponseHead&>(interim_) = std::move(c.reader.head());
  order(Action::Kind::interim, c.exchange, *x).response = &interim_;
  to_pending(c);
  return false;
}

/// Keep-Alive: timeout= and max= (P4).
void Core::note_peer_hints(Connection& c) {
  if (const std::int64_t timeout = c.reader.keep_alive_timeout_s(); timeout >= 0) {
    c.idle_allowed = std::min(options_.pool.idle_expiry, within_peer_timeout(timeout));
  }
  if (const std::int64_t max = c.reader.keep_alive_max(); max >= 0) {
    c.requests_left = static_cast<std::uint32_t>(std::min<std::int64_t>(max, c.requests_left));
  }
}

bool Core::on_head(Connection& c, Exchange* x) {
  ResponseHead& head = c.reader.head();
  c.head_done = true;
  note_peer_hints(c);
  if (x == nullptr) return true;
  x->record.status = head.status;
  x->record.http_major = head.http_major;
  x->record.http_minor = head.http_minor;
  if (retry_status(c, *x, head)) return c.state == Connection::State::draining;
  x->record.phase = Phase::body;
  c.window_start = now();
  c.window_bytes = c.input.size();
  // A refusal makes the rest of the upload pointless; a success may answer while it goes on.
  if (!c.sent && head.status >= 300) c.upload_stopped = true;
  static_cast<ResponseHead&>(x->response) = std::move(head);
  arm(c);
  if (!x->streaming) return true;
  x->delivered = true;
  order(Action::Kind::head, c.exchange, *x).response = &x->response;
  to_pending(c);
  return false;
}

bool Core::on_body(Connection& c, Exchange* x) {
  const std::string_view body = c.reader.body();
  if (x == nullptr) {
    c.drained += body.size();
    if (c.drained <= options_.limits.drain_bytes) return true;
    lose(c, CloseCause::not_reusable);
    return false;
  }
  if (x->streaming) {
    order(Action::Kind::body, c.exchange, *x).body = body;
    to_pending(c);
    return false;
  }
  if (body.size() > x->limits->max_body_bytes - x->response.body.size()) {
    break_off(c, ErrorCode::body_too_large, 0,
              "more than " + std::to_string(x->limits->max_body_bytes) +
                  " bytes; raise limits.max_body_bytes or stream the response",
              evidence_of(c));
    return false;
  }
  x->response.body.append(body);
  return true;
}

/// The message is complete. Bytes that follow it answer a request that nobody sent: the response
/// stands, the connection does not (H1).
void Core::on_end(Connection& c, Exchange* x) {
  const bool reusable =
      c.reader.reusable() && c.input.empty() && c.sent && !c.eof && !c.read_stopped;
  c.input = {};
  c.stash.clear();
  if (x == nullptr) return release(c, reusable);
  const ExchangeId id = c.exchange;
  x->response.trailers = std::move(c.reader.trailers());
  succeed(c, *x);
  x->connection = {};
  c.exchange = {};
  release(c, reusable);
  complete(id, *x);
}

void Core::on_input_exhausted(Connection& c) {
  c.input = {};
  c.stash.clear();
  if (c.eof) {
    Exchange* x = c.state == Connection::State::busy ? &exchanges_[c.exchange] : nullptr;
    if (c.reader.finish() == wire::H1Reader::Event::end) return on_end(c, x);
    if (x == nullptr) return lose(c, CloseCause::by_peer);
    return break_off(c, c.reader.error(), 0, c.reader.detail(), evidence_of(c));
  }
  if (c.read_stopped) {
    c.read_stopped = false;
    c.last_received = now();
    order(Action::Kind::read_start).connection = c.id;
    arm(c);
  }
}

/// The attempt on `c` ends by an error, and `c` with it.
void Core::break_off(Connection& c, ErrorCode code, int os_error, std::string detail,
                     const policy::Evidence& evidence) {
  const ExchangeId id = c.exchange;
  Exchange& x = exchanges_[id];
  x.record.bytes_sent = c.handed;
  x.record.bytes_received = c.received;
  x.connection = {};
  c.exchange = {};
  lose(c, c.eof ? CloseCause::by_peer : CloseCause::by_error);
  fail_attempt(id, x, code, os_error, std::move(detail), evidence);
}

void Core::ended(ConnectionId id) {
  Connection* c = find_connection(id);
  if (c == nullptr) return;
  c->eof = true;
  if (c->state == Connection::State::idle) return lose(*c, CloseCause::by_peer);
  if (c->state != Connection::State::busy && c->state != Connection::State::draining) return;
  if (!c->stash.empty() || c->in_pending) return;  // what came before is delivered first
  advance(*c);
}

void Core::failed(ConnectionId id, ErrorCode error, int os_error, bool write_uncertain) {
  Connection* c = find_connection(id);
  if (c == nullptr) return;
  if (c->state != Connection::State::busy) return lose(*c, CloseCause::by_peer);
  policy::Evidence evidence = evidence_of(*c);
  evidence.handed_uncertain = write_uncertain;
  break_off(*c, error, os_error, {}, evidence);
}

// --- Back-pressure -------------------------------------------------------------------------------

void Core::pause(ExchangeId id) {
  Exchange* x = find(id);
  if (x == nullptr || !x->streaming || x->paused) return;
  x->paused = true;
  if (x->state != Exchange::State::active) return;
  Connection& c = *connections_[x->connection.index];
  if (c.read_stopped || c.eof) return;
  c.read_stopped = true;
  order(Action::Kind::read_stop).connection = c.id;
}

void Core::resume(ExchangeId id) {
  Exchange* x = find(id);
  if (x == nullptr || !x->paused) return;
  x->paused = false;
  if (x->state != Exchange::State::active) return;
  Connection& c = *connections_[x->connection.index];
  c.last_received = c.window_start = now();  // the silence was ours
  c.window_bytes = 0;
  arm(c);
  to_pending(c);
}

/// Keeps what was read and not yet parsed until the consumer goes on.
void Core::hold_input(Connection& c) {
  if (!c.stash.empty()) return;  // it is kept already
  c.stash.assign(c.input);
  c.stash_used = 0;
  c.input = {};
}

}  // namespace holdfast::engine
