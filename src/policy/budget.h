// The client-wide retry budget (RetryBudget): a token bucket that first attempts fill. A value; it
// reads no clock, so only traffic refills it, not the passing of time. Thread: one owner.
#pragma once

#include "holdfast/policy.h"

namespace holdfast::policy {

class BudgetMeter {
 public:
  /// The bucket starts full.
  explicit BudgetMeter(const RetryBudget& budget) : budget_(budget), tokens_(budget.burst) {}

  bool on() const { return budget_.burst > 0; }
  /// Called for each first attempt.
  void earn() {
    if (!on()) return;
    tokens_ += budget_.ratio;
    if (tokens_ > budget_.burst) tokens_ = budget_.burst;
  }
  /// Whether spend() would succeed.
  bool can_spend() const { return !on() || tokens_ >= 1 - kRounding; }
  /// Takes the token of one retry; false when the budget is empty. Always true when the budget is
  /// off.
  bool spend() {
    if (!can_spend()) return false;
    if (on()) tokens_ = tokens_ > 1 ? tokens_ - 1 : 0;
    return true;
  }
  double tokens() const { return tokens_; }

 private:
  // In binary, ten times 0.1 is a little less than 1; ten first attempts must still earn one retry.
  static constexpr double kRounding = 1e-9;

  RetryBudget budget_;
  double tokens_;
};

}  // namespace holdfast::policy
