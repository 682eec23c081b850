// What is read over HTTP/2: session events, and what each of them means for the exchange on its
// stream. As with HTTP/1.1 a streaming consumer is fed one event at a time; while it pauses, what
// comes for it is kept with its stream, and is not more than the stream's window, since bytes are
// only given back to that window when they are delivered. The connection's window has them back at
// once: whatever consumers pause, the other streams go on (P11). Interim responses that come during
// a pause are dropped: they are news, and would be old by then.
#include <utility>

#include "engine/core/core.h"

namespace holdfast::engine {

void Core::parse_h2(Connection& c) {
  using Event = wire::H2Session::Event;
  wire::H2Session& session = c.h2->session;
  const ConnectionId id = c.id;
  bool go_on = flush_roused(c);
  while (go_on) {
    const Event event = session.next(c.input, now());
    if (event == Event::need_more) {
      c.input = {};
      const Refill refilled = refill(c);
      if (refilled == Refill::more) continue;
      if (refilled == Refill::dry && c.eof) return broke(c, ErrorCode::connection_closed, 0, {});
      if (refilled == Refill::broken) return;
      break;
    }
    H2Stream* s = nullptr;
    if (event < Event::settings) {
      H2Stream& named = *c.h2->streams[static_cast<std::size_t>(session.tag())];
      if (named.id != session.stream()) continue;
      s = &named;
      s->last_received = now();
    }
    switch (event) {
      case Event::interim:
        go_on = on_h2_interim(c, *s);
        break;
      case Event::head:
        go_on = on_h2_head(c, *s);
        break;
      case Event::body:
        go_on = on_h2_body(c, *s);
        break;
      case Event::end:
        go_on = on_h2_end(c, *s);
        break;
      case Event::reset:
        on_h2_reset(c, *s);
        break;
      case Event::settings:
        on_settings(c);
        break;
      case Event::goaway:
        on_goaway(c);
        break;
      case Event::pong:
      case Event::need_more:
        break;
      case Event::error:
        pump(c);  // the GOAWAY that says why
        return break_link(c, session.error(), 0, session.detail(), session.code());
    }
    if (find_connection(id) == nullptr) return;
  }
  pump(c);
}

/// First of all, what was kept for consumers that go on.
bool Core::flush_roused(Connection& c) {
  H2Link& link = *c.h2;
  while (!link.roused.empty()) {
    H2Stream& s = *link.streams[link.roused.back()];
    Exchange* x = s.exchange ? find(s.exchange) : nullptr;
    if (x == nullptr || x->paused) {
      link.roused.pop_back();
      continue;
    }
    if (!flush(c, s, *x)) return false;
    link.roused.pop_back();
    if (c.state == Connection::State::closing) return false;
  }
  return true;
}

/// False when something was delivered, so that the consumer is to be heard before more is.
bool Core::flush(Connection& c, H2Stream& s, Exchange& x) {
  if (s.head_held) {
    s.head_held = false;
    hand_over_head(c, s.exchange, x);
    return false;
  }
  if (x.content.due) {
    const ExchangeId id = s.exchange;
    if (!on_h2_coded(c, s, x, {})) return false;
    if (s.exchange != id) return true;  // it broke
  }
  if (!s.stash.empty()) {
    s.delivering.swap(s.stash);
    s.stash.clear();
    hand_over(s.exchange, x, s.delivering);
    c.h2->session.consume(s.id, s.delivering.size());
    to_pending(c);
    return false;
  }
  if (s.ended) finish_stream(c, s, x);
  return true;
}

bool Core::on_h2_interim(Connection& c, H2Stream& s) {
  s.received += c.h2->session.head().headers.bytes();
  if (!s.exchange) return true;
  Exchange& x = exchanges_[s.exchange];
  if (x.record.first_byte.count() < 0) x.record.first_byte = x.since_submit(now());
  if (c.h2->session.head().status == kContinue) on_continue(c, s, x);
  if (!x.interim || x.paused) return true;
  static_cast<ResponseHead&>(interim_) = std::move(c.h2->session.head());
  order(Action::Kind::interim, s.exchange, x).response = &interim_;
  to_pending(c);
  return false;
}

bool Core::on_h2_head(Connection& c, H2Stream& s) {
  ResponseHead& head = c.h2->session.head();
  s.received += head.headers.bytes() + 1;
  s.head_done = true;
  if (!s.exchange) return true;
  const ExchangeId id = s.exchange;
  Exchange& x = exchanges_[id];
  if (x.record.first_byte.count() < 0) x.record.first_byte = x.since_submit(now());
  if (!accept_head(c, s, x, head)) return true;
  arm(id, x);
  if (!x.streaming) return true;
  if (x.paused) {
    s.head_held = true;
    return true;
  }
  hand_over_head(c, id, x);
  return false;
}

bool Core::on_h2_body(Connection& c, H2Stream& s) {
  wire::H2Session& session = c.h2->session;
  const std::string_view body = session.body();
  s.received += body.size();
  s.window_bytes += body.size();
  if (!s.exchange) {
    session.consume(s.id, body.size());
    s.drained += body.size();
    if (s.drained > s.drain_bytes) drop_stream(c, s, kH2Cancel);
    return true;
  }
  Exchange& x = exchanges_[s.exchange];
  if (x.streaming && x.content.decoder != nullptr) {
    if (!x.paused && !s.head_held) return on_h2_coded(c, s, x, body);
    x.content.keep(body);
    session.lend(s.id, body.size());
    x.content.due = true;
    return true;
  }
  if (x.streaming) {
    if (x.paused || s.head_held || !s.stash.empty()) {
      s.stash.append(body);
      session.lend(s.id, body.size());
      return true;
    }
    session.consume(s.id, body.size());
    hand_over(s.exchange, x, body);
    to_pending(c);
    return false;
  }
  session.consume(s.id, body.size());
  ErrorCode code = ErrorCode::none;
  std::string why;
  if (keep_body(x, body, code, why)) return true;
  break_stream(c, s, code, std::move(why), evidence_of(s));
  return true;
}

/// Hands over the next decoded piece, and with it the word (false); true if there is none, or if
/// the coding is broken and the exchange has left. What the decoder has used up is given back to
/// the window.
bool Core::on_h2_coded(Connection& c, H2Stream& s, Exchange& x, std::string_view coded) {
  std::size_t consumed = 0;
  const Piece piece = deliver_decoded(s.exchange, x, coded, consumed);
  c.h2->session.consume(s.id, consumed);
  if (consumed < coded.size()) c.h2->session.lend(s.id, coded.size() - consumed);  // kept
  if (piece == Piece::none) return true;
  if (piece == Piece::ordered) {
    if (coded.data() != nullptr) c.h2->roused.push_back(s.slot);  // there may be more of it
    to_pending(c);
    return false;
  }
  const wire::Decoder& decoder = *x.content.decoder;
  break_stream(c, s, decoder.error(), decoder.detail(), evidence_of(s));
  return true;
}

bool Core::on_h2_end(Connection& c, H2Stream& s) {
  if (!s.exchange) {
    free_stream(c, s);
    release(c, true);
    return true;
  }
  Exchange& x = exchanges_[s.exchange];
  x.response.trailers = std::move(c.h2->session.trailers());
  s.ended = true;
  if (x.paused || s.head_held || !s.stash.empty() || x.content.due) return true;
  finish_stream(c, s, x);
  return true;
}

/// The response is whole and delivered.
void Core::finish_stream(Connection& c, H2Stream& s, Exchange& x) {
  ErrorCode code = ErrorCode::none;
  std::string why;
  if (!s.response_whole && !content_is_whole(x, false, code, why)) {
    return break_stream(c, s, code, std::move(why), evidence_of(s));
  }
  // Without content the response proves that all of the request was read, whatever else the write
  // that carried it still holds.
  if (!has_content(x)) s.sent = true;
  s.response_whole = !s.sent && upload_goes_on(c, s, x);
  if (!s.response_whole) end_stream(c, s, x);
}

/// The response is delivered, and the request has been sent or is given up.
void Core::end_stream(Connection& c, H2Stream& s, Exchange& x) {
  const ExchangeId id = s.exchange;
  succeed(id, s, x);
  x.connection = {};
  if (s.sent) {
    free_stream(c, s);
    release(c, true);
  } else {
    drop_stream(c, s, kH2Cancel);
  }
  complete(id, x);
}

/// The stream is over without a whole response.
void Core::on_h2_reset(Connection& c, H2Stream& s) {
  wire::H2Session& session = c.h2->session;
  const ExchangeId id = s.exchange;
  if (s.ended && id) return upload_reset(c, s);
  policy::Evidence evidence = evidence_of(s);
  evidence.refused = session.refused();
  ErrorCode code = session.error();
  if (evidence.refused && session.going_away()) code = refusal_of(c.h2->goaway_code);
  const std::uint32_t h2_code = session.code();
  std::string detail = session.detail();
  Exchange* x = find(id);
  if (x != nullptr) {
    close_record(*x, s);
    x->record.h2_error = h2_code;
    x->connection = {};
  }
  free_stream(c, s);
  release(c, true);
  if (x != nullptr) fail_attempt(id, *x, code, 0, std::move(detail), evidence);
}

}  // namespace holdfast::engine
