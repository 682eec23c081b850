// What the command line said, as values. Parsing only: nothing is sent here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/options.h"

namespace holdfast::cli {

struct CommandLine {
  enum class Mode { fetch, load };

  Mode mode = Mode::fetch;
  std::string method;
  std::vector<std::string> urls;
  std::vector<std::string> header_lines;
  Headers headers;
  std::optional<std::string> data;  ///< -d: text, @FILE, or @- for standard input
  std::string output_file;          ///< -o; empty: standard output
  std::string head_file;            ///< -D
  bool verbose = false;
  bool json = false;
  bool fail = false;
  bool stream = false;
  ClientOptions client;

  std::uint64_t requests = 1000;   ///< load -n
  std::uint32_t concurrency = 50;  ///< load -c
};

/// The outcome of parsing: a command line, or the status to exit with (its text is printed already:
/// help to standard output, complaints to standard error).
struct Parsed {
  std::optional<CommandLine> line;
  int exit_status = 0;
};

Parsed parse_command_line(int argc, char** argv);

}  // namespace holdfast::cli
