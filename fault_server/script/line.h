// The one-line spelling of scripts: for ?fault=, X-Fault, the command line and printed
// counterexamples. parse(print(s)) == s for every script that parses; print is canonical.
// Grammar: see script.h; words: see script_words.h. Thread: any.
#pragma once

#include <string>
#include <string_view>

#include "fault_server/script/error.h"
#include "fault_server/script/script.h"

namespace fault {

Parsed<Script> parse_script(std::string_view line);

/// Exactly one step, without tail ("503 ra=1 x2").
Parsed<Step> parse_step(std::string_view line);

std::string print_script(const Script& script);
std::string print_step(const Step& step);

/// "body:512", "body:50%", "status".
std::string print_place(const Place& place);

}  // namespace fault
