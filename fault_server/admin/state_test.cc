#include "fault_server/admin/state.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "fault_server/admin/admin_rig.h"

namespace fault {
namespace {

const char kStateRules[] =
    "/a/* : p=.4 503; p=.2 429; 200; 500 x3; loop\n"
    "/b : 503 x2; 404; stay\n"
    "/c : 418 x2; drop\n"
    "200";

std::vector<int> mixed(AdminRig& rig, const std::vector<int>& choices) {
  constexpr const char* kPaths[] = {"/a/1", "/b", "/c", "/d"};
  constexpr const char* kClients[] = {"one", "two"};
  std::vector<int> out;
  for (const int choice : choices) {
    const auto client = kClients[static_cast<std::size_t>(choice / 4)];
    out.push_back(rig.statuses(client, kPaths[static_cast<std::size_t>(choice % 4)], 1)[0]);
  }
  return out;
}

rc::Gen<std::vector<int>> some_requests() {
  return rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8));
}

RC_GTEST_PROP(AdminState, what_was_given_can_be_given_back_and_the_run_repeats_itself, ()) {
  const auto before = *some_requests(), after = *some_requests();
  AdminRig rig(kStateRules);
  mixed(rig, before);
  const std::string kept = rig.ask("GET", "state").body;
  const auto first = mixed(rig, after);
  RC_ASSERT(rig.ask("PUT", "state", kept).status == 200);
  RC_ASSERT(rig.ask("GET", "state").body == kept);
  RC_ASSERT(mixed(rig, after) == first);
}

RC_GTEST_PROP(AdminState, one_keys_state_leaves_the_others_alone, ()) {
  const auto before = *some_requests();
  AdminRig rig(kStateRules);
  mixed(rig, before);
  const auto all = rig.ask("GET", "state").json();
  const auto two = rig.ask("GET", "state/two").json();
  RC_ASSERT(rig.ask("PUT", "state/one", "{\"cursors\": [], \"attempts\": []}").status == 200);
  RC_ASSERT(rig.ask("GET", "state/two").json() == two);
  RC_ASSERT(rig.ask("GET", "state/one").json()["cursors"].empty());
  RC_ASSERT(rig.ask("PUT", "state", all.dump()).status == 200);
  RC_ASSERT(rig.ask("GET", "state").json() == all);
}

TEST(AdminState, a_cursor_is_put_where_it_is_said_to_be) {
  AdminRig rig("/x : 503 x2; 418; 200");
  const auto put = rig.ask("PUT", "state/me",
                           "{\"cursors\": [{\"rule\": \"rule-1\", \"step\": 0, \"used\": 1}]}");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.json()["cursors"][0]["next"], "503 x2");
  EXPECT_EQ(rig.statuses("me", "/x", 3), (std::vector<int>{503, 418, 200}));
  EXPECT_EQ(rig.statuses("you", "/x", 3), (std::vector<int>{503, 503, 418}));
}

