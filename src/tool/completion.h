// Completion scripts for bash, zsh and fish, made from what a command line offers: commands,
// options, literal values, files and folders where a value is one. They call nothing but the shell
// itself, so that a key press costs no process. Thread: any (pure).
#pragma once

#include <optional>
#include <string>

#include "tool/command_tree.h"

namespace holdfast::tool {

std::string bash_completion(const CommandInfo& command);
std::string zsh_completion(const CommandInfo& command);
std::string fish_completion(const CommandInfo& command);

/// The shells there is a script for, as a type name: "bash|zsh|fish".
inline constexpr const char* kShells = "bash|zsh|fish";
/// nullopt for any other name.
std::optional<std::string> completion_for(const std::string& shell, const CommandInfo& command);

}  // namespace holdfast::tool
