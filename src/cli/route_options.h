// The flags that say by which way a server is reached: proxies and Unix sockets. Thread: main.
#pragma once

#include <string>

#include "cli/command_line.h"

namespace CLI {
class App;
}

namespace holdfast::cli {

/// `line` must outlive the parsing.
void add_route_options(CLI::App& app, CommandLine& line);

/// Puts together what the flags and, where that was asked for, the environment say; what is wrong,
/// one line, or "".
std::string settle_route(CommandLine& line);

}  // namespace holdfast::cli
