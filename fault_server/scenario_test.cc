#include "fault_server/scenario.h"

#include <gtest/gtest.h>

#include "fault_server/script_line.h"

namespace fault {
namespace {

TEST(RuleLine, takes_method_path_and_script) {
  bool connections = true;
  const auto rule = parse_rule_line("GET /pay/* : 503 x2; 200", &connections);
  ASSERT_TRUE(rule.ok()) << to_string(rule.error());
  EXPECT_EQ(rule->match.method, "GET");
  EXPECT_EQ(rule->match.path, "/pay/*");
  EXPECT_EQ(print_script(rule->script), "503 x2; 200");
  EXPECT_FALSE(connections);
}

TEST(RuleLine, every_part_before_the_script_is_optional) {
  EXPECT_EQ(parse_rule_line("503 x2; 200")->match, Match{});
  EXPECT_EQ(parse_rule_line("* : 503")->match, Match{});
  EXPECT_EQ(parse_rule_line("/a:b: 503")->match.path, "/a:b");
  EXPECT_EQ(parse_rule_line("POST : 503")->match.method, "POST");
  EXPECT_EQ(parse_rule_line("* ~^/a.b$ : 503")->match.path_regex, "^/a.b$");
  EXPECT_EQ(parse_rule_line("M-SEARCH /x : 503")->match.method, "M-SEARCH");
}

TEST(RuleLine, connection_rules_are_said_so_or_recognised) {
  bool connections = false;
  const auto nth = parse_rule_line("connection 3,6 : refuse", &connections);
  ASSERT_TRUE(nth.ok());
  EXPECT_TRUE(connections);
  EXPECT_EQ(print_nth(nth->match.connection), "3,6");
  connections = false;
  ASSERT_TRUE(parse_rule_line("p=.1 reset@accept; pass", &connections).ok());
  EXPECT_TRUE(connections);
  ASSERT_TRUE(parse_rule_line("pass max_requests=3", &connections).ok());
  EXPECT_TRUE(connections);
  ASSERT_TRUE(parse_rule_line("pass", &connections).ok());
  EXPECT_FALSE(connections);
}

TEST(RuleLine, complaints_name_the_column_in_the_whole_line) {
  const auto column = [](std::string_view line) {
    const auto rule = parse_rule_line(line);
    EXPECT_FALSE(rule.ok()) << line;
    return rule.ok() ? 0 : rule.error().column;
  };
  EXPECT_EQ(column("GET /pay/* : 503; resett"), 19U);
  EXPECT_EQ(column("GET pay : 503"), 5U);
  EXPECT_EQ(column("GET /pay 503"), 1U);
  EXPECT_EQ(column("connection x : refuse"), 12U);
  EXPECT_EQ(column("GET ~( : 503"), 5U);
  EXPECT_EQ(column("/x : reset@accept"), 5U);
  EXPECT_EQ(column("connection : 503"), 13U);
  EXPECT_EQ(column("refuse; 503"), 1U);
  EXPECT_EQ(column(""), 1U);
}

TEST(RuleLine, ids_are_made_and_differ) {
  Scenario scenario;
  ASSERT_FALSE(add_rule_line(scenario, "503"));
  ASSERT_FALSE(add_rule_line(scenario, "/a : 200"));
  ASSERT_FALSE(add_rule_line(scenario, "refuse"));
  EXPECT_EQ(scenario.rules[0].id, "rule-1");
  EXPECT_EQ(scenario.rules[1].id, "rule-2");
  EXPECT_EQ(scenario.connections[0].id, "connection-1");
  EXPECT_TRUE(validate(scenario).empty());
}

TEST(Validate, says_every_complaint_at_once_and_which_listener_would_be_needed) {
  Scenario scenario;
  ASSERT_FALSE(add_rule_line(scenario, "goaway last=0; 200"));
  ASSERT_FALSE(add_rule_line(scenario, "connection : tls.stall"));
  scenario.rules.push_back(scenario.rules[0]);
  scenario.rules.back().match.listener = "other";
  Rule empty;
  empty.id = "empty";
  scenario.rules.push_back(empty);
  const auto complaints = validate(scenario);
  std::string all;
  for (const std::string& text : complaints) all += text + "\n";
  EXPECT_NE(all.find("'goaway last=0' needs an HTTP/2 listener"), std::string::npos) << all;
  EXPECT_NE(all.find("'tls.stall' needs a TLS listener"), std::string::npos) << all;
  EXPECT_NE(all.find("the id is used twice"), std::string::npos) << all;
  EXPECT_NE(all.find("no listener 'other'"), std::string::npos) << all;
  EXPECT_NE(all.find("a script without steps"), std::string::npos) << all;
}

}  // namespace
}  // namespace fault
