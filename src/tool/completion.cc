#include "tool/completion.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::tool {

namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

/// The name of a shell function: the command's name without characters that are not allowed.
std::string function_name(const std::string& command) {
  std::string name = "_" + command;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

/// What bash offers for a value, in the words of the generated function.
std::string bash_value(const ValueKind& kind) {
  if (!kind.choices.empty()) return "words " + joined(kind.choices, " ");
  if (kind.file) return "files";
  if (kind.folder) return "folders";
  return kind.at_file ? "at_files" : "nothing";
}

/// For each command the names of its options, and the values of options that take one.
struct BashTable {
  std::string options;                                     // the lines of the case statement
  std::map<std::string, std::vector<std::string>> values;  // what to offer: patterns
};

void add_bash(BashTable& table, const CommandInfo& command, const std::string& label) {
  std::string names;
  for (const OptionInfo& option : command.options) {
    for (const std::string& name : option.names) {
      names += (names.empty() ? "" : " ") + name;
      if (!option.value.empty()) {
        table.values[bash_value(value_kind(option.value))].push_back(label + ":" + name);
      }
    }
  }
  table.options += "    " + label + ") options='" + names + "' ;;\n";
  for (const PositionalInfo& positional : command.positionals) {
    table.values[bash_value(value_kind(positional.value))].push_back(label + ":");
  }
}

}  // namespace

std::string bash_completion(const CommandInfo& command) {
  const std::string function = function_name(command.name);
  BashTable table;
  std::vector<std::string> commands;
  add_bash(table, command, command.name);
  for (const CommandInfo& one : command.commands) {
    add_bash(table, one, one.name);
    commands.push_back(one.name);
  }
  std::string out = "# bash completion for " + command.name + "; made by it, do not edit\n" +
                    function + "_value() {\n  case $1 in\n";
  for (const auto& [offer, patterns] : table.values) {
    if (offer == "nothing") continue;
    out += "    " + joined(patterns, " | \\\n      ") + ") echo " + offer + " ;;\n";
  }
  // Options whose value has no suggestions are listed as well, to distinguish them from flags.
  out += "    " + joined(table.values["nothing"], " | \\\n      ");
  out += (table.values["nothing"].empty() ? "-) " : ") ") + std::string("echo nothing ;;\n") +
         "  esac\n}\n" + function + "() {\n";
  out += R"(  # Words as the shell sees them; bash hands them over split at = : @ as well.
  local line=${COMP_LINE:0:COMP_POINT} words word cur prev command= options offer at
  read -ra words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  at=$((${#words[@]} - 1))
  cur=${words[at]}
  prev=${words[at - 1]}
)";
  out += "  local commands='" + joined(commands, " ") + "'\n";
  out += R"(  for word in "${words[@]:1:at-1}"; do
    if [[ -n $commands && " $commands " == *" $word "* ]]; then command=$word; break; fi
  done
)";
  out += "  case ${command:-" + command.name + "} in\n" + table.options + "  esac\n";
  out += "  command=${command:-" + command.name + "}\n";
  out += R"(  local value=$cur before=
  if [[ $cur == --*=* ]]; then
    prev=${cur%%=*} before=${cur%%=*}= value=${cur#*=}
  fi
  offer=
  if [[ $prev == -* ]]; then offer=$()" +
         function + R"(_value "$command:$prev"); fi
  if [[ -z $offer && $cur == -* ]]; then offer="words $options"; fi
)";
  out += "  if [[ -z $offer && -n $commands && $command == " + command.name +
         " ]]; then offer=\"words $commands\"; fi\n";
  out += "  if [[ -z $offer ]]; then offer=$(" + function + "_value \"$command:\"); fi\n";
  out += R"(  COMPREPLY=()
  case $offer in
    words*) mapfile -t COMPREPLY < <(compgen -W "${offer#words}" -- "$value") ;;
    files) mapfile -t COMPREPLY < <(compgen -f -- "$value") ;;
    folders) mapfile -t COMPREPLY < <(compgen -d -- "$value") ;;
    at_files)
      if [[ $value == *@* ]]; then
        before+=${value%"${value##*@}"}
        mapfile -t COMPREPLY < <(compgen -f -- "${value##*@}")
      fi
      ;;
  esac
  if [[ $offer == *files || $offer == folders ]]; then compopt -o filenames 2>/dev/null; fi
  # Readline replaces only what follows the last of its word breaks.
  local broken=${cur##*["$COMP_WORDBREAKS"]}
  local kept=${cur%"$broken"}
  COMPREPLY=("${COMPREPLY[@]/#/$before}")
  COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}
)";
  return out + "complete -F " + function + " " + command.name + "\n";
}

namespace {

// --- zsh -----------------------------------------------------------------------------------------

/// Text inside the brackets of an _arguments specification.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(const std::string& type_name) {
  const ValueKind kind = value_kind(type_name);
  if (!kind.choices.empty()) return "(" + joined(kind.choices, " ") + ")";
  if (kind.file) return "_files";
  if (kind.folder) return "_files -/";
  // Keeps the text up to the '@' and completes a file after it.
  if (kind.at_file) return "{compset -P '*@' && _files}";
  return " ";
}

