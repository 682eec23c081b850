// The page that --help prints: usage, then the options under their headings, in aligned columns
// that fit a terminal. Thread: any (pure), except use_help_page(), which changes the App.
#pragma once

#include <string>

#include "tool/command_tree.h"

namespace CLI {
class App;
}

namespace holdfast::tool {

/// `called` is the command as typed: "holdfast get".
std::string help_page(const CommandInfo& command, const std::string& called);

/// Makes `app`, and every command added to it later, print such a page.
void use_help_page(CLI::App& app);

}  // namespace holdfast::tool
