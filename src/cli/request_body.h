// The body that -d or -F asks for. Thread: main.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "holdfast/body.h"

namespace holdfast::cli {

/// Reads standard input where -d says so. What is wrong, or "".
std::string make_body(const CommandLine& line, Body& into);

}  // namespace holdfast::cli
