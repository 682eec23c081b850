#include "fault_server/admin/admin.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fault_server/admin/admin_rig.h"
#include "fault_server/admin/verify.h"

namespace fault {
namespace {

class AdminTest : public testing::Test {
 protected:
  Told ask(std::string_view method, std::string_view path, std::string_view body = "",
           std::string_view fields = "") {
    return rig.ask(method, path, body, fields);
  }

  AdminRig rig{"503 x2; 200"};
};

TEST_F(AdminTest, the_journal_is_ndjson_and_can_be_narrowed) {
  const auto id = rig.connect();
  rig.get(id, "/x");
  const auto told = ask("GET", "journal?type=req.head");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.json()["target"], "/x");
  EXPECT_EQ(ask("GET", "journal?since=x").status, 400);
  EXPECT_EQ(ask("GET", "journal?limit=0").body, "");
}

TEST_F(AdminTest, requests_to_it_are_not_matched_and_not_in_the_journal) {
  ask("GET", "health");
  EXPECT_TRUE(rig.entries(EntryType::kReqHead).empty());
  const auto id = rig.connect();
  rig.get(id, "/x");
  EXPECT_TRUE(rig.wire(id).received.starts_with("HTTP/1.1 503"));
}

TEST_F(AdminTest, a_scenario_is_checked_before_it_is_put_in_place) {
  EXPECT_EQ(ask("PUT", "scenario",
                "{\"version\": 1, \"rules\": [{\"id\": \"a\", \"script\": \"bogus\"}]}")
                .status,
            422);
  const auto told = ask("GET", "scenario");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(*parse_scenario(told.body), rig.peer().rulebook().scenario());
  EXPECT_EQ(
      ask("PUT", "scenario", "{\"version\": 1, \"rules\": [{\"id\": \"a\", \"script\": \"418\"}]}")
          .status,
      200);
  const auto id = rig.connect();
  rig.get(id, "/x");
  EXPECT_TRUE(rig.wire(id).received.starts_with("HTTP/1.1 418"));
}

TEST_F(AdminTest, rules_are_added_injected_and_deleted) {
  EXPECT_EQ(ask("POST", "rules", "/new : 404").status, 200);
  EXPECT_EQ(ask("POST", "rules", "/new : nonsense").status, 422);
  EXPECT_EQ(ask("POST", "inject", "{\"script\": \"507\", \"count\": 2}").status, 200);
  const auto id = rig.connect();
  for (int i = 0; i < 3; ++i) rig.get(id, "/x");
  std::vector<int> statuses;
  for (const Entry& entry : rig.entries(EntryType::kRespHead)) statuses.push_back(entry.status);
  EXPECT_EQ(statuses, (std::vector<int>{507, 507, 503}));
  EXPECT_EQ(ask("DELETE", "rules/rule-1").status, 200);
  EXPECT_EQ(ask("DELETE", "rules/rule-1").status, 404);
}

TEST_F(AdminTest, reset_begins_the_scripts_anew) {
  const auto id = rig.connect();
  rig.get(id, "/x");
  EXPECT_EQ(ask("POST", "reset").status, 200);
  EXPECT_TRUE(rig.entries(EntryType::kRespHead).empty());
  for (int i = 0; i < 3; ++i) rig.get(id, "/x");
  EXPECT_EQ(rig.entries(EntryType::kRespHead)[1].status, 503);
}

TEST_F(AdminTest, verify_judges_counts_gaps_and_order) {
  const auto id = rig.connect();
  rig.get(id, "/a");
  rig.run(1s);
  rig.get(id, "/b");
  EXPECT_EQ(ask("POST", "verify",
                "{\"count\": {\"min\": 2, \"max\": 2}, \"gaps\": {\"min\": \"1s\"}, \"order\": "
                "[\"/a\", \"/b\"], \"same_connection\": true}")
                .status,
            200);
  const auto told =
      ask("POST", "verify", "{\"match\": {\"path\": \"/b\"}, \"count\": {\"max\": 0}}");
  EXPECT_EQ(told.status, 417);
  EXPECT_NE(told.body.find("count is 1, max was 0"), std::string::npos);
  EXPECT_EQ(ask("POST", "verify", "{\"order\": [\"/b\", \"/a\"]}").status, 417);
  EXPECT_EQ(ask("POST", "verify", "{\"gaps\": {\"min\": \"2s\"}}").status, 417);
  EXPECT_EQ(ask("POST", "verify", "{\"cuont\": {}}").status, 422);
  EXPECT_EQ(ask("POST", "verify", "nonsense").status, 422);
}

TEST_F(AdminTest, wait_answers_when_enough_was_seen_or_time_is_up) {
  const auto waiting = rig.begin("POST", "wait", "{\"n\": 2, \"timeout\": \"5s\"}");
  const auto late = rig.begin("POST", "wait", "{\"n\": 9, \"timeout\": \"5s\"}");
  const auto id = rig.connect();
  rig.get(id, "/x");
  EXPECT_EQ(rig.read(waiting).status, 0);
  rig.get(id, "/x");
  EXPECT_EQ(rig.read(waiting).status, 200);
  rig.run(4999ms);
  EXPECT_EQ(rig.read(late).status, 0);
  rig.run(1ms);
  EXPECT_EQ(rig.read(late).status, 417);
  rig.get(late, "/x");
  EXPECT_EQ(rig.entries(EntryType::kReqHead).size(), 3U);
}

TEST_F(AdminTest, events_stream_the_journal_as_it_grows) {
  const auto stream = rig.begin("GET", "events");
  EXPECT_NE(rig.wire(stream).received.find("text/event-stream"), std::string::npos);
  EXPECT_EQ(after_head(rig.wire(stream).received), "");
  const auto id = rig.connect();
  rig.get(id, "/x");
  const std::string_view events = after_head(rig.wire(stream).received);
  EXPECT_NE(events.find("\"type\":\"conn.open\""), std::string::npos);
  EXPECT_NE(events.find("\"type\":\"resp.end\""), std::string::npos);
  EXPECT_TRUE(events.starts_with("id: "));
  rig.leave(stream);
  EXPECT_EQ(rig.wire(stream).end, End::kFin);
  rig.get(id, "/x");
}

TEST_F(AdminTest, connections_are_listed_and_can_be_killed) {
  const auto id = rig.connect();
  const auto told = ask("GET", "connections");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.json()[0]["conn"], 1);
  EXPECT_EQ(ask("DELETE", "connections/1?how=rst").status, 200);
  EXPECT_EQ(rig.wire(id).end, End::kRst);
  EXPECT_EQ(ask("DELETE", "connections/1").status, 404);
  EXPECT_EQ(ask("DELETE", "connections/x").status, 400);
  EXPECT_EQ(ask("DELETE", "connections/1?how=politely").status, 400);
  EXPECT_EQ(ask("DELETE", "connections").status, 405);
}

