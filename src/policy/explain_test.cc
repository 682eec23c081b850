#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "holdfast/policy.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

bool has(const Explanation& explanation, const std::string& part) {
  return explanation.text.find(part) != std::string::npos;
}

TEST(Explain, the_defaults_cost_what_the_header_works_out) {
  const Explanation explanation = explain(RetryPolicy{}, TimeoutPolicy{});
  EXPECT_EQ(explanation.worst_requests, 5U);
  EXPECT_EQ(explanation.worst_backoff, 15s);     // 1 + 2 + 4 + 8
  EXPECT_EQ(explanation.stalled_latency, 125s);  // 5 · (2 + 5 + 5 + 10) + 15
  EXPECT_EQ(explanation.worst_latency, kOff);    // a server that trickles
  EXPECT_EQ(explanation.text,
            "attempts: at most 5\n"
            "errors retried: default\n"
            "waits: 800ms to 1s, 1.6s to 2s, 3.2s to 4s, 6.4s to 8s between attempts; instead of "
            "them Retry-After or a rate limit's reset, up to 300s\n"
            "latency: unbounded (a server that trickles is stopped only by timeouts.attempt or "
            "timeouts.total)\n"
            "latency if the server falls silent: at most 125s\n"
            "requests: at most 5 for each one asked for\n"
            "POST, PATCH, CONNECT and unknown methods: sent once, never again\n");
}

TEST(Explain, total_bounds_everything) {
  TimeoutPolicy timeouts;
  timeouts.total = 8s;
  const Explanation explanation = explain(RetryPolicy{}, timeouts);
  EXPECT_EQ(explanation.worst_latency, 8s);
  EXPECT_EQ(explanation.stalled_latency, 8s);
  EXPECT_TRUE(has(explanation, "latency: at most 8s\n"));
}

TEST(Explain, an_attempt_timeout_bounds_each_attempt_and_retry_after_the_waits) {
  TimeoutPolicy timeouts;
  timeouts.attempt = 3s;
  const Explanation explanation = explain(RetryPolicy{}, timeouts);
  EXPECT_EQ(explanation.worst_latency, 5 * 3s + 4 * 300s);
  EXPECT_EQ(explanation.stalled_latency, 5 * 3s + 15s);
}

TEST(Explain, without_retry_after_the_waits_are_the_backoffs) {
  RetryPolicy retry;
  retry.retry_after_statuses = {};
  TimeoutPolicy timeouts;
  timeouts.attempt = 3s;
  const Explanation explanation = explain(retry, timeouts);
  EXPECT_EQ(explanation.worst_latency, 5 * 3s + 15s);
  EXPECT_FALSE(has(explanation, "Retry-After"));
}

TEST(Explain, a_retry_after_shorter_than_a_backoff_does_not_hide_it) {
  RetryPolicy retry;
  retry.max_retry_after = 3s;
  TimeoutPolicy timeouts;
  timeouts.attempt = 1s;
  EXPECT_EQ(explain(retry, timeouts).worst_latency, 5 * 1s + (3s + 3s + 4s + 8s));
}

TEST(Explain, retry_after_on_a_status_that_is_not_retried_costs_nothing) {
  RetryPolicy retry;
  retry.statuses = {500};
  retry.pushback_fields = {};
  TimeoutPolicy timeouts;
  timeouts.attempt = 1s;
  EXPECT_EQ(explain(retry, timeouts).worst_latency, 5 * 1s + 15s);
}

TEST(Explain, retry_after_jitter_comes_on_top) {
  RetryPolicy retry;
  retry.max_attempts = 2;
  retry.max_retry_after = 100s;
  retry.retry_after_jitter = 0.5;
  TimeoutPolicy timeouts;
  timeouts.attempt = 1s;
  EXPECT_EQ(explain(retry, timeouts).worst_latency, 2 * 1s + 150s);
}

TEST(Explain, a_first_byte_limit_shortens_the_silence) {
  TimeoutPolicy timeouts;
  timeouts.first_byte = 1s;
  EXPECT_EQ(explain(RetryPolicy{}, timeouts).stalled_latency, 5 * 13s + 15s);
}

TEST(Explain, a_phase_without_limit_makes_even_silence_unbounded) {
  TimeoutPolicy timeouts;
  timeouts.pool = kOff;
  EXPECT_EQ(explain(RetryPolicy{}, timeouts).stalled_latency, kOff);
}

TEST(Explain, one_attempt_has_no_waits) {
  RetryPolicy retry;
  retry.max_attempts = 1;
  const Explanation explanation = explain(retry, TimeoutPolicy{});
  EXPECT_EQ(explanation.worst_requests, 1U);
  EXPECT_EQ(explanation.worst_backoff, 0s);
  EXPECT_EQ(explanation.stalled_latency, 22s);
  EXPECT_FALSE(has(explanation, "waits"));
}

TEST(Explain, with_nothing_to_retry_only_421_and_425_go_again_and_at_once) {
  RetryPolicy retry;
  retry.statuses = {};
  retry.errors = {};
  retry.pushback_fields = {};
  EXPECT_EQ(explain(retry, TimeoutPolicy{}).worst_requests, 2U);
  EXPECT_EQ(explain(retry, TimeoutPolicy{}).worst_backoff, 0s);
  retry.retry_misdirected = false;
  EXPECT_EQ(explain(retry, TimeoutPolicy{}).worst_requests, 1U);
}

