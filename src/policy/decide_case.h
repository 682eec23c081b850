// One decision to vary, and expectations about it, shared by the tests of decide(). Test code only;
// in no target of the library. Thread: one owner.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string_view>

#include "policy/decide.h"

namespace holdfast::policy {

using namespace std::chrono_literals;

/// One decision about the first attempt of a GET with every default, to be varied.
struct Case {
  RetryPolicy policy;
  Situation situation;
  Outcome outcome;
  Headers headers;
  base::Now now{{1'000'000'000}, {1'795'467'600LL * 1'000'000'000LL}};
  std::optional<BudgetMeter> budget;
  base::Rng jitter{7};

  Case() { situation.method = "GET"; }
  static Case status(int status) {
    Case c;
    c.outcome.status = status;
    c.outcome.evidence = {100, false, 50, false, false};
    return c;
  }
  /// The request was sent, and no byte of a response was received.
  static Case error(ErrorCode code) {
    Case c;
    c.outcome.error = code;
    c.outcome.evidence = {100, false, 0, false, false};
    return c;
  }
  /// A kept-alive connection that the peer has closed.
  static Case stale() {
    Case c = error(ErrorCode::connection_reset);
    c.outcome.evidence.reused = true;
    return c;
  }
  Case& method(std::string_view name) {
    situation.method = name;
    return *this;
  }
  Case& header(std::string_view name, std::string_view value) {
    headers.add(name, value);
    return *this;
  }
  Case& deadline_in(Duration time) {
    situation.deadline = now.mono + time;
    return *this;
  }
  Case& advice(RetryPredicate predicate) {
    policy.predicate = predicate;
    return *this;
  }
  Verdict decide() {
    if (!headers.empty()) outcome.headers = &headers;
    if (!budget) budget.emplace(policy.budget);
    return policy::decide(policy, situation, outcome, now, *budget, jitter);
  }
};

inline RetryAdvice say_stop(const RetryQuestion&, const void*) noexcept {
  return RetryAdvice::stop;
}
inline RetryAdvice say_retry(const RetryQuestion&, const void*) noexcept {
  return RetryAdvice::retry;
}
inline RetryAdvice say_defaults(const RetryQuestion&, const void*) noexcept {
  return RetryAdvice::defaults;
}

inline void expect_stop(Case c, StopReason reason, const char* what = "") {
  const Verdict verdict = c.decide();
  EXPECT_FALSE(verdict.retry) << what;
  EXPECT_EQ(verdict.stop, reason) << what;
  EXPECT_EQ(verdict.delay, 0s) << what;
  EXPECT_EQ(verdict.source, DelaySource::none) << what;
  EXPECT_FALSE(verdict.fresh_connection || verdict.stale_replay || verdict.misdirected ||
               verdict.fallback)
      << what;
}

inline void expect_backoff(Case c, Duration least = 800ms, Duration most = 1s,
                           const char* what = "") {
  const Verdict verdict = c.decide();
  EXPECT_TRUE(verdict.retry) << what;
  EXPECT_EQ(verdict.stop, StopReason::success) << what;
  EXPECT_EQ(verdict.source, DelaySource::backoff) << what;
  EXPECT_GE(verdict.delay, least) << what;
  EXPECT_LE(verdict.delay, most) << what;
}

}  // namespace holdfast::policy
