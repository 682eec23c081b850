#include "tool/help_page.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tool/tool_rig.h"

namespace holdfast::tool {
namespace {

TEST(HelpPage, keeps_its_columns_whatever_the_lengths) {
  CommandInfo command;
  command.name = "demo";
  command.description = "Shows";
  command.options = {{{"-s", "--short"}, "", "One", "Few words"},
                     {{"--a-name-that-is-much-too-long"},
                      "VALUE",
                      "One",
                      std::string(60, 'x') + " " + std::string(60, 'y')},
                     {{"--other"}, "N", "Two", "An o…ther"}};
  EXPECT_EQ(help_page(command, "the demo"),
            "Shows\nUsage: the demo [OPTIONS]\n\nOne:\n"
            "  -s, --short                   Few words\n"
            "      --a-name-that-is-much-too-long VALUE\n" +
                std::string(32, ' ') + std::string(60, 'x') + "\n" + std::string(32, ' ') +
                std::string(60, 'y') +
                "\n\nTwo:\n"
                "      --other N                 An o…ther\n");
}

TEST(HelpPage, is_what_the_app_prints_for_a_command_added_later) {
  CLI::App app("Shows", "demo");
  use_help_page(app);
  app.add_subcommand("make", "Makes");
  EXPECT_EQ(app.help(), help_page(describe_commands(app), "demo"));
  EXPECT_EQ(app.get_subcommand("make")->help("demo"),
            help_page(describe_commands(*app.get_subcommand("make")), "demo make"));
}

}  // namespace
}  // namespace holdfast::tool