TEST(Explain, a_server_that_demands_retries_may_have_them_all) {
  RetryPolicy retry;
  retry.statuses = {};
  retry.errors = {};
  EXPECT_EQ(explain(retry, TimeoutPolicy{}).worst_requests, 5U);
  EXPECT_EQ(explain(retry, TimeoutPolicy{}).worst_backoff, 15s);
}

TEST(Explain, the_errors_that_are_retried_are_listed) {
  RetryPolicy retry;
  retry.errors.add(ErrorCode::dns_not_found);
  retry.errors.remove(ErrorCode::pool_timeout);
  EXPECT_TRUE(has(explain(retry, {}), "errors retried: default,dns_not_found,-pool_timeout\n"));
  retry.errors = {};
  EXPECT_TRUE(has(explain(retry, {}), "errors retried: none\n"));
}

TEST(Explain, followed_redirects_multiply_everything) {
  const RetryPolicy retry;
  TimeoutPolicy timeouts;
  timeouts.attempt = 10s;
  const Explanation one = explain(retry, timeouts);
  const Explanation many = explain(retry, timeouts, {true, 3, false});
  EXPECT_EQ(many.worst_requests, 4 * one.worst_requests);
  EXPECT_EQ(many.worst_backoff, 4 * one.worst_backoff);
  EXPECT_EQ(many.stalled_latency, 4 * one.stalled_latency);
  EXPECT_EQ(many.worst_latency, 4 * one.worst_latency);
  EXPECT_TRUE(many.text.starts_with(
      "attempts: at most 5 at each of at most 4 places, redirects being followed\n"))
      << many.text;
  EXPECT_NE(many.text.find("requests: at most 20 for each one asked for"), std::string::npos);
  EXPECT_EQ(explain(retry, timeouts, {false, 3, false}).text, one.text);
  EXPECT_EQ(explain(retry, timeouts, {true, UINT32_MAX, false}).worst_requests, UINT32_MAX);
}

TEST(Explain, millions_of_attempts_are_summed_quickly_and_exactly) {
  RetryPolicy retry;
  retry.max_attempts = 1'000'001;
  // 1 + 2 + 4 + 8 + 16, then 30 for each further retry.
  EXPECT_EQ(explain(retry, TimeoutPolicy{}).worst_backoff, 31s + 999'995LL * 30s);
  retry.backoff.max = kOff;
  EXPECT_EQ(explain(retry, TimeoutPolicy{}).worst_backoff, kOff);
}

TEST(Explain, many_waits_are_shown_up_to_the_last) {
  RetryPolicy retry;
  retry.max_attempts = 8;
  retry.backoff.jitter = Jitter::none;
  EXPECT_TRUE(
      has(explain(retry, TimeoutPolicy{}), "waits: 1s, 2s, 4s, 8s, … up to 30s between attempts"));
}

TEST(Explain, an_unlimited_retry_after_is_said) {
  RetryPolicy retry;
  retry.max_retry_after = kOff;
  TimeoutPolicy timeouts;
  timeouts.attempt = 1s;
  const Explanation explanation = explain(retry, timeouts);
  EXPECT_EQ(explanation.worst_latency, kOff);
  EXPECT_TRUE(has(explanation, "Retry-After or a rate limit's reset, however long"));
  retry.rate_limit_hints = false;
  EXPECT_TRUE(has(explain(retry, timeouts), "Retry-After, however long"));
}

TEST(Explain, budget_and_methods_are_said) {
  RetryPolicy retry;
  retry.budget = {0.2, 10};
  retry.non_idempotent = NonIdempotent::unsent;
  EXPECT_TRUE(has(explain(retry, {}), "over all, at most 1.2 for each one plus 10"));
  EXPECT_TRUE(has(explain(retry, {}), "only on proof"));
  retry.non_idempotent = NonIdempotent::keyed;
  EXPECT_TRUE(has(explain(retry, {}), "if they carry an Idempotency-Key"));
  retry.generate_idempotency_key = true;
  EXPECT_TRUE(has(explain(retry, {}), "made if need be"));
}

TEST(Explain, policies_that_validate_refuses_do_no_harm) {
  RetryPolicy retry;
  retry.max_attempts = 0;
  retry.max_retry_after = -5s;
  retry.retry_after_jitter = std::numeric_limits<double>::quiet_NaN();
  retry.backoff.base = -3s;
  TimeoutPolicy timeouts;
  timeouts.read = -1s;
  timeouts.attempt = -1s;
  timeouts.total = -1s;
  EXPECT_EQ(explain(retry, timeouts).worst_requests, 1U);
  EXPECT_EQ(explain(retry, timeouts).worst_latency, 0s);
  retry.max_attempts = 3;
  retry.max_retry_after = Duration(kOff.count() - 1);
  retry.retry_after_jitter = 1e300;
  timeouts.total = timeouts.attempt = kOff;
  EXPECT_EQ(explain(retry, timeouts).worst_latency, kOff);
}

}  // namespace
}  // namespace holdfast
