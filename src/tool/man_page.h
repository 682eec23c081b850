// Manual pages in troff's man macros, made from what a command line offers. Thread: any (pure).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tool/command_tree.h"

namespace holdfast::tool {

/// What a page says beyond the options. Texts are plain: a blank line begins a paragraph.
struct ManPage {
  /// A list of terms with what each means, or paragraphs, or lines kept as they are.
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

/// Section 1 of the manual. An option that several commands share stands there once, and says whose
/// it is where it is not everybody's.
std::string man_page(const CommandInfo& command, const ManPage& page);

/// Text as troff shows it unchanged.
std::string troff_text(const std::string& text);

}  // namespace holdfast::tool
