// `holdfast load URL`: many requests through the public callback face, and how fast they were.
#pragma once

#include "cli/command_line.h"

namespace holdfast::cli {

/// 0 when every request was answered, else 1.
int load(const CommandLine& line);

}  // namespace holdfast::cli
