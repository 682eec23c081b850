// Bodies that wait until the server wants them (RFC 9110 §10.1.1). The head goes out alone; the
// body follows upon 100 (Continue), or when the wait for it is over, since not every server says
// it; it never follows a final response. Meanwhile nothing is sent that could be slow to be
// accepted and nothing is owed by the server: of the timeouts only the wait's own, `attempt` and
// `total` count.
#include "engine/core/core.h"

namespace holdfast::engine {

bool Core::expects_continue(const Exchange& x) {
  return x.request.expect_continue && has_content(x);
}

/// 417 (Expectation Failed) to a request whose body is still withheld: somebody on the way knows
/// nothing of expectations. The request is repeated once, at once, without (RFC 9110 §10.1.1). No
/// content has been sent, so that the method does not matter; it is not a failure that a budget or
/// a predicate would be asked about. True if the exchange has left the stream.
bool Core::repeat_without_expect(Connection& c, Stream& s, Exchange& x, const ResponseHead& head) {
  constexpr std::uint16_t kExpectationFailed = 417;
  if (head.status != kExpectationFailed) return false;
  if (x.attempt - x.earlier_tries >= x.retry->max_attempts) return false;
  const ExchangeId id = s.exchange;
  x.request.expect_continue = false;
  x.record.replay = ReplayClass::processed;
  policy::Verdict verdict;
  verdict.retry = true;
  verdict.source = DelaySource::immediate;
  leave_stream(c, s, x);
  schedule_retry(id, x, verdict);
  return true;
}

/// All of the head has been accepted: the wait begins.
void Core::await_continue(Connection& c, Stream& s, Exchange& x) {
  if (s.continued) return send_withheld(c, s, x);
  s.continue_at = now() + x.timeouts->expect_continue;
  if (c.h2) {
    arm(s.exchange, x);
  } else {
    arm(c);
  }
}

void Core::on_continue(Connection& c, Stream& s, Exchange& x) {
  if (!s.withheld || s.upload_stopped) return;
  if (s.outstanding == 0) return send_withheld(c, s, x);
  s.continued = true;  // the system has yet to say that it took the head
}

void Core::send_withheld(Connection& c, Stream& s, Exchange& x) {
  const ExchangeId id = s.exchange;
  s.withheld = false;
  s.continue_at = base::Instant::never();
  if (!c.h2) {
    if (s.body_open) {
      ask_for_body(id, x);
    } else {
      order_write(c, {}, x.request.body.bytes());
    }
    return arm(c);
  }
  H2Stream& stream = *c.h2->streams[x.slot];
  if (stream.body_open) {
    stream.body_wanted = true;
    ask_for_body(id, x);
    return arm(id, x);
  }
  give_body(c, stream, x, x.request.body.bytes(), true);
}

}  // namespace holdfast::engine
