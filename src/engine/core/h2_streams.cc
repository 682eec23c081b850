// Requests on HTTP/2: how a stream is opened, what becomes of its body, and how it is let go. What
// the session has framed and what the system has accepted are two things; the second is what
// evidence (R6) and timeouts go by.
#include <utility>

#include "engine/core/core.h"

namespace holdfast::engine {

namespace {

H2Stream& take_slot(H2Link& link, std::uint32_t& slot) {
  if (link.free.empty()) {
    slot = static_cast<std::uint32_t>(link.streams.size());
    link.streams.push_back(std::make_unique<H2Stream>());
    link.streams.back()->slot = slot;
  } else {
    slot = link.free.back();
    link.free.pop_back();
  }
  ++link.live;
  return *link.streams[slot];
}

}  // namespace

void Core::attach_stream(Connection& c, ExchangeId id, Exchange& x) {
  H2Link& link = *c.h2;
  H2Stream& s = take_slot(link, x.slot);
  static_cast<StreamRun&>(s) = StreamRun{};
  s.exchange = id;
  s.reused = link.answered;
  s.last_accepted = s.last_received = now();
  wire::H1RequestHead from;
  fill_head(from, x);
  wire::H2RequestHead head;
  head.method = from.method;
  head.scheme = x.url.scheme();
  head.authority = from.authority;
  head.target = from.target;
  head.fields = from.fields;
  head.defaults = from.defaults;
  head.user_agent = from.user_agent;
  head.idempotency_key = from.idempotency_key;
  head.added = from.added;
  head.content_length = from.content_length;
  const Body& body = x.body();
  head.has_body = has_content(x);
  x.record.http_major = 2;
  x.record.http_minor = 0;
  x.record.reused = s.reused;
  const LimitPolicy* limits = x.limits;
  if (limits != &options_.limits) {
    s.own_limits = *limits;
    limits = &s.own_limits;
  }
  s.id = link.session.open(head, *limits, x.slot);
  if (s.id == 0) {
    // Its ids are used up, or the peer is going away: no try at all was made on it (R4).
    free_stream(c, s);
    x.state = Exchange::State::waiting;
    x.connection = {};
    link.retired = true;
    pool_.retire(c.id, CloseCause::lifetime);
    pool_.release(c.id, false, CloseCause::lifetime);
    x.place = pool_.want(id, x.origin, false, x.place);
    check_wait(id, x);
    return arm(id, x);
  }
  x.record.h2_stream_id = s.id;
  s.outstanding = 1;  // the head
  s.body_open = body.kind() == Body::Kind::factory || body.kind() == Body::Kind::one_shot;
  s.withheld = expects_continue(x);
  if (s.withheld) {
    // The head goes alone.
  } else if (head.has_body && !s.body_open) {
    link.session.give(s.id, body.bytes(), true);
  } else if (head.has_body) {
    s.body_wanted = true;
    ask_for_body(id, x);
  }
  arm(id, x);
  pump(c);
}

void Core::give_body(Connection& c, H2Stream& s, Exchange& x, std::string_view bytes, bool last) {
  s.body_wanted = false;
  s.outstanding = 1;
  s.last_accepted = now();
  c.h2->session.give(s.id, bytes, last);
  arm(s.exchange, x);
  pump(c);
}

/// What the last take() has framed.
void Core::note_progress(Connection& c) {
  H2Link& link = *c.h2;
  wire::H2Session::Progress progress;
  while (link.session.next_progress(progress)) {
    const auto slot = static_cast<std::uint32_t>(progress.tag);
    H2Stream& s = *link.streams[slot];
    if (s.id != progress.stream) continue;
    switch (progress.kind) {
      case wire::H2Session::Progress::Kind::begun:
        s.framed = true;
        s.begun_at = progress.offset;
        link.marks.push({progress.offset, slot, s.id, false});
        break;
      case wire::H2Session::Progress::Kind::body:
        s.handed += progress.bytes;
        s.last_accepted = now();
        break;
      case wire::H2Session::Progress::Kind::drained:
        if (!s.body_open || !s.exchange) break;
        s.body_wanted = true;
        s.outstanding = 0;
        ask_for_body(s.exchange, exchanges_[s.exchange]);
        break;
      case wire::H2Session::Progress::Kind::sent:
        if (s.handed == 0) s.handed = progress.offset - s.begun_at;
        link.marks.push({progress.offset, slot, s.id, true});
        break;
    }
  }
}

/// What has been framed so far is accepted.
void Core::note_accepted(Connection& c) {
  H2Link& link = *c.h2;
  while (!link.marks.empty()) {
    const H2Link::Mark mark = link.marks.front();
    if (mark.sent ? mark.offset > c.outbox.accepted : mark.offset >= c.outbox.accepted) return;
    link.marks.pop();
    H2Stream& s = *link.streams[mark.slot];
    if (s.id != mark.stream || !s.exchange) continue;
    Exchange& x = exchanges_[s.exchange];
    s.last_accepted = now();
    if (!mark.sent) {
      if (!s.withheld) continue;
      s.outstanding = 0;
      await_continue(c, s, x);
      continue;
    }
    s.outstanding = 0;
    request_sent(s, x);
    arm(s.exchange, x);
  }
}

/// The slot is free again.
void Core::free_stream(Connection& c, H2Stream& s) {
  if (s.head_done) c.h2->answered = true;
  c.h2->free.push_back(s.slot);
  --c.h2->live;
  s.id = 0;
  s.exchange = {};
  s.stash.clear();
  s.body_wanted = s.head_held = s.ended = false;
}

/// Ends a stream that nobody waits for any more; its connection goes on (SPEC P5).
void Core::drop_stream(Connection& c, H2Stream& s, std::uint32_t code) {
  c.h2->session.reset(s.id, code);
  free_stream(c, s);
  pump(c);
  release(c, true);
}

/// The response is unwanted, but short ones are read to their end: ending streams is what a peer
/// under attack counts.
void Core::drain_stream(Connection& c, H2Stream& s) {
  if (!s.sent) return drop_stream(c, s, kH2Cancel);
  c.h2->drain_due = earlier(c.h2->drain_due, s.drain_until);
  arm(c);
}

/// The attempt on `s` ends by an error; the connection goes on.
void Core::break_stream(Connection& c, H2Stream& s, ErrorCode code, std::string detail,
                        const policy::Evidence& evidence) {
  const ExchangeId id = s.exchange;
  Exchange& x = exchanges_[id];
  close_record(x, s);
  x.connection = {};
  drop_stream(c, s, kH2Cancel);
  fail_attempt(id, x, code, 0, std::move(detail), evidence);
}

}  // namespace holdfast::engine
