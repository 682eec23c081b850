// What is sent over HTTP/1.1: the request's head and body, in one gathered write where the body is
// in memory, in pieces as its source gives them where it is not (R8).
#include <utility>

#include "engine/core/core.h"
#include "wire/h1/writer.h"

namespace holdfast::engine {

void Core::send_request(Connection& c, Exchange& x) {
  const Body& body = x.body();
  wire::H1RequestHead head;
  fill_head(head, x);
  c.out.clear();
  wire::append_request_head(c.out, head);
  c.chunked = head.chunked;
  c.body_open = body.kind() == Body::Kind::factory || body.kind() == Body::Kind::one_shot;
  c.withheld = expects_continue(x);
  const bool head_only = c.body_open || c.withheld;
  order_write(c, c.out, head_only ? std::string_view() : std::string_view(body.bytes()));
}

void Core::order_write(Connection& c, std::string_view head, std::string_view body) {
  if (c.outstanding == 0) c.last_accepted = now();
  c.outstanding += head.size() + body.size();
  if (c.has_outbox()) {
    c.outbox.head = head;
    c.outbox.body = body;
    return pump(c);
  }
  Action& action = order(Action::Kind::write);
  action.connection = c.id;
  action.head = head;
  action.body = body;
}

void Core::written(ConnectionId id, std::size_t bytes) {
  Connection* c = find_connection(id);
  if (c == nullptr) return;
  counters_.bytes_sent += bytes;
  if (c->has_outbox()) return outbox_written(*c, bytes);
  if (c->state == Connection::State::tunneling) c->outbox.flying -= bytes;
  if (c->state != Connection::State::busy) return;
  HF_CHECK(bytes <= c->outstanding);
  c->outstanding -= bytes;
  c->handed += bytes;
  c->last_accepted = now();
  if (c->outstanding == 0) piece_written(*c);
}

/// All that was ordered is accepted: what comes next?
void Core::piece_written(Connection& c) {
  Exchange& x = exchanges_[c.exchange];
  if (c.upload_stopped) return;
  if (c.withheld) return await_continue(c, c, x);
  if (c.last_chunk_due) {
    c.last_chunk_due = false;
    c.out.assign(wire::kChunkEnd).append(wire::kLastChunk);
    order_write(c, c.out, {});
  } else if (c.body_open) {
    ask_for_body(c.exchange, x);
  } else {
    request_sent(c, x);
    arm(c);
  }
}

/// Whatever can still fail is done before the first byte leaves (R8): a source is opened, and with
/// it measured, before its attempt enters the queue.
void Core::open_body(ExchangeId id, Exchange& x, bool fresh) {
  const Body::Kind kind = x.body().kind();
  if (kind != Body::Kind::factory && kind != Body::Kind::one_shot) return enter_line(id, x, fresh);
  pool_.withdraw(id);  // where a pool timeout has left it
  x.state = Exchange::State::opening;
  x.record.phase = Phase::prepare;
  x.wake_fresh = fresh;
  order(Action::Kind::open_body, id, x).attempt = x.attempt;
  arm(id, x);
}

void Core::body_opened(ExchangeId id, std::uint32_t attempt, http::OpenedBody&& opened) {
  Exchange* x = find(id);
  if (x == nullptr || x->state != Exchange::State::opening || x->attempt != attempt) return;
  if (!opened.ok) {
    return fail_attempt(id, *x, ErrorCode::body_source_failed, 0, std::move(opened.why), {});
  }
  x->source_length = opened.length;
  x->source_single = !opened.repeatable;
  enter_line(id, *x, x->wake_fresh);
}

/// How long the body of this attempt is; nullopt: only its end will tell.
std::optional<std::uint64_t> Core::body_length(const Exchange& x) {
  const Body& body = x.body();
  const bool sourced = body.kind() == Body::Kind::factory || body.kind() == Body::Kind::one_shot;
  return sourced ? x.source_length : body.length();
}

bool Core::has_content(const Exchange& x) {
  return x.body().kind() != Body::Kind::none && body_length(x) != 0U;
}

/// Whether another attempt can send the same body (R8). What was opened and not read is kept for
/// the next attempt.
bool Core::body_replayable(const Exchange& x) {
  switch (x.body().kind()) {
    case Body::Kind::one_shot:
      return !x.body_begun;
    case Body::Kind::factory:
      return !(x.source_single && x.body_begun);
    default:
      return true;
  }
}

void Core::ask_for_body(ExchangeId id, Exchange& x) {
  x.body_begun = true;
  Action& action = order(Action::Kind::need_body, id, x);
  action.attempt = x.attempt;
}

void Core::request_sent(Stream& s, Exchange& x) {
  s.sent = true;
  s.sent_at = now();
  // The read timeout starts when there is something to answer, unless the answer has begun.
  s.last_received = now();
  x.record.sent = x.since_submit(now());
  if (!s.head_done) x.record.phase = Phase::head;
  if (s.response_whole) upload_done(x);
}

void Core::body_ready(ExchangeId id) {
  Exchange* x = find(id);
  if (x == nullptr || x->state != Exchange::State::active) return;
  Connection& c = *connections_[x->connection.index];
  const Stream& s = stream_of(*x);
  const bool wanted = c.h2 ? c.h2->streams[x->slot]->body_wanted : s.outstanding == 0;
  if (s.body_open && wanted && !s.upload_stopped && !s.withheld) ask_for_body(id, *x);
}

/// What is wrong with the next piece of a body; empty: nothing.
std::string Core::body_complaint(const Stream& s, const Exchange& x, std::string_view bytes,
                                 Engine::BodyState state) {
  if (state == Engine::BodyState::failed) {
    return bytes.empty() ? "the body's source failed" : std::string(bytes);
  }
  const std::optional<std::uint64_t> length = body_length(x);
  const bool last = state == Engine::BodyState::end;
  if (length && s.body_given > *length) {
    return "the body's source gave more bytes than its length says";
  }
  if (length && last && s.body_given < *length) {
    return "the body's source ended before its length was reached";
  }
  if (bytes.empty() && !last) {
    return "the body's source said `more` and gave no bytes; `pending` is for that";
  }
  return {};
}

void Core::provide_body(ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                        Engine::BodyState state) {
  Exchange* x = find(id);
  if (x == nullptr || x->state != Exchange::State::active || x->attempt != attempt) return;
  Connection& c = *connections_[x->connection.index];
  Stream& s = stream_of(*x);
  if (!s.body_open || s.upload_stopped || s.withheld) return;
  if (c.h2 ? !c.h2->streams[x->slot]->body_wanted : c.outstanding != 0) return;
  s.body_given += bytes.size();
  const bool last = state == Engine::BodyState::end;
  if (std::string wrong = body_complaint(s, *x, bytes, state); !wrong.empty()) {
    // Breaking off is all that tells the peer that the body is not whole: it is never passed off
    // as one.
    if (c.h2) {
      return break_stream(c, *c.h2->streams[x->slot], ErrorCode::body_source_failed,
                          std::move(wrong), evidence_of(s));
    }
    return break_off(c, ErrorCode::body_source_failed, 0, std::move(wrong), evidence_of(c));
  }
  if (last) s.body_open = false;
  if (c.h2) return give_body(c, *c.h2->streams[x->slot], *x, bytes, last);
  c.out.clear();
  if (c.chunked) {
    // Each piece's closing CRLF goes out with the next piece's size line.
    if (c.body_given != bytes.size()) c.out += wire::kChunkEnd;
    if (!bytes.empty()) wire::append_chunk_head(c.out, bytes.size());
  }
  if (last && c.chunked) {
    c.last_chunk_due = !bytes.empty();
    if (!c.last_chunk_due) c.out += wire::kLastChunk;
  }
  if (c.out.empty() && bytes.empty()) {
    request_sent(c, *x);
    return arm(c);
  }
  order_write(c, c.out, bytes);
  arm(c);
}

}  // namespace holdfast::engine
