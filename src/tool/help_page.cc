#include "tool/help_page.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::tool {

namespace {

constexpr std::size_t kColumn = 32;  // where descriptions begin
constexpr std::size_t kWidth = 100;

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not a UTF-8 continuation
  }));
}

/// "  name   description"; the description is wrapped at blanks within its column.
void add_row(std::string& out, const std::string& name, const std::string& description) {
  std::string line = "  " + name;
  if (columns(line) + 2 > kColumn) {
    out += line + "\n";
    line.clear();
  }
  line.resize(line.size() + kColumn - columns(line), ' ');
  bool line_is_empty = true;
  for (std::size_t at = 0; at < description.size();) {
    const std::size_t end = std::min(description.find(' ', at), description.size());
    const std::string word = description.substr(at, end - at);
    if (!line_is_empty && columns(line) + 1 + columns(word) > kWidth) {
      out += line + "\n";
      line = std::string(kColumn, ' ');
      line_is_empty = true;
    }
    line += (line_is_empty ? "" : " ") + word;
    line_is_empty = false;
    at = end + 1;
  }
  out += line + "\n";
}

/// "-o, --output FILE"; long names are aligned, with or without a short name.
std::string option_name(const OptionInfo& option) {
  std::string text = option.names.front().starts_with("--") ? "    " : "";
  for (const std::string& name : option.names) {
    text += (&name == &option.names.front() ? "" : ", ") + name;
  }
  return option.value.empty() ? text : text + " " + option.value;
}

std::string usage(const CommandInfo& command, const std::string& called) {
  std::string line = "Usage: " + called + " [OPTIONS]";
  for (const PositionalInfo& one : command.positionals) {
    line += " " + one.name + (one.repeatable ? "..." : "");
  }
  return line + (command.commands.empty() ? "\n" : " COMMAND\n");
}

class HelpFormatter final : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string called, CLI::AppFormatMode) const final {
    return help_page(describe_commands(*app), called);
  }
};

}  // namespace

std::string help_page(const CommandInfo& command, const std::string& called) {
  std::string out = command.description + "\n" + usage(command, called);
  for (const PositionalInfo& one : command.positionals) {
    out += &one == &command.positionals.front() ? "\n" : "";
    add_row(out, one.name, one.description);
  }
  if (!command.commands.empty()) {
    out += "\nCommands:\n";
    for (const CommandInfo& one : command.commands) add_row(out, one.name, one.description);
  }
  std::string group;
  for (const OptionInfo& option : command.options) {
    if (option.group != group) {
      group = option.group;
      out += "\n" + group + ":\n";
    }
    add_row(out, option_name(option), option.description);
  }
  return out;
}

void use_help_page(CLI::App& app) { app.formatter(std::make_shared<HelpFormatter>()); }

}  // namespace holdfast::tool
