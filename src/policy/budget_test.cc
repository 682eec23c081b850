#include "policy/budget.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace holdfast::policy {
namespace {

TEST(Budget, off_by_default_pays_for_everything) {
  BudgetMeter meter{RetryBudget{}};
  EXPECT_FALSE(meter.on());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(meter.spend());
}

TEST(Budget, starts_full_and_is_empty_after_the_burst) {
  BudgetMeter meter{RetryBudget{0.1, 3}};
  EXPECT_TRUE(meter.spend());
  EXPECT_TRUE(meter.spend());
  EXPECT_TRUE(meter.spend());
  EXPECT_FALSE(meter.can_spend());
  EXPECT_FALSE(meter.spend());
}

TEST(Budget, ten_first_attempts_earn_one_retry_at_a_ratio_of_a_tenth) {
  BudgetMeter meter{RetryBudget{0.1, 1}};
  ASSERT_TRUE(meter.spend());
  for (int i = 0; i < 9; ++i) meter.earn();
  EXPECT_FALSE(meter.spend());
  meter.earn();
  EXPECT_TRUE(meter.spend());
  EXPECT_FALSE(meter.spend());
}

TEST(Budget, saves_no_more_than_the_burst) {
  BudgetMeter meter{RetryBudget{1, 2}};
  for (int i = 0; i < 100; ++i) meter.earn();
  EXPECT_DOUBLE_EQ(meter.tokens(), 2);
}

TEST(Budget, refusing_costs_nothing) {
  BudgetMeter meter{RetryBudget{0.5, 1}};
  ASSERT_TRUE(meter.spend());
  for (int i = 0; i < 50; ++i) ASSERT_FALSE(meter.spend());
  meter.earn();
  meter.earn();
  EXPECT_TRUE(meter.spend());
}

// Invariant 18: retries in any window ≤ tokens earned in it + the largest balance at its start.
RC_GTEST_PROP(Budget, retries_in_any_window_are_bounded_by_earnings_and_burst,
              (const std::vector<bool>& first_attempts)) {
  const double ratio = *rc::gen::inRange(1, 20) / 10.0;
  const double burst = *rc::gen::inRange(1, 8);
  BudgetMeter meter{RetryBudget{ratio, burst}};
  std::vector<double> balance = {0};  // tokens earned minus tokens spent
  for (bool first : first_attempts) {
    double change = 0;
    if (first) {
      meter.earn();
      change = ratio;
    } else if (meter.spend()) {
      change = -1;
    }
    RC_ASSERT(meter.tokens() >= 0);
    RC_ASSERT(meter.tokens() <= burst);
    balance.push_back(balance.back() + change);
    for (double start : balance) RC_ASSERT(start - balance.back() <= burst + 1e-6);
  }
}

}  // namespace
}  // namespace holdfast::policy
