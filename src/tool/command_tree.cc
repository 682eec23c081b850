#include "tool/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace holdfast::tool {

namespace {

bool is_literal(std::string_view word) {
  return !word.empty() && std::none_of(word.begin(), word.end(), [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
  });
}

bool is_repeatable(const CLI::Option& option) {
  return option.get_items_expected_max() >= CLI::detail::expected_max_vector_size;
}

OptionInfo option_info(const CLI::Option& option) {
  OptionInfo info;
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  if (option.get_items_expected_max() != 0) info.value = option.get_type_name();
  info.group = option.get_group();
  info.description = option.get_description();
  if (!option.get_default_str().empty()) {
    info.description += " (default " + option.get_default_str() + ")";
  }
  info.repeatable = is_repeatable(option);
  return info;
}

/// Options by group, in the order of the help page: CLI11's own group ("Options", with --help)
/// comes first.
std::vector<OptionInfo> options_of(const CLI::App& app) {
  std::vector<OptionInfo> options;
  for (const std::string& group : app.get_groups()) {
    if (group.empty()) continue;
    for (const CLI::Option* option : app.get_options({})) {
      if (option->nonpositional() && option->get_group() == group) {
        options.push_back(option_info(*option));
      }
    }
  }
  return options;
}

}  // namespace

ValueKind value_kind(const std::string& type_name) {
  ValueKind kind;
  for (std::size_t at = 0; at <= type_name.size();) {
    const std::size_t end = std::min(type_name.find('|', at), type_name.size());
    const std::string_view word = std::string_view(type_name).substr(at, end - at);
    kind.file |= word == "FILE";
    kind.folder |= word == "DIR";
    kind.at_file |= word.ends_with("@FILE");
    if (is_literal(word)) kind.choices.emplace_back(word);
    at = end + 1;
  }
  return kind;
}

CommandInfo describe_commands(const CLI::App& app) {
  CommandInfo info;
  info.name = app.get_name();
  info.description = app.get_description();
  info.options = options_of(app);
  for (const CLI::Option* option : app.get_options({})) {
    if (!option->get_positional() || option->get_group().empty()) continue;
    info.positionals.push_back({option->get_name(true), option->get_type_name(),
                                option->get_description(), is_repeatable(*option)});
  }
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) info.commands.push_back(describe_commands(*command));
  }
  return info;
}

}  // namespace holdfast::tool