std::string zsh_option(const OptionInfo& option) {
  std::string value;
  if (!option.value.empty()) {
    value = ":" + zsh_text(option.value) + ":" + zsh_action(option.value);
  }
  const std::string rest = "[" + zsh_text(option.description) + "]" + value;
  std::string names;
  for (const std::string& name : option.names) {
    // The value of a long name follows after a blank or an equals sign.
    names += (names.empty() ? "" : ",") + name +
             (option.value.empty()     ? ""
              : name.starts_with("--") ? "="
                                       : "+");
  }
  if (option.names.size() > 1) names = "{" + names + "}";
  const std::string head =
      option.repeatable ? shell_quoted("*") : shell_quoted("(" + joined(option.names, " ") + ")");
  return head + names + shell_quoted(rest);
}

std::string zsh_arguments(const CommandInfo& command, const std::string& indent) {
  std::string out = indent + "_arguments -s -S";
  for (const OptionInfo& option : command.options) {
    out += " \\\n" + indent + "  " + zsh_option(option);
  }
  for (const PositionalInfo& one : command.positionals) {
    const std::string action = one.value == "URL" || value_kind(one.value) == ValueKind()
                                   ? one.name == "URL" ? "_urls" : " "
                                   : zsh_action(one.value);
    out += " \\\n" + indent + "  " +
           shell_quoted((one.repeatable ? "*:" : "1:") + zsh_text(one.description) + ":" + action);
  }
  return out;
}

}  // namespace

std::string zsh_completion(const CommandInfo& command) {
  const std::string function = function_name(command.name);
  std::string out = "#compdef " + command.name + "\n# Made by " + command.name + ", do not edit.\n";
  if (command.commands.empty()) return out + zsh_arguments(command, "") + "\n";
  out += function + "() {\n  local context state state_descr line\n  typeset -A opt_args\n";
  out += zsh_arguments(command, "  ").insert(std::string("  _arguments").size(), " -C") +
         " \\\n    '1:command:->command' '*::argument:->argument' && return\n";
  out += "  case $state in\n    command)\n      local -a commands=(\n";
  for (const CommandInfo& one : command.commands) {
    out += "        " + shell_quoted(one.name + ":" + zsh_text(one.description)) + "\n";
  }
  out += "      )\n      _describe command commands\n      ;;\n    argument)\n";
  out += "      case $words[1] in\n";
  for (const CommandInfo& one : command.commands) {
    out += "        " + one.name + ")\n" + zsh_arguments(one, "          ") + "\n          ;;\n";
  }
  return out + "      esac\n      ;;\n  esac\n}\n" + function + " \"$@\"\n";
}

namespace {

// --- fish ----------------------------------------------------------------------------------------

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_value(const std::string& type_name) {
  if (type_name.empty()) return "";
  const ValueKind kind = value_kind(type_name);
  if (!kind.choices.empty()) return " -x -a " + fish_quoted(joined(kind.choices, " "));
  if (kind.file) return " -r -F";
  if (kind.folder) return " -x -a '(__fish_complete_directories)'";
  // A file name after a word that ends in '@'.
  if (kind.at_file) {
    return " -x -a '(set -l word (commandline -ct); string match -q \"*@*\" -- $word; and begin; "
           "set -l before (string replace -r \"@[^@]*\\$\" \"@\" -- $word); "
           "for path in (__fish_complete_path (string replace -r \".*@\" \"\" -- $word)); "
           "echo $before$path; end; end)'";
  }
  return " -x";
}

std::string fish_option(const std::string& command, const std::string& condition,
                        const OptionInfo& option) {
  std::string line = "complete -c " + command + condition;
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return line + fish_value(option.value) + " -d " + fish_quoted(option.description) + "\n";
}

}  // namespace

std::string fish_completion(const CommandInfo& command) {
  std::string out = "# fish completion for " + command.name + "; made by it, do not edit\n" +
                    "complete -c " + command.name + " -f\n";
  const bool alone = command.commands.empty();
  for (const OptionInfo& option : command.options) {
    out += fish_option(command.name, alone ? "" : " -n __fish_use_subcommand", option);
  }
  for (const CommandInfo& one : command.commands) {
    out += "complete -c " + command.name + " -n __fish_use_subcommand -a " + one.name + " -d " +
           fish_quoted(one.description) + "\n";
  }
  // An option that several commands share is written once.
  std::vector<std::pair<OptionInfo, std::string>> shared;
  for (const CommandInfo& one : command.commands) {
    for (const OptionInfo& option : one.options) {
      const auto known = std::find_if(shared.begin(), shared.end(),
                                      [&](const auto& pair) { return pair.first == option; });
      if (known == shared.end()) {
        shared.emplace_back(option, one.name);
      } else {
        known->second += " " + one.name;
      }
    }
    for (const PositionalInfo& positional : one.positionals) {
      const std::vector<std::string> choices = value_kind(positional.value).choices;
      if (choices.empty()) continue;
      out += "complete -c " + command.name + " -n '__fish_seen_subcommand_from " + one.name +
             "' -a " + fish_quoted(joined(choices, " ")) + "\n";
    }
  }
  for (const auto& [option, owners] : shared) {
    out += fish_option(command.name, " -n '__fish_seen_subcommand_from " + owners + "'", option);
  }
  return out;
}

std::optional<std::string> completion_for(const std::string& shell, const CommandInfo& command) {
  if (shell == "bash") return bash_completion(command);
  if (shell == "zsh") return zsh_completion(command);
  if (shell == "fish") return fish_completion(command);
  return std::nullopt;
}

}  // namespace holdfast::tool