TEST_F(AdminTest, connections_that_only_ask_this_interface_are_told_apart) {
  const auto client = rig.connect();
  rig.get(client, "/x");
  const auto stream = rig.begin("GET", "events");
  const auto waiting = rig.begin("POST", "wait", "{\"n\": 9, \"timeout\": \"5s\"}");
  rig.get(client, "/x");  // asks the waiting one again: that is no further request of its
  const auto told = ask("GET", "connections").json();
  ASSERT_EQ(told.size(), 4U);
  EXPECT_FALSE(told[0].contains("asking"));
  for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(told[i].contains("asking")) << i;
  rig.leave(stream);
  rig.leave(waiting);
}

TEST_F(AdminTest, a_stream_asked_for_entries_of_an_earlier_life_begins_at_the_beginning) {
  const auto id = rig.connect();
  rig.get(id, "/x");
  const auto stream = rig.begin("GET", "events", "", "Last-Event-ID: 100000\r\n");
  EXPECT_TRUE(after_head(rig.wire(stream).received).starts_with("id: 1\n"));
  const auto later = rig.begin("GET", "events?since=1", "", "Last-Event-ID: 3\r\n");
  EXPECT_TRUE(after_head(rig.wire(later).received).starts_with("id: 4\n"));
}

TEST_F(AdminTest, a_merge_patch_changes_what_it_names_and_nothing_else) {
  const auto before = ask("GET", "scenario").json();
  EXPECT_EQ(ask("PATCH", "scenario", "{\"seed\": 9}").status, 200);
  auto after = ask("GET", "scenario").json();
  EXPECT_EQ(after["seed"], 9);
  after["seed"] = before["seed"];
  EXPECT_EQ(after, before);
  EXPECT_EQ(ask("GET", "health").json()["generation"], 2);
}

