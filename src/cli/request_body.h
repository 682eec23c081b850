// The body that -d or -F asks for. Thread: main.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "holdfast/body.h"

namespace holdfast::cli {

struct RequestBody {
  Body body{};
  std::string type{};  ///< the value of Content-Type that goes with it; "": none
};

/// Reads what -d and -F name, so that whatever cannot be read is known before anything is sent.
/// Content is read into memory; a regular file above 1 MiB is read as it is sent. Several -d are
/// joined with '&'; bytes are kept as they are, line ends included (as curl's --data-binary).
/// Blocks while standard input or a pipe has nothing. What is wrong, or "".
std::string make_body(const CommandLine& line, RequestBody& into);

}  // namespace holdfast::cli
