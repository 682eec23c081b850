// What a command line offers, as values: read off a CLI11 App, so that the help page, the manual
// page and the completions are made from one set of definitions and cannot disagree. It never
// parses anything. Thread: any (values).
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace holdfast::tool {

/// What may stand for an option's value, as its type name says. Alternatives are parted by '|'; one
/// without a capital letter is meant literally ("1.2|1.3"), FILE and DIR are names of files and
/// folders, and what ends in @FILE is one after an '@' ("DATA|@FILE").
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
  std::string group;               ///< the heading it stands under
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

/// `app` with everything below it. What is hidden (an empty group) is left out.
CommandInfo describe_commands(const CLI::App& app);

}  // namespace holdfast::tool
