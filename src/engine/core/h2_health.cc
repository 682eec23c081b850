// Whether an HTTP/2 connection is still good for requests: what its peer allows, whether it is
// leaving, whether it is still there at all.
#include <algorithm>
#include <utility>

#include "engine/core/core.h"
#include "wire/h2/error.h"

namespace holdfast::engine {

/// How many requests it can carry, by its peer and by us.
void Core::on_settings(Connection& c) {
  c.slow_at = base::Instant::never();
  pool_.set_capacity(c.id, std::min(c.h2->session.peer_max_streams(), options_.http2.max_streams));
  run_pool();
  if (pool_.is_idle(c.id)) {
    if (c.state != Connection::State::idle) become_idle(c);
  } else if (c.h2->live == 0 && c.state == Connection::State::idle) {
    c.state = Connection::State::busy;  // carries nothing, and may not: not idle, either
    arm(c);
  }
}

/// What is under way goes on; nothing new is begun (RFC 9113 §6.8). What the peer will not answer
/// follows as resets.
void Core::on_goaway(Connection& c) {
  c.h2->goaway_code = c.h2->session.code();
  c.h2->retired = true;
  for (const std::unique_ptr<H2Stream>& s : c.h2->streams) {
    if (s->id == 0 || !s->exchange) continue;
    exchanges_[s->exchange].record.goaway_last_id = c.h2->session.last_stream();
  }
  pool_.retire(c.id, CloseCause::by_peer);
  run_pool();
}

/// What it means for a request to stand above a GOAWAY's last stream.
ErrorCode Core::refusal_of(std::uint32_t goaway_code) {
  constexpr std::uint32_t kNoError = 0;
  if (goaway_code == kNoError) return ErrorCode::connection_closed;
  const ErrorCode code = wire::h2_stream_error(goaway_code);
  return code == ErrorCode::stream_error ? ErrorCode::http2_error : ErrorCode::stream_refused;
}

/// A request on `s` has timed out. If nothing at all has come since it was last heard of, perhaps
/// nobody is there: nothing new is begun until an answer to a PING, or anything else, says so.
void Core::suspect(Connection& c, const Stream& s) {
  H2Link& link = *c.h2;
  if (c.last_read > s.last_received || !link.ping_due.is_never()) return;
  link.ping_due = now() + options_.http2.ping_timeout;
  pool_.hold(c.id);
  link.session.ping();
  arm(c);
}

void Core::clear_suspicion(Connection& c) {
  c.h2->ping_due = base::Instant::never();
  pool_.let_go(c.id);
  run_pool();
  if (pool_.is_idle(c.id)) become_idle(c);
}

/// Something is due on a connection that carries requests, or may not.
void Core::h2_due(Connection& c) {
  H2Link& link = *c.h2;
  if (link.ping_due <= polled_) {
    return break_link(c, ErrorCode::connection_aborted, 0, "the peer did not answer a PING");
  }
  if (link.live == 0 && c.idle_until <= polled_) return lose(c, CloseCause::idle_expiry);
  if (!link.retired && c.retire_at <= polled_) {
    link.retired = true;
    pool_.retire(c.id, CloseCause::lifetime);
    run_pool();
    if (find_connection(c.id) == nullptr) return;
  }
  const base::Instant due = std::exchange(link.drain_due, base::Instant::never());
  for (std::size_t slot = 0; due <= polled_ && slot < link.streams.size(); ++slot) {
    H2Stream& s = *link.streams[slot];
    if (s.id == 0 || s.exchange) continue;
    if (s.drain_until > polled_) {
      link.drain_due = earlier(link.drain_due, s.drain_until);
      continue;
    }
    const ConnectionId id = c.id;
    drop_stream(c, s, kH2Cancel);
    if (find_connection(id) == nullptr) return;
  }
  if (due > polled_) link.drain_due = due;
  arm(c);
}

/// The connection is lost, and with it every request on it; but what came whole before its peer's
/// orderly end is still delivered to a consumer that pauses.
void Core::break_link(Connection& c, ErrorCode code, int os_error, const std::string& detail,
                      std::uint32_t h2_code, bool write_uncertain) {
  struct Loss {
    ExchangeId id;
    ErrorCode code;
    policy::Evidence evidence;
  };
  std::vector<Loss> losses;
  std::vector<ExchangeId> responded;  // all that was left was the rest of an upload (R13)
  std::size_t whole = 0;
  const bool ended = code == ErrorCode::connection_closed;
  for (const std::unique_ptr<H2Stream>& s : c.h2->streams) {
    if (s->id == 0) continue;
    if (s->response_whole && s->exchange) {
      Exchange& x = exchanges_[s->exchange];
      succeed(s->exchange, *s, x);
      x.connection = {};
      responded.push_back(std::exchange(s->exchange, {}));
      continue;
    }
    if (ended && s->ended) {
      s->upload_stopped = true;
      ++whole;
      continue;
    }
    if (!s->exchange) continue;
    Exchange& x = exchanges_[s->exchange];
    Loss loss{s->exchange, ended && s->head_done ? ErrorCode::response_truncated : code,
              evidence_of(*s)};
    loss.evidence.handed_uncertain = loss.evidence.handed_uncertain || write_uncertain;
    close_record(x, *s);
    x.record.h2_error = h2_code;
    x.connection = {};
    s->exchange = {};
    losses.push_back(loss);
  }
  if (whole == 0) {
    lose(c, c.eof ? CloseCause::by_peer : CloseCause::by_error);
  } else {
    c.h2->retired = true;
    for (const std::unique_ptr<H2Stream>& s : c.h2->streams) {
      if (s->id == 0 || (s->ended && s->exchange)) continue;
      free_stream(c, *s);
      pool_.release(c.id, false, CloseCause::by_peer);
    }
    pool_.retire(c.id, CloseCause::by_peer);
    run_pool();
  }
  for (const ExchangeId done : responded) complete(done, exchanges_[done]);
  for (const Loss& loss : losses) {
    fail_attempt(loss.id, exchanges_[loss.id], loss.code, os_error, detail, loss.evidence);
  }
}

}  // namespace holdfast::engine
