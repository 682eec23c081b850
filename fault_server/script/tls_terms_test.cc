// The vocabulary of TLS faults: what scripts and listeners may say of it, and what they mean.
#include "fault_server/script/tls_terms.h"

#include <gtest/gtest.h>

#include <string>

#include "fault_server/script/line.h"
#include "fault_server/script/tls_alert.h"

namespace fault {
namespace {

constexpr std::string_view kConnectionLines[] = {"tls.garbage",
                                                 "tls.garbage bytes=300",
                                                 "tls.plain delay=1s",
                                                 "tls.stall",
                                                 "tls.stall flight=2",
                                                 "tls.stall delay=300ms",
                                                 "tls.alert",
                                                 "tls.alert alert=unknown_ca",
                                                 "tls.alert@tls:40",
                                                 "tls.cert cert=expired",
                                                 "tls.cert cert=weak",
                                                 "tls.alpn alpn=none",
                                                 "tls.alpn alpn=bogus",
                                                 "tls.version version=1.2",
                                                 "tls.client_cert",
                                                 "tls.truncate",
                                                 "reset@tls",
                                                 "reset@tls:200",
                                                 "close@tls linger=1s",
                                                 "stall@tls",
                                                 "halfclose@tls side=in"};
constexpr std::string_view kRequestLines[] = {
    "tls.truncate", "tls.truncate@body:512 length=none body=fill:1k", "tls.alert@body:50%",
    "tls.alert@status alert=70", "tls.alert@reqbody:10 delay=1s"};

TEST(TlsWords, print_back_and_stand_where_they_belong) {
  const auto check = [](std::string_view line, bool connections) {
    const auto script = parse_script(line);
    ASSERT_TRUE(script.ok()) << line << ": " << to_string(script.error());
    EXPECT_EQ(*parse_script(print_script(*script)), *script) << line;
    EXPECT_TRUE(check_script(*script).empty()) << line;
    const auto wrong = misplaced_step(*script, connections);
    EXPECT_FALSE(wrong) << line << ": " << wrong->text;
  };
  for (const std::string_view line : kConnectionLines) check(line, true);
  for (const std::string_view line : kRequestLines) check(line, false);
}

TEST(TlsWords, are_the_same_as_json) {
  Scenario scenario;
  for (const std::string_view line : kConnectionLines) {
    ASSERT_FALSE(add_rule_line(scenario, "connection : " + std::string(line))) << line;
  }
  for (const std::string_view line : kRequestLines) {
    ASSERT_FALSE(add_rule_line(scenario, "/x : " + std::string(line))) << line;
  }
  for (const auto spelling : {ScriptSpelling::kLine, ScriptSpelling::kSteps}) {
    const auto again = parse_scenario(scenario_to_json(scenario, spelling));
    ASSERT_TRUE(again.ok()) << to_string(again.error());
    EXPECT_EQ(*again, scenario);
  }
}

TEST(TlsWords, are_refused_where_they_mean_nothing) {
  for (const std::string_view line :
       {"tls.cert", "tls.alpn", "tls.version", "tls.cert cert=fine", "tls.stall cert=good",
        "tls.garbage flight=1", "tls.version version=1.4", "tls.alert alert=oops",
        "tls.alert alert=256", "tls.cert@body:5 cert=good", "tls.stall@status", "tls.truncate@tls",
        "tls.stall@tls:9", "tls.alert@accept", "tls.stall flight=0", "tls.nothing"}) {
    EXPECT_FALSE(parse_script(line).ok()) << line;
  }
  for (const std::string_view line :
       {"tls.alert status=503", "tls.truncate@body:5", "tls.cert cert=good h.A=b"}) {
    EXPECT_FALSE(parse_rule_line("connection : " + std::string(line)).ok()) << line;
  }
  for (const std::string_view line : {"tls.stall", "tls.alert", "reset@tls"}) {
    EXPECT_FALSE(parse_rule_line("GET /x : " + std::string(line)).ok()) << line;
  }
}

TEST(TlsWords, without_a_head_a_line_is_for_what_it_strikes) {
  bool for_connections = false;
  EXPECT_TRUE(parse_rule_line("tls.alert", &for_connections).ok());
  EXPECT_TRUE(for_connections);
  EXPECT_TRUE(parse_rule_line("tls.alert@body:9", &for_connections).ok());
  EXPECT_FALSE(for_connections);
  EXPECT_TRUE(parse_rule_line("tls.truncate", &for_connections).ok());
  EXPECT_FALSE(for_connections);
}

TEST(TlsAlerts, have_the_names_of_the_rfc_and_numbers) {
  for (const std::string_view name : tls_alert_names()) {
    const auto alert = parse_tls_alert(name);
    ASSERT_TRUE(alert) << name;
    EXPECT_EQ(tls_alert_name(*alert), name);
    EXPECT_EQ(parse_tls_alert(std::to_string(*alert)), alert);
  }
  EXPECT_EQ(parse_tls_alert("handshake-failure"), kAlertHandshakeFailure);
  EXPECT_EQ(parse_tls_alert("no_application_protocol"), TlsAlert{120});
  EXPECT_FALSE(parse_tls_alert("256"));
  EXPECT_FALSE(parse_tls_alert(""));
}

TEST(TlsListener, says_its_terms_and_prints_them_back) {
  const auto scenario = parse_scenario(R"({"listeners": [
      {"id": "old", "tls": {"cert": "wrong-host", "versions": ["1.1", "1.2"],
                            "client_cert": "demand"}, "alpn": ["http/1.1"]},
      {"id": "tls", "tls": {}}]})");
  ASSERT_TRUE(scenario.ok()) << to_string(scenario.error());
  EXPECT_EQ(*parse_scenario(scenario_to_json(*scenario)), *scenario);
  EXPECT_TRUE(validate(*scenario).empty());

