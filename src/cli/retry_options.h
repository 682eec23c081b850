// The flags that say how long is waited for what and what is tried again. Thread: main.
#pragma once

#include "cli/command_line.h"

namespace CLI {
class App;
}

namespace holdfast::cli {

/// `line` must outlive the parsing. A flag goes before what --retry-policy says, wherever it
/// stands.
void add_retry_options(CLI::App& app, CommandLine& line);

}  // namespace holdfast::cli
