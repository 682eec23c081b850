#include <gtest/gtest.h>

#include "fault_server/script/line.h"
#include "fault_server/script/scenario.h"
#include "fault_server/script/scenario_position.h"
#include "fault_server/script/script_arbitrary.h"

namespace fault {
namespace {

using namespace std::chrono_literals;
using How = FieldMatch::How;

constexpr std::string_view kExample = R"({ "version": 1, "seed": 42,
  "listeners": [ {"id":"h1","port":8080},
                 {"id":"tls","port":8443,"tls":{"cert":"expired"},"alpn":["h2","http/1.1"]} ],
  "defaults": { "then": "stay", "key": ["header:x-client-id", "peer"] },
  "connections": [ { "match": {"listener":"h1","nth":"3,6"}, "script": "refuse" } ],
  "rules": [
    { "id":"pay", "match": {"method":"POST","path":"/pay/*"},
      "per": "key",
      "script": [ {"status":503,"headers":{"Retry-After":"1"},"times":2},
                  {"fault":"reset","at":"body","offset":512},
                  {"status":200,"body":{"random":4096}} ],
      "then": "stay",
      "expect": { "max_attempts": 3, "min_gap": "1s", "method_safe": false } } ] })";

TEST(ScenarioJson, the_catalogues_example_parses) {
  const auto scenario = parse_scenario(kExample);
  ASSERT_TRUE(scenario.ok()) << to_string(scenario.error());
  EXPECT_EQ(scenario->seed, 42U);
  EXPECT_EQ(scenario->listeners[1].tls_cert, "expired");
  EXPECT_EQ(print_nth(scenario->connections[0].match.connection), "3,6");
  const Rule& pay = scenario->rules[0];
  EXPECT_EQ(print_script(pay.script),
            "503 h.Retry-After=1 x2; reset@body:512; 200 body=random:4096");
  EXPECT_EQ(pay.expect.min_gap, 1s);
  EXPECT_EQ(pay.expect.method_safe, false);
  EXPECT_EQ(*parse_scenario(scenario_to_json(*scenario)), *scenario);
  EXPECT_EQ(*parse_scenario(scenario_to_json(*scenario, ScriptSpelling::kSteps)), *scenario);
}

TEST(ScenarioJson, steps_take_every_word_and_lines_may_be_mixed_in) {
  const auto scenario = parse_scenario(R"({"rules": [{"then": "loop", "script": [
    {"p": 0.2, "fault": "reset", "at": "body", "percent": 50, "status": 503},
    {"status": "200*8,503*2", "delay": "50..400ms", "race": true, "slice": "1..7"},
    {"fault": "limit", "rate": "5/s", "burst": 2, "retry_after": "auto"},
    {"status": 200, "headers": {"Set-Cookie": ["a=1", "b=2"]}, "body": "plain text"},
    {"status": 200, "headers": [["A", "1"], ["B", "2"], ["A", "3"]], "body": {"json": {"a": [1]}}},
    {"raw": "HTTP/1.1 200 OK\r\n\r\n"},
    "503 ra=1 x2"]}]})");
  ASSERT_TRUE(scenario.ok()) << to_string(scenario.error());
  EXPECT_EQ(print_script(scenario->rules[0].script),
            "p=0.2 reset@body:50% status=503; "
            "status=200*8,503*2 delay=50ms..400ms race=fin slice=1..7; "
            "limit ra=auto rate=5/s burst=2; "
            "200 h.Set-Cookie=a=1 h.Set-Cookie=b=2 body=\"text:plain text\"; "
            "200 h.A=1 h.B=2 h.A=3 body=\"text:{\\\"a\\\":[1]}\"; "
            "raw \"HTTP/1.1 200 OK\\r\\n\\r\\n\"; 503 ra=1 x2; loop");
}

std::string json_complaint(std::string_view json) {
  const auto scenario = parse_scenario(json, "outage.json");
  EXPECT_FALSE(scenario.ok()) << json;
  return scenario ? "" : to_string(scenario.error());
}

TEST(ScenarioJsonErrors, name_file_line_column_and_what_was_expected) {
  EXPECT_EQ(json_complaint("{\n  \"rules\": [\n    { \"scirpt\": \"503\" }\n  ]\n}"),
            "outage.json:3:7: found \"scirpt\", expected a part of a rule (id, match, per, script, "
            "then, expect, priority); did you mean \"script\"?");
  EXPECT_EQ(json_complaint("{\n  \"seed\": -1 }").substr(0, 43),
            "outage.json:2:11: found -1, expected a whol");
  EXPECT_EQ(json_complaint("{ \"rules\": [ {\"script\": \"503; resett\"} ] }").substr(0, 34),
            "outage.json:1:31: found 'resett', ");
  EXPECT_EQ(json_complaint("{ \"rules\": [ ] ").substr(0, 16), "outage.json:1:16");
  EXPECT_EQ(json_complaint("{\n \"seed\": 1,\n \"seed\": 2 }"),
            "outage.json:3:2: found \"seed\" again, expected each name once");
  EXPECT_EQ(
      json_complaint(
          "{\"rules\":[{\"script\":[{\"status\":503},\n {\"status\":503,\"dealy\":\"1s\"}]}]}")
          .substr(0, 40),
      "outage.json:2:16: found \"dealy\", expecte");
}

