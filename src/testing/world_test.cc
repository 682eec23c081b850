// Common uses of the testing API: scripts, time, journal.
#include <gtest/gtest.h>

#include <stdexcept>

#include "testing/world_rig.h"

namespace holdfast::testing {
namespace {

using namespace std::chrono_literals;

TEST(World, a_get_survives_a_503_and_a_reset_and_waits_as_long_as_it_was_asked_to) {
  World world(7);
  world.serve("http://api.example",
              {"GET /orders : 503 ra=1; reset@headers:10; 200 body=text:hello"});
  Client client = world.client(at("http://api.example"));
  Outcome outcome;
  client.get("/orders?page=2", outcome.callback());
  EXPECT_EQ(0, outcome.calls) << "called inside get()";
  EXPECT_TRUE(world.run()) << world.failure_report();
  EXPECT_EQ("200 hello", outcome.text) << world.failure_report();
  EXPECT_EQ(3U, outcome.attempts);
  const Journal journal = world.journal("GET", "/orders");
  ASSERT_EQ(3U, journal.size()) << journal.to_string();
  EXPECT_EQ((std::vector<int>{503, 0, 200}), journal.statuses());
  EXPECT_EQ("/orders?page=2", journal[0].target);
  EXPECT_EQ("api.example", journal[0].headers.get("Host"));
  EXPECT_EQ("http://api.example:80", journal[0].origin);
  EXPECT_TRUE(journal[2].answered);
  EXPECT_FALSE(journal[1].answered);
  EXPECT_GE(journal.gaps()[0], 1s);
  EXPECT_LT(journal.gaps()[0], 1s + 10ms) << "only virtual time passes";
  EXPECT_EQ(2U, journal.connections()) << "the connection that was reset is not reused";
  EXPECT_GE(world.now(), 1s);
}

TEST(World, a_post_is_seen_once_with_its_body_whatever_fails) {
  World world;
  world.serve("http://pay.example", {"POST /pay : reset; 200"});
  Client client = world.client();
  Outcome outcome;
  client.post("http://pay.example/pay", "ten euros", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("connection_reset", outcome.text);
  ASSERT_EQ(1U, world.journal("POST").size());
  const Seen seen = world.journal("POST")[0];
  EXPECT_TRUE(seen.whole);
  EXPECT_TRUE(seen.body_is("ten euros"));
  EXPECT_FALSE(seen.body_is("ten pounds"));
  EXPECT_FALSE(seen.body_is("nine euros and a bit"));
  EXPECT_EQ("reset", seen.step);
  EXPECT_EQ(0, seen.status);
}

TEST(World, several_servers_are_told_apart_in_one_journal) {
  World world;
  world.serve("http://a.example", {"200 body=text:a"});
  world.serve("http://b.example:8080", {"200 body=text:b"});
  world.serve("http://10.9.8.7");
  Client client = world.client();
  Outcome a, b, c;
  client.get("http://a.example/1", a.callback());
  client.get("http://b.example:8080/2", b.callback());
  client.get("http://10.9.8.7/3", c.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200 a", a.text);
  EXPECT_EQ("200 b", b.text);
  EXPECT_EQ("200", c.text.substr(0, 3));
  EXPECT_EQ(3U, world.journal().size());
  EXPECT_EQ(1U, world.journal("", "", "http://b.example:8080").size());
  EXPECT_EQ("/2", world.journal("", "", "http://b.example:8080/")[0].target);
  EXPECT_EQ(1U, world.connections("http://a.example"));
}

TEST(World, rules_may_be_replaced_while_it_runs) {
  World world;
  world.serve("http://a.example", {"503"});
  Client client = world.client(at("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  world.after(2500ms, [&] { world.serve("http://a.example", {"200 body=text:well"}); });
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200 well", outcome.text) << world.failure_report();
  EXPECT_LT(outcome.attempts, 5U);
}

TEST(World, a_scenario_in_json_serves_as_it_does_on_the_command_line) {
  World world;
  world.serve_scenario("http://a.example", R"({"rules": [{"match": {"path": "/x"},
                                               "script": "200 body=text:json"}]})");
  Client client = world.client(at("http://a.example"));
  Outcome outcome;
  client.get("/x", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200 json", outcome.text);
}

TEST(World, a_deadline_is_honoured_to_the_nanosecond) {
  World world;
  world.serve("http://slow.example", {"stall"});
  ClientOptions options = at("http://slow.example");
  options.timeouts.total = 2s;
  Client client = world.client(options);
  Duration ended{0};
  client.get("/", [&](Result<Response> result) {
    EXPECT_EQ(ErrorCode::deadline_exceeded, result.error().code);
    ended = world.now();
  });
  EXPECT_TRUE(world.run());
  EXPECT_EQ(2s, ended);
}

TEST(World, timers_of_ones_own_fire_in_virtual_time_and_can_be_forgotten) {
  World world;
  world.serve("http://slow.example", {"stall"});
  Client client = world.client(at("http://slow.example"));
  Outcome outcome;
  RequestHandle handle = client.get("/", outcome.callback());
  std::vector<Duration> fired;
  world.after(1s, [&] { fired.push_back(world.now()); });
  const std::uint64_t never = world.after(2s, [&] { fired.push_back(world.now()); });
  world.after(1500ms, [&] {
    EXPECT_TRUE(world.cancel(never));
    EXPECT_FALSE(world.cancel(never));
    handle.cancel();
    EXPECT_EQ(0, outcome.calls) << "called inside cancel()";
  });
  EXPECT_TRUE(world.run());
  EXPECT_EQ((std::vector<Duration>{1s}), fired);
  EXPECT_EQ("cancelled", outcome.text);
  EXPECT_EQ(1500ms, world.now()) << "the world waited for the cancelled timer";
}

TEST(World, a_run_ends_when_nothing_is_under_way_and_idle_connections_do_not_count) {
  World world;
  world.serve("http://a.example");
  Client client = world.client(at("http://a.example"));
  client.get("/", {});
  EXPECT_TRUE(world.run());
  EXPECT_LT(world.now(), 1s);
  EXPECT_EQ(1U, client.stats().idle);
  world.run_for(31s);
  EXPECT_EQ(0U, client.stats().idle) << "the idle timeout has passed";
  EXPECT_GE(world.now(), 31s);
}

TEST(World, a_run_that_can_never_end_says_so_at_once) {
  World world;
  world.serve("http://a.example", {"stall"});
  ClientOptions options = at("http://a.example");
  options.timeouts = {.connect = kOff, .read = kOff, .write = kOff, .pool = kOff};
  Client client = world.client(options);
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_FALSE(world.run());
  EXPECT_EQ("none", outcome.text);
}

TEST(World, code_that_goes_round_in_circles_is_stopped) {
  World world;
  Function<void()> again;
  int times = 0;
  again = [&] {
    ++times;
    world.after(0s, [&] { again(); });
  };
  again();
  EXPECT_FALSE(world.run());
  EXPECT_GT(times, 1000);
  EXPECT_EQ(0s, world.now());
}

TEST(World, a_run_may_be_bounded_and_may_wait_for_a_condition) {
  World world;
  world.serve("http://a.example", {"503 x3; 200"});
  ClientOptions options = at("http://a.example");
  options.retry.backoff.jitter = Jitter::none;
  Client client = world.client(options);
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_FALSE(world.run(2s));
  EXPECT_EQ(2s, world.now());
  EXPECT_EQ(2U, world.journal().size());
  EXPECT_TRUE(world.run_until([&] { return world.journal().size() == 3; }));
  EXPECT_EQ("none", outcome.text);
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200 ", outcome.text.substr(0, 4));
}

TEST(World, the_same_seed_is_the_same_run_and_another_seed_another) {
  const auto play = [](std::uint64_t seed) {
    World world(seed);
    world.set_link({.latency = 1ms, .jitter = 5ms});
    world.serve("http://a.example", {"p=.3 reset; p=.2 503; 200 body=random:5000"});
    Client one = world.client(at("http://a.example"));
    Client two = world.client(at("http://a.example"));
    for (int i = 0; i < 10; ++i) {
      (i % 2 == 0 ? one : two).get("/" + std::to_string(i), {});
    }
    EXPECT_TRUE(world.run()) << world.failure_report();
    return std::pair(world.trace_hash(), world.journal().to_string());
  };
  EXPECT_EQ(play(7), play(7));
  EXPECT_NE(play(7).first, play(8).first);
}

TEST(World, two_clients_draw_different_jitter) {
  World world;
  world.serve("http://a.example", {"503"});
  Client one = world.client(at("http://a.example")), two = world.client(at("http://a.example"));
  std::vector<Duration> waits;
  for (Client* client : {&one, &two}) {
    client->on_attempt([&](const AttemptNotice& notice) { waits.push_back(notice.delay); });
    client->get("/", {});
    EXPECT_TRUE(world.run());
  }
  ASSERT_EQ(8U, waits.size());
  EXPECT_NE(waits[0], waits[4]);
}

TEST(World, a_retry_after_date_is_measured_in_virtual_time) {
  World world;
  world.serve("http://a.example", {"503 ra=date:imf+20s; 200"});
  Client client = world.client(at("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ(2U, outcome.attempts);
  EXPECT_GE(world.journal().gaps().at(0), 19s) << world.failure_report();
}

TEST(World, the_fault_servers_own_judgement_may_be_asked_for) {
  World world;
  world.serve("http://a.example", {"503 ra=1; 200"});
  Client client = world.client(at("http://a.example"));
  client.put("/pay", "x", {});
  EXPECT_TRUE(world.run());
  const std::string good =
      R"({"match": {"path": "/pay"}, "count": {"min": 2, "max": 2}, "body_identical": true})";
  EXPECT_TRUE(world.verify("http://a.example", good).empty());
  EXPECT_EQ(1U, world.verify("http://a.example", R"({"count": {"max": 1}})").size());
  EXPECT_THROW(world.verify("http://a.example", "{"), std::invalid_argument);
  EXPECT_NE(std::string::npos, world.journal_ndjson("http://a.example").find("conn.open"));
}

TEST(World, a_story_names_the_seed_the_requests_and_the_last_events) {
  World world(41);
  world.serve("http://a.example", {"GET /x : 503; 200"});
  Client client = world.client(at("http://a.example"));
  client.get("/x", {});
  EXPECT_TRUE(world.run());
  const std::string story = world.failure_report();
  EXPECT_NE(std::string::npos, story.find("seed 41")) << story;
  EXPECT_NE(std::string::npos, story.find("GET /x -> 503")) << story;
  EXPECT_NE(std::string::npos, story.find("complete")) << story;
}

/// The text of the exception that `call` throws.
template <class Call>
std::string complaint_of(Call&& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(World, mistakes_in_a_test_are_thrown_and_name_what_is_wrong) {
  World world;
  EXPECT_NE(std::string::npos, complaint_of([&] {
                                 world.serve("http://a.example", {"GET / : 200", "GET / : resett"});
                               }).find("resett"));
  EXPECT_NE(std::string::npos,
            complaint_of([&] { world.serve("http://a.example/path"); }).find("expected a scheme"));
  EXPECT_NE(std::string::npos, complaint_of([&] { world.serve("a.example"); }).find("origin"));
  EXPECT_NE(std::string::npos, complaint_of([&] {
                                 world.serve_scenario("http://a.example", "{]");
                               }).find("the scenario: "));
  EXPECT_NE(std::string::npos,
            complaint_of([&] { world.journal("", "", "http://b.example"); }).find("serve()"));
  EXPECT_NE(std::string::npos,
            complaint_of([&] { world.set_host("b.example", Host::silent); }).find("serve()"));
  EXPECT_NE(std::string::npos, complaint_of([&] {
                                 world.fail_lookups("10.0.0.1", {Lookup::temporary});
                               }).find("address"));
  EXPECT_NE(std::string::npos, complaint_of([&] {
                                 world.serve("http://a.example", {"GET / : h2.ping@status"});
                                 world.serve("http://a.example", {"tls.no-such-thing"});
                               }).find("tls"));
}

TEST(World, an_origin_without_tls_has_no_certificates) {
  World world;
  world.serve("http://a.example");
  EXPECT_THROW(world.certificates("http://a.example"), std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::testing
