// The `holdfast` command: the public face on the command line.
#include "cli/command_line.h"
#include "cli/fetch.h"
#include "cli/load.h"

int main(int argc, char** argv) {
  using namespace holdfast::cli;
  const Parsed parsed = parse_command_line(argc, argv);
  if (!parsed.line) return parsed.exit_status;
  return parsed.line->mode == CommandLine::Mode::load ? load(*parsed.line) : fetch(*parsed.line);
}
