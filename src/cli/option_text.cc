#include "cli/option_text.h"

#include <algorithm>

#include "cli/checked_option.h"
#include "holdfast/options_text.h"

namespace holdfast::cli {

namespace {

/// Values that nobody else is to read in a list of processes.
bool may_be_secret(std::string_view name) {
  return name.starts_with("proxy") || name == "default_headers" || name == "tls.key_pem";
}

std::string take_option(const std::string& text, CommandLine& line) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) return "expected NAME=VALUE, e.g. pool.max_idle=5";
  const std::string name = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  if (may_be_secret(name)) line.secrets.push_back(value);
  return set_named_option(name, value, line.client);
}

}  // namespace

std::string set_named_option(std::string_view name, std::string_view value,
                             ClientOptions& options) {
  const auto known = option_names();
  const auto complaint = set_option(options, name, value);
  if (!complaint) return "";
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    return complaint->option + " is no option: " + complaint->remedy + kWhereNamesAre;
  }
  return complaint->option + "=" + complaint->value + ": " + complaint->remedy;
}

void add_named_options(CLI::App& app, CommandLine& line) {
  // Taken as soon as it is read, the others only when all is read: so they go before it.
  add_checked(
      app, "--option", [&line](const std::string& text) { return take_option(text, line); },
      "Any option of the library by its name, e.g. pool.max_idle=5; 'holdfast man' lists them; "
      "other flags go before it (repeatable)",
      Shown::no)
      ->trigger_on_parse()
      ->type_name("NAME=VALUE")
      ->group("All else");
}

std::string named_options_lines() {
  constexpr std::size_t kWidth = 72;
  const auto names = option_names();
  const auto group_of = [&](std::string_view name) {
    const std::string_view own = name.substr(0, name.find('.'));
    const bool several = std::any_of(names.begin(), names.end(), [&](std::string_view each) {
      return each.starts_with(std::string(own) + ".");
    });
    return several ? own : std::string_view();
  };
  std::string lines;
  std::string_view group;
  std::size_t column = 0;
  for (const std::string_view name : names) {
    const std::string_view own = group_of(name);
    if (column != 0) {
      const bool fits = own == group && column + 2 + name.size() <= kWidth;
      lines += fits ? "  " : "\n";
      column = fits ? column + 2 : 0;
    }
    lines += name;
    column += name.size();
    group = own;
  }
  return lines;
}

}  // namespace holdfast::cli