  const TlsTerms old = tls_terms(scenario->listeners[0]);
  EXPECT_EQ(old.certificate, CertificateKind::kWrongHost);
  EXPECT_EQ(old.min_version, 0x0302);
  EXPECT_EQ(old.max_version, 0x0303);
  EXPECT_EQ(old.client_certificate, ClientCertificate::kDemand);
  EXPECT_EQ(old.alpn, std::vector<std::string>{"http/1.1"});

  const TlsTerms plain = tls_terms(scenario->listeners[1]);
  EXPECT_EQ(plain.certificate, CertificateKind::kGood);
  EXPECT_EQ(plain.min_version, 0x0303);
  EXPECT_EQ(plain.max_version, 0x0304);
  EXPECT_EQ(plain.client_certificate, ClientCertificate::kNone);
  EXPECT_EQ(plain.alpn, (std::vector<std::string>{"h2", "http/1.1"}));
}

TEST(TlsListener, is_refused_with_a_hint) {
  const auto bad = parse_scenario(R"({"listeners": [{"tls": {"cert": "expried"}}]})");
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(to_string(bad.error()).find("did you mean 'expired'?"), std::string::npos)
      << to_string(bad.error());
  for (const std::string_view tls :
       {R"({"versions": ["3"]})", R"({"versions": "1.2"})", R"({"client_cert": "please"})",
        R"({"key": 1})", R"({"cert": 1})"}) {
    EXPECT_FALSE(parse_scenario("{\"listeners\": [{\"tls\": " + std::string(tls) + "}]}").ok())
        << tls;
  }
}

TEST(TlsTerms, a_step_changes_what_it_names_and_nothing_else) {
  const auto after = [](std::string_view line) {
    TlsTerms terms;
    apply_step(terms, parse_script(line)->steps[0]);
    return terms;
  };
  EXPECT_EQ(after("tls.cert cert=unknown-ca").certificate, CertificateKind::kUnknownCa);
  EXPECT_EQ(after("tls.version version=1.2").max_version, 0x0303);
  EXPECT_EQ(after("tls.version version=1.3").min_version, 0x0304);
  EXPECT_EQ(after("tls.alpn alpn=none").alpn_habit, AlpnHabit::kNone);
  EXPECT_EQ(after("tls.alpn alpn=refuse").alpn_habit, AlpnHabit::kRefuse);
  EXPECT_EQ(after("tls.alpn alpn=h2").alpn, std::vector<std::string>{"h2"});
  EXPECT_EQ(after("tls.client_cert").client_certificate, ClientCertificate::kDemand);
  EXPECT_EQ(after("tls.client_cert client_cert=ask").client_certificate, ClientCertificate::kAsk);
  const TlsTerms untouched = after("tls.stall");
  EXPECT_EQ(untouched.certificate, CertificateKind::kGood);
  EXPECT_EQ(untouched.max_version, 0x0304);
}

}  // namespace
}  // namespace fault
