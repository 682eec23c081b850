// The decision table, continued: delays, the budget and the predicate.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "policy/decide.h"
#include "policy/decide_case.h"

namespace holdfast::policy {
namespace {

// --- B1, B3–B6 ------------------------------------------------------------------------------

TEST(DecideWait, backoff_grows_with_the_retries_that_waited) {
  Case c = Case::status(500);
  c.situation.attempt = 4;
  c.situation.backoffs = 3;
  expect_backoff(c, 6400ms, 8s);
  c.situation.backoffs = UINT32_MAX;
  expect_backoff(c, 24s, 30s);
}

TEST(DecideWait, retry_after_replaces_the_backoff_on_429_and_503) {
  for (int status : {429, 503}) {
    Case c = Case::status(status).header("Retry-After", "7");
    c.situation.backoffs = 3;
    const Verdict verdict = c.decide();
    EXPECT_TRUE(verdict.retry);
    EXPECT_EQ(verdict.delay, 7s);
    EXPECT_EQ(verdict.source, DelaySource::retry_after);
    EXPECT_EQ(verdict.retry_after, 7s);
    EXPECT_EQ(verdict.retry_after_note, RetryAfterNote::used);
  }
}

TEST(DecideWait, retry_after_on_other_statuses_is_noted_and_not_heeded) {
  for (int status : {408, 500, 502, 504, 404}) {
    Case c = Case::status(status).header("Retry-After", "7");
    const Verdict verdict = c.decide();
    EXPECT_EQ(verdict.retry, status != 404) << status;
    EXPECT_LE(verdict.delay, 1s) << status;
    EXPECT_EQ(verdict.retry_after_note, RetryAfterNote::not_consulted) << status;
    EXPECT_LT(verdict.retry_after, 0s) << status;
  }
  Case c = Case::status(500).header("Retry-After", "7");
  c.policy.retry_after_statuses.add(500);
  EXPECT_EQ(c.decide().delay, 7s);
}

TEST(DecideWait, zero_past_and_garbage_fall_back_to_the_backoff) {
  const struct {
    const char* value;
    RetryAfterNote note;
    Duration asked;
  } rows[] = {{"0", RetryAfterNote::past, 0s},
              {"Sun, 06 Nov 1994 08:49:37 GMT", RetryAfterNote::past, 0s},
              {"-3", RetryAfterNote::unparsable, Duration(-1)},
              {"1.5", RetryAfterNote::unparsable, Duration(-1)},
              {"soon", RetryAfterNote::unparsable, Duration(-1)},
              {"", RetryAfterNote::unparsable, Duration(-1)}};
  for (const auto& row : rows) {
    Case c = Case::status(503).header("Retry-After", row.value);
    expect_backoff(c, 800ms, 1s, row.value);
    EXPECT_EQ(c.decide().retry_after_note, row.note) << row.value;
    EXPECT_EQ(c.decide().retry_after, row.asked) << row.value;
  }
}

TEST(DecideWait, retry_after_jitter_comes_above_and_never_below) {
  Case c = Case::status(503).header("Retry-After", "10");
  c.policy.retry_after_jitter = 0.5;
  Duration longest{0};
  for (int i = 0; i < 1000; ++i) {
    const Duration delay = c.decide().delay;
    ASSERT_GE(delay, 10s);
    ASSERT_LE(delay, 15s);
    longest = std::max(longest, delay);
  }
  EXPECT_GT(longest, 14s);
}

TEST(DecideWait, the_least_retry_after_jitter_is_not_a_nanosecond_below) {
  Case c = Case::status(503).header("Retry-After", "10");
  c.policy.retry_after_jitter = 1e-12;
  EXPECT_EQ(c.decide().delay, 10s);
}

TEST(DecideWait, retry_after_jitter_is_given_up_rather_than_the_attempt) {
  Case c = Case::status(503).header("Retry-After", "10").deadline_in(10s + 1ms);
  c.policy.retry_after_jitter = 1;
  const Verdict verdict = c.decide();
  EXPECT_TRUE(verdict.retry);
  EXPECT_EQ(verdict.delay, 10s);
}

TEST(DecideWait, above_the_limit_ends_at_once_with_the_hint_exposed) {
  Case c = Case::status(503).header("Retry-After", "301");
  expect_stop(c, StopReason::retry_after_over_limit);
  EXPECT_EQ(c.decide().retry_after, 301s);
  EXPECT_EQ(c.decide().retry_after_note, RetryAfterNote::over_limit);
  EXPECT_EQ(Case::status(503).header("Retry-After", "300").decide().delay, 300s);
}

TEST(DecideWait, what_does_not_fit_is_above_every_limit) {
  Case c = Case::status(503).header("Retry-After", "99999999999999999999");
  expect_stop(c, StopReason::retry_after_over_limit);
  c.policy.max_retry_after = kOff;
  expect_stop(c, StopReason::retry_after_over_limit);
  Case long_wait = Case::status(503).header("Retry-After", "9223372036");
  long_wait.policy.max_retry_after = kOff;
  long_wait.policy.retry_after_jitter = 1;
  EXPECT_GE(long_wait.decide().delay, Duration(9223372036s));
}

TEST(DecideWait, the_hint_is_exposed_where_the_method_forbids_a_retry) {
  Case c = Case::status(503).method("POST").header("Retry-After", "7");
  expect_stop(c, StopReason::method_not_replayable);
  EXPECT_EQ(c.decide().retry_after, 7s);
}

TEST(DecideWait, a_hint_read_before_the_response_was_cut_is_heeded) {
  Case c = Case::error(ErrorCode::response_truncated).header("Retry-After", "7");
  c.outcome.status = 503;
  c.outcome.evidence.response_bytes = 60;
  EXPECT_EQ(c.decide().delay, 7s);
  EXPECT_EQ(c.decide().source, DelaySource::retry_after);
}

TEST(DecideWait, one_that_would_end_past_the_deadline_is_not_begun) {
  expect_stop(Case::status(500).deadline_in(700ms), StopReason::deadline);
  expect_stop(Case::status(503).header("Retry-After", "7").deadline_in(6s), StopReason::deadline);
  expect_stop(Case::status(503).header("Retry-After", "7").deadline_in(7s), StopReason::deadline,
              "an attempt that starts at the deadline cannot win");
  EXPECT_TRUE(Case::status(503).header("Retry-After", "7").deadline_in(7s + 1ns).decide().retry);
  EXPECT_TRUE(Case::stale().deadline_in(1ns).decide().retry);
  expect_stop(Case::stale().deadline_in(0s), StopReason::deadline);
}

TEST(DecideWait, wall_clock_jumps_do_not_change_a_backoff) {
  Case a = Case::status(500);
  Case b = Case::status(500);
  b.now.wall.ns -= Duration(1000h).count();
  EXPECT_EQ(a.decide().delay, b.decide().delay);
}

// --- Budget ---------------------------------------------------------------------------------

TEST(DecideBudget, an_empty_one_stops_every_kind_of_retry) {
  for (Case c : {Case::status(503), Case::stale(), Case::status(421),
                 Case::error(ErrorCode::pool_timeout)}) {
    c.policy.budget = {0.1, 1};
    EXPECT_TRUE(c.decide().retry);
    EXPECT_DOUBLE_EQ(c.budget->tokens(), 0);
    const Verdict verdict = c.decide();
    EXPECT_FALSE(verdict.retry);
    EXPECT_EQ(verdict.stop, StopReason::budget_exhausted);
    EXPECT_FALSE(verdict.stale_replay || verdict.misdirected);
  }
}

TEST(DecideBudget, is_spent_only_for_a_retry_that_is_made) {
  std::vector<Case> cases = {Case::status(200),
                             Case::status(404),
                             Case::status(503).method("POST"),
                             Case::status(503).deadline_in(1ms),
                             Case::status(503).header("Retry-After", "301"),
                             Case::status(503).advice(say_stop),
                             Case::error(ErrorCode::protocol_error)};
  cases.push_back(Case::status(503));
  cases.back().situation.attempt = 5;
  for (Case& c : cases) {
    c.policy.budget = {0.1, 1};
    EXPECT_FALSE(c.decide().retry);
    EXPECT_DOUBLE_EQ(c.budget->tokens(), 1);
  }
}

// --- R10 ------------------------------------------------------------------------------------

TEST(DecidePredicate, stop_narrows) {
  expect_stop(Case::status(503).advice(say_stop), StopReason::predicate);
  expect_stop(Case::stale().advice(say_stop), StopReason::predicate);
}

TEST(DecidePredicate, stop_does_not_take_the_credit_for_what_the_rules_stopped) {
  expect_stop(Case::status(404).advice(say_stop), StopReason::status_not_retryable);
  expect_stop(Case::status(503).method("POST").advice(say_stop), StopReason::method_not_replayable);
}

TEST(DecidePredicate, defaults_change_nothing) {
  expect_backoff(Case::status(503).advice(say_defaults));
  expect_stop(Case::status(404).advice(say_defaults), StopReason::status_not_retryable);
}

TEST(DecidePredicate, retry_adds_a_status_or_failure_to_the_retried_ones) {
  expect_backoff(Case::status(404).advice(say_retry));
  Case c = Case::error(ErrorCode::read_timeout).advice(say_retry);
  c.policy.errors = {};
  expect_backoff(c);
}

TEST(DecidePredicate, retry_overrules_nothing_else) {
  expect_stop(Case::status(404).method("POST").advice(say_retry),
              StopReason::method_not_replayable);
  expect_stop(Case::status(404).deadline_in(1ms).advice(say_retry), StopReason::deadline);
  expect_stop(Case::status(503).header("Retry-After", "301").advice(say_retry),
              StopReason::retry_after_over_limit);
  Case c = Case::status(404).advice(say_retry);
  c.situation.attempt = 5;
  expect_stop(c, StopReason::attempts_exhausted);
  c = Case::status(404).advice(say_retry);
  c.situation.body_replayable = false;
  expect_stop(c, StopReason::body_not_replayable);
  c = Case::status(404).advice(say_retry);
  c.situation.delivered = true;
  expect_stop(c, StopReason::response_delivered);
  c = Case::status(404).advice(say_retry);
  c.policy.budget = {0.1, 1};
  EXPECT_TRUE(c.decide().retry);
  expect_stop(c, StopReason::budget_exhausted);
}

TEST(DecidePredicate, is_told_what_happened_and_what_the_rules_say) {
  struct Heard {
    std::vector<RetryQuestion> questions;
  } heard;
  const RetryPredicate listen = [](const RetryQuestion& question, const void* context) noexcept {
    static_cast<Heard*>(const_cast<void*>(context))->questions.push_back(question);
    return RetryAdvice::defaults;
  };
  std::vector<Case> cases = {Case::status(503), Case::status(404), Case::stale(), Case::status(200),
                             Case::error(ErrorCode::protocol_error)};
  cases[0].situation.attempt = 3;
  for (Case& c : cases) {
    c.policy.predicate_context = &heard;
    c.advice(listen).decide();
  }
  ASSERT_EQ(heard.questions.size(), 3U)
      << "the predicate is not called for successes and R5's errors";
  EXPECT_EQ(heard.questions[0].method, "GET");
  EXPECT_EQ(heard.questions[0].attempt, 3U);
  EXPECT_EQ(heard.questions[0].status, 503);
  EXPECT_EQ(heard.questions[0].error, ErrorCode::none);
  EXPECT_EQ(heard.questions[0].replay, ReplayClass::processed);
  EXPECT_TRUE(heard.questions[0].would_retry);
  EXPECT_EQ(heard.questions[1].status, 404);
  EXPECT_FALSE(heard.questions[1].would_retry);
  EXPECT_EQ(heard.questions[2].error, ErrorCode::connection_reset);
  EXPECT_EQ(heard.questions[2].replay, ReplayClass::probably_unprocessed);
  EXPECT_TRUE(heard.questions[2].would_retry);
}

}  // namespace
}  // namespace holdfast::policy
