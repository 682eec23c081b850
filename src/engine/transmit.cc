// What is sent: the request's head and body, in one gathered write where the body is in memory, in
// pieces as its source gives them where it is not (R8).
#include "engine/core.h"
#include "wire/h1_writer.h"

namespace holdfast::engine {

void Core::send_request(Connection& c, Exchange& x) {
  Body& body = x.request.body;
  const bool has_body = body.kind() != Body::Kind::none;
  wire::H1RequestHead head;
  head.method = x.request.method;
  head.target = x.url.target();
  head.authority = x.authority;
  head.fields = &x.request.headers;
  head.defaults = &options_.default_headers;
  head.user_agent = options_.user_agent;
  head.idempotency_key = x.generated_key;
  if (has_body) {
    head.content_length = body.length();
    head.chunked = !head.content_length.has_value();
  }
  c.out.clear();
  wire::append_request_head(c.out, head);
  c.chunked = head.chunked;
  c.body_open = body.kind() == Body::Kind::factory || body.kind() == Body::Kind::one_shot;
  if (c.requests_left != ~0U) --c.requests_left;
  order_write(c, c.out, c.body_open ? std::string_view() : std::string_view(body.bytes()));
}

void Core::order_write(Connection& c, std::string_view head, std::string_view body) {
  Action& action = order(Action::Kind::write);
  action.connection = c.id;
  action.head = head;
  action.body = body;
  if (c.outstanding == 0) c.last_accepted = now();
  c.outstanding += head.size() + body.size();
}

void Core::written(ConnectionId id, std::size_t bytes) {
  Connection* c = find_connection(id);
  if (c == nullptr || c->state != Connection::State::busy) return;
  HF_CHECK(bytes <= c->outstanding);
  c->outstanding -= bytes;
  c->handed += bytes;
  c->last_accepted = now();
  if (c->outstanding != 0) return;
  Exchange& x = exchanges_[c->exchange];
  if (c->upload_stopped) return;
  if (c->last_chunk_due) {
    c->last_chunk_due = false;
    c->out.assign(wire::kChunkEnd).append(wire::kLastChunk);
    order_write(*c, c->out, {});
  } else if (c->body_open) {
    ask_for_body(*c, x);
  } else {
    request_sent(*c, x);
  }
}

void Core::ask_for_body(Connection& c, Exchange& x) {
  Action& action = order(Action::Kind::need_body, c.exchange, x);
  action.attempt = x.attempt;
}

void Core::request_sent(Connection& c, Exchange& x) {
  c.sent = true;
  c.sent_at = now();
  // The read timeout starts when there is something to answer, unless the answer has begun.
  c.last_received = now();
  x.record.sent = x.since_submit(now());
  if (!c.head_done) x.record.phase = Phase::head;
  arm(c);
}

void Core::body_ready(ExchangeId id) {
  Exchange* x = find(id);
  if (x == nullptr || x->state != Exchange::State::active) return;
  Connection& c = *connections_[x->connection.index];
  if (c.body_open && c.outstanding == 0 && !c.upload_stopped) ask_for_body(c, *x);
}

void Core::provide_body(ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                        Engine::BodyState state) {
  Exchange* x = find(id);
  if (x == nullptr || x->state != Exchange::State::active || x->attempt != attempt) return;
  Connection& c = *connections_[x->connection.index];
  if (!c.body_open || c.outstanding != 0 || c.upload_stopped) return;
  c.body_given += bytes.size();
  const std::optional<std::uint64_t> length = x->request.body.length();
  const bool last = state == Engine::BodyState::end;
  const char* wrong = nullptr;
  if (state == Engine::BodyState::failed) {
    wrong = "the body's source failed";
  } else if (length && c.body_given > *length) {
    wrong = "the body's source gave more bytes than its length says";
  } else if (length && last && c.body_given < *length) {
    wrong = "the body's source ended before its length was reached";
  } else if (bytes.empty() && !last) {
    wrong = "the body's source said `more` and gave no bytes; `pending` is for that";
  }
  if (wrong != nullptr) {
    // Closing is all that tells the peer that the body is not whole: it is never passed off as one.
    return break_off(c, ErrorCode::body_source_failed, 0, wrong, evidence_of(c));
  }
  c.out.clear();
  if (c.chunked) {
    // Each piece's closing CRLF goes out with the next piece's size line.
    if (c.body_given != bytes.size()) c.out += wire::kChunkEnd;
    if (!bytes.empty()) wire::append_chunk_head(c.out, bytes.size());
  }
  if (last) c.body_open = false;
  if (last && c.chunked) {
    c.last_chunk_due = !bytes.empty();
    if (!c.last_chunk_due) c.out += wire::kLastChunk;
  }
  if (c.out.empty() && bytes.empty()) return request_sent(c, *x);
  order_write(c, c.out, bytes);
  arm(c);
}

}  // namespace holdfast::engine
