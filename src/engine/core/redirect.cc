// Where an answer sends a request next (RFC 9110 §15.4, SPEC F4). Each hop is like a request of its
// own: attempts, backoffs and one-time replays start afresh. The deadline and the timeline go on.
#include <utility>

#include "engine/core/core.h"

namespace holdfast::engine {

namespace {

/// The client's default fields as part of the request, so that a hop can take some of them out.
void fold(Headers& own, const Headers& defaults) {
  Headers all;
  all.reserve(own.bytes() + defaults.bytes());
  for (const HeaderField field : defaults) {
    if (!own.contains(field.name)) all.add(field.name, field.value);
  }
  for (const HeaderField field : own) all.add(field.name, field.value);
  own = std::move(all);
}

}  // namespace

const Body& no_body() {
  static const Body kNone;
  return kNone;
}

/// A final head has arrived that is not to be retried. If it is not the user's either, the exchange
/// leaves the stream (true); the next hop starts once the rest of this fact has been looked at, so
/// that a short answer's connection is free for it.
bool Core::follow_redirect(Connection& c, Stream& s, Exchange& x, const ResponseHead& head) {
  using Kind = policy::RedirectVerdict::Kind;
  policy::RedirectVerdict verdict = policy::decide_redirect(
      *x.redirects,
      {head.status, head.headers, x.url, x.hop, x.request.method, x.retry->non_idempotent,
       x.has_idempotency_key, body_replayable(x), dots_of(x.request), x.sent_to});
  if (verdict.kind == Kind::none) return false;
  if (verdict.kind == Kind::refused) {
    x.stop = policy::stop_reason(verdict.why);
    return false;
  }
  if (verdict.kind == Kind::too_many) {
    fail_redirect(c, s, x, ErrorCode::too_many_redirects,
                  "more than " + std::to_string(x.redirects->max_redirects) +
                      "; raise redirects.max_redirects, unless they go round in circles");
    return true;
  }
  if (verdict.to.scheme() == "https" && !ensure_tls()) {
    fail_redirect(c, s, x, ErrorCode::invalid_option, tls_->complaint());
    return true;
  }
  const ExchangeId id = s.exchange;
  leave_stream(c, s, x);
  begin_hop(x, verdict);
  if (notes_wanted_) note(Note::Kind::redirect_followed, id, x).record = x.timeline().last();
  x.state = Exchange::State::backoff;
  x.wake = base::Instant::never();
  x.hop_due = true;
  hopping_.push_back(id);
  arm(id, x);
  return true;
}

/// The redirect is the end.
void Core::fail_redirect(Connection& c, Stream& s, Exchange& x, ErrorCode code,
                         std::string detail) {
  const ExchangeId id = s.exchange;
  x.record.error = code;
  x.record.replay = ReplayClass::permanent;
  leave_stream(c, s, x);
  fail(x, Error(code, std::move(detail), Phase::head), StopReason::redirect_refused);
  complete(id, x);
}

/// The request becomes the next hop's.
void Core::begin_hop(Exchange& x, policy::RedirectVerdict& verdict) {
  if (!x.folded) fold(x.request.headers, options_.default_headers);
  x.folded = true;
  policy::strip_fields(x.request.headers, verdict);
  if (!verdict.keeps_body) {
    x.bodiless = true;
    x.request.expect_continue = false;
    x.generated_key.clear();
    x.has_idempotency_key = false;
  }
  if (verdict.method != x.request.method) x.request.method = verdict.method;
  // What the slot remembers of its last request's URL is not what that request asked for any more.
  x.url_text.clear();
  x.origin = {};
  if (verdict.resends_unsafe) x.sent_to.push_back(policy::place_of(x.url));
  x.url = std::move(verdict.to);
  x.authority = x.url.authority();
  x.response.final_url = x.url.to_string();
  if (const std::size_t secret = x.url.userinfo().size(); secret != 0) {
    x.response.final_url.erase(x.url.scheme().size() + 3, secret + 1);
  }

  ++x.hop;
  x.earlier_tries = x.attempt;
  x.backoffs = 0;
  x.previous_delay = Duration{0};
  x.stale_replay_used = x.misdirected_used = false;
  if (verdict.crosses_origins) x.http1_only = false;  // that was about the other one
  x.record.delay = Duration{0};
  x.record.delay_source = DelaySource::none;
}

void Core::start_hops() {
  for (std::size_t i = 0; i < hopping_.size(); ++i) {
    const ExchangeId id = hopping_[i];
    Exchange* x = find(id);
    if (x == nullptr || !x->hop_due || x->state != Exchange::State::backoff) continue;
    x->hop_due = false;
    if (x->deadline <= now()) {  // the redirect was read late
      give_up(id, *x, ErrorCode::deadline_exceeded, StopReason::deadline);
      continue;
    }
    budget_.earn();
    start_attempt(id, *x, false);
  }
  hopping_.clear();
}

}  // namespace holdfast::engine
