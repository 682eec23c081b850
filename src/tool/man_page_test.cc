#include "tool/man_page.h"

#include <gtest/gtest.h>

#include "tool/tool_rig.h"

namespace holdfast::tool {
namespace {

std::string page() {
  ManPage about{"1.0", "for show", "First.\n\nSecond."};
  about.sections.push_back({"Exit status", "", {{"0", "Well."}}});
  about.sections.push_back({"Examples", "", {}, "demo make\n.hidden 'x'"});
  about.see_also = {"other(1)"};
  return man_page(Demo().info(), about);
}

TEST(Troff, shows_text_unchanged) {
  EXPECT_EQ(troff_text("a-b"), "a\\-b");
  EXPECT_EQ(troff_text("\\n"), "\\en");
  EXPECT_EQ(troff_text(".x\n'y"), "\\&.x\n\\&\\(aqy");
  EXPECT_EQ(troff_text("…"), "\\[u2026]");
  EXPECT_EQ(troff_text("\xF0\x9F\x98\x80"), "\\[u1F600]");
}

TEST(ManPage, says_an_option_that_is_shared_once_and_whose_it_is) {
  const std::string text = page();
  EXPECT_EQ(text.find("\\fB\\-\\-output\\fR"), text.rfind("\\fB\\-\\-output\\fR"));
  EXPECT_TRUE(has(text, "Where to: [here].\n")) << text;
  EXPECT_TRUE(has(text, "A folder. Only with make.\n")) << text;
}

TEST(ManPage, has_the_sections_that_manuals_have) {
  const std::string text = page();
  EXPECT_TRUE(text.starts_with(".TH DEMO 1 \"\" \"demo 1.0\" \"User Commands\"\n")) << text;
  std::size_t last = 0;
  for (const char* title : {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS",
                            "EXAMPLES", "SEE ALSO"}) {
    const std::size_t at = text.find(std::string(".SH ") + title + "\n");
    ASSERT_NE(at, text.npos) << title;
    EXPECT_GT(at, last) << title;
    last = at;
  }
  EXPECT_TRUE(has(text, "\nFirst.\n.PP\nSecond.\n"));
  EXPECT_TRUE(has(text, "demo make\n\\&.hidden \\(aqx\\(aq\n")) << text;
}

TEST(ManPage, of_a_command_without_commands_lists_its_options) {
  CommandInfo alone;
  alone.name = "alone";
  alone.options = {{{"--help"}, "", "Options", "Help"}, {{"-x"}, "N", "Options", "An x"}};
  const std::string text = man_page(alone, {"1", "t", "d"});
  EXPECT_TRUE(has(text, ".SH SYNOPSIS\n\\fBalone\\fR [\\fIOPTIONS\\fR]\n")) << text;
  EXPECT_TRUE(has(text, "\\fB\\-x\\fR \\fIN\\fR\nAn x.\n")) << text;
}

}  // namespace
}  // namespace holdfast::tool