TEST_F(AdminTest, a_merge_patch_by_curl_needs_no_content_type_of_its_own) {
  const std::string curls = "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_EQ(ask("PATCH", "scenario", "{\"seed\": 9}", curls).status, 200);
  EXPECT_EQ(ask("GET", "scenario").json()["seed"], 9);
}

TEST_F(AdminTest, a_patch_that_makes_no_scenario_changes_nothing) {
  const auto before = ask("GET", "scenario").body;
  EXPECT_EQ(ask("PATCH", "scenario", "{\"rules\": [{\"id\": \"a\", \"script\": \"bog\"}]}").status,
            422);
  EXPECT_EQ(ask("PATCH", "scenario", "[]").status, 422);
  EXPECT_EQ(ask("PATCH", "scenario", "{\"sede\": 1}").status, 422);
  const auto told = ask("PATCH", "scenario", "{}", "Content-Type: application/json-patch+json\r\n");
  EXPECT_EQ(told.status, 415);
  EXPECT_NE(told.head.find("Accept-Patch: application/merge-patch+json"), std::string::npos);
  EXPECT_EQ(ask("GET", "scenario").body, before);
  EXPECT_EQ(ask("GET", "health").json()["generation"], 1);
}

TEST_F(AdminTest, a_rule_put_under_a_name_keeps_that_names_place) {
  EXPECT_EQ(ask("POST", "rules", "/b : 404").status, 200);
  EXPECT_EQ(ask("PUT", "rules/rule-1", "418").status, 200);
  const auto rules = ask("GET", "rules").json();
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0]["id"], "rule-1");
  EXPECT_EQ(rules[0]["script"], "418");
  EXPECT_EQ(ask("GET", "rules/rule-1").json()["script"], "418");
  EXPECT_EQ(ask("PUT", "rules/new%20one", "{\"script\": \"500\"}").status, 200);
  EXPECT_EQ(ask("GET", "rules/new%20one").json()["id"], "new one");
  EXPECT_EQ(ask("PUT", "rules/a", "{\"id\": \"b\", \"script\": \"500\"}").status, 422);
  EXPECT_EQ(ask("PUT", "rules/gate", "connection 3 : refuse").status, 200);
  EXPECT_EQ(rig.peer().rulebook().scenario().connections.size(), 1U);
  EXPECT_EQ(ask("PUT", "rules/gate", "/gate : 500").status, 200);
  EXPECT_TRUE(rig.peer().rulebook().scenario().connections.empty());
}

TEST_F(AdminTest, a_rule_for_once_serves_the_next_matching_request_of_whoever) {
  EXPECT_EQ(ask("POST", "rules?once=1", "/x : 418").status, 200);
  EXPECT_EQ(rig.statuses("a", "/y", 1), std::vector<int>{503});
  EXPECT_EQ(rig.statuses("b", "/x", 2), (std::vector<int>{418, 503}));
  EXPECT_EQ(rig.statuses("c", "/x", 1), std::vector<int>{503});
  EXPECT_EQ(ask("POST", "rules?once=1", "/x : 418; 500").status, 422);
  EXPECT_EQ(ask("POST", "rules?once=1", "/x : 418 x2").status, 422);
}

TEST_F(AdminTest, what_is_wrong_with_an_injection_is_said_of_its_field) {
  const auto script = ask("POST", "inject", "{\"script\": \"503 ra=x1\"}");
  EXPECT_EQ(script.status, 422);
  EXPECT_EQ(script.json()["field"], "script");
  EXPECT_EQ(script.json()["column"], 5);
  EXPECT_EQ(ask("POST", "inject", "{\"script\": \"refuse\"}").json()["field"], "script");
  EXPECT_EQ(ask("POST", "inject", "{\"script\": \"503\", \"count\": 0}").json()["field"], "count");
  EXPECT_EQ(
      ask("POST", "inject", "{\"script\": \"503\", \"match\": {\"pth\": \"\"}}").json()["field"],
      "match");
  EXPECT_EQ(ask("POST", "inject", "{\"script\": \"503\", \"cuont\": 2}").status, 422);
  EXPECT_EQ(ask("POST", "inject", "{\"script\": \"503\"}").status, 200);
}

