// What a person at the command line can do about a request that failed. Thread: any (pure).
#pragma once

#include <string>

#include "holdfast/error.h"

namespace holdfast::cli {

/// The error's message with a hint behind it, in the words of the flags, where there is one.
std::string message_with_remedy(const Error& error);

}  // namespace holdfast::cli
