// The one place where it is decided whether an attempt is followed by another, after how long, and
// on which kind of connection. A pure function of values (and of the jitter stream and the budget,
// both arguments): no I/O, no clock, no connection. Rules R1–R10, R14 and B1–B8. Thread: one owner.
//
// The questions in their order; the first "no" is the verdict's StopReason:
//   1. Did it fail? A final status below 400 is the answer, whatever the policy (R3).
//   2. Can a retry help at all? R5's errors never, for anybody.
//   3. Is the status or failure in the retried set? 421 and 425 are once (R3). A server that
//      demands a retry (R14) puts its status there.
//   4. May this exchange go on: the server does not forbid it (R14), nothing handed to a streaming
//      caller, attempts left (R1), the method may be replayed (R2), the body can be read again
//      (R8)?
//   5. Is the wait worth it: Retry-After, or another hint (B8), within its limit, the next attempt
//      before the deadline (B6)?
//   6. Is there budget? It is spent last, and only for a retry that is made.
//   7. Does the user's predicate agree (R10)? It is asked about every failure that got past 2, told
//      what the rules say. `stop` turns a yes into a no; `retry` overrules question 3 and no other.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/instant.h"
#include "base/rng.h"
#include "holdfast/error.h"
#include "holdfast/headers.h"
#include "holdfast/policy.h"
#include "policy/budget.h"

namespace holdfast::policy {

/// What is known about how far an attempt got (R6).
struct Evidence {
  std::uint64_t bytes_handed = 0;    ///< request bytes the system certainly accepted
  bool handed_uncertain = false;     ///< a write was under way: more may have been accepted
  std::uint64_t response_bytes = 0;  ///< bytes received on the connection for this attempt
  bool reused = false;               ///< the connection had served a request before
  bool refused = false;  ///< the peer itself says that it did not act on the request (HTTP/2)
};

/// How an attempt ended: with a final status, or with an error. An error after the response's head
/// may bring the head's status and headers along: the error decides, but what the head says of
/// waiting (B3, B8) and of retries (R14) still holds.
struct Outcome {
  ErrorCode error{};                 ///< none: `status` decides
  int status = 0;                    ///< 0 if no final head was received
  const Headers* headers = nullptr;  ///< of the response, for its hints and Date
  /// `status` and `headers` are a proxy's response to CONNECT, and `error` is proxy_refused or
  /// proxy_unavailable: the status goes through R3 and the fields through B3, as the origin's do.
  /// Nothing of the request was sent.
  bool refused_tunnel = false;
  Evidence evidence;
};

/// What is known about the exchange when an attempt ends.
struct Situation {
  std::string_view method;
  std::uint32_t attempt = 1;  ///< the number of the attempt that ended, from 1
  bool has_idempotency_key = false;
  bool body_replayable = true;     ///< R8
  bool delivered = false;          ///< part of a response has been handed to a streaming caller
  bool stale_replay_used = false;  ///< R7 is granted once per exchange
  bool misdirected_used = false;   ///< so are 421 and 425
  bool fallback_used = false;      ///< and the way back to HTTP/1.1
  std::uint32_t backoffs = 0;  ///< retries that waited so far; the next backoff is k = backoffs + 1
  Duration previous_delay{0};  ///< the backoff before this attempt, for decorrelated jitter
  base::Instant deadline = base::Instant::never();  ///< T2
};

struct Verdict {
  bool retry = false;
  StopReason stop = StopReason::success;  ///< why not, when !retry
  Duration delay{0};                      ///< before the retry; 0 and `none` when !retry
  DelaySource source = DelaySource::none;
  bool fresh_connection = false;  ///< an immediate replay must not take an idle connection
  bool stale_replay = false;      ///< this is R7's one immediate replay
  bool misdirected = false;       ///< this is the one retry of a 421 or 425
  bool fallback = false;          ///< this is the one retry over HTTP/1.1
  ReplayClass replay = ReplayClass::permanent;
  RetryAfterNote retry_after_note = RetryAfterNote::absent;
  /// The wait asked for, negative if none was understood; told even where no retry follows (B6).
  Duration retry_after{-1};
  DelaySource hint_source = DelaySource::none;  ///< the field that `retry_after` is from
};

/// Class of a failure or a status (R6). The evidence alone proves class A, never the code: a host
/// can become unreachable in mid-request too. `errors`: what the user lists; a code of R5's that
/// may be listed and is has the class of its evidence.
ReplayClass classify(const Outcome& outcome, const ErrorSet& errors);

/// GET, HEAD, OPTIONS, TRACE, PUT, DELETE, QUERY: case-sensitive (R2, RFC 9110 §9.2.2).
bool is_replayable_method(std::string_view method);

/// Question 1: a status below 400 ends the matter, whatever the policy; decide() says no more then
/// than that the request was processed.
constexpr bool is_answer(int status) { return status < 400; }

Verdict decide(const RetryPolicy& policy, const Situation& situation, const Outcome& outcome,
               base::Now now, BudgetMeter& budget, base::Rng& jitter);

}  // namespace holdfast::policy
