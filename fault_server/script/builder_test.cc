#include "fault_server/script/builder.h"

#include <gtest/gtest.h>

namespace fault {
namespace {

using namespace std::chrono_literals;

TEST(Builder, mirrors_the_tree_and_prints_as_one_line) {
  const auto rule = on("POST", "/pay")
                        .then(status(503).retry_after(1s).times(2))
                        .then(reset().at(Phase::kBody, 512));
  EXPECT_EQ(rule.line(), "POST /pay : 503 ra=1 x2; reset@body:512");
  EXPECT_EQ(*parse_rule_line(rule.line()), rule.rule());
}

TEST(Builder, every_line_it_prints_parses_to_what_it_built) {
  const std::vector<StepBuilder> steps = {
      status(503).retry_after("date:imf+2s").with("date_skew", Duration(-1h)),
      statuses("200*8,503*2").chance(0.5),
      pass().delay(uniform(50ms, 400ms)),
      reset().at_percent(50).answering(503),
      fault::close().at(Phase::kHeaders, 20).text("hello world").header("X-A", "b c"),
      half_close().with("side", "in"),
      stall().at(Phase::kBody, 10).random_body(100),
      garbage().with("bytes", 300),
      truncate().rate(1000).chunk(3, 20ms),
      refuse(),
      raw_bytes("HTTP/1.1 200 OK\r\n\r\n"),
      limit(5, 1s).with("burst", 2).retry_after("auto"),
      concurrency_limit(4),
      overload(exponential(20ms)).with("workers", 4).with("order", "lifo"),
      rst("REFUSED_STREAM").at(Phase::kBody, 100),
      goaway("graceful").with("code", "NO_ERROR"),
      h2("ping").with("count", 1000).answering(503),
      h2("settings").with("name", "MAX_CONCURRENT_STREAMS").with("value", std::uint64_t{0}),
      status(200).with("race").with("chunked").trailer("X-Sum", "1").delay(log_normal(90ms, 0.4)),
  };
  for (const StepBuilder& step : steps) {
    const auto parsed = parse_step(step.line());
    ASSERT_TRUE(parsed.ok()) << step.line() << ": " << to_string(parsed.error());
    EXPECT_EQ(*parsed, step.step()) << step.line();
  }
}

TEST(Builder, a_retry_after_below_a_second_is_rounded_up) {
  EXPECT_EQ(status(503).retry_after(400ms).line(), "503 ra=1");
  EXPECT_EQ(status(503).retry_after(0s).line(), "503 ra=0");
}

TEST(Builder, conditions_reach_the_match_and_connections_have_their_spelling) {
  const Rule rule = on("*", "/a")
                        .id("x")
                        .when_header("h", "1")
                        .when_query("q", "2")
                        .on_attempt("2..")
                        .on_request("1")
                        .per(Per::kGlobal)
                        .priority(3)
                        .then("503; 200; loop");
  EXPECT_EQ(rule.match.method, "");
  EXPECT_EQ(rule.match.headers.size() + rule.match.query.size(), 2U);
  EXPECT_TRUE(rule.match.attempt.contains(2) && !rule.match.attempt.contains(1));
  EXPECT_EQ(rule.script.tail, Tail::kLoop);
  EXPECT_EQ(rule.priority, 3);
  const auto refusing = on_connections("3,6").then(refuse());
  EXPECT_EQ(refusing.line(), "connection 3,6 : refuse");
  EXPECT_EQ(*parse_rule_line(refusing.line()), refusing.rule());
}

TEST(Builder, what_is_malformed_is_named_by_validate) {
  const auto complaints_of = [](const Rule& rule) {
    Scenario scenario;
    scenario.rules.push_back(rule);
    return validate(scenario);
  };
  EXPECT_TRUE(complaints_of(on().id("a").then(status(503))).empty());
  EXPECT_EQ(complaints_of(on().id("a").then(status(503).with("dealy", "1s"))).size(), 1U);
  EXPECT_EQ(complaints_of(on().id("a").then(status(503).with("slice", "x"))).size(), 1U);
  EXPECT_EQ(complaints_of(on().id("a").then("resett")).size(), 1U);
  EXPECT_EQ(complaints_of(on().id("a").then(status(42))).size(), 1U);
  EXPECT_EQ(complaints_of(on().id("a").then(raw_bytes(""))).size(), 1U);
  EXPECT_EQ(complaints_of(on().then(status(200))).size(), 1U);
}

}  // namespace
}  // namespace fault
