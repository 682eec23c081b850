// Manual pages in troff's man macros, made from a command line's definitions. Thread: any (pure).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tool/command_tree.h"

namespace holdfast::tool {

/// The texts of a page besides the options. They are plain; a blank line begins a paragraph.
struct ManPage {
  /// A list of terms with their meanings, or paragraphs, or preformatted lines.
  struct Section {
    std::string title;
    std::string text{};
    std::vector<std::pair<std::string, std::string>> terms{};
    std::string example{};
  };

  std::string version;
  std::string tagline;      ///< after the name: "retries exactly what is safe"
  std::string description;  ///< of the whole command
  std::vector<Section> sections{};
  std::vector<std::string> see_also{};  ///< "fault-server(1)"
};

/// A page of section 1. An option that several commands share is listed once, with its commands
/// unless all have it.
std::string man_page(const CommandInfo& command, const ManPage& page);

/// Text escaped so that troff shows it unchanged.
std::string troff_text(const std::string& text);

}  // namespace holdfast::tool
