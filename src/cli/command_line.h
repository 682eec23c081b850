// What the command line said, as values. Parsing only: nothing is sent here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/form.h"
#include "holdfast/options.h"

namespace holdfast::cli {

struct CommandLine {
  enum class Mode { fetch, load };

  Mode mode = Mode::fetch;
  std::string method;
  std::vector<std::string> urls;
  std::vector<std::string> header_lines;
  Headers headers;
  std::vector<std::string> data;     ///< -d: text, @FILE, or @- for standard input
  std::vector<FormPart> form;        ///< -F
  std::string authorization;         ///< -u, as the field's value: a secret
  std::vector<std::string> secrets;  ///< words of the command line that nobody else is to read
  std::string output_file;           ///< -o; empty: standard output
  std::string head_file;             ///< -D
  std::string proxy;                 ///< -x, with its scheme; may hold a password
  std::optional<std::vector<std::string>> no_proxy;
  bool proxy_from_environment = false;
  bool verbose = false;
  bool json = false;
  bool fail = false;
  bool stream = false;
  bool explain = false;
  std::optional<bool> progress;               ///< --progress, --no-progress
  std::optional<std::uint64_t> max_filesize;  ///< bytes
  ClientOptions client;

  std::uint64_t requests = 1000;   ///< load -n
  std::uint32_t concurrency = 50;  ///< load -c
};

/// The outcome of parsing: a command line, or the status to exit with (its text is printed already:
/// what was asked for to standard output, complaints to standard error).
struct Parsed {
  std::optional<CommandLine> line;
  int exit_status = 0;
};

Parsed parse_command_line(int argc, char** argv);

}  // namespace holdfast::cli
