// `holdfast load URL`: many requests through the public callback face, and how fast they were.
#pragma once

#include <vector>

#include "cli/command_line.h"
#include "cli/json_report.h"

namespace holdfast::cli {

/// 0 when every request got a status below 400 and no redirect was left that -L was to follow;
/// where none did, what a fetch that failed as the first one did would exit with; else 1.
int load(const CommandLine& line);

/// The members of what --json prints, for the manual page.
std::vector<JsonMember> load_json_members();

}  // namespace holdfast::cli
