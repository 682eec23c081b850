// The client-wide retry budget (RetryBudget): a token bucket filled by first attempts. A value; it
// never asks for the time, so it refills with traffic and not with patience. Thread: one owner.
#pragma once

#include "holdfast/policy.h"

namespace holdfast::policy {

class BudgetMeter {
 public:
  /// Starts full.
  explicit BudgetMeter(const RetryBudget& budget) : budget_(budget), tokens_(budget.burst) {}

  bool on() const { return budget_.burst > 0; }
  /// Each first attempt earns.
  void earn() {
    if (!on()) return;
    tokens_ += budget_.ratio;
    if (tokens_ > budget_.burst) tokens_ = budget_.burst;
  }
  /// Whether spend() would pay.
  bool can_spend() const { return !on() || tokens_ >= 1 - kRounding; }
  /// Pays for one retry; false when the budget is empty. Always true when off.
  bool spend() {
    if (!can_spend()) return false;
    if (on()) tokens_ = tokens_ > 1 ? tokens_ - 1 : 0;
    return true;
  }
  double tokens() const { return tokens_; }

 private:
  // Ten times 0.1 is a little less than 1 in binary; ten first attempts earn one retry all the
  // same.
  static constexpr double kRounding = 1e-9;

  RetryBudget budget_;
  double tokens_;
};

}  // namespace holdfast::policy
