// Decides whether another attempt follows, after which delay, and on which kind of connection; no
// other code does. A pure function of values, the jitter stream and the budget: no I/O, no clock,
// no connection. Rules R1–R10, R14 and B1–B8. Thread: one owner.
//
// The questions in their order; the first "no" is the verdict's StopReason:
//  1. Did the attempt fail? A final status below 400 is no failure, whatever the policy (R3).
//  2. Can a retry help at all? R5's errors are never retried.
//  3. Is the status or error in the retried set? 421 and 425 are, once (R3). A status with which
//     the server demands a retry (R14) is, too.
//  4. May this exchange be retried: the server does not forbid it (R14), nothing was delivered to a
//     streaming caller, attempts are left (R1), the method may be replayed (R2), the body can be
//     read again (R8)?
//  5. Does the wait fit: Retry-After or another hint (B8) is within its limit, and the next attempt
//     starts before the deadline (B6)?
//  6. Is there budget? A token is spent last, and only for a retry that is made.
//  7. Does the user's predicate agree (R10)? It is called for every failure that passed question 2,
//     with the result of the other rules. `stop` turns a yes into a no; `retry` overrules question
//     3 and no other.
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

/// How far an attempt got (R6).
struct Evidence {
  std::uint64_t bytes_handed = 0;    ///< request bytes that the system has accepted
  bool handed_uncertain = false;     ///< a write was pending: more may have been accepted
  std::uint64_t response_bytes = 0;  ///< bytes received on the connection for this attempt
  bool reused = false;               ///< the connection had served a request before
  bool refused = false;  ///< the peer reported that it did not process the request (HTTP/2)
};

/// How an attempt ended: with a final status or with an error. An error after the response's header
/// section can carry its status and headers: the error decides, but the hints about waits (B3, B8)
/// and retries (R14) still count.
struct Outcome {
  ErrorCode error{};                 ///< none: `status` decides
  int status = 0;                    ///< 0 if no final head was received
  const Headers* headers = nullptr;  ///< of the response, for hints and Date
  /// `status` and `headers` are a proxy's response to CONNECT, and `error` is proxy_refused or
  /// proxy_unavailable. R3 applies to the status and B3 to the fields, as to the origin's. No byte
  /// of the request was sent.
  bool refused_tunnel = false;
  Evidence evidence;
};

/// The state of the exchange when an attempt ends.
struct Situation {
  std::string_view method;
  std::uint32_t attempt = 1;  ///< the number of the attempt that ended, from 1
  bool has_idempotency_key = false;
  bool body_replayable = true;     ///< R8
  bool delivered = false;          ///< part of a response was delivered to a streaming caller
  bool stale_replay_used = false;  ///< R7 applies once per exchange
  bool misdirected_used = false;   ///< so do 421 and 425
  bool fallback_used = false;      ///< and the fallback to HTTP/1.1
  std::uint32_t backoffs = 0;      ///< retries with a backoff so far; the next is k = backoffs + 1
  Duration previous_delay{0};      ///< the backoff before this attempt, for decorrelated jitter
  base::Instant deadline = base::Instant::never();  ///< T2
};

struct Verdict {
  bool retry = false;
  StopReason stop = StopReason::success;  ///< why there is no retry
  Duration delay{0};                      ///< before the retry; 0 without one
  DelaySource source = DelaySource::none;
  bool fresh_connection = false;  ///< a replay that must not use an idle connection
  bool stale_replay = false;      ///< this is R7's only immediate replay
  bool misdirected = false;       ///< this is the only retry of a 421 or 425
  bool fallback = false;          ///< this is the only retry over HTTP/1.1
  ReplayClass replay = ReplayClass::permanent;
  RetryAfterNote retry_after_note = RetryAfterNote::absent;
  /// The wait that the response asks for, set even when no retry follows (B6); negative for none.
  Duration retry_after{-1};
  DelaySource hint_source = DelaySource::none;  ///< the field of `retry_after`
};

/// The replay class of an error or a status (R6). Only the evidence proves class A, never the error
/// code: a host can also become unreachable in the middle of a request. `errors`: the policy's
/// list. A permanent code that may be listed (R5) and is listed gets the class of its evidence.
ReplayClass classify(const Outcome& outcome, const ErrorSet& errors);

/// GET, HEAD, OPTIONS, TRACE, PUT, DELETE, QUERY: case-sensitive (R2, RFC 9110 §9.2.2).
bool is_replayable_method(std::string_view method);

/// Question 1: a status below 400 is never retried, whatever the policy; decide() then reports only
/// that the request was processed.
constexpr bool is_answer(int status) { return status < 400; }

Verdict decide(const RetryPolicy& policy, const Situation& situation, const Outcome& outcome,
               base::Now now, BudgetMeter& budget, base::Rng& jitter);

}  // namespace holdfast::policy
