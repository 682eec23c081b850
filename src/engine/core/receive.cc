// What is read: bytes to response events, and what each of them means for the exchange.
//
// Streaming exchanges are fed one event at a time: after each delivery parsing stops until the next
// poll, so that a pause() in the consumer's callback takes effect at once and at most one read (64
// KiB) is ever held for it.
#include <algorithm>
#include <utility>

#include "engine/core/core.h"

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
  counters_.bytes_received += bytes.size();
  if (c->tls) return received_sealed(*c, bytes);
  if (c->state == Connection::State::tunneling) return tunnel_answered(*c, bytes);
  if (!note_received(*c, bytes.size())) return;
  if (!c->stash.empty()) {
    c->stash.append(bytes);
    return;
  }
  c->input = bytes;
  advance(*c);
}

/// Plaintext has come. Says whether it may be believed to be what was asked for.
bool Core::note_received(Connection& c, std::size_t bytes) {
  c.last_read = now();
  if (c.h2) {
    if (!c.h2->ping_due.is_never()) clear_suspicion(c);
    return true;
  }
  c.received += bytes;
  c.window_bytes += bytes;
  c.last_received = now();
  if (c.state == Connection::State::busy) {
    Exchange& x = exchanges_[c.exchange];
    if (c.handed == 0) {
      // No byte of the request has left: this answers something else (P4).
      break_off(c, ErrorCode::protocol_error, 0, "bytes came before the request was sent",
                evidence_of(c));
      return false;
    }
    if (x.record.first_byte.count() < 0) x.record.first_byte = x.since_submit(now());
  } else if (c.state != Connection::State::draining) {
    lose(c, CloseCause::by_error);  // speaks out of turn (P4)
    return false;
  }
  return true;
}

/// Parses what there is: the current fact's bytes, or those kept while the consumer paused.
void Core::advance(Connection& c) {
  if (c.h2) return parse_h2(c);
  if (!c.stash.empty()) c.input = std::string_view(c.stash).substr(c.stash_used);
  if (!c.sealed_stash.empty() && c.sealed.empty()) c.sealed = c.sealed_stash;
  parse(c);
  // Where parsing stopped, inside what was kept or beyond it.
  if (!c.stash.empty()) c.stash_used = c.stash.size() - c.input.size();
  if (c.tls && c.state != Connection::State::closing) pump(c);
}

