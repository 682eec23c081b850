#include "policy/decide.h"

#include "policy/backoff.h"
#include "policy/error_set.h"
#include "policy/pushback.h"
#include "policy/rate_limit.h"

namespace holdfast::policy {
namespace {

// In the questions below StopReason::success means that nothing prevents the retry.
constexpr StopReason kNothing = StopReason::success;

/// R3 (RFC 9110 §15.5.20, RFC 8470 §5.2): the same request can succeed on another connection.
bool is_misdirected(const Outcome& outcome) {
  return outcome.error == ErrorCode::none && (outcome.status == 421 || outcome.status == 425);
}

/// Whether the error shows that the peer has closed a keep-alive connection. A timeout does not:
/// silence proves nothing.
bool connection_died(ErrorCode code) {
  return code == ErrorCode::connection_reset || code == ErrorCode::connection_aborted ||
         code == ErrorCode::connection_closed;
}

StopReason reason_of_permanent(ErrorCode code) {
  switch (code) {
    case ErrorCode::cancelled:
    case ErrorCode::client_closed:
      return StopReason::cancelled;
    case ErrorCode::deadline_exceeded:
      return StopReason::deadline;
    default:
      return StopReason::permanent_error;
  }
}

bool misdirection_left(const RetryPolicy& policy, const Situation& situation,
                       const Outcome& outcome) {
  return policy.retry_misdirected && !situation.misdirected_used && is_misdirected(outcome);
}

/// A proxy's response to CONNECT: its status is looked up like any other (R3). When the policy does
/// not retry proxy_unavailable, it does not retry by the status either.
bool is_listed_refusal(const RetryPolicy& policy, const Outcome& outcome, bool status_listed) {
  const bool code_listed = policy.errors.contains(outcome.error);
  return outcome.error == ErrorCode::proxy_unavailable ? status_listed && code_listed
                                                       : status_listed || code_listed;
}

/// Question 3.
bool is_listed(const RetryPolicy& policy, const Situation& situation, const Outcome& outcome,
               Pushback pushback) {
  const bool demanded = pushback == Pushback::demands && !is_answer(outcome.status);
  const bool status_listed = policy.statuses.contains(outcome.status) || demanded;
  if (outcome.error == ErrorCode::none) {
    return status_listed || misdirection_left(policy, situation, outcome);
  }
  if (outcome.refused_tunnel) return is_listed_refusal(policy, outcome, status_listed);
  if (policy.errors.contains(outcome.error)) return true;
  // R3: 104 is the number of ECONNRESET; in the set of statuses it means that error.
  return outcome.error == ErrorCode::connection_reset && policy.statuses.contains(104);
}

bool may_replay_method(const RetryPolicy& policy, const Situation& situation, ReplayClass replay) {
  if (is_replayable_method(situation.method)) return true;
  switch (policy.non_idempotent) {
    case NonIdempotent::never:
      return false;
    case NonIdempotent::unsent:
      return replay == ReplayClass::unprocessed;
    case NonIdempotent::keyed:
      return situation.has_idempotency_key;
  }
  return false;
}

/// Question 4.
StopReason barrier(const RetryPolicy& policy, const Situation& situation, Pushback pushback,
                   ReplayClass replay) {
  if (pushback == Pushback::refuses) return StopReason::server_refused;
  if (situation.delivered) return StopReason::response_delivered;
  if (situation.attempt >= policy.max_attempts) return StopReason::attempts_exhausted;
  if (!may_replay_method(policy, situation, replay)) return StopReason::method_not_replayable;
  if (!situation.body_replayable) return StopReason::body_not_replayable;
  return kNothing;
}

/// B3–B6, B8: reads the wait that the response asks for, whether or not a retry follows.
void read_hint(const RetryPolicy& policy, const Outcome& outcome, base::Now now, Verdict& verdict) {
  if (outcome.headers == nullptr || is_answer(outcome.status)) return;
  if (!policy.retry_after_statuses.contains(outcome.status)) {
    if (outcome.headers->contains("Retry-After")) {
      verdict.retry_after_note = RetryAfterNote::not_consulted;
    }
    return;
  }
  const WaitHint hint = read_wait_hint(*outcome.headers, now, policy.rate_limit_hints);
  verdict.retry_after = hint.wait;
  verdict.retry_after_note = hint.note;
  verdict.hint_source = hint.source;
  // A wait that does not fit a Duration exceeds every limit: its timer would never fire.
  if (hint.wait > policy.max_retry_after || hint.wait == kUnboundedWait) {
    verdict.retry_after_note = RetryAfterNote::over_limit;
  }
}

/// `wait` plus a jitter of up to `fraction` of it (B3).
Duration stretched(Duration wait, double fraction, base::Rng& jitter) {
  if (!(fraction > 0)) return wait;
  const double extra = static_cast<double>(wait.count()) * fraction * jitter.unit();
  // The bound is rounded to a double, possibly upwards: the factor keeps the sum below it.
  const double room = static_cast<double>((Duration::max() - wait).count()) * 0.999;
  return wait + Duration(static_cast<Duration::rep>(extra < room ? extra : room));
}

bool too_late(const Situation& situation, base::Now now, Duration delay) {
  return !situation.deadline.is_never() && now.mono + delay >= situation.deadline;
}

/// R7. A connection that was found dead before a byte of this request was sent (class A) is as
/// stale as one that fails a moment later.
bool is_stale_replay(const RetryPolicy& policy, const Situation& situation, const Outcome& outcome,
                     ReplayClass replay) {
  return policy.replay_stale && policy.errors.contains(outcome.error) &&
         !situation.stale_replay_used && outcome.evidence.reused &&
         connection_died(outcome.error) &&
         (replay == ReplayClass::unprocessed || replay == ReplayClass::probably_unprocessed);
}

/// Question 5; fills in the delay and the kind of connection.
StopReason plan_retry(const RetryPolicy& policy, const Situation& situation, const Outcome& outcome,
                      base::Now now, base::Rng& jitter, Verdict& verdict) {
  const RetryAfterNote note = verdict.retry_after_note;
  if (note == RetryAfterNote::over_limit) return StopReason::retry_after_over_limit;

  verdict.stale_replay = is_stale_replay(policy, situation, outcome, verdict.replay);
  verdict.misdirected = misdirection_left(policy, situation, outcome);
  // RFC 9113 §7: the peer is healthy, and it would reset the stream again after a wait.
  verdict.fallback = outcome.error == ErrorCode::http_1_1_required && !situation.fallback_used;
  verdict.fresh_connection = verdict.stale_replay || verdict.misdirected || verdict.fallback;

  const bool no_hint = note == RetryAfterNote::absent || note == RetryAfterNote::not_consulted;
  if (note == RetryAfterNote::used) {
    verdict.source = verdict.hint_source;
    verdict.delay = stretched(verdict.retry_after, policy.retry_after_jitter, jitter);
    // The jitter is optional: it must not cost an attempt.
    if (too_late(situation, now, verdict.delay)) verdict.delay = verdict.retry_after;
  } else if (verdict.fresh_connection && no_hint) {
    verdict.source = DelaySource::immediate;
  } else {
    // Zero and past dates mean "now"; B5 uses the backoff as their lower bound, against a busy
    // loop.
    const std::uint32_t k =
        situation.backoffs == UINT32_MAX ? situation.backoffs : situation.backoffs + 1;
    verdict.source = DelaySource::backoff;
    verdict.delay = backoff_delay(policy.backoff, k, situation.previous_delay, jitter);
  }
  // A start at the deadline counts as too late: such an attempt cannot succeed.
  return too_late(situation, now, verdict.delay) ? StopReason::deadline : kNothing;
}

RetryAdvice ask(const RetryPolicy& policy, const Situation& situation, const Outcome& outcome,
                ReplayClass replay, bool would_retry) {
  RetryQuestion question;
  question.method = situation.method;
  question.attempt = situation.attempt;
  question.error = outcome.error;
  question.status = outcome.status;
  question.replay = replay;
  question.would_retry = would_retry;
  return policy.predicate(question, policy.predicate_context);
}

Verdict stopped(Verdict verdict, StopReason reason) {
  verdict.stop = reason;
  verdict.delay = Duration::zero();
  verdict.source = DelaySource::none;
  verdict.fresh_connection = verdict.stale_replay = verdict.misdirected = verdict.fallback = false;
  return verdict;
}

/// Questions 2 to 7.
Verdict decide_failure(const RetryPolicy& policy, const Situation& situation,
                       const Outcome& outcome, base::Now now, BudgetMeter& budget,
                       base::Rng& jitter) {
  Verdict verdict;
  const Pushback pushback = outcome.headers == nullptr
                                ? Pushback::none
                                : read_pushback(*outcome.headers, policy.pushback_fields);
  const bool listed = is_listed(policy, situation, outcome, pushback);
  verdict.replay = classify(outcome, policy.errors);
  // A proxy's refusal is permanent unless the policy lists its status.
  if (outcome.refused_tunnel && listed) verdict.replay = ReplayClass::unprocessed;
  read_hint(policy, outcome, now, verdict);
  if (verdict.replay == ReplayClass::permanent) {
    return stopped(verdict, reason_of_permanent(outcome.error));
  }

  const bool asked = policy.predicate != nullptr;
  StopReason in_the_way = barrier(policy, situation, pushback, verdict.replay);
  // A draw is taken only for a retry that can still happen.
  if (in_the_way == kNothing && (listed || asked)) {
    in_the_way = plan_retry(policy, situation, outcome, now, jitter, verdict);
    if (in_the_way == kNothing && !budget.can_spend()) in_the_way = StopReason::budget_exhausted;
  }

  StopReason reason = in_the_way;
  if (!listed) {
    const bool by_status = outcome.error == ErrorCode::none ||
                           (outcome.refused_tunnel && policy.errors.contains(outcome.error));
    reason = by_status ? StopReason::status_not_retryable : StopReason::permanent_error;
  }
  if (asked) {
    const RetryAdvice advice = ask(policy, situation, outcome, verdict.replay, reason == kNothing);
    if (advice == RetryAdvice::stop && reason == kNothing) reason = StopReason::predicate;
    if (advice == RetryAdvice::retry) reason = in_the_way;
  }
  if (reason != kNothing) return stopped(verdict, reason);
  budget.spend();
  verdict.retry = true;
  return verdict;
}

}  // namespace

ReplayClass classify(const Outcome& outcome, const ErrorSet& errors) {
  if (outcome.error == ErrorCode::none) return ReplayClass::processed;
  // Checked again (R5), because the policy need not have passed validate().
  const bool added = errors.contains(outcome.error) && why_unlistable(outcome.error) == nullptr;
  if (!is_transient(outcome.error) && !added) return ReplayClass::permanent;
  const Evidence& evidence = outcome.evidence;
  if (evidence.refused) return ReplayClass::unprocessed;
  if (evidence.bytes_handed == 0 && !evidence.handed_uncertain) return ReplayClass::unprocessed;
  if (evidence.response_bytes > 0) return ReplayClass::response_started;
  if (evidence.reused && connection_died(outcome.error)) return ReplayClass::probably_unprocessed;
  return ReplayClass::unknown;
}

bool is_replayable_method(std::string_view method) {
  switch (method.size()) {
    case 3:
      return method == "GET" || method == "PUT";
    case 4:
      return method == "HEAD";
    case 5:
      return method == "TRACE" || method == "QUERY";
    case 6:
      return method == "DELETE";
    case 7:
      return method == "OPTIONS";
    default:
      return false;
  }
}

Verdict decide(const RetryPolicy& policy, const Situation& situation, const Outcome& outcome,
               base::Now now, BudgetMeter& budget, base::Rng& jitter) {
  if (outcome.error == ErrorCode::none && is_answer(outcome.status)) [[likely]] {
    Verdict verdict;
    verdict.replay = ReplayClass::processed;
    return verdict;
  }
  return decide_failure(policy, situation, outcome, now, budget, jitter);
}

}  // namespace holdfast::policy
