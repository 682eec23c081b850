// The decision table, continued: fields other than Retry-After by which servers and proxies control
// retries (R14, B8), a proxy's refusal of a tunnel (R3), and statuses beyond 599 (R3).
#include <gtest/gtest.h>

#include "policy/decide.h"
#include "policy/decide_case.h"

namespace holdfast::policy {
namespace {

// --- R14 ------------------------------------------------------------------------------------

TEST(DecidePushback, false_ends_the_retries_of_what_would_be_retried) {
  expect_stop(Case::status(503).header("x-should-retry", "false"), StopReason::server_refused);
  expect_stop(Case::status(421).header("X-Should-Retry", "FALSE"), StopReason::server_refused);
  expect_stop(Case::status(503).header("x-should-retry", "false").header("Retry-After", "7"),
              StopReason::server_refused);
  Case cut = Case::error(ErrorCode::response_truncated).header("x-should-retry", "false");
  cut.outcome.status = 200;
  expect_stop(cut, StopReason::server_refused, "the head came, and it forbids");
}

TEST(DecidePushback, the_hint_is_exposed_where_the_server_forbids_a_retry) {
  Case c = Case::status(503).header("x-should-retry", "false").header("Retry-After", "7");
  EXPECT_EQ(c.decide().retry_after, 7s);
}

TEST(DecidePushback, true_overrides_the_status_set_and_nothing_else) {
  const auto demanded = [](int status) {
    return Case::status(status).header("x-should-retry", "true");
  };
  expect_backoff(demanded(409));
  expect_backoff(demanded(400));
  expect_backoff(demanded(999));
  expect_stop(demanded(409).method("POST"), StopReason::method_not_replayable);
  expect_stop(demanded(409).deadline_in(1ms), StopReason::deadline);
  Case c = demanded(409);
  c.situation.attempt = 5;
  expect_stop(c, StopReason::attempts_exhausted);
  c = demanded(409);
  c.situation.body_replayable = false;
  expect_stop(c, StopReason::body_not_replayable);
  c = demanded(409);
  c.situation.delivered = true;
  expect_stop(c, StopReason::response_delivered);
  c = demanded(409);
  c.policy.budget = {0.1, 1};
  EXPECT_TRUE(c.decide().retry);
  expect_stop(c, StopReason::budget_exhausted);
  expect_stop(demanded(409).advice(say_stop), StopReason::predicate);
  expect_stop(demanded(429).header("Retry-After", "301"), StopReason::retry_after_over_limit);
}

TEST(DecidePushback, true_makes_no_retry_of_a_success_a_redirect_or_an_error_of_r5) {
  expect_stop(Case::status(200).header("x-should-retry", "true"), StopReason::success);
  expect_stop(Case::status(302).header("x-should-retry", "true"), StopReason::success);
  Case c = Case::error(ErrorCode::content_undecodable).header("x-should-retry", "true");
  c.outcome.status = 503;
  expect_stop(c, StopReason::permanent_error);
}

TEST(DecidePushback, neither_changes_the_reason_of_what_the_rules_stop) {
  expect_stop(Case::status(404).header("x-should-retry", "false"),
              StopReason::status_not_retryable);
  Case c = Case::error(ErrorCode::protocol_error).header("x-should-retry", "false");
  expect_stop(c, StopReason::permanent_error);
}

TEST(DecidePushback, the_predicate_does_not_overrule_the_server) {
  expect_stop(Case::status(404).header("x-should-retry", "false").advice(say_retry),
              StopReason::server_refused);
}

TEST(DecidePushback, false_wins_over_true) {
  expect_stop(Case::status(503).header("x-should-retry", "true, false"),
              StopReason::server_refused);
  expect_stop(Case::status(503).header("x-should-retry", "false").header("x-should-retry", "true"),
              StopReason::server_refused);
}

TEST(DecidePushback, other_values_say_nothing) {
  for (const char* value : {"", "0", "1", "no", "falsehood", "?0", "false true", "\"false\""}) {
    expect_backoff(Case::status(503).header("x-should-retry", value), 800ms, 1s, value);
    expect_stop(Case::status(404).header("x-should-retry", value), StopReason::status_not_retryable,
                value);
  }
}

TEST(DecidePushback, the_fields_are_the_users) {
  Case c = Case::status(503).header("x-should-retry", "false").header("Ask-Again", " true ");
  c.policy.pushback_fields = {};
  expect_backoff(c);
  c.policy.pushback_fields = {"ask-again"};
  c.outcome.status = 404;
  expect_backoff(c);
  c.policy.pushback_fields = {"ask-again", "X-Should-Retry"};
  expect_stop(c, StopReason::status_not_retryable);
}

// --- B8 -------------------------------------------------------------------------------------

TEST(DecideWait, other_hints_stand_in_for_retry_after_and_name_their_source) {
  const struct {
    const char* field;
    const char* value;
    Duration wait;
    DelaySource source;
  } rows[] = {{"retry-after-ms", "1500", 1500ms, DelaySource::retry_after_ms},
              {"RateLimit", "\"default\";r=0;t=30", 30s, DelaySource::rate_limit},
              {"RateLimit", "limit=100, remaining=0, reset=31", 31s, DelaySource::rate_limit},
              {"RateLimit-Reset", "32", 32s, DelaySource::rate_limit_reset},
              {"X-RateLimit-Reset", "1795467633", 33s, DelaySource::rate_limit_reset}};
  for (const auto& row : rows) {
    for (const int status : {429, 503}) {
      Case c = Case::status(status).header(row.field, row.value);
      EXPECT_EQ(c.decide().delay, row.wait) << row.field;
      EXPECT_EQ(c.decide().source, row.source) << row.field;
      EXPECT_EQ(c.decide().retry_after, row.wait) << row.field;
      EXPECT_EQ(c.decide().retry_after_note, RetryAfterNote::used) << row.field;
    }
    expect_backoff(Case::status(500).header(row.field, row.value), 800ms, 1s, row.field);
    Case c = Case::status(503).header(row.field, row.value).header("Retry-After", "5");
    EXPECT_EQ(c.decide().delay, 5s) << row.field;
    EXPECT_EQ(c.decide().source, DelaySource::retry_after) << row.field;
    c = Case::status(503).header(row.field, row.value).header("Retry-After", "soon");
    EXPECT_EQ(c.decide().delay, row.wait) << row.field;
    expect_backoff(Case::status(503).header(row.field, row.value).header("Retry-After", "0"), 800ms,
                   1s, "a valid Retry-After stands");
    expect_stop(Case::status(503).header(row.field, row.value).deadline_in(1s),
                StopReason::deadline, row.field);
  }
}

TEST(DecideWait, other_hints_are_bounded_as_retry_after_is) {
  for (const char* value : {"301", "99999999999999999999", "1795467901"}) {
    Case c = Case::status(429).header("X-RateLimit-Reset", value);
    expect_stop(c, StopReason::retry_after_over_limit, value);
    EXPECT_EQ(c.decide().retry_after_note, RetryAfterNote::over_limit) << value;
    EXPECT_GE(c.decide().retry_after, 301s) << value;
  }
  EXPECT_EQ(Case::status(429).header("retry-after-ms", "300000").decide().delay, 300s);
  expect_stop(Case::status(429).header("retry-after-ms", "300001"),
              StopReason::retry_after_over_limit);
}

TEST(DecideWait, jitter_comes_above_other_hints_too) {
  Case c = Case::status(429).header("RateLimit-Reset", "10");
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

TEST(DecideWait, zero_past_and_garbage_in_other_hints_fall_back_to_the_backoff) {
  const struct {
    const char* value;
    RetryAfterNote note;
  } rows[] = {{"0", RetryAfterNote::past},          {"1000000000", RetryAfterNote::past},
              {"-3", RetryAfterNote::unparsable},   {"1.5", RetryAfterNote::unparsable},
              {"soon", RetryAfterNote::unparsable}, {"", RetryAfterNote::unparsable},
              {"0x10", RetryAfterNote::unparsable}};
  for (const auto& row : rows) {
    Case c = Case::status(429).header("X-RateLimit-Reset", row.value);
    expect_backoff(c, 800ms, 1s, row.value);
    EXPECT_EQ(c.decide().retry_after_note, row.note) << row.value;
  }
}

TEST(DecideWait, other_hints_can_be_switched_off) {
  Case c = Case::status(429).header("retry-after-ms", "7000");
  c.policy.rate_limit_hints = false;
  expect_backoff(c);
  EXPECT_EQ(c.decide().retry_after_note, RetryAfterNote::absent);
  c.header("Retry-After", "7");
  EXPECT_EQ(c.decide().delay, 7s);
}

// --- A refused CONNECT ----------------------------------------------------------------------

Case refused(int status) {
  Case c;
  c.outcome.error = status >= 500 || status == 408 || status == 429 ? ErrorCode::proxy_unavailable
                                                                    : ErrorCode::proxy_refused;
  c.outcome.status = status;
  c.outcome.refused_tunnel = true;
  return c;
}

TEST(DecideTunnel, its_status_goes_through_the_status_set) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    expect_backoff(refused(status));
    EXPECT_EQ(refused(status).decide().replay, ReplayClass::unprocessed) << status;
    expect_stop(refused(status).method("POST"), StopReason::method_not_replayable);
    Case unsent = refused(status).method("POST");
    unsent.policy.non_idempotent = NonIdempotent::unsent;
    expect_backoff(unsent);
  }
  for (const int status : {302, 400, 403, 404, 407, 421, 425}) {
    expect_stop(refused(status), StopReason::permanent_error);
    EXPECT_EQ(refused(status).decide().replay, ReplayClass::permanent) << status;
  }
  for (const int status : {501, 505, 600}) {
    expect_stop(refused(status), StopReason::status_not_retryable);
  }
}

TEST(DecideTunnel, the_sets_are_the_users) {
  Case c = refused(403);
  c.policy.statuses.add(403);
  expect_backoff(c);
  EXPECT_EQ(c.decide().replay, ReplayClass::unprocessed);
  c = refused(407);
  c.policy.errors.add(ErrorCode::proxy_refused);
  expect_backoff(c);
  c = refused(503);
  c.policy.statuses.remove(503);
  expect_stop(c, StopReason::status_not_retryable);
  c = refused(503);
  c.policy.errors.remove(ErrorCode::proxy_unavailable);
  expect_stop(c, StopReason::permanent_error);
}

TEST(DecideTunnel, its_hints_are_followed) {
  EXPECT_EQ(refused(503).header("Retry-After", "7").decide().delay, 7s);
  EXPECT_EQ(refused(429).header("RateLimit", "\"a\";r=0;t=8").decide().delay, 8s);
  expect_backoff(refused(502).header("Retry-After", "7"));
  Case over = refused(503).header("Retry-After", "301");
  expect_stop(over, StopReason::retry_after_over_limit);
  EXPECT_EQ(over.decide().retry_after, 301s);
  expect_stop(refused(503).header("x-should-retry", "false"), StopReason::server_refused);
  expect_backoff(refused(403).header("x-should-retry", "true"));
  expect_stop(refused(302).header("x-should-retry", "true"), StopReason::permanent_error);
}

// --- Statuses that RFC 9110 does not define -------------------------------------------------

TEST(DecideStatus, from_600_on_is_retried_only_where_it_is_listed) {
  for (const int status : {600, 777, 999}) {
    expect_stop(Case::status(status), StopReason::status_not_retryable);
    EXPECT_EQ(Case::status(status).decide().replay, ReplayClass::processed);
    Case c = Case::status(status);
    c.policy.statuses.add(status);
    expect_backoff(c);
    c.policy.retry_after_statuses.add(status);
    EXPECT_EQ(c.header("Retry-After", "7").decide().delay, 7s);
  }
}

TEST(StatusSet, holds_every_number_of_three_digits_and_no_other) {
  StatusSet set;
  for (const int status : {-1, 0, 99, 1000, 70'000}) {
    set.add(status);
    EXPECT_FALSE(set.contains(status)) << status;
  }
  EXPECT_EQ(set, StatusSet());
  for (int status = 100; status <= 999; ++status) {
    set.add(status);
    EXPECT_TRUE(set.contains(status)) << status;
    set.remove(status);
    EXPECT_FALSE(set.contains(status)) << status;
  }
}

}  // namespace
}  // namespace holdfast::policy
