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

/// `take` returns what is wrong with one value, or "". It gets every value in order, so that of
/// several the last one can count, and secrets among the others be hidden. Shown as repeatable
/// unless expected(1) is set. CLI11's conversion is not used: it drops the value "{}".
template <class Take>
CLI::Option* add_checked(CLI::App& app, const char* name, Take take, const char* help,
                         Shown shown = Shown::yes) {
  const CLI::callback_t take_all = [name = shown_name(name), take,
                                    shown](const CLI::results_t& values) {
    for (const std::string& value : values) {
      const std::string complaint = take(value);
      if (complaint.empty()) continue;
      throw CLI::ValidationError(name,
                                 (shown == Shown::yes ? "'" + value + "': " : "") + complaint);
    }
    return true;
  };
  return app.add_option(name, take_all, help)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace holdfast::cli
