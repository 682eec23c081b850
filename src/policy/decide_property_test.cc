// What decide() guarantees for any policy, situation and outcome (R1, R2, R5, R7, R8, R10, B3–B6).
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "policy/decide.h"
#include "policy/error_set.h"
#include "policy/rate_limit.h"
#include "policy/retry_after.h"

namespace holdfast::policy {
namespace {

using namespace std::chrono_literals;

RetryAdvice say_stop(const RetryQuestion&, const void*) noexcept { return RetryAdvice::stop; }
RetryAdvice say_retry(const RetryQuestion&, const void*) noexcept { return RetryAdvice::retry; }
RetryAdvice say_either(const RetryQuestion& question, const void*) noexcept {
  return question.status % 2 == 0 ? RetryAdvice::retry : RetryAdvice::defaults;
}

constexpr ErrorCode kLastCode = ErrorCode::peer_flooding;

/// Every argument of decide(), drawn at random.
struct World {
  RetryPolicy policy;
  Situation situation;
  Outcome outcome;
  Headers headers;
  std::string method;
  base::Now now;
  std::uint64_t seed = 0;

  Verdict decide() const {
    BudgetMeter budget(policy.budget);
    return decide_with(budget);
  }
  Verdict decide_with(BudgetMeter& budget) const {
    base::Rng jitter(seed);
    return policy::decide(policy, situation, outcome, now, budget, jitter);
  }
};

bool coin() { return *rc::gen::arbitrary<bool>(); }

/// Draws from all of [low, high) from the first case on. inRange alone starts near `low`, where
/// hardly anything is retried.
template <class T>
T pick(T low, T high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}
bool rarely() { return pick(0, 8) == 0; }

RetryPolicy draw_policy() {
  RetryPolicy policy;
  policy.max_attempts = pick<std::uint32_t>(0, 12);
  policy.non_idempotent = static_cast<NonIdempotent>(pick(0, 3));
  for (int status : {404, 421, 425, 418}) {
    if (coin()) policy.statuses.add(status);
  }
  if (rarely()) policy.statuses.remove(503);
  if (rarely()) policy.errors = {};
  for (ErrorCode code : {ErrorCode::dns_not_found, ErrorCode::proxy_refused,
                         ErrorCode::body_too_large, ErrorCode::protocol_error}) {
    if (rarely()) policy.errors.add(code);
  }
  if (rarely()) policy.errors.remove(ErrorCode::pool_timeout);
  if (coin()) policy.pushback_fields = {};
  policy.rate_limit_hints = coin();
  policy.retry_misdirected = coin();
  policy.replay_stale = coin();
  policy.backoff.base = Duration(pick<std::int64_t>(1, 2'000'000'000));
  policy.backoff.jitter = static_cast<Jitter>(pick(0, 5));
  if (coin()) policy.retry_after_statuses.add(425);
  policy.max_retry_after = coin() ? Duration(300s) : kOff;
  policy.retry_after_jitter = coin() ? 0 : 0.3;
  if (coin()) policy.budget = {0.1, static_cast<double>(pick(1, 3))};
  // Drawn by index: rapidcheck prints what it draws and never finishes printing a function pointer.
  const RetryPredicate predicates[] = {nullptr, nullptr, say_stop, say_retry, say_either};
  policy.predicate = predicates[pick(0, 5)];
  return policy;
}

Situation draw_situation(std::string_view method, base::Now now) {
  Situation situation;
  situation.method = method;
  situation.attempt = pick<std::uint32_t>(1, 6);
  situation.has_idempotency_key = coin();
  situation.body_replayable = !rarely();
  situation.delivered = rarely();
  situation.stale_replay_used = coin();
  situation.misdirected_used = coin();
  situation.fallback_used = coin();
  situation.backoffs = pick<std::uint32_t>(0, situation.attempt);
  situation.previous_delay = Duration(pick<std::int64_t>(0, 40'000'000'000));
  if (coin()) {
    situation.deadline = now.mono + Duration(pick<std::int64_t>(0, 20'000'000'000));
  }
  return situation;
}

void draw_outcome(World& world) {
  Outcome& outcome = world.outcome;
  if (coin()) {
    outcome.status =
        *rc::gen::element(200, 204, 304, 404, 408, 418, 421, 425, 429, 500, 503, 503, 600, 999);
  } else {
    outcome.error = static_cast<ErrorCode>(pick(1, static_cast<int>(kLastCode) + 1));
  }
  outcome.evidence = {pick<std::uint64_t>(0, 3), coin(), pick<std::uint64_t>(0, 2), coin()};
  if (rarely()) {
    outcome.status = *rc::gen::element(302, 403, 407, 408, 429, 501, 503);
    outcome.error = outcome.status == 408 || outcome.status == 429 || outcome.status >= 500
                        ? ErrorCode::proxy_unavailable
                        : ErrorCode::proxy_refused;
    outcome.refused_tunnel = true;
    outcome.evidence = {};
  }
  if (rarely()) {
    world.headers.add("X-Should-Retry", *rc::gen::element<std::string>("true", "false", "yes"));
  }
  if (rarely()) {
    world.headers.add("RateLimit", *rc::gen::element<std::string>("\"a\";r=0;t=4", "\"a\";r=1;t=9",
                                                                  "limit=1, remaining=0, "
                                                                  "reset=301",
                                                                  "garbage"));
  }
  if (coin()) {
    world.headers.add("Retry-After",
                      *rc::gen::element<std::string>("0", "1", "7", "299", "301", "soon", "-1",
                                                     "99999999999999999999", "1, 9"));
  }
}

/// Draws in place, because the world has pointers into itself.
void draw(World& world) {
  world.method = *rc::gen::element<std::string>("GET", "GET", "PUT", "QUERY", "POST", "PATCH",
                                                "CONNECT", "post");
  world.now = {{pick<std::int64_t>(0, 1'000'000'000'000)}, {1'795'467'600LL * 1'000'000'000LL}};
  world.policy = draw_policy();
  world.situation = draw_situation(world.method, world.now);
  draw_outcome(world);
  if (!world.headers.empty()) world.outcome.headers = &world.headers;
  world.seed = *rc::gen::arbitrary<std::uint64_t>();
}

RC_GTEST_PROP(DecideProperty, a_post_under_never_is_never_retried_whatever, ()) {
  World world;
  draw(world);
  world.policy.non_idempotent = NonIdempotent::never;
  world.situation.method = *rc::gen::element<std::string_view>("POST", "PATCH", "CONNECT", "get");
  RC_ASSERT(!world.decide().retry);
}

RC_GTEST_PROP(DecideProperty, a_retry_is_one_that_every_rule_allows, ()) {
  World world;
  draw(world);
  const Verdict verdict = world.decide();
  RC_CLASSIFY(verdict.retry);
  if (!verdict.retry) return;
  const Situation& s = world.situation;
  RC_ASSERT(s.attempt < world.policy.max_attempts);
  RC_ASSERT(s.body_replayable);
  RC_ASSERT(!s.delivered);
  // R5's errors are permanent whatever is listed; other non-transient errors were listed by the
  // user.
  const ErrorCode error = world.outcome.error;
  if (error == ErrorCode::none) {
    RC_ASSERT(world.outcome.status >= 400);
  } else if (world.outcome.refused_tunnel) {
    RC_ASSERT(world.policy.statuses.contains(world.outcome.status) ||
              world.policy.errors.contains(ErrorCode::proxy_refused) ||
              world.policy.predicate != nullptr || world.headers.get("X-Should-Retry") == "true");
  } else {
    RC_ASSERT(is_transient(error) || world.policy.errors.contains(error));
    RC_ASSERT(why_unlistable(error) == nullptr);
  }
  RC_ASSERT(world.policy.pushback_fields.empty() || world.headers.get("X-Should-Retry") != "false");
  RC_ASSERT(verdict.replay != ReplayClass::permanent);
  if (!is_replayable_method(s.method)) {
    const bool unsent = world.policy.non_idempotent == NonIdempotent::unsent &&
                        world.outcome.evidence.bytes_handed == 0 &&
                        !world.outcome.evidence.handed_uncertain &&
                        world.outcome.error != ErrorCode::none;
    const bool keyed = world.policy.non_idempotent == NonIdempotent::keyed && s.has_idempotency_key;
    RC_ASSERT(unsent || keyed);
  }
}

RC_GTEST_PROP(DecideProperty, a_wait_is_bounded_from_both_sides, ()) {
  World world;
  draw(world);
  const Verdict verdict = world.decide();
  if (!verdict.retry) {
    RC_ASSERT(verdict.delay == 0s);
    RC_ASSERT(verdict.source == DelaySource::none);
    RC_ASSERT(!verdict.fresh_connection && !verdict.stale_replay && !verdict.misdirected);
    return;
  }
  RC_ASSERT(verdict.delay >= 0s);
  RC_ASSERT(verdict.source != DelaySource::none);
  RC_ASSERT(world.situation.deadline.is_never() ||
            world.now.mono + verdict.delay < world.situation.deadline);
  const bool heeded = world.outcome.headers != nullptr &&
                      world.policy.retry_after_statuses.contains(world.outcome.status);
  if (heeded) {
    const WaitHint asked = read_wait_hint(world.headers, world.now, world.policy.rate_limit_hints);
    RC_ASSERT(verdict.delay >= asked.wait);  // never shorter than asked for
    RC_ASSERT(asked.wait <= world.policy.max_retry_after);
    RC_ASSERT(asked.wait != kUnboundedWait);
  }
  if (verdict.source == DelaySource::immediate) {
    RC_ASSERT(verdict.delay == 0s);
    RC_ASSERT(verdict.stale_replay || verdict.misdirected || verdict.fallback);
    RC_ASSERT(verdict.fresh_connection);
  }
  if (verdict.source == DelaySource::backoff) RC_ASSERT(verdict.delay <= world.policy.backoff.max);
}

RC_GTEST_PROP(DecideProperty, the_privileges_are_granted_once, ()) {
  World world;
  draw(world);
  world.situation.stale_replay_used = true;
  world.situation.misdirected_used = true;
  world.situation.fallback_used = true;
  const Verdict verdict = world.decide();
  RC_ASSERT(!verdict.stale_replay && !verdict.misdirected && !verdict.fallback);
  RC_ASSERT(verdict.source != DelaySource::immediate);
}

RC_GTEST_PROP(DecideProperty, a_stopping_predicate_leaves_no_retry, ()) {
  World world;
  draw(world);
  world.policy.predicate = say_stop;
  RC_ASSERT(!world.decide().retry);
}

RC_GTEST_PROP(DecideProperty, an_insisting_predicate_only_adds_to_what_is_listed, ()) {
  World world;
  draw(world);
  world.policy.predicate = nullptr;
  const Verdict without = world.decide();
  world.policy.predicate = say_retry;
  const Verdict with = world.decide();
  if (without.retry) {
    RC_ASSERT(with.retry);
    RC_ASSERT(with.delay == without.delay);
  } else if (with.retry) {
    RC_ASSERT(without.stop == StopReason::status_not_retryable ||
              without.stop == StopReason::permanent_error);
  }
}

RC_GTEST_PROP(DecideProperty, the_budget_pays_for_each_retry_and_for_nothing_else, ()) {
  World world;
  draw(world);
  world.policy.budget = {0.1, 2};
  BudgetMeter budget(world.policy.budget);
  const Verdict verdict = world.decide_with(budget);
  RC_ASSERT(budget.tokens() == (verdict.retry ? 1 : 2));
}

RC_GTEST_PROP(DecideProperty, the_same_question_has_the_same_answer, ()) {
  World world;
  draw(world);
  const Verdict a = world.decide();
  const Verdict b = world.decide();
  RC_ASSERT(a.retry == b.retry);
  RC_ASSERT(a.stop == b.stop);
  RC_ASSERT(a.delay == b.delay);
}

/// A whole exchange under one policy, with the engine's bookkeeping around decide().
RC_GTEST_PROP(DecideProperty, an_exchange_never_has_more_attempts_than_allowed, ()) {
  World world;
  draw(world);
  world.policy.max_attempts = pick<std::uint32_t>(1, 12);
  BudgetMeter budget(world.policy.budget);
  base::Rng jitter(world.seed);
  Situation& s = world.situation;
  s.attempt = 1;
  s.backoffs = 0;
  s.stale_replay_used = s.misdirected_used = s.fallback_used = false;
  std::uint32_t immediate = 0;
  for (;; ++s.attempt) {
    RC_ASSERT(s.attempt <= world.policy.max_attempts);
    world.headers.clear();
    world.outcome = Outcome{};
    draw_outcome(world);
    if (!world.headers.empty()) world.outcome.headers = &world.headers;
    const Verdict verdict = decide(world.policy, s, world.outcome, world.now, budget, jitter);
    if (!verdict.retry) break;
    world.now.mono = world.now.mono + verdict.delay;
    if (verdict.stale_replay) s.stale_replay_used = true;
    if (verdict.misdirected) s.misdirected_used = true;
    if (verdict.fallback) s.fallback_used = true;
    if (verdict.source == DelaySource::immediate) {
      ++immediate;
    } else {
      ++s.backoffs;
    }
    RC_ASSERT(immediate <= 3U);
    RC_ASSERT(s.deadline.is_never() || world.now.mono < s.deadline);
  }
}

}  // namespace
}  // namespace holdfast::policy
