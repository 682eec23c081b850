// The URLs of a command line, checked before anything is sent: one mistake among several must not
// leave the requests before it sent. Parsing only. Thread: main.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"

namespace CLI {
class App;
}

namespace holdfast::cli {

/// A command line in two parts: CLI11 would refuse URLs after "--" once there was one before it.
struct Words {
  std::vector<std::string> parsed;   ///< without the program's name
  std::vector<std::string> literal;  ///< what stands after "--": URLs, whatever they begin with
};
/// `app` has all commands, so that a "--" that is an option's value is left alone.
Words split_words(const CLI::App& app, int argc, char** argv);

struct UrlComplaint {
  std::string text{};  ///< what is wrong and the remedy; "": nothing
  int status = 0;      ///< to exit with
};
/// `command` has parsed `words`, and the literal ones were added to the URLs of `line`. A word that
/// begins with '-' is no URL; the word after a flag that takes no value was perhaps meant to be
/// one.
UrlComplaint url_complaint(const CommandLine& line, const CLI::App& command, const Words& words);

/// "did you mean …?", as far as `meant` is not empty, and where all options of `command` stand.
std::string usage_hint(const std::string& meant, const std::string& command);

/// Of an option that `command` does not have: `word` is named, and what was perhaps meant.
std::string no_such_option(const std::string& word, const CLI::App& command);

}  // namespace holdfast::cli
