// The decision table, one test per rule: whether a retry follows. Delays, the budget and the
// predicate are in decide_wait_test.cc, the properties in decide_property_test.cc.
#include "policy/decide.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "policy/decide_case.h"

namespace holdfast::policy {
namespace {

// --- R1 -------------------------------------------------------------------------------------

TEST(DecideAttempts, the_first_counts_towards_the_maximum) {
  for (std::uint32_t attempt = 1; attempt <= 4; ++attempt) {
    Case c = Case::status(503);
    c.situation.attempt = attempt;
    EXPECT_TRUE(c.decide().retry) << attempt;
  }
  Case c = Case::status(503);
  c.situation.attempt = 5;
  expect_stop(c, StopReason::attempts_exhausted);
  c.situation.attempt = 6;
  expect_stop(c, StopReason::attempts_exhausted);
}

TEST(DecideAttempts, a_maximum_of_one_or_zero_means_no_retries) {
  for (std::uint32_t max : {0U, 1U}) {
    Case c = Case::stale();
    c.policy.max_attempts = max;
    expect_stop(c, StopReason::attempts_exhausted);
  }
}

// --- R2 -------------------------------------------------------------------------------------

TEST(DecideMethod, idempotent_ones_may_be_replayed) {
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"}) {
    EXPECT_TRUE(is_replayable_method(method)) << method;
    EXPECT_TRUE(Case::status(503).method(method).decide().retry) << method;
  }
}

TEST(DecideMethod, others_and_other_spellings_never) {
  for (const char* method : {"POST", "PATCH", "CONNECT", "BREW", "post", "get", "Get", "GETS",
                             "HEAD ", "PUTT", "DELET", "OPTIONs", "PROPFIND", "SEARCH", ""}) {
    EXPECT_FALSE(is_replayable_method(method)) << method;
    expect_stop(Case::status(503).method(method), StopReason::method_not_replayable, method);
    expect_stop(Case::stale().method(method), StopReason::method_not_replayable, method);
    expect_stop(Case::status(421).method(method), StopReason::method_not_replayable, method);
    Case unsent = Case::error(ErrorCode::connect_refused).method(method);
    unsent.outcome.evidence = {};
    expect_stop(unsent, StopReason::method_not_replayable, method);
  }
}

TEST(DecideMethod, unsent_allows_class_a_only) {
  Case c = Case::error(ErrorCode::connect_timeout).method("POST");
  c.policy.non_idempotent = NonIdempotent::unsent;
  c.outcome.evidence = {};
  expect_backoff(c);
  c.outcome.evidence.handed_uncertain = true;
  expect_stop(c, StopReason::method_not_replayable, "a write was under way");
  c.outcome.evidence = {1, false, 0, false};
  expect_stop(c, StopReason::method_not_replayable, "one byte was handed over");

  Case stale = Case::stale().method("POST");
  stale.policy.non_idempotent = NonIdempotent::unsent;
  expect_stop(stale, StopReason::method_not_replayable, "class B is no proof");
  Case status = Case::status(503).method("POST");
  status.policy.non_idempotent = NonIdempotent::unsent;
  expect_stop(status, StopReason::method_not_replayable, "class D is proof of the contrary");
}

TEST(DecideMethod, keyed_needs_the_key) {
  Case c = Case::status(503).method("POST");
  c.policy.non_idempotent = NonIdempotent::keyed;
  expect_stop(c, StopReason::method_not_replayable);
  c.situation.has_idempotency_key = true;
  expect_backoff(c);
  c.policy.non_idempotent = NonIdempotent::never;
  expect_stop(c, StopReason::method_not_replayable, "a key alone widens nothing");
  Case unsent = Case::error(ErrorCode::connect_refused).method("PATCH");
  unsent.policy.non_idempotent = NonIdempotent::keyed;
  unsent.outcome.evidence = {};
  expect_stop(unsent, StopReason::method_not_replayable, "not even class A");
}

// --- R3 -------------------------------------------------------------------------------------

TEST(DecideStatus, below_400_is_success_whatever_the_policy) {
  for (int status : {200, 201, 202, 204, 206, 299, 301, 304, 308, 399}) {
    Case c = Case::status(status).advice(say_retry).header("Retry-After", "3");
    c.policy.statuses.add(status);
    const Verdict verdict = c.decide();
    EXPECT_FALSE(verdict.retry) << status;
    EXPECT_EQ(verdict.stop, StopReason::success) << status;
    EXPECT_EQ(verdict.replay, ReplayClass::processed) << status;
    EXPECT_EQ(verdict.retry_after_note, RetryAfterNote::absent) << status;
  }
}

TEST(DecideStatus, exactly_the_default_set_is_retried) {
  const std::vector<int> retried = {408, 429, 500, 502, 503, 504};
  for (int status = 400; status < 1000; ++status) {
    if (status == 421 || status == 425) continue;
    const bool expected = std::find(retried.begin(), retried.end(), status) != retried.end();
    const Verdict verdict = Case::status(status).decide();
    EXPECT_EQ(verdict.retry, expected) << status;
    EXPECT_EQ(verdict.stop, expected ? StopReason::success : StopReason::status_not_retryable)
        << status;
    EXPECT_EQ(verdict.replay, ReplayClass::processed) << status;
  }
}

TEST(DecideStatus, the_set_is_the_users) {
  Case c = Case::status(404);
  c.policy.statuses = {404};
  expect_backoff(c);
  c.outcome.status = 503;
  expect_stop(c, StopReason::status_not_retryable);
}

TEST(DecideStatus, misdirected_and_too_early_go_once_at_once_on_a_fresh_connection) {
  for (int status : {421, 425}) {
    Case c = Case::status(status);
    const Verdict verdict = c.decide();
    EXPECT_TRUE(verdict.retry);
    EXPECT_TRUE(verdict.fresh_connection);
    EXPECT_TRUE(verdict.misdirected);
    EXPECT_FALSE(verdict.stale_replay);
    EXPECT_EQ(verdict.delay, 0s);
    EXPECT_EQ(verdict.source, DelaySource::immediate);
    c.situation.misdirected_used = true;
    expect_stop(c, StopReason::status_not_retryable, "once");
    c.policy.statuses.add(status);
    expect_backoff(c);  // after the first, the user's set treats it like any status
  }
}

TEST(DecideStatus, misdirected_can_be_switched_off) {
  Case c = Case::status(421);
  c.policy.retry_misdirected = false;
  expect_stop(c, StopReason::status_not_retryable);
}

TEST(DecideStatus, misdirected_waits_if_it_is_told_to) {
  Case c = Case::status(425).header("Retry-After", "4");
  EXPECT_EQ(c.decide().delay, 0s);
  c.policy.retry_after_statuses.add(425);
  EXPECT_EQ(c.decide().delay, 4s);
  EXPECT_TRUE(c.decide().misdirected);
}

// --- R4, R5, R6 -----------------------------------------------------------------------------

TEST(DecideError, every_code_goes_by_its_row_in_the_table){
#define X(code, text, fault, transient)                                         \
  {                                                                             \
    const Verdict verdict = Case::error(ErrorCode::code).decide();              \
    EXPECT_EQ(verdict.retry, transient) << #code;                               \
    EXPECT_EQ(verdict.replay == ReplayClass::permanent, !(transient)) << #code; \
  }
    HOLDFAST_ERROR_CODES(X)
#undef X
}

TEST(DecideError, permanent_ones_never_even_if_the_predicate_insists) {
#define X(code, text, fault, transient)                                                   \
  if (!(transient)) {                                                                     \
    EXPECT_FALSE(Case::error(ErrorCode::code).advice(say_retry).decide().retry) << #code; \
  }
  HOLDFAST_ERROR_CODES(X)
#undef X
}

TEST(DecideError, the_reason_tells_cancelling_and_the_deadline_from_mistakes) {
  expect_stop(Case::error(ErrorCode::cancelled), StopReason::cancelled);
  expect_stop(Case::error(ErrorCode::client_closed), StopReason::cancelled);
  expect_stop(Case::error(ErrorCode::deadline_exceeded), StopReason::deadline);
  expect_stop(Case::error(ErrorCode::protocol_error), StopReason::permanent_error);
  expect_stop(Case::error(ErrorCode::dns_not_found), StopReason::permanent_error);
}

TEST(DecideError, the_set_of_failures_is_the_users) {
  Case c = Case::stale();
  c.policy.errors = {};
  expect_stop(c, StopReason::permanent_error);
  c.outcome.error = ErrorCode::read_timeout;
  expect_stop(c, StopReason::permanent_error);
}

TEST(DecideError, what_is_added_is_retried_and_what_is_taken_away_is_not) {
  Case c = Case::error(ErrorCode::dns_not_found);
  c.outcome.evidence = {};
  expect_stop(c, StopReason::permanent_error);
  c.policy.errors.add(ErrorCode::dns_not_found);
  expect_backoff(c);
  EXPECT_EQ(c.decide().replay, ReplayClass::unprocessed);
  expect_stop(c.method("POST"), StopReason::method_not_replayable, "R2 stands");
  c.policy.non_idempotent = NonIdempotent::unsent;
  expect_backoff(c);

  c = Case::error(ErrorCode::pool_timeout);
  expect_backoff(c);
  c.policy.errors.remove(ErrorCode::pool_timeout);
  expect_stop(c, StopReason::permanent_error);
}

TEST(DecideError, violations_cancelling_and_the_deadline_are_final_even_where_they_are_listed) {
  for (const ErrorCode code :
       {ErrorCode::protocol_error, ErrorCode::stream_error, ErrorCode::http2_error,
        ErrorCode::cancelled, ErrorCode::client_closed, ErrorCode::deadline_exceeded,
        ErrorCode::invalid_request, ErrorCode::invalid_option, ErrorCode::attempt_refused,
        ErrorCode::body_source_failed}) {
    Case c = Case::error(code).advice(say_retry);
    c.policy.errors.add(code);
    EXPECT_FALSE(c.decide().retry) << name(code);
    EXPECT_EQ(c.decide().replay, ReplayClass::permanent) << name(code);
  }
}

TEST(DecideError, status_104_in_the_set_means_connection_reset) {
  Case c = Case::error(ErrorCode::connection_reset);
  c.policy.errors = {};
  c.policy.statuses.add(104);
  expect_backoff(c);
  c.outcome.error = ErrorCode::connection_closed;
  expect_stop(c, StopReason::permanent_error);
}

struct ClassRow {
  ErrorCode error;
  Evidence evidence;
  ReplayClass expected;
};

TEST(Classify, goes_by_the_evidence) {
  const ClassRow rows[] = {
      {ErrorCode::pool_timeout, {0, false, 0, false}, ReplayClass::unprocessed},
      {ErrorCode::dns_temporary, {0, false, 0, false}, ReplayClass::unprocessed},
      {ErrorCode::connect_refused, {0, false, 0, false}, ReplayClass::unprocessed},
      {ErrorCode::connect_timeout, {0, false, 0, false}, ReplayClass::unprocessed},
      {ErrorCode::connection_reset, {0, false, 0, true}, ReplayClass::unprocessed},
      // The peer sent bytes before the request: no byte of ours has been sent.
      {ErrorCode::connection_reset, {0, false, 9, true}, ReplayClass::unprocessed},
      {ErrorCode::connection_reset, {0, true, 0, true}, ReplayClass::probably_unprocessed},
      {ErrorCode::connection_reset, {1, false, 0, true}, ReplayClass::probably_unprocessed},
      {ErrorCode::connection_closed, {1, false, 0, true}, ReplayClass::probably_unprocessed},
      {ErrorCode::connection_aborted, {1, false, 0, true}, ReplayClass::probably_unprocessed},
      {ErrorCode::read_timeout, {1, false, 0, true}, ReplayClass::unknown},
      {ErrorCode::write_timeout, {1, false, 0, true}, ReplayClass::unknown},
      {ErrorCode::connection_reset, {1, false, 0, false}, ReplayClass::unknown},
      {ErrorCode::connection_reset, {0, true, 0, false}, ReplayClass::unknown},
      // The route was lost in the middle of a request: the code alone would mean "never connected".
      {ErrorCode::connect_unreachable, {1, false, 0, false}, ReplayClass::unknown},
      {ErrorCode::connection_reset, {1, false, 1, true}, ReplayClass::response_started},
      {ErrorCode::response_truncated, {1, false, 99, false}, ReplayClass::response_started},
      {ErrorCode::read_timeout, {1, false, 1, false}, ReplayClass::response_started},
      {ErrorCode::protocol_error, {1, false, 1, false}, ReplayClass::permanent},
      {ErrorCode::invalid_url, {0, false, 0, false}, ReplayClass::permanent},
      {ErrorCode::none, {1, false, 1, false}, ReplayClass::processed},
  };
  for (const ClassRow& row : rows) {
    Outcome outcome;
    outcome.error = row.error;
    outcome.evidence = row.evidence;
    EXPECT_EQ(classify(outcome, RetryPolicy().errors), row.expected)
        << static_cast<int>(row.error) << " with " << row.evidence.bytes_handed << ", "
        << row.evidence.handed_uncertain << ", " << row.evidence.response_bytes << ", "
        << row.evidence.reused;
  }
}

// --- R5: delivered, R8 ----------------------------------------------------------------------

TEST(DecideBody, a_response_in_a_callers_hands_is_never_retried) {
  Case c = Case::error(ErrorCode::response_truncated);
  c.situation.delivered = true;
  expect_stop(c, StopReason::response_delivered);
  c = Case::status(503);
  c.situation.delivered = true;
  expect_stop(c, StopReason::response_delivered);
}

TEST(DecideBody, a_request_body_that_cannot_be_read_again_is_never_sent_short) {
  Case c = Case::status(503).method("PUT");
  c.situation.body_replayable = false;
  expect_stop(c, StopReason::body_not_replayable);
  Case stale = Case::stale().method("PUT");
  stale.situation.body_replayable = false;
  expect_stop(stale, StopReason::body_not_replayable);
}

// --- R7 -------------------------------------------------------------------------------------

TEST(DecideStale, a_dead_kept_alive_connection_is_replayed_at_once_on_a_fresh_one) {
  for (ErrorCode code :
       {ErrorCode::connection_reset, ErrorCode::connection_closed, ErrorCode::connection_aborted}) {
    Case c = Case::stale();
    c.outcome.error = code;
    const Verdict verdict = c.decide();
    EXPECT_TRUE(verdict.retry);
    EXPECT_TRUE(verdict.stale_replay);
    EXPECT_TRUE(verdict.fresh_connection);
    EXPECT_EQ(verdict.delay, 0s);
    EXPECT_EQ(verdict.source, DelaySource::immediate);
    EXPECT_EQ(verdict.replay, ReplayClass::probably_unprocessed);
  }
}

TEST(DecideStale, one_found_dead_before_the_first_byte_is_as_stale) {
  Case c = Case::stale();
  c.outcome.evidence.bytes_handed = 0;
  EXPECT_TRUE(c.decide().stale_replay);
  c.method("POST").policy.non_idempotent = NonIdempotent::unsent;
  EXPECT_TRUE(c.decide().stale_replay);
}

TEST(DecideStale, once_per_exchange_then_the_backoff_starts_at_its_first_step) {
  Case c = Case::stale();
  c.situation.attempt = 2;
  c.situation.stale_replay_used = true;
  expect_backoff(c, 800ms, 1s);
}

TEST(DecideStale, counts_as_an_attempt) {
  Case c = Case::stale();
  c.situation.attempt = 5;
  expect_stop(c, StopReason::attempts_exhausted);
}

TEST(DecideStale, timeouts_fresh_connections_and_begun_responses_are_not_stale) {
  Case c = Case::stale();
  c.outcome.error = ErrorCode::read_timeout;
  expect_backoff(c);
  c = Case::stale();
  c.outcome.evidence.reused = false;
  expect_backoff(c);
  c = Case::stale();
  c.outcome.evidence.response_bytes = 1;
  expect_backoff(c);
}

TEST(DecideStale, can_be_switched_off) {
  Case c = Case::stale();
  c.policy.replay_stale = false;
  expect_backoff(c);
}

}  // namespace
}  // namespace holdfast::policy
