#include "tool/completion.h"

#include <gtest/gtest.h>

#include "tool/tool_rig.h"

namespace holdfast::tool {
namespace {

void expect_each_once_at_least(const std::string& script, const CommandInfo& command,
                               const char* dashes) {
  for (const OptionInfo& option : command.options) {
    for (const std::string& name : option.names) {
      const std::string wanted = *dashes == '\0' ? name : name.substr(name.find_first_not_of('-'));
      EXPECT_TRUE(has(script, wanted)) << command.name << " " << name;
    }
  }
  for (const CommandInfo& one : command.commands) {
    EXPECT_TRUE(has(script, one.name));
    expect_each_once_at_least(script, one, dashes);
  }
}

TEST(Completion, every_option_of_every_command_is_offered) {
  const CommandInfo demo = Demo().info();
  expect_each_once_at_least(bash_completion(demo), demo, "");
  expect_each_once_at_least(zsh_completion(demo), demo, "");
  expect_each_once_at_least(fish_completion(demo), demo, "off");
}

TEST(Completion, of_bash_knows_what_a_value_may_be) {
  const std::string script = bash_completion(Demo().info());
  EXPECT_TRUE(has(script, "make:--level | \\\n      show:--level) echo words low high ;;"))
      << script;
  EXPECT_TRUE(has(script, "draw:) echo words round square ;;")) << script;
  EXPECT_TRUE(has(script, "make:--into) echo folders ;;")) << script;
  EXPECT_TRUE(has(script, "make:-d | \\\n      make:--data) echo at_files ;;")) << script;
}

TEST(Completion, of_zsh_escapes_what_its_specifications_are_made_of) {
  const std::string script = zsh_completion(Demo().info());
  EXPECT_TRUE(has(script, "'[Where to\\: \\[here\\]]:FILE:_files'")) << script;
  EXPECT_TRUE(has(script, "'*'{-H+,--field=}'[A field]")) << script;
  EXPECT_TRUE(has(script,
                  "'(--level)'--level='[How far; '\\''.'\\'' is all the way]"
                  ":low|high:(low high)'"))
      << script;
}

TEST(Completion, of_fish_gives_an_option_to_the_commands_that_have_it) {
  const std::string script = fish_completion(Demo().info());
  EXPECT_TRUE(has(script,
                  "complete -c demo -n '__fish_seen_subcommand_from make show' -s o -l "
                  "output -r -F -d 'Where to: [here]'"))
      << script;
  EXPECT_TRUE(has(script, "-l level -x -a 'low high' -d 'How far; \\'.\\' is all the way'"))
      << script;
}

TEST(Completion, is_for_shells_that_are_known) {
  EXPECT_TRUE(completion_for("zsh", Demo().info()).has_value());
  EXPECT_EQ(completion_for("tcsh", Demo().info()), std::nullopt);
}

}  // namespace
}  // namespace holdfast::tool
