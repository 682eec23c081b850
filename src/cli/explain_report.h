// What --explain prints: the worst a policy can cost, and what is retried under it. Thread: any
// (pure).
#pragma once

#include <string>

#include "holdfast/options.h"

namespace holdfast::cli {

/// Of options that validate() has no complaint about.
std::string explain_report(const ClientOptions& options);

}  // namespace holdfast::cli