TEST(ScenarioJsonErrors, cover_every_part) {
  for (std::string_view json :
       {"",
        "[]",
        "{",
        "{\"version\":2}",
        "{\"rules\":{}}",
        "{\"rules\":[1]}",
        "{\"rules\":[{}]}",
        "{\"rules\":[{\"script\":[]}]}",
        "{\"rules\":[{\"script\":7}]}",
        "{\"rules\":[{\"script\":\"503\",\"per\":\"all\"}]}",
        "{\"rules\":[{\"script\":\"503\",\"then\":\"wait\"}]}",
        "{\"rules\":[{\"script\":\"503; loop\",\"then\":\"stay\"}]}",
        "{\"rules\":[{\"script\":\"503\",\"match\":{\"nth\":3}}]}",
        "{\"rules\":[{\"script\":\"503\",\"match\":{\"path_regex\":\"(\"}}]}",
        "{\"rules\":[{\"script\":\"503\",\"match\":{\"protocol\":\"h3\"}}]}",
        "{\"rules\":[{\"script\":\"503\",\"match\":{\"attempt\":0}}]}",
        "{\"rules\":[{\"script\":\"503\",\"match\":{\"headers\":{\"a\":1}}}]}",
        "{\"rules\":[{\"script\":\"503\",\"match\":{\"since\":\"5\"}}]}",
        "{\"rules\":[{\"script\":\"refuse\"}]}",
        "{\"rules\":[{\"script\":\"reset@head:3\"}]}",
        "{\"rules\":[{\"id\":\"a\",\"script\":\"503\"},{\"id\":\"a\",\"script\":\"503\"}]}",
        "{\"rules\":[{\"id\":\"override\",\"script\":\"503\"}]}",
        "{\"rules\":[{\"script\":[{\"fault\":\"reset\",\"offset\":3}]}]}",
        "{\"rules\":[{\"script\":[{\"p\":2,\"status\":503}]}]}",
        "{\"rules\":[{\"script\":[{\"status\":5030}]}]}",
        "{\"rules\":[{\"script\":[{\"status\":503,\"times\":0}]}]}",
        "{\"rules\":[{\"script\":[{\"status\":503,\"race\":false}]}]}",
        "{\"rules\":[{\"script\":[{\"status\":503,\"body\":{\"huge\":1}}]}]}",
        "{\"rules\":[{\"script\":[{\"status\":503,\"headers\":{\"a b\":\"1\"}}]}]}",
        "{\"rules\":[{\"script\":[{\"status\":503,\"action\":\"reset\"}]}]}",
        "{\"connections\":[{\"script\":\"503\"}]}",
        "{\"connections\":[{\"match\":{\"path\":\"/\"},\"script\":\"refuse\"}]}",
        "{\"defaults\":{\"key\":[]}}",
        "{\"defaults\":{\"key\":[\"header:\"]}}",
        "{\"listeners\":[{\"port\":70000}]}",
        "{\"allow_override\":1}",
        "{\"seed\":1e999}"}) {
    const std::string text = json_complaint(json);
    EXPECT_EQ(text.substr(0, 13), "outage.json:1") << json << ": " << text;
  }
}

TEST(ScenarioJsonErrors, bottomless_nesting_is_refused) {
  const std::string deep =
      "{\"rules\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_NE(json_complaint(deep).find("nested too deeply"), std::string::npos);
}

TEST(RuleJson, one_rule_prints_back) {
  const auto rule =
      parse_rule_json(R"({"id":"a","match":{"path":"/x"},"script":"503; 200; drop"})");
  ASSERT_TRUE(rule.ok());
  EXPECT_EQ(*parse_rule_json(rule_to_json(*rule)), *rule);
}

NthSet arbitrary_nth() { return *parse_nth(*rc::gen::element("*", "3,6", "2..", "..4", "2..5")); }

std::vector<FieldMatch> arbitrary_fields() {
  std::vector<FieldMatch> out;
  const int n = *rc::gen::inRange(0, 3);
  for (int i = 0; i < n; ++i) {
    FieldMatch field;
    field.name = *rc::gen::element<std::string>("a", "b/~", "x-c");
    field.how = *rc::gen::element(How::kPresent, How::kAbsent, How::kEquals, How::kGlob);
    const bool valued = field.how == How::kEquals || field.how == How::kGlob;
    if (valued) field.value = *rc::gen::string<std::string>();
    out.push_back(field);
  }
  // JSON holds text: other bytes cannot be matched from a document.
  for (FieldMatch& field : out)
    std::erase_if(field.value, [](char c) { return c < ' ' || c > '~'; });
  return out;
}

