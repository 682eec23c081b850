// Remedies for failed requests, in the words of the command line. Thread: any; pure functions.
#pragma once

#include <string>

#include "holdfast/error.h"

namespace holdfast::cli {

/// Returns the error's message, and after it the remedy if there is one:
/// "the connection was refused: 127.0.0.1:1; check that a server listens there".
std::string message_with_remedy(const Error& error);

}  // namespace holdfast::cli
