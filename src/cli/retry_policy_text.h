// --retry-policy: a policy from a file or from the command line itself, by the names that the
// options have in C++. Thread: main.
#pragma once

#include <string>

#include "holdfast/options.h"

namespace holdfast::cli {

/// "max_attempts=3,backoff.base=200ms,statuses=429+503", or the name of a file with one
/// "key = value" a line, "#" beginning a comment. Keys are those of retry (with or without
/// "retry.") and "timeouts.…". Lists are written with '+' or ','. What is wrong, with file and
/// line, key, value and remedy; or "".
std::string apply_retry_policy(const std::string& text, ClientOptions& options);

}  // namespace holdfast::cli
