// What the manual page says beyond the options. Thread: any (pure).
#pragma once

#include <string>

#include "tool/command_tree.h"

namespace holdfast::cli {

/// holdfast(1), in troff.
std::string manual(const tool::CommandInfo& command);

}  // namespace holdfast::cli
