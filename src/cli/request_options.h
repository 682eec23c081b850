// The flags that say what is sent and where what comes back goes: from words to a CommandLine, with
// complaints in the flags' own words. Thread: main.
#pragma once

#include <string>

#include "cli/command_line.h"

namespace CLI {
class App;
}

namespace holdfast::cli {

/// Headings of the help page; within one the options stand in order of their names.
inline constexpr const char* kRequestGroup = "Request";
inline constexpr const char* kOutputGroup = "Output";

/// What a request may carry besides its header fields.
enum class Content : std::uint8_t {
  none,
  data,  ///< -d
  form,  ///< -d and -F
};

/// `line` must outlive the parsing.
void add_request_options(CLI::App& app, CommandLine& line, Content content);
void add_output_options(CLI::App& app, CommandLine& line);

/// Fills in what follows from several flags; what is wrong with them, one line, or "".
std::string settle_request(CommandLine& line);

}  // namespace holdfast::cli
