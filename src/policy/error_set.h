// Which failures a retry may follow at all, whatever the user lists (R4, R5). Pure; the set itself
// is holdfast/policy.h's. Thread: any.
#pragma once

#include "holdfast/error.h"

namespace holdfast::policy {

/// Null if `code` may stand in RetryPolicy::errors; otherwise what to do instead, of static
/// lifetime.
const char* why_unlistable(ErrorCode code);

}  // namespace holdfast::policy