void Core::parse(Connection& c) {
  for (;;) {
    Exchange* x = c.state == Connection::State::busy ? &exchanges_[c.exchange] : nullptr;
    if (x != nullptr) {
      if (x->paused) return hold_input(c);
      if (c.response_whole) return read_past_response(c, *x);
      if (x->content.due && !on_coded(c, *x, {})) return;
    }
    bool go_on = true;
    switch (c.state == Connection::State::busy || c.state == Connection::State::draining
                ? c.reader.next(c.input)
                : wire::H1Reader::Event::need_more) {
      case wire::H1Reader::Event::need_more:
        c.input = {};
        c.stash.clear();
        switch (refill(c)) {
          case Refill::more:
            continue;
          case Refill::broken:
            return;
          case Refill::dry:
            return on_input_exhausted(c);
        }
        return;
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
  if (x == nullptr) return true;
  if (c.reader.head().status == kContinue) on_continue(c, c, *x);
  if (!x->interim) return true;
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
  if (!accept_head(c, c, *x, head)) return c.state == Connection::State::draining;
  c.window_bytes = c.input.size();
  arm(c);
  if (!x->streaming) return true;
  hand_over_head(c, c.exchange, *x);
  return false;
}

/// False if the head is not the user's: the exchange has left, for another attempt, here or
/// elsewhere, or because its content can not be taken.
bool Core::accept_head(Connection& c, Stream& s, Exchange& x, ResponseHead& head) {
  x.record.status = head.status;
  x.record.http_major = head.http_major;
  x.record.http_minor = head.http_minor;
  if (options_.cookies != nullptr) keep_cookies(x, head.headers);
  if (retry_status(c, s, x, head)) return false;
  if (policy::is_redirect(head.status) && x.redirects->follow && follow_redirect(c, s, x, head)) {
    return false;
  }
  x.record.phase = Phase::body;
  s.window_start = now();
  // A refusal makes the rest of the upload pointless; a success may answer while it goes on.
  // A body that waits for the server's word is not sent after it (RFC 9110 §10.1.1).
  if (!s.sent && (head.status >= 300 || s.withheld)) {
    s.upload_stopped = true;
    s.continue_at = base::Instant::never();
  }
  static_cast<ResponseHead&>(x.response) = std::move(head);
  std::string why;
  if (begin_content(x, why)) return true;
  if (c.h2) {
    break_stream(c, *c.h2->streams[x.slot], ErrorCode::content_undecodable, std::move(why),
                 evidence_of(s));
  } else {
    break_off(c, ErrorCode::content_undecodable, 0, std::move(why), evidence_of(s));
  }
  return false;
}

bool Core::on_body(Connection& c, Exchange* x) {
  const std::string_view body = c.reader.body();
  if (x == nullptr) {
    c.drained += body.size();
    if (c.drained <= c.drain_bytes) return true;
    lose(c, CloseCause::not_reusable);
    return false;
  }
  if (x->streaming) {
    if (x->content.decoder != nullptr) return on_coded(c, *x, body);
    hand_over(c.exchange, *x, body);
    to_pending(c);
    return false;
  }
  ErrorCode code = ErrorCode::none;
  std::string why;
  if (keep_body(*x, body, code, why)) return true;
  break_off(c, code, 0, std::move(why), evidence_of(c));
  return false;
}

/// Hands over the next decoded piece, and with it the word; true if there is none.
bool Core::on_coded(Connection& c, Exchange& x, std::string_view coded) {
  std::size_t consumed = 0;
  switch (deliver_decoded(c.exchange, x, coded, consumed)) {
    case Piece::none:
      return true;
    case Piece::ordered:
      to_pending(c);
      return false;
    case Piece::broken:
      break;
  }
  const wire::Decoder& decoder = *x.content.decoder;
  break_off(c, decoder.error(), 0, decoder.detail(), evidence_of(c));
  return false;
}

/// The message is complete. Bytes that follow it answer a request that nobody sent: the response
/// stands, the connection does not (H1). `closed`: by the connection's end.
void Core::on_end(Connection& c, Exchange* x, bool closed) {
  if (!c.input.empty()) c.surplus = true;
  c.input = {};
  c.stash.clear();
  if (x == nullptr) return release(c, may_be_reused(c));
  x->response.trailers = std::move(c.reader.trailers());
  ErrorCode code = ErrorCode::none;
  std::string why;
  if (content_is_whole(*x, closed, code, why)) {
    if (c.sent || !upload_goes_on(c, c, *x)) return end_exchange(c, *x);
    c.response_whole = true;
    return read_past_response(c, *x);
  }
  const ExchangeId id = c.exchange;
  const policy::Evidence evidence = evidence_of(c);
  close_record(*x, c);
  x->connection = {};
  c.exchange = {};
  release(c, may_be_reused(c));
  fail_attempt(id, *x, code, 0, std::move(why), evidence);
}

bool Core::may_be_reused(Connection& c) {
  return c.reader.reusable() && c.sent && !c.surplus && !c.eof && !c.read_stopped && !says_more(c);
}

/// The response is delivered, and the request has been sent or is given up.
void Core::end_exchange(Connection& c, Exchange& x) {
  const ExchangeId id = c.exchange;
  const bool reusable = may_be_reused(c);
  succeed(id, c, x);
  x.connection = {};
  c.exchange = {};
  release(c, reusable);
  complete(id, x);
}

void Core::on_input_exhausted(Connection& c) {
  if (c.eof) {
    Exchange* x = c.state == Connection::State::busy ? &exchanges_[c.exchange] : nullptr;
    if (x == nullptr && c.state != Connection::State::draining) {
      return lose(c, CloseCause::by_peer);
    }
    if (c.reader.finish() == wire::H1Reader::Event::end) {
      if (c.tls == nullptr || c.tls_closed) return on_end(c, x, true);
      // Anybody on the way can forge a FIN: only close_notify says that this is all.
      if (x == nullptr) return lose(c, CloseCause::by_peer);
      return break_off(c, ErrorCode::response_truncated, 0,
                       "the connection was closed without TLS's close_notify", evidence_of(c));
    }
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

/// The connection is of no use any more, whatever it was doing.
void Core::broke(Connection& c, ErrorCode code, int os_error, std::string detail) {
  if (c.h2) return break_link(c, code, os_error, detail);
  if (c.state != Connection::State::busy) return lose(c, CloseCause::by_error);
  break_off(c, code, os_error, std::move(detail), evidence_of(c));
}

/// The attempt on `c` ends by an error, and `c` with it.
void Core::break_off(Connection& c, ErrorCode code, int os_error, std::string detail,
                     const policy::Evidence& evidence) {
  // Not retried: the next connection would end alike.
  if (c.tls && !c.tls->renegotiation_complaint().empty() && is_transient(code)) {
    code = ErrorCode::tls_handshake_failed;
    detail = c.tls->renegotiation_complaint();
  }
  const ExchangeId id = c.exchange;
  Exchange& x = exchanges_[id];
  if (c.response_whole) {
    if (code != ErrorCode::body_source_failed) return end_exchange(c, x);
    x.record.phase = Phase::write;
  }
  close_record(x, c);
  x.connection = {};
  c.exchange = {};
  lose(c, c.eof ? CloseCause::by_peer : CloseCause::by_error);
  fail_attempt(id, x, code, os_error, std::move(detail), evidence);
}

void Core::ended(ConnectionId id) {
  Connection* c = find_connection(id);
  if (c == nullptr) return;
  c->eof = true;
  switch (c->state) {
    case Connection::State::tunneling:
      return dial_failed(*c, ErrorCode::connection_closed, 0, "before CONNECT was answered");
    case Connection::State::securing:
      return dial_failed(*c, ErrorCode::connection_closed, 0, "during the TLS handshake");
    case Connection::State::idle:
      return lose(*c, CloseCause::by_peer);
    case Connection::State::busy:
    case Connection::State::draining:
      break;
    default:
      return;
  }
  // What came before is delivered first.
  if (!c->stash.empty() || !c->sealed_stash.empty() || c->in_pending) return;
  advance(*c);
}

void Core::failed(ConnectionId id, ErrorCode error, int os_error, bool write_uncertain) {
  Connection* c = find_connection(id);
  if (c == nullptr) return;
  if (c->state == Connection::State::tunneling) {
    return dial_failed(*c, error, os_error, "before CONNECT was answered");
  }
  if (c->state == Connection::State::securing) {
    return dial_failed(*c, error, os_error, "during the TLS handshake");
  }
  if (c->state != Connection::State::busy) return lose(*c, CloseCause::by_peer);
  if (c->h2) return break_link(*c, error, os_error, {}, 0, write_uncertain);
  policy::Evidence evidence = evidence_of(*c);
  evidence.handed_uncertain = write_uncertain;
  break_off(*c, error, os_error, {}, evidence);
}

// --- Back-pressure -------------------------------------------------------------------------------

void Core::pause(ExchangeId id) {
  Exchange* x = find(id);
  if (x == nullptr || !(x->streaming || x->storing) || x->paused) return;
  x->paused = true;
  if (x->state != Exchange::State::active) return;
  Connection& c = *connections_[x->connection.index];
  if (c.h2 || c.read_stopped || c.eof) return;  // HTTP/2: its stream's window is what stops it
  c.read_stopped = true;
  order(Action::Kind::read_stop).connection = c.id;
}

void Core::resume(ExchangeId id) {
  Exchange* x = find(id);
  if (x == nullptr || !x->paused) return;
  x->paused = false;
  if (x->state != Exchange::State::active) return;
  Connection& c = *connections_[x->connection.index];
  Stream& s = stream_of(*x);
  s.last_received = s.window_start = now();  // the silence was ours
  s.window_bytes = 0;
  if (c.h2) {
    c.h2->roused.push_back(x->slot);
    arm(id, *x);
  } else {
    arm(c);
  }
  to_pending(c);
}

/// Keeps what was read and not yet parsed until the consumer goes on. One who had paused before the
/// connection was his has not stopped it from reading yet.
void Core::hold_input(Connection& c) {
  if (!c.read_stopped && !c.eof) {
    c.read_stopped = true;
    order(Action::Kind::read_stop).connection = c.id;
  }
  if (c.sealed_stash.empty()) {
    c.sealed_stash.assign(c.sealed);
  } else if (!c.sealed.empty()) {
    c.sealed_stash.erase(0, c.sealed_stash.size() - c.sealed.size());
  }
  c.sealed = {};
  if (!c.stash.empty()) return;  // it is kept already
  c.stash.assign(c.input);
  c.input = c.stash;
}

}  // namespace holdfast::engine
