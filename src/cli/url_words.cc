#include "cli/url_words.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/curl_words.h"
#include "cli/exit_code.h"
#include "cli/remedy.h"
#include "holdfast/url.h"
#include "tool/nearest.h"

namespace holdfast::cli {

namespace {

/// The long names of an App's options.
std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options({})) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

bool takes_value(const CLI::App& command, const std::string& name) {
  const CLI::Option* const option = command.get_option_no_throw(name);
  return option != nullptr && option->get_items_expected_max() != 0;
}

/// Whether the word after `word` is the value of an option in it: "--data", "-d", "-vd".
bool takes_next(const CLI::App& command, const std::string& word) {
  if (word.starts_with("--")) return takes_value(command, word);
  if (!word.starts_with('-')) return false;
  std::size_t at = 1;
  while (at < word.size() && !takes_value(command, std::string{'-', word[at]})) ++at;
  return at + 1 == word.size();
}

/// The flag without a value that stands right before `url`; "" if none does.
std::string flag_before(const CLI::App& command, const Words& words, const std::string& url) {
  const auto at = std::find(words.parsed.begin(), words.parsed.end(), url);
  if (at == words.parsed.begin() || at == words.parsed.end()) return "";
  const std::string& before = *(at - 1);
  const bool dash = before.size() > 1 && before.front() == '-';
  const CLI::Option* const option = dash ? command.get_option_no_throw(before) : nullptr;
  return option != nullptr && option->get_items_expected_max() == 0 ? before : "";
}

/// Data rather than a URL, even where a base URL would make one of it.
bool looks_like_json(std::string_view word) {
  return word.starts_with('{') || word.starts_with('[') || word.starts_with('"');
}

/// A word in brackets that CLI11 has taken for a list of URLs; "" if there is none.
std::string listed_url(const CLI::App& command, const std::vector<std::string>& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool listed = words[i].starts_with('[') && words[i].ends_with(']');
    if (listed && !takes_next(command, words[i - 1])) return words[i];
  }
  return "";
}

std::string no_value(const std::string& flag, const CLI::App& command) {
  const bool data = flag == "--json" && command.get_option_no_throw("-d") != nullptr;
  return flag + " takes no value, and the word after it is no URL" +
         usage_hint(data ? "-d" : "", command.get_name());
}

}  // namespace

Words split_words(const CLI::App& app, int argc, char** argv) {
  Words words;
  for (int i = 1; i < argc; ++i) words.parsed.emplace_back(argv[i]);
  const CLI::App* command = &app;
  for (std::size_t i = 0; i < words.parsed.size(); ++i) {
    const std::string& word = words.parsed[i];
    if (command == &app && !word.starts_with('-')) {
      const auto commands =
          app.get_subcommands([&word](const CLI::App* each) { return each->get_name() == word; });
      if (commands.empty()) return words;  // a mistake, for the parser to name
      command = commands.front();
    }
    if (word != "--") continue;
    if (i != 0 && takes_next(*command, words.parsed[i - 1])) continue;
    const auto marker = words.parsed.begin() + static_cast<std::ptrdiff_t>(i);
    words.literal.assign(marker + 1, words.parsed.end());
    words.parsed.erase(marker, words.parsed.end());
    break;
  }
  return words;
}

UrlComplaint url_complaint(const CommandLine& line, const CLI::App& command, const Words& words) {
  if (const std::string word = listed_url(command, words.parsed); !word.empty()) {
    const std::string flag = flag_before(command, words, word);
    return {flag.empty() ? "'" + word + "' is no URL" + usage_hint("", command.get_name())
                         : no_value(flag, command),
            kUsage};
  }
  std::optional<Url> base;
  if (!line.client.base_url.empty()) {
    if (Result<Url> parsed = Url::parse(line.client.base_url)) base = std::move(*parsed);
  }
  const std::size_t first_literal = line.urls.size() - words.literal.size();
  for (std::size_t i = 0; i < line.urls.size(); ++i) {
    const std::string& word = line.urls[i];
    const bool literal = i >= first_literal;
    const bool dash = word.starts_with('-');
    if (dash && !literal) return {no_such_option(word, command), kUsage};
    // After "--" too it is no relative reference: that would be a slip.
    const Result<Url> url = base && !dash ? base->resolve(word) : Url::parse(word);
    const std::string flag = literal ? "" : flag_before(command, words, word);
    if (!flag.empty() && looks_like_json(word)) return {no_value(flag, command), kUsage};
    if (url) continue;
    // What has a dot, a colon or a slash was probably meant as a URL.
    const bool stray = !flag.empty() && word.find_first_of(".:/") == word.npos;
    return {message_with_remedy(url.error()) + (stray ? "; " + flag + " takes no value" : ""),
            exit_code_for(url.error())};
  }
  return {};
}

std::string usage_hint(const std::string& meant, const std::string& command) {
  return (meant.empty() ? "" : ": did you mean " + meant + "?") + " (holdfast " +
         (command.empty() ? "" : command + " ") + "--help lists what there is)";
}

std::string no_such_option(const std::string& word, const CLI::App& command) {
  const std::string curls = instead_of_curls(word);
  const std::string wrong = "'" + word + "' is no option of " + command.get_name();
  if (!curls.empty()) return wrong + ": " + curls + usage_hint("", command.get_name());
  return wrong + usage_hint(tool::nearest(word, flags_of(command)), command.get_name());
}

}  // namespace holdfast::cli
