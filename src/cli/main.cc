// The `holdfast` command: the public face on the command line.
#include <cstdio>

#include "cli/command_line.h"
#include "cli/exit_code.h"
#include "cli/fetch.h"
#include "cli/load.h"
#include "tool/process_start.h"

int main(int argc, char** argv) {
  using namespace holdfast;
  // The loop needs seven, one connection and the files the rest.
  constexpr int kDescriptors = 16;
  if (const std::string complaint = tool::start_process(kDescriptors); !complaint.empty()) {
    std::fprintf(stderr, "holdfast: %s\n", complaint.c_str());
    tool::end_process(cli::kOutOfResources);
  }
  const cli::Parsed parsed = cli::parse_command_line(argc, argv);
  if (!parsed.line) tool::end_process(parsed.exit_status);
  tool::end_process(parsed.line->mode == cli::CommandLine::Mode::load ? cli::load(*parsed.line)
                                                                      : cli::fetch(*parsed.line));
}
