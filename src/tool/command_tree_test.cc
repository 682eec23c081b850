#include "tool/command_tree.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tool/tool_rig.h"

namespace holdfast::tool {
namespace {

OptionInfo find(const CommandInfo& command, const std::string& name) {
  for (const OptionInfo& option : command.options) {
    if (option.names.back() == name) return option;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(ValueKind, goes_by_the_words_of_the_type_name) {
  EXPECT_EQ(value_kind("FILE"), (ValueKind{{}, true, false, false}));
  EXPECT_EQ(value_kind("DIR"), (ValueKind{{}, false, true, false}));
  EXPECT_EQ(value_kind("DATA|@FILE"), (ValueKind{{}, false, false, true}));
  EXPECT_EQ(value_kind("NAME=VALUE|NAME=@FILE"), (ValueKind{{}, false, false, true}));
  EXPECT_EQ(value_kind("FILE|KEY=VALUE"), (ValueKind{{}, true, false, false}));
  EXPECT_EQ(value_kind("1.2|1.3"), (ValueKind{{"1.2", "1.3"}, false, false, false}));
  EXPECT_EQ(value_kind("SECONDS"), ValueKind());
  EXPECT_EQ(value_kind("sha256/BASE64"), ValueKind());
  EXPECT_EQ(value_kind(""), ValueKind());
}

TEST(CommandTree, has_every_command_option_and_positional) {
  const CommandInfo demo = Demo().info();
  EXPECT_EQ(demo.name, "demo");
  ASSERT_EQ(demo.commands.size(), 3U);
  const CommandInfo& make = demo.commands[0];
  EXPECT_EQ(make.name, "make");
  EXPECT_EQ(make.options.size(), 8U);  // with --help
  ASSERT_EQ(make.positionals.size(), 1U);
  EXPECT_EQ(make.positionals[0].name, "NAME");
  EXPECT_TRUE(make.positionals[0].repeatable);
  const OptionInfo output = find(make, "--output");
  EXPECT_EQ(output.names, (std::vector<std::string>{"-o", "--output"}));
  EXPECT_EQ(output.value, "FILE");
  EXPECT_EQ(output.group, "Out");
  EXPECT_FALSE(output.repeatable);
  EXPECT_TRUE(find(make, "--field").repeatable);
  EXPECT_EQ(find(make, "--loud").value, "");
  EXPECT_EQ(find(make, "--times").description, "How often (default 3)");
}

TEST(CommandTree, leaves_out_what_is_hidden) {
  Demo demo;
  demo.app->get_subcommand("make")->get_option("--times")->group("");
  demo.app->get_subcommand("draw")->group("");
  const CommandInfo info = demo.info();
  EXPECT_EQ(info.commands.size(), 2U);
  EXPECT_EQ(info.commands[0].options.size(), 7U);
}

}  // namespace
}  // namespace holdfast::tool
