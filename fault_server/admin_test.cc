#include "fault_server/admin.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "fault_server/admin_verify.h"
#include "fault_server/peer_test_rig.h"

namespace fault {
namespace {

class AdminTest : public testing::Test {
 protected:
  AdminTest() : rig("503 x2; 200") { rig.peer().enable_admin(); }

  /// Status and body of one request on a connection of its own.
  std::pair<int, std::string> ask(std::string_view method, std::string_view path,
                                  std::string_view body = "") {
    const auto id = begin(method, path, body);
    rig.leave(id);
    return read(id);
  }
  PeerConnectionId begin(std::string_view method, std::string_view path,
                         std::string_view body = "") {
    const auto id = rig.connect();
    rig.send(id, std::string(method) + " /__fault/" + std::string(path) +
                     " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\n\r\n" + std::string(body));
    return id;
  }
  std::pair<int, std::string> read(PeerConnectionId id) {
    const std::string& bytes = rig.wire(id).received;
    if (bytes.size() < 12) return {0, ""};
    return {std::stoi(bytes.substr(9, 3)), std::string(after_head(bytes))};
  }

  PeerRig rig;
};

TEST_F(AdminTest, the_journal_is_ndjson_and_can_be_narrowed) {
  const auto id = rig.connect();
  rig.get(id, "/x");
  const auto [status, text] = ask("GET", "journal?type=req.head");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(nlohmann::json::parse(text)["target"], "/x");
  EXPECT_EQ(ask("GET", "journal?since=x").first, 400);
  EXPECT_EQ(ask("GET", "journal?limit=0").second, "");
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
                .first,
            422);
  const auto [status, text] = ask("GET", "scenario");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(*parse_scenario(text), rig.peer().rulebook().scenario());
  EXPECT_EQ(
      ask("PUT", "scenario", "{\"version\": 1, \"rules\": [{\"id\": \"a\", \"script\": \"418\"}]}")
          .first,
      200);
  const auto id = rig.connect();
  rig.get(id, "/x");
  EXPECT_TRUE(rig.wire(id).received.starts_with("HTTP/1.1 418"));
}

TEST_F(AdminTest, rules_are_added_injected_and_deleted) {
  EXPECT_EQ(ask("POST", "rules", "/new : 404").first, 200);
  EXPECT_EQ(ask("POST", "rules", "/new : nonsense").first, 422);
  EXPECT_EQ(ask("POST", "inject", "{\"script\": \"507\", \"count\": 2}").first, 200);
  const auto id = rig.connect();
  for (int i = 0; i < 3; ++i) rig.get(id, "/x");
  std::vector<int> statuses;
  for (const Entry& entry : rig.entries(EntryType::kRespHead)) statuses.push_back(entry.status);
  EXPECT_EQ(statuses, (std::vector<int>{507, 507, 503}));
  EXPECT_EQ(ask("DELETE", "rules/rule-1").first, 200);
  EXPECT_EQ(ask("DELETE", "rules/rule-1").first, 404);
}

TEST_F(AdminTest, reset_begins_the_scripts_anew) {
  const auto id = rig.connect();
  rig.get(id, "/x");
  EXPECT_EQ(ask("POST", "reset").first, 200);
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
                .first,
            200);
  const auto [status, text] =
      ask("POST", "verify", "{\"match\": {\"path\": \"/b\"}, \"count\": {\"max\": 0}}");
  EXPECT_EQ(status, 417);
  EXPECT_NE(text.find("count is 1, max was 0"), std::string::npos);
  EXPECT_EQ(ask("POST", "verify", "{\"order\": [\"/b\", \"/a\"]}").first, 417);
  EXPECT_EQ(ask("POST", "verify", "{\"gaps\": {\"min\": \"2s\"}}").first, 417);
  EXPECT_EQ(ask("POST", "verify", "{\"cuont\": {}}").first, 422);
  EXPECT_EQ(ask("POST", "verify", "nonsense").first, 422);
}

TEST_F(AdminTest, wait_answers_when_enough_was_seen_or_time_is_up) {
  const auto waiting = begin("POST", "wait", "{\"n\": 2, \"timeout\": \"5s\"}");
  const auto late = begin("POST", "wait", "{\"n\": 9, \"timeout\": \"5s\"}");
  const auto id = rig.connect();
  rig.get(id, "/x");
  EXPECT_EQ(read(waiting).first, 0);
  rig.get(id, "/x");
  EXPECT_EQ(read(waiting).first, 200);
  rig.run(4999ms);
  EXPECT_EQ(read(late).first, 0);
  rig.run(1ms);
  EXPECT_EQ(read(late).first, 417);
  rig.get(late, "/x");
  EXPECT_EQ(rig.entries(EntryType::kReqHead).size(), 3U);
}

TEST_F(AdminTest, events_stream_the_journal_as_it_grows) {
  const auto stream = begin("GET", "events");
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
  const auto [status, text] = ask("GET", "connections");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(nlohmann::json::parse(text)[0]["conn"], 1);
  EXPECT_EQ(ask("DELETE", "connections/1?how=rst").first, 200);
  EXPECT_EQ(rig.wire(id).end, End::kRst);
  EXPECT_EQ(ask("DELETE", "connections/1").first, 404);
  EXPECT_EQ(ask("DELETE", "connections/x").first, 400);
}

TEST_F(AdminTest, unknown_paths_and_methods_are_told_what_there_is) {
  EXPECT_EQ(ask("GET", "helth").first, 404);
  EXPECT_EQ(ask("PUT", "journal").first, 405);
  EXPECT_FALSE(rig.peer().shutdown_requested());
  EXPECT_EQ(ask("POST", "shutdown").first, 200);
  EXPECT_TRUE(rig.peer().shutdown_requested());
}

}  // namespace
}  // namespace fault