TEST_F(AdminTest, names_it_makes_avoid_those_that_are_taken) {
  EXPECT_EQ(ask("PUT", "rules/inject-1", "418").status, 200);
  EXPECT_EQ(ask("POST", "inject", "{\"script\": \"503\"}").json()["rule"], "inject-2");
}

TEST_F(AdminTest, time_that_is_real_cannot_be_moved) {
  EXPECT_EQ(ask("POST", "clock", "{\"advance\": \"1s\"}").status, 409);
}

TEST_F(AdminTest, metrics_are_text_that_prometheus_reads) {
  rig.statuses("a", "/x", 3);
  const auto told = ask("GET", "metrics");
  EXPECT_EQ(told.status, 200);
  EXPECT_NE(told.head.find("Content-Type: text/plain; version=0.0.4"), std::string::npos);
  EXPECT_NE(told.body.find("\nfault_server_responses_total{status=\"503\"} 2\n"),
            std::string::npos);
  EXPECT_NE(told.body.find("\nfault_server_rules 1\n"), std::string::npos);
}

TEST_F(AdminTest, requests_that_no_rule_served_are_listed_with_the_nearest_rule) {
  ask("PUT", "scenario",
      "{\"version\": 1, \"rules\": [{\"id\": \"far\", \"match\": {\"method\": \"PUT\", \"path\": "
      "\"/z\"}, \"script\": \"500\"}, {\"id\": \"near\", \"match\": {\"path\": \"/pay/*\", "
      "\"headers\": "
      "{\"x-a\": \"1\"}}, \"script\": \"500\"}]}");
  rig.statuses("a", "/pay/1", 1);
  const auto list = ask("GET", "journal/unmatched").json();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["target"], "/pay/1");
  EXPECT_EQ(list[0]["exch"], rig.entries(EntryType::kReqHead).back().exch);
  EXPECT_EQ(list[0]["nearest"][0]["rule"], "near");
  EXPECT_EQ(list[0]["nearest"][0]["failed"][0], "header x-a: found nothing, expected \"1\"");
  ask("POST", "reset");
  EXPECT_EQ(ask("GET", "journal/unmatched").body, "[]\n");
}

TEST_F(AdminTest, the_authority_of_its_certificates_can_be_fetched) {
  const auto told = ask("GET", "ca.pem");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.body, rig.peer().certificates().ca_pem());
  EXPECT_TRUE(told.body.starts_with("-----BEGIN CERTIFICATE-----\n"));
}

TEST_F(AdminTest, head_is_get_without_the_body_but_for_streams) {
  const auto told = ask("HEAD", "health");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.body, "");
  EXPECT_EQ(ask("HEAD", "events").status, 405);
}

TEST_F(AdminTest, the_root_lists_what_there_is_with_and_without_its_slash) {
  EXPECT_EQ(ask("GET", "").status, 200);
  EXPECT_TRUE(ask("GET", "").json()["there is"].contains("GET /__fault/health"));
  const auto id = rig.connect();
  rig.send(id, "GET /__fault HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(rig.read(id).status, 200);
  EXPECT_TRUE(rig.entries(EntryType::kReqHead).empty());
}

TEST_F(AdminTest, pages_of_other_sites_are_refused_and_change_nothing) {
  EXPECT_EQ(ask("POST", "shutdown", "", "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(ask("GET", "journal", "", "Host: evil.example\r\n").status, 403);
  EXPECT_FALSE(rig.admin().shutdown_requested());
  EXPECT_EQ(ask("POST", "reset", "", "Origin: http://localhost:8080\r\n").status, 200);
}

TEST_F(AdminTest, unknown_paths_and_methods_are_told_what_there_is) {
  EXPECT_EQ(ask("GET", "helth").status, 404);
  EXPECT_EQ(ask("PUT", "journal").status, 405);
  EXPECT_FALSE(rig.admin().shutdown_requested());
  EXPECT_EQ(ask("POST", "shutdown").status, 200);
  EXPECT_TRUE(rig.admin().shutdown_requested());
}

}  // namespace
}  // namespace fault