Rule arbitrary_rule(int n, bool for_connections) {
  Rule rule;
  rule.id = (for_connections ? "c" : "r") + std::to_string(n);
  rule.per = *rc::gen::element(Per::kRequest, Per::kConnection, Per::kKey, Per::kGlobal);
  rule.script = arbitrary::script();
  if (misplaced_step(rule.script, for_connections)) {
    rule.script =
        *parse_script(for_connections ? "refuse; reset@head:3; pass idle=1s; loop" : "pass");
  }
  rule.match.connection = arbitrary_nth();
  if (*rc::gen::arbitrary<bool>()) rule.match.since = arbitrary::time();
  if (*rc::gen::arbitrary<bool>()) rule.match.listener = "h1";
  if (*rc::gen::arbitrary<bool>()) rule.match.scope = "who";
  rule.priority = *rc::gen::inRange(-3, 3);
  if (for_connections) return rule;
  rule.match.method = *rc::gen::element<std::string>("", "GET", "POST");
  rule.match.path = *rc::gen::element<std::string>("", "/a/*");
  rule.match.path_regex = *rc::gen::element<std::string>("", "^/(a|b)$");
  rule.match.protocol = *rc::gen::element<std::string>("", "http/1.1", "http/1.0");
  rule.match.sni = *rc::gen::element<std::string>("", "*.test");
  rule.match.alpn = *rc::gen::element<std::string>("", "h2");
  rule.match.query = arbitrary_fields();
  rule.match.headers = arbitrary_fields();
  rule.match.request = arbitrary_nth();
  rule.match.attempt = arbitrary_nth();
  if (*rc::gen::arbitrary<bool>()) rule.match.max_body = *rc::gen::arbitrary<std::uint64_t>();
  if (*rc::gen::arbitrary<bool>()) rule.expect.max_attempts = *rc::gen::inRange(1U, 9U);
  if (*rc::gen::arbitrary<bool>()) rule.expect.min_gap = arbitrary::time();
  return rule;
}

Listener arbitrary_listener() {
  Listener out;
  out.id = *rc::gen::element<std::string>("h1", "tls");
  if (*rc::gen::arbitrary<bool>()) {
    out.unix_path = "/tmp/s";
  } else {
    out.port = *rc::gen::arbitrary<std::uint16_t>();
  }
  out.tls_cert = *rc::gen::element<std::string>("", "good", "weak");
  if (out.tls_cert.empty()) return out;
  if (*rc::gen::arbitrary<bool>()) out.tls_versions = {"1.2", "1.3"};
  out.tls_client_cert = *rc::gen::element<std::string>("", "ask", "demand");
  if (*rc::gen::arbitrary<bool>()) out.alpn = {"h2"};
  return out;
}

RC_GTEST_PROP(ScenarioJsonProperty, both_spellings_give_back_the_same_scenario, ()) {
  Scenario scenario;
  scenario.seed = *rc::gen::arbitrary<std::uint64_t>();
  scenario.allow_override = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) scenario.listeners.push_back(arbitrary_listener());
  const int rules = *rc::gen::inRange(0, 4);
  for (int i = 0; i < rules; ++i) scenario.rules.push_back(arbitrary_rule(i, false));
  if (*rc::gen::arbitrary<bool>()) scenario.connections.push_back(arbitrary_rule(0, true));
  for (const auto spelling : {ScriptSpelling::kLine, ScriptSpelling::kSteps}) {
    const std::string json = scenario_to_json(scenario, spelling);
    const auto again = parse_scenario(json);
    RC_LOG() << json << (again ? "" : to_string(again.error())) << "\n";
    RC_ASSERT(again.ok());
    RC_ASSERT(*again == scenario);
  }
}

RC_GTEST_PROP(ScenarioJsonProperty, a_document_with_one_byte_changed_is_read_or_complained_about,
              ()) {
  std::string json(kExample);
  json[*rc::gen::resize(1000, rc::gen::inRange<std::size_t>(0, json.size()))] = *rc::gen::oneOf(
      rc::gen::element('"', '{', '}', ',', ':', '\\', '0'), rc::gen::arbitrary<char>());
  const auto scenario = parse_scenario(json, "f");
  if (scenario) {
    RC_ASSERT(parse_scenario(scenario_to_json(*scenario)).ok());
  } else {
    RC_ASSERT(scenario.error().line >= 1U && scenario.error().line <= 15U);
    RC_ASSERT(!scenario.error().text.empty());
  }
}

}  // namespace
}  // namespace fault
