// The mistakes in the retry budget of a request's own policy. Thread: any.
#pragma once

#include <vector>

#include "holdfast/policy.h"

namespace holdfast::policy {

/// Adds a complaint to `found` unless `own` is the default or the client's: a client has one budget
/// for all its requests, and another one would have no effect.
void check_own_budget(std::vector<OptionError>& found, const RetryBudget& own,
                      const RetryBudget& clients);

}  // namespace holdfast::policy
