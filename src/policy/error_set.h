// Which errors may be listed as retryable (R4, R5). Pure; the set itself is in holdfast/policy.h.
// Thread: any.
#pragma once

#include "holdfast/error.h"

namespace holdfast::policy {

/// Returns null if `code` may be in RetryPolicy::errors; otherwise the remedy, which is static.
const char* why_unlistable(ErrorCode code);

}  // namespace holdfast::policy
