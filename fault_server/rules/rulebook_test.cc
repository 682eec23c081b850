#include "fault_server/rules/rulebook.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "fault_server/script/builder.h"
#include "fault_server/script/chance.h"

namespace fault {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A request as the peer would describe it; owns what the view points to.
struct Asked {
  std::string method = "GET", target = "/", client = "a";
  std::uint64_t connection = 1, exchange = 1;
  Headers extra = {};
};

Choice ask(Rulebook& book, const Asked& asked = {}) {
  Headers headers = asked.extra;
  headers.emplace_back("X-Client-Id", asked.client);
  RequestView view;
  const std::string_view target = asked.target;
  const std::size_t mark = target.find('?');
  view.method = asked.method;
  view.target = target;
  view.path = target.substr(0, mark);
  view.query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  view.version = "HTTP/1.1";
  view.headers = &headers;
  view.listener = "h1";
  view.connection = asked.connection;
  view.exchange_on_connection = asked.exchange;
  view.peer = "127.0.0.1";
  return book.choose(view);
}

Rulebook book_of(std::initializer_list<std::string_view> lines, Per per = Per::kKey,
                 std::uint64_t seed = 1) {
  Scenario scenario;
  scenario.seed = seed;
  for (std::string_view line : lines) {
    const auto bad = add_rule_line(scenario, line);
    EXPECT_FALSE(bad) << to_string(*bad);
  }
  for (Rule& rule : scenario.rules) rule.per = per;
  return Rulebook(std::move(scenario));
}

std::vector<int> statuses(Rulebook& book, int n, const Asked& asked = {}) {
  std::vector<int> out;
  for (int i = 0; i < n; ++i) {
    const Choice choice = ask(book, asked);
    out.push_back(choice.step.action == ActionKind::kPass ? 0 : choice.step.status);
  }
  return out;
}

TEST(Rulebook, counts_and_tails_are_honoured) {
  EXPECT_EQ(statuses(*std::make_unique<Rulebook>(book_of({"503 x2; 200"})), 5),
            (std::vector{503, 503, 200, 200, 200}));
  auto loop = book_of({"503 x2; 200; loop"});
  EXPECT_EQ(statuses(loop, 7), (std::vector{503, 503, 200, 503, 503, 200, 503}));
  auto drop = book_of({"503 x2; 500; drop", "201"});
  EXPECT_EQ(statuses(drop, 5), (std::vector{503, 503, 500, 201, 201}));
  auto fail = book_of({"503 x2; 404"});
  EXPECT_EQ(statuses(fail, 4), (std::vector{503, 503, 404, 404}));
  EXPECT_NE(body(ask(fail).step)->text.find("no step is left"), std::string::npos);
}

TEST(Rulebook, nothing_that_matches_means_pass) {
  auto book = book_of({"/a : 503"});
  const Choice choice = ask(book, {.target = "/b"});
  EXPECT_EQ(choice.step.action, ActionKind::kPass);
  EXPECT_EQ(choice.rule, "");
  EXPECT_EQ(choice.key, "a");
}

TEST(Rulebook, the_first_match_wins_unless_priority_says_otherwise) {
  auto book = book_of({"/a/* : 501", "/a/b : 502"});
  EXPECT_EQ(statuses(book, 1, {.target = "/a/b"}), std::vector{501});
  Scenario scenario = book.scenario();
  scenario.rules[1].priority = 1;
  Rulebook urgent(scenario);
  EXPECT_EQ(statuses(urgent, 1, {.target = "/a/b"}), std::vector{502});
}

TEST(Rulebook, each_scope_has_its_own_cursor) {
  const Asked a, b{.client = "b"};
  auto key = book_of({"503; 200"});
  EXPECT_EQ(statuses(key, 1, a), std::vector{503});
  EXPECT_EQ(statuses(key, 2, b), (std::vector{503, 200}));
  EXPECT_EQ(statuses(key, 1, a), std::vector{200});

  auto global = book_of({"503; 200"}, Per::kGlobal);
  EXPECT_EQ(statuses(global, 1, a), std::vector{503});
  EXPECT_EQ(statuses(global, 1, b), std::vector{200});

  auto connection = book_of({"503; 200"}, Per::kConnection);
  EXPECT_EQ(statuses(connection, 1, a), std::vector{503});
  EXPECT_EQ(statuses(connection, 1, {.client = "b"}), std::vector{200});
  EXPECT_EQ(statuses(connection, 1, {.connection = 2}), std::vector{503});

  auto request = book_of({"503; 200"}, Per::kRequest);
  EXPECT_EQ(statuses(request, 1, {.target = "/1"}), std::vector{503});
  EXPECT_EQ(statuses(request, 2, {.target = "/2"}), (std::vector{503, 200}));
  EXPECT_EQ(statuses(request, 1, {.target = "/1"}), std::vector{200});
  const Asked named{.extra = {{"Idempotency-Key", "k1"}}};
  EXPECT_EQ(statuses(request, 1, named), std::vector{503});
  EXPECT_EQ(statuses(request, 1, {.target = "/9", .extra = named.extra}), std::vector{200});
}

TEST(Rulebook, the_key_comes_from_the_first_source_present) {
  Scenario scenario;
  scenario.key = {*parse_key_source("query:who"), *parse_key_source("header:x-client-id")};
  Rulebook book(scenario);
  EXPECT_EQ(ask(book, {.target = "/?who=me%0a"}).key, "me%0A");
  EXPECT_EQ(ask(book).key, "a");
  scenario.key = {*parse_key_source("connection")};
  EXPECT_EQ(ask(*std::make_unique<Rulebook>(scenario), {.connection = 7}).key, "h1#7");
  scenario.key = {*parse_key_source("header:absent")};
  EXPECT_EQ(ask(*std::make_unique<Rulebook>(scenario)).key, "127.0.0.1");
}

TEST(Rulebook, attempts_count_requests_of_a_key_on_a_method_and_path) {
  auto book = book_of({"503"});
  EXPECT_EQ(ask(book).attempt, 1U);
  EXPECT_EQ(ask(book, {.target = "/?x"}).attempt, 2U);
  EXPECT_EQ(ask(book, {.method = "PUT"}).attempt, 1U);
  EXPECT_EQ(ask(book, {.client = "b"}).attempt, 1U);
  Scenario scenario;
  scenario.rules.push_back(on("GET").id("late").on_attempt("2..").then(status(503)));
  Rulebook late(scenario);
  EXPECT_EQ(statuses(late, 3), (std::vector{0, 503, 503}));
}

TEST(Rulebook, an_override_serves_one_exchange_and_the_header_wins) {
  auto book = book_of({"200"});
  const Asked query{.target = "/?fault=503+ra%3D1"};
  const Choice choice = ask(book, query);
  EXPECT_EQ(choice.rule, "override");
  EXPECT_EQ(choice.step.status, 503);
  EXPECT_EQ(choice.step.retry_after, "1");
  EXPECT_EQ(statuses(book, 1, {.target = query.target, .extra = {{"X-Fault", "500"}}}),
            std::vector{500});
  EXPECT_EQ(statuses(book, 3, {.target = "/?fault=503;200"}), (std::vector{503, 503, 503}));
  EXPECT_EQ(statuses(book, 1), std::vector{200});
}

TEST(Rulebook, an_override_with_a_key_walks_its_script) {
  auto book = book_of({"201"});
  const Asked k{.target = "/?fault=503%20x2;200;drop&fault_key=k"};
  EXPECT_EQ(statuses(book, 2, k), (std::vector{503, 503}));
  EXPECT_EQ(statuses(book, 1, {.target = "/?fault=503%20x2;200;drop&fault_key=l"}),
            std::vector{503});
  EXPECT_EQ(statuses(book, 2, k), (std::vector{200, 201}));
  const Headers header = {{"X-Fault", "500; 200"}, {"X-Fault-Key", "k"}};
  EXPECT_EQ(statuses(book, 2, {.extra = header}), (std::vector{500, 200}));
}

TEST(Rulebook, a_malformed_override_answers_400_with_the_complaint) {
  auto book = book_of({"200"});
  for (std::string_view script : {"resett", "reset@accept", "goaway"}) {
    const Choice choice = ask(book, {.extra = {{"X-Fault", std::string(script)}}});
    EXPECT_EQ(choice.step.status, 400) << script;
    EXPECT_FALSE(choice.problem.empty()) << script;
    EXPECT_NE(body(choice.step)->text.find(choice.problem), std::string::npos) << script;
  }
}

TEST(Rulebook, overrides_can_be_switched_off) {
  Scenario scenario = book_of({"200"}).scenario();
  scenario.allow_override = false;
  Rulebook book(scenario);
  EXPECT_EQ(statuses(book, 1, {.extra = {{"X-Fault", "500"}}}), std::vector{200});
}

TEST(Rulebook, connections_are_chosen_by_number_and_peeking_changes_nothing) {
  auto book = book_of({"connection 2..3 : refuse; reset@accept"});
  EXPECT_FALSE(book.choose_connection("h1", 1, "p"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(book.peek_connection("h1", 2, "p")->step.action, ActionKind::kRefuse);
  }
  EXPECT_EQ(book.choose_connection("h1", 2, "p")->step.action, ActionKind::kRefuse);
  EXPECT_EQ(book.choose_connection("h1", 2, "q")->step.action, ActionKind::kRefuse);
  EXPECT_EQ(book.choose_connection("h1", 3, "p")->step.action, ActionKind::kReset);
  EXPECT_FALSE(book.choose_connection("h1", 4, "p"));
}

TEST(Rulebook, replacing_keeps_the_cursors_of_unchanged_rules_only) {
  auto book = book_of({"/a : 503; 200", "/b : 503; 200"});
  statuses(book, 1, {.target = "/a"});
  statuses(book, 1, {.target = "/b"});
  Scenario next = book.scenario();
  next.rules[1].script = *parse_script("503; 201");
  book.replace(next);
  EXPECT_EQ(statuses(book, 1, {.target = "/a"}), std::vector{200});
  EXPECT_EQ(statuses(book, 1, {.target = "/b"}), std::vector{503});
  book.reset_cursors();
  EXPECT_EQ(statuses(book, 1, {.target = "/a"}), std::vector{503});
}

TEST(Rulebook, chances_come_out_as_often_as_they_say) {
  auto book = book_of({"p=.2 503; p=.1 500; 200"});
  std::map<int, int> seen;
  for (int status : statuses(book, 20'000)) ++seen[status];
  EXPECT_NEAR(seen[503], 4000, 350);  // six standard deviations
  EXPECT_NEAR(seen[500], 2000, 260);
  auto weighted = book_of({"status=200*8,503*2"});
  seen.clear();
  for (int status : statuses(weighted, 20'000)) ++seen[status];
  EXPECT_NEAR(seen[503], 4000, 350);
  EXPECT_EQ(seen.size(), 2U);
}

TEST(Rulebook, alternatives_that_nothing_closes_pass) {
  auto book = book_of({"p=0 503"});
  EXPECT_EQ(statuses(book, 2), (std::vector{0, 0}));
  auto certain = book_of({"p=1 503; 200"});
  EXPECT_EQ(statuses(certain, 3), (std::vector{503, 503, 503}));
}

TEST(Rulebook, a_choice_is_decided_but_for_its_bytes) {
  auto book = book_of({"p=1 200 delay=50..400ms body_delay=exp(80ms) slice=1..7 seed=5"});
  const Choice choice = ask(book);
  EXPECT_EQ(choice.step.delay->kind, Distribution::Kind::kFixed);
  EXPECT_EQ(distribution(choice.step, "body_delay")->kind, Distribution::Kind::kFixed);
  EXPECT_FALSE(choice.step.probability);
  EXPECT_EQ(choice.chance, 5U);
}

// The reference: a script written out in full, one status after the other.
struct Model {
  std::vector<int> line;
  Tail tail = Tail::kStay;
  int at(std::size_t n) const {
    if (n < line.size()) return line[n];
    switch (tail) {
      case Tail::kStay:
        return line.back();
      case Tail::kLoop:
        return line[n % line.size()];
      case Tail::kDrop:
        return 0;
      case Tail::kFail404:
        break;
    }
    return 404;
  }
};

RC_GTEST_PROP(RulebookProperty, cursors_follow_the_model_whatever_the_order_of_keys, ()) {
  Model model;
  model.tail = *rc::gen::element(Tail::kStay, Tail::kLoop, Tail::kDrop, Tail::kFail404);
  Scenario scenario;
  Rule rule;
  rule.id = "r";
  rule.per = *rc::gen::element(Per::kRequest, Per::kConnection, Per::kKey, Per::kGlobal);
  rule.script.tail = model.tail;
  const int steps = *rc::gen::inRange(1, 5);
  for (int i = 0; i < steps; ++i) {
    const auto times = *rc::gen::inRange(1U, 4U);
    rule.script.steps.push_back(status(501 + i).times(times));
    model.line.insert(model.line.end(), times, 501 + i);
  }
  scenario.rules.push_back(rule);
  Rulebook book(scenario);
  std::map<std::string, std::size_t> served;
  const auto asks = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 27));
  for (int pick : asks) {
    Asked asked;
    asked.client = std::string(1, static_cast<char>('a' + pick % 3));
    asked.connection = static_cast<std::uint64_t>(1 + pick / 3 % 3);
    asked.target = "/" + std::to_string(pick / 9);
    std::string scope = "*";
    if (rule.per == Per::kKey) scope = asked.client;
    if (rule.per == Per::kConnection) scope = std::to_string(asked.connection);
    if (rule.per == Per::kRequest) scope = asked.client + asked.target;
    const Choice choice = ask(book, asked);
    const int got = choice.step.action == ActionKind::kPass ? 0 : choice.step.status;
    RC_ASSERT(got == model.at(served[scope]++));
  }
}

const std::vector<std::string> kChancy = {
    "p=.3 503; p=.3 reset@body:5; 200 x2; status=500*1,501*1 x3; loop",
    "p=.5 503 delay=50..400ms; pass delay=exp(10ms)",
    "p=.5 garbage; 200 slice=1..7 x2; p=.1 close; drop",
    "status=200*8,503*2 x3; 404",
};

RC_GTEST_PROP(RulebookProperty, chance_does_not_depend_on_the_order_between_keys, ()) {
  const auto line = *rc::gen::elementOf(kChancy);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  auto mixed = book_of({line}, Per::kKey, seed);
  auto alone = book_of({line}, Per::kKey, seed);
  std::vector<Choice> in_mix;
  for (int pick : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3))) {
    Choice choice = ask(mixed, {.client = std::string(1, static_cast<char>('a' + pick))});
    if (pick == 0) in_mix.push_back(std::move(choice));
  }
  for (const Choice& choice : in_mix) {
    const Choice same = ask(alone);
    RC_ASSERT(same.step == choice.step);
    RC_ASSERT(same.chance == choice.chance);
    RC_ASSERT(same.draw == choice.draw);
  }
}

RC_GTEST_PROP(RulebookProperty, a_frozen_run_plays_the_same_steps_again_without_chance, ()) {
  const auto per = *rc::gen::element(Per::kRequest, Per::kConnection, Per::kKey, Per::kGlobal);
  auto book = book_of({*rc::gen::elementOf(kChancy), "/0 : p=.5 501; 502"}, per,
                      *rc::gen::arbitrary<std::uint64_t>());
  const auto picks = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 27));
  const auto asked_of = [](int pick) {
    Asked asked;
    asked.client = std::string(1, static_cast<char>('a' + pick % 3));
    asked.connection = static_cast<std::uint64_t>(1 + pick / 3 % 3);
    asked.target = "/" + std::to_string(pick / 9);
    return asked;
  };
  std::vector<Choice> first;
  first.reserve(picks.size());
  for (int pick : picks) first.push_back(ask(book, asked_of(pick)));

  Scenario frozen = book.frozen();
  RC_ASSERT(validate(frozen).empty());
  frozen.seed += 1;  // nothing is left to chance
  const auto parsed = parse_scenario(scenario_to_json(frozen));
  RC_ASSERT(parsed.ok());
  Rulebook again(*parsed);
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const Choice choice = ask(again, asked_of(picks[i]));
    Step step = choice.step;
    std::erase_if(step.extra, [](const auto& word) { return word.first == "seed"; });
    RC_ASSERT(step == first[i].step);
    RC_ASSERT(!choice.draw);
    if (has(choice.step, "seed")) RC_ASSERT(choice.chance == first[i].chance);
  }
}

}  // namespace
}  // namespace fault