TEST(AdminState, places_where_no_cursor_can_stand_are_refused_and_nothing_changes) {
  AdminRig rig("/x : p=.5 503; 418 x2; 200");
  rig.statuses("me", "/x", 1);
  const std::string before = rig.ask("GET", "state").body;
  const auto refused = [&](const std::string& cursor) {
    const auto told = rig.ask("PUT", "state", "{\"attempts\": [], \"cursors\": [" + cursor + "]}");
    EXPECT_EQ(rig.ask("GET", "state").body, before) << cursor;
    return told.status == 422 ? told.json()["error"].get<std::string>() : "";
  };
  const std::string mine = R"("rule": "rule-1", "scope": "me", )";
  EXPECT_NE(refused("{" + mine + "\"step\": 4}").find("the script has 3 steps"), std::string::npos);
  EXPECT_NE(refused("{" + mine + "\"step\": 1}").find("several alternatives"), std::string::npos);
  EXPECT_NE(refused("{" + mine + "\"step\": 0, \"used\": 2}").find("served 2 times"),
            std::string::npos);
  EXPECT_NE(refused("{\"rule\": \"gone\", \"scope\": \"me\"}").find("no such rule"),
            std::string::npos);
  EXPECT_NE(refused("{" + mine + "\"step\": -1}").find("cursors[0].step"), std::string::npos);
  EXPECT_NE(refused("{" + mine + "\"step\": \"1\"}").find("a whole number"), std::string::npos);
  EXPECT_NE(refused("{\"scope\": \"me\"}").find("cursors[0].rule"), std::string::npos);
  EXPECT_NE(refused("7").find("an object"), std::string::npos);
  EXPECT_EQ(rig.ask("PUT", "state", "{\"cursor\": []}").status, 422);
  EXPECT_EQ(rig.ask("PUT", "state", "[]").status, 422);
  EXPECT_EQ(rig.ask("PUT", "state/you", "{\"cursors\": [{" + mine + "\"step\": 0}]}").status, 422);
}

TEST(AdminState, cursors_of_overrides_and_of_connections_are_there_too) {
  AdminRig rig("connection : pass max_requests=100 x3; pass idle=9s\n200");
  rig.statuses("me", "/x?fault=503;418;200&fault_key=k", 2);
  const auto state = rig.ask("GET", "state").json();
  bool of_connections = false, of_override = false;
  for (const auto& cursor : state["cursors"]) {
    of_connections = of_connections || cursor.value("of", "") == "connections";
    of_override = of_override || (cursor["rule"] == "override" && cursor["scope"] == "k" &&
                                  cursor["script"] == "503;418;200" && cursor["step"] == 2);
  }
  EXPECT_TRUE(of_connections) << state;
  EXPECT_TRUE(of_override) << state;
  EXPECT_EQ(rig.ask("PUT", "state/k", "{\"cursors\": []}").status, 200);
  EXPECT_EQ(rig.statuses("me", "/x?fault=503;418;200&fault_key=k", 1), std::vector<int>{503});
}

TEST(AdminState, a_limiters_level_is_shown_moved_and_begun_anew) {
  AdminRig rig("limit rate=1/s burst=4");
  EXPECT_EQ(rig.statuses("me", "/x", 2), (std::vector<int>{404, 404}));
  const auto limiter = rig.ask("GET", "state/me").json()["limiters"][0];
  EXPECT_EQ(limiter["owner"], "rule-1");
  EXPECT_EQ(limiter["level"], 2.0);
  EXPECT_EQ(limiter["capacity"], 4.0);
  const auto set = [&](const std::string& limiters) {
    return rig.ask("PUT", "state/me", "{\"limiters\": " + limiters + "}").status;
  };
  EXPECT_EQ(set(R"([{"owner": "rule-1", "level": 1}])"), 200);
  EXPECT_EQ(rig.statuses("me", "/x", 2), (std::vector<int>{404, 429}));
  EXPECT_EQ(set(R"([{"owner": "rule-1", "level": 5}])"), 422);
  EXPECT_EQ(set(R"([{"owner": "rule-9", "level": 1}])"), 422);
  EXPECT_EQ(set("[]"), 200);
  EXPECT_EQ(rig.statuses("me", "/x", 5), (std::vector<int>{404, 404, 404, 404, 429}));
}

TEST(AdminState, an_overload_model_shows_its_queue) {
  AdminRig rig("overload workers=1 queue=2 service=1s");
  const auto first = rig.connect(), second = rig.connect(), third = rig.connect();
  for (const auto id : {first, second, third}) rig.get(id, "/x");
  const auto model = rig.ask("GET", "state").json()["overloads"][0];
  EXPECT_EQ(model["serving"], 1);
  EXPECT_EQ(model["queued"], 2);
  EXPECT_EQ(model["places"], 2);
}

}  // namespace
}  // namespace fault
