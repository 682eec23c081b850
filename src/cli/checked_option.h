// An option whose values are looked at as they are read, with complaints in our own words. Thread:
// main.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace holdfast::cli {

/// May a complaint show what was given? Not where that may be a secret.
enum class Shown : bool { no, yes };

/// The long one of "-u,--user".
inline std::string shown_name(const std::string& names) {
  return names.substr(names.rfind(',') + 1);
}

/// `take` says what is wrong with one value, or "". Repeatable unless expected(1) is said.
template <class Take>
CLI::Option* add_checked(CLI::App& app, const char* name, Take take, const char* help,
                         Shown shown = Shown::yes) {
  return app
      .add_option_function<std::vector<std::string>>(
          name,
          [name = shown_name(name), take, shown](const std::vector<std::string>& values) {
            for (const std::string& value : values) {
              const std::string complaint = take(value);
              if (complaint.empty()) continue;
              throw CLI::ValidationError(
                  name, (shown == Shown::yes ? "'" + value + "': " : "") + complaint);
            }
          },
          help)
      ->allow_extra_args(false);
}

}  // namespace holdfast::cli
