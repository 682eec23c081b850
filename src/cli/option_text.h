// --option, and what it shares with --retry-policy: the library's options by their names, with
// complaints for the command line. Thread: main.
#pragma once

#include <string>
#include <string_view>

#include "cli/command_line.h"

namespace CLI {
class App;
}

namespace holdfast::cli {

/// `line` must outlive the parsing.
void add_named_options(CLI::App& app, CommandLine& line);

/// Sets one option. What is wrong and the remedy, or "".
std::string set_named_option(std::string_view name, std::string_view value, ClientOptions& options);

/// Where all the names stand, behind a complaint about one that is none.
inline constexpr const char* kWhereNamesAre = " ('holdfast man' lists them)";

/// For the manual page: lines of names, those of a group together.
std::string named_options_lines();

}  // namespace holdfast::cli
