#include "fault_server/script/scenario.h"

#include <gtest/gtest.h>

#include "fault_server/script/line.h"

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
  scenario.listeners.emplace_back().tls_cert = "good";
  scenario.listeners[0].alpn = {"http/1.1"};
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
  EXPECT_NE(all.find("'goaway last=0' needs HTTP/2"), std::string::npos) << all;
  EXPECT_EQ(all.find("'tls.stall' needs"), std::string::npos) << all;
  EXPECT_NE(all.find("the id is used twice"), std::string::npos) << all;
  EXPECT_NE(all.find("no listener 'other'"), std::string::npos) << all;
  EXPECT_NE(all.find("a script without steps"), std::string::npos) << all;
}

TEST(Validate, a_plain_listener_plays_http2_faults_and_no_tls_faults) {
  Scenario scenario;
  ASSERT_FALSE(add_rule_line(scenario, "rst code=CANCEL; 200"));
  ASSERT_FALSE(add_rule_line(scenario, "connection : h2.settings name=ENABLE_PUSH value=0"));
  EXPECT_TRUE(validate(scenario).empty());
  ASSERT_FALSE(add_rule_line(scenario, "connection : tls.stall"));
  const auto complaints = validate(scenario);
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_NE(complaints[0].find("'tls.stall' needs a TLS listener"), std::string::npos);
  scenario.connections.clear();
  scenario.listeners.emplace_back().alpn = {"h2"};
  EXPECT_EQ(validate(scenario).size(), 1U);
}

TEST(Scenario, texts_that_json_cannot_hold_are_refused_by_name) {
  const auto complaint = [](auto change) {
    Scenario scenario;
    EXPECT_FALSE(add_rule_line(scenario, "GET /a : 200"));
    scenario.listeners.emplace_back();
    change(scenario);
    const auto complaints = validate(scenario);
    EXPECT_LE(complaints.size(), 1U);
    return complaints.empty() ? "" : complaints.front();
  };
  EXPECT_EQ(complaint([](Scenario& s) { s.rules[0].match.path = "/caf\xE9"; }),
            "rule 'rule-1': found path '/caf\\xE9', expected UTF-8, since scenarios are JSON");
  EXPECT_EQ(complaint([](Scenario& s) { s.rules[0].id = "\xFF"; }),
            "rule '\\xFF': found id '\\xFF', expected UTF-8, since scenarios are JSON");
  const auto fields = std::vector{FieldMatch{"x-a", FieldMatch::How::kEquals, "\xC3"}};
  EXPECT_EQ(complaint([&](Scenario& s) { s.rules[0].match.headers = fields; }),
            "rule 'rule-1': found header x-a '\\xC3', expected UTF-8, since scenarios are JSON");
  EXPECT_EQ(complaint([](Scenario& s) { s.listeners[0].unix_path = "/tmp/\xFF"; }),
            "listener 'h1': found the unix path '/tmp/\\xFF', expected UTF-8, since scenarios are "
            "JSON");
  EXPECT_EQ(complaint([](Scenario& s) {
              s.key = {{KeySource::Kind::kHeader, "\x80"}};
            }),
            "defaults.key: found name '\\x80', expected UTF-8, since scenarios are JSON");
  EXPECT_EQ(complaint([](Scenario& s) { s.rules[0].match.path = "/caf\xC3\xA9"; }), "");
  // A script's values are escaped where a line holds them.
  EXPECT_EQ(complaint([](Scenario& s) {
              s.rules[0].script = *parse_script("200 h.X=\"a\\xff\" body=text:\xE9");
              EXPECT_EQ(parse_scenario(scenario_to_json(s))->rules, s.rules);
            }),
            "");
}

TEST(RuleLine, connections_take_of_http2_what_needs_no_request) {
  for (std::string_view line : {"goaway last=0", "h2.settings name=3 value=1", "h2.silent@accept",
                                "h2.ping ignore", "h2.window", "h2.window kind=zero on=connection",
                                "goaway@accept", "h2.http11 kind=bytes"}) {
    bool for_connections = false;
    const auto rule = parse_rule_line("connection : " + std::string(line), &for_connections);
    EXPECT_TRUE(rule.ok()) << line << ": " << to_string(rule.error());
    EXPECT_TRUE(for_connections) << line;
  }
  for (std::string_view line : {"rst", "h2.nostatus", "h2.late", "h2.window kind=zero", "h2.http11",
                                "h2.hpack@accept", "h2.ping status=503"}) {
    EXPECT_FALSE(parse_rule_line("connection : " + std::string(line)).ok()) << line;
  }
  // Without "connection" in front they belong to the request they meet.
  bool for_connections = true;
  EXPECT_TRUE(parse_rule_line("h2.ping ignore", &for_connections).ok());
  EXPECT_FALSE(for_connections);
}

}  // namespace
}  // namespace fault
