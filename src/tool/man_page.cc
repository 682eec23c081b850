#include "tool/man_page.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace holdfast::tool {

namespace {

/// Returns the code point at `at` and moves `at` behind it. A byte that is not UTF-8 is returned as
/// is.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (length == 1 || at + length > text.size()) return byte(at++);
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (byte(at + i) & 0x3FU);
  at += length;
  return point;
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

std::string bold(const std::string& text) { return "\\fB" + troff_text(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + troff_text(text) + "\\fR"; }

/// Breaks the source lines to the length usual for troff, which fills its output itself.
std::string broken(const std::string& text) {
  constexpr std::size_t kLineWidth = 76;
  std::string out;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (column != 0) out += column + 1 + end - at > kLineWidth ? '\n' : ' ';
    column = out.empty() || out.back() == '\n' ? 0 : column + 1;
    out += text.substr(at, end - at);
    column += end - at;
    at = end + 1;
  }
  return out;
}

void add_paragraphs(std::string& out, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    if (at != 0) out += ".PP\n";
    out += troff_text(broken(text.substr(at, end - at))) + "\n";
    at = end + 2;
  }
}

/// An option with the commands that have it.
struct Shared {
  OptionInfo option;
  std::vector<std::string> commands;
};

/// Each shared option once, in the order of first appearance, with groups kept together.
std::vector<Shared> shared_options(const CommandInfo& command) {
  std::vector<Shared> all;
  const auto add = [&](const OptionInfo& option, const std::string& owner) {
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const Shared& one) { return one.option == option; });
    if (known != all.end()) {
      known->commands.push_back(owner);
      return;
    }
    const auto last = std::find_if(all.rbegin(), all.rend(), [&](const Shared& one) {
      return one.option.group == option.group;
    });
    all.insert(last.base() == all.begin() ? all.end() : last.base(), {option, {owner}});
  };
  for (const OptionInfo& option : command.options) add(option, command.name);
  for (const CommandInfo& one : command.commands) {
    for (const OptionInfo& option : one.options) add(option, one.name);
  }
  return all;
}

/// The commands that have the option, unless all have it; then "".
std::string owners_text(const std::vector<std::string>& owners,
                        const std::vector<std::string>& everybody) {
  std::vector<std::string> without;
  for (const std::string& name : everybody) {
    if (std::find(owners.begin(), owners.end(), name) == owners.end()) without.push_back(name);
  }
  if (without.empty() || everybody.empty()) return "";
  const bool only = owners.size() <= without.size();
  std::string text = only ? " Only with " : " Not with ";
  const std::vector<std::string>& named = only ? owners : without;
  for (std::size_t i = 0; i < named.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == named.size() ? " and " : ", ") + named[i];
  }
  return text + ".";
}

void add_option(std::string& out, const OptionInfo& option, const std::string& owners) {
  out += ".TP\n";
  for (std::size_t i = 0; i < option.names.size(); ++i) {
    out += (i == 0 ? "" : ", ") + bold(option.names[i]);
  }
  if (!option.value.empty()) out += " " + italic(option.value);
  out += "\n" + troff_text(broken(option.description + "." + owners)) + "\n";
}

std::string usage_of(const CommandInfo& command, const std::string& before) {
  std::string line = bold(before.empty() ? command.name : before + " " + command.name);
  line += " [" + italic("OPTIONS") + "]";
  for (const PositionalInfo& one : command.positionals) {
    line += " " + italic(one.name + (one.repeatable ? "..." : ""));
  }
  return line;
}

/// One line per command, after the program's name.
void add_synopsis(std::string& out, const CommandInfo& command) {
  out += ".SH SYNOPSIS\n";
  if (command.commands.empty()) {
    out += usage_of(command, "") + "\n";
    return;
  }
  for (const CommandInfo& one : command.commands) {
    out += (&one == &command.commands.front() ? "" : ".br\n") + usage_of(one, command.name) + "\n";
  }
}

void add_options(std::string& out, const CommandInfo& command) {
  std::vector<std::string> everybody;  // the commands with an option besides --help
  for (const CommandInfo& one : command.commands) {
    if (one.options.size() > 1) everybody.push_back(one.name);
  }
  out += ".SH OPTIONS\n";
  std::string group;
  for (const Shared& one : shared_options(command)) {
    if (one.option.group != group) {
      group = one.option.group;
      out += ".SS " + troff_text(group == "Options" ? "General" : group) + "\n";
    }
    const bool general = std::find(one.option.names.begin(), one.option.names.end(), "--help") !=
                             one.option.names.end() ||
                         one.commands.front() == command.name;
    add_option(out, one.option, general ? "" : owners_text(one.commands, everybody));
  }
}

void add_section(std::string& out, const ManPage::Section& section) {
  out += ".SH " + troff_text(upper(section.title)) + "\n";
  add_paragraphs(out, section.text);
  for (const auto& [term, text] : section.terms) {
    out += ".TP\n" + bold(term) + "\n" + troff_text(broken(text)) + "\n";
  }
  if (!section.example.empty()) out += ".nf\n" + troff_text(section.example) + "\n.fi\n";
}

}  // namespace

std::string troff_text(const std::string& text) {
  std::string out;
  bool line_begins = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t point = next_code_point(text, at);
    const char c = static_cast<char>(point);
    // troff would read a dot or quote at the start of a line as a request.
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (point >= 0x80) {
      char escape[16];
      std::snprintf(escape, sizeof escape, "\\[u%04X]", point);
      out += escape;
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";  // a minus that can be copied, not a hyphen
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else {
      out += c;
    }
  }
  return out;
}

std::string man_page(const CommandInfo& command, const ManPage& page) {
  std::string out = ".TH " + troff_text(upper(command.name)) + " 1 \"\" \"" +
                    troff_text(command.name + " " + page.version) + "\" \"User Commands\"\n";
  out += ".SH NAME\n" + troff_text(command.name) + " \\- " + troff_text(page.tagline) + "\n";
  add_synopsis(out, command);
  out += ".SH DESCRIPTION\n";
  add_paragraphs(out, page.description);
  if (!command.commands.empty()) {
    out += ".SH COMMANDS\n";
    for (const CommandInfo& one : command.commands) {
      out += ".TP\n" + bold(one.name) + "\n" + troff_text(one.description) + ".\n";
      for (const PositionalInfo& positional : one.positionals) {
        out +=
            ".br\n" + italic(positional.name) + ": " + troff_text(positional.description) + ".\n";
      }
    }
  }
  add_options(out, command);
  for (const ManPage::Section& section : page.sections) add_section(out, section);
  if (!page.see_also.empty()) {
    out += ".SH SEE ALSO\n";
    for (std::size_t i = 0; i < page.see_also.size(); ++i) {
      out += (i == 0 ? "" : ",\n") + bold(page.see_also[i]);
    }
    out += "\n";
  }
  return out;
}

}  // namespace holdfast::tool
