#include "fault_server/report/series.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "fault_server/admin/admin_rig.h"
#include "fault_server/report/conduct.h"

namespace fault {
namespace {

Series only_series(AdminRig& rig) {
  const auto all = series_of(rig.peer().journal());
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? Series{} : all.front();
}

// One request so long after the one before.
void ask_after(AdminRig& rig, Duration wait, PeerConnectionId id, std::string_view method = "GET",
               std::string_view fields = "") {
  rig.run(wait);
  rig.send(id, std::string(method) + " /x HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
                   "Content-Length: 0\r\n\r\n");
}

TEST(Series, a_wait_that_was_kept_is_honoured_to_the_nanosecond) {
  for (const auto& [wait, early] :
       {std::pair<Duration, std::int64_t>{2s, 0}, {2s - 1ns, 1}, {1ns, 1'999'999'999}}) {
    AdminRig rig("429 ra=2; 200");
    const auto id = rig.connect();
    ask_after(rig, 1s, id);
    ask_after(rig, wait, id);
    const Series series = only_series(rig);
    ASSERT_EQ(series.attempts.size(), 2U);
    EXPECT_EQ(series.attempts[1].early_ns, early);
    EXPECT_EQ(series.attempts[1].gap_ns, wait.count());
    const WaitsKept kept = waits_kept(series);
    EXPECT_EQ(kept.asked, 1U);
    EXPECT_EQ(kept.undercut, early > 0 ? 1U : 0U);
    EXPECT_EQ(kept.honoured, early > 0 ? 0U : 1U);
    EXPECT_EQ(kept.worst_early_ns, early);
  }
}

RC_GTEST_PROP(Series, an_attempt_is_early_by_what_a_simple_model_says, ()) {
  const auto waits = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));
  AdminRig rig("429 ra=2; 503 ra=1; 200 ra=9; 500; loop");
  const auto id = rig.connect();
  constexpr std::int64_t kAsked[] = {2, 1, 0, 0};  // a wait asked for with 200 binds nobody
  std::int64_t now = 0, forbidden = 0;
  std::vector<std::int64_t> expected;
  for (std::size_t i = 0; i < waits.size(); ++i) {
    ask_after(rig, std::chrono::seconds(waits[i]), id);
    now += waits[i];
    expected.push_back(std::max<std::int64_t>(0, forbidden - now) * 1'000'000'000);
    forbidden = std::max(forbidden, now + kAsked[i % 4]);
  }
  std::vector<std::int64_t> found;
  for (const Series& series : series_of(rig.peer().journal())) {
    for (const Attempt& attempt : series.attempts) found.push_back(attempt.early_ns);
  }
  // What arrives in the same nanosecond in which the answer left cannot have seen it.
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (waits[i] == 0) continue;
    RC_ASSERT(found[i] == expected[i]);
  }
  RC_ASSERT(found.size() == expected.size());
}

TEST(Series, an_attempt_under_way_when_the_wait_was_asked_for_is_not_bound_by_it) {
  AdminRig rig("429 ra=5 delay=1s; 200");
  const auto first = rig.connect(), second = rig.connect();
  rig.get(first, "/x");
  rig.get(second, "/x");
  rig.run(2s);
  EXPECT_EQ(only_series(rig).attempts[1].early_ns, 0);
  EXPECT_EQ(waits_kept(only_series(rig)).open, 1U);
}

TEST(Series, outcomes_say_what_happened) {
  AdminRig rig("503; reset; truncate; reset@body:5; stall; 200 delay=9s");
  std::vector<std::string> outcomes;
  for (int i = 0; i < 6; ++i) {
    const auto id = rig.connect();
    rig.get(id, "/x");
    if (i == 4) rig.leave(id);
  }
  const Series series = only_series(rig);
  for (const Attempt& attempt : series.attempts) outcomes.push_back(attempt.outcome());
  EXPECT_EQ(outcomes, (std::vector<std::string>{"503", "reset@status", "truncate@body:50%",
                                                "reset@body:5", "stall@status", "open"}));
  EXPECT_EQ(series.attempts[0].status, 503);
  EXPECT_TRUE(series.attempts[0].complete);
  EXPECT_FALSE(series.attempts[2].complete);
  EXPECT_GE(series.attempts[4].end_ns, 0);
  EXPECT_LT(series.attempts[5].end_ns, 0);
}

TEST(Series, requests_are_told_apart_by_key_method_path_and_id) {
  AdminRig rig("200");
  const auto id = rig.connect();
  rig.get(id, "/x?a=1", "X-Client-Id: a\r\n");
  rig.get(id, "/x?a=2", "X-Client-Id: a\r\n");
  rig.get(id, "/x", "X-Client-Id: b\r\n");
  rig.get(id, "/y", "X-Client-Id: a\r\n");
  rig.get(id, "/x", "X-Client-Id: a\r\nX-Request-Id: 7\r\n");
  rig.post(id, "/x", "", "X-Client-Id: a\r\n");
  std::vector<std::size_t> sizes;
  for (const Series& series : series_of(rig.peer().journal())) {
    sizes.push_back(series.attempts.size());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 1, 1, 1, 1}));
}

