// The commands and options of a command line as values, read from a CLI11 App. The help page, the
// manual page and the completions are made from these, so they cannot disagree. Parses nothing.
// Thread: any (values).
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace holdfast::tool {

/// The values that an option accepts, from its type name. '|' separates alternatives. An
/// alternative without a capital letter is literal ("1.2|1.3"), FILE and DIR are names of files and
/// directories, and @FILE at its end is the name of a file after an '@' ("DATA|@FILE").
struct ValueKind {
  std::vector<std::string> choices;
  bool file = false;
  bool folder = false;
  bool at_file = false;

  friend bool operator==(const ValueKind&, const ValueKind&) = default;
};
ValueKind value_kind(const std::string& type_name);

struct OptionInfo {
  std::vector<std::string> names;  ///< as typed, short ones first: "-o", "--output"
  std::string value;               ///< its type name; empty: a flag
  std::string group;               ///< the heading above it
  std::string description;
  bool repeatable = false;

  friend bool operator==(const OptionInfo&, const OptionInfo&) = default;
};

struct PositionalInfo {
  std::string name;
  std::string value;  ///< its type name
  std::string description;
  bool repeatable = false;
};

struct CommandInfo {
  std::string name;
  std::string description;
  std::vector<OptionInfo> options;  ///< in the order of the help page
  std::vector<PositionalInfo> positionals;
  std::vector<CommandInfo> commands;
};

/// `app` and all its subcommands. Hidden ones (an empty group) are left out.
CommandInfo describe_commands(const CLI::App& app);

}  // namespace holdfast::tool
