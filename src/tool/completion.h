// Completion scripts for bash, zsh and fish, made from a command line's definitions: commands,
// options, literal values, files and directories. The scripts start no process, so that completion
// is fast. Thread: any (pure).
#pragma once

#include <optional>
#include <string>

#include "tool/command_tree.h"

namespace holdfast::tool {

std::string bash_completion(const CommandInfo& command);
std::string zsh_completion(const CommandInfo& command);
std::string fish_completion(const CommandInfo& command);

/// The supported shells, as a type name: "bash|zsh|fish".
inline constexpr const char* kShells = "bash|zsh|fish";
/// nullopt for an unknown shell.
std::optional<std::string> completion_for(const std::string& shell, const CommandInfo& command);

}  // namespace holdfast::tool