TEST(Series, what_nobody_matched_belongs_to_whoever_sent_it) {
  AdminRig rig("200 race=fin; 200");
  const auto id = rig.connect();
  rig.get(id, "/x", "X-Client-Id: me\r\n");
  rig.get(id, "/x", "X-Client-Id: me\r\n");
  const Series series = only_series(rig);
  ASSERT_EQ(series.attempts.size(), 2U);
  EXPECT_EQ(series.key, "me");
  EXPECT_EQ(series.attempts[1].outcome(), "raced");
}

TEST(Conduct, a_repeat_of_a_failed_post_is_unsafe_unless_keyed_or_another_body) {
  const auto repeats = [](std::string_view method, std::string_view fields,
                          std::string_view second_body) {
    AdminRig rig("503; 200");
    const auto id = rig.connect();
    for (const std::string_view body : {std::string_view("one"), second_body}) {
      rig.run(1s);
      rig.send(id, std::string(method) + " /x HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
                       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                       std::string(body));
    }
    return unsafe_repeats(only_series(rig));
  };
  EXPECT_EQ(repeats("POST", "", "one"), 1U);
  EXPECT_EQ(repeats("PATCH", "", "one"), 1U);
  EXPECT_EQ(repeats("POST", "", "two"), 0U);
  EXPECT_EQ(repeats("POST", "Idempotency-Key: 1\r\n", "one"), 0U);
  EXPECT_EQ(repeats("PUT", "", "one"), 0U);
}

TEST(Conduct, promises_of_rules_are_judged) {
  Scenario scenario;
  ASSERT_FALSE(add_rule_line(scenario, "503 x9"));
  scenario.rules[0].expect = {2, Duration(1s), false};
  AdminRig rig(scenario);
  const auto id = rig.connect();
  const auto failures = [&] {
    const auto all = series_of(rig.peer().journal());
    const auto judged = judge_expectations(all, scenario.rules);
    EXPECT_EQ(judged.size(), 1U);
    return judged.empty() ? std::vector<std::string>{} : judged[0].failures;
  };
  ask_after(rig, 0s, id);
  EXPECT_TRUE(failures().empty());
  ask_after(rig, 1s, id);
  EXPECT_EQ(failures(),
            std::vector<std::string>{"1 repeats of a failed attempt, method_safe was false"});
  ask_after(rig, 999ms, id);
  EXPECT_EQ(failures(), (std::vector<std::string>{
                            "3 attempts, max_attempts was 2", "a gap of 999ms, min_gap was 1s",
                            "2 repeats of a failed attempt, method_safe was false"}));
}

TEST(Conduct, the_document_sums_up_and_lists_every_attempt) {
  AdminRig rig("503 ra=1; 200");
  const auto id = rig.connect();
  ask_after(rig, 0s, id);
  ask_after(rig, 500ms, id);
  const auto json = rig.ask("GET", "conduct.json").json();
  EXPECT_EQ(json["totals"]["retry_after"]["undercut"], 1);
  EXPECT_EQ(json["totals"]["attempts"], 2);
  const auto& series = json["series"][0];
  EXPECT_EQ(series["path"], "/x");
  EXPECT_EQ(series["repeated_after"]["503"], 1);
  EXPECT_EQ(series["gaps"]["min_ms"], 500.0);
  EXPECT_EQ(series["each"][1]["undercut_by_ms"], 500.0);
  EXPECT_EQ(series["bodies_identical"], true);
}

}  // namespace
}  // namespace fault
