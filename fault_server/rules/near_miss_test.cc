#include "fault_server/rules/near_miss.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "fault_server/rules/rulebook.h"
#include "fault_server/script/builder.h"

namespace fault {
namespace {

using namespace std::chrono_literals;
using Headers = std::vector<std::pair<std::string, std::string>>;

RequestView request_of(const Headers& headers, std::string_view method = "GET",
                       std::string_view path = "/x") {
  RequestView view;
  view.method = method;
  view.target = view.path = path;
  view.version = "HTTP/1.1";
  view.headers = &headers;
  view.listener = "h1";
  view.connection = view.exchange_on_connection = 1;
  view.peer = "127.0.0.1";
  return view;
}

// Conditions that sometimes hold of the requests below.
Match some_match() {
  Match match;
  const auto maybe = [] { return *rc::gen::weightedElement<bool>({{2, false}, {1, true}}); };
  if (maybe()) match.method = *rc::gen::element<std::string>("GET", "POST");
  if (maybe()) match.path = *rc::gen::element<std::string>("/x", "/y*", "*");
  if (maybe()) match.path_regex = *rc::gen::element<std::string>("x", "^/y");
  if (maybe())
    match.headers = {
        {"a", *rc::gen::arbitrary<bool>() ? FieldMatch::How::kPresent : FieldMatch::How::kAbsent,
         ""}};
  if (maybe())
    match.query = {{"q", FieldMatch::How::kEquals, *rc::gen::element<std::string>("1", "2")}};
  if (maybe()) match.min_body = *rc::gen::inRange<std::uint64_t>(0, 20);
  if (maybe()) match.max_body = *rc::gen::inRange<std::uint64_t>(0, 20);
  if (maybe()) match.listener = *rc::gen::element<std::string>("h1", "tls");
  if (maybe()) match.protocol = *rc::gen::element<std::string>("http/1.1", "h2");
  if (maybe()) match.sni = *rc::gen::element<std::string>("*.Test", "b.test");
  if (maybe()) match.alpn = *rc::gen::element<std::string>("h2", "http/1.1");
  if (maybe()) match.connection = *parse_nth(*rc::gen::element<std::string>("1", "2..", "3,5"));
  if (maybe()) match.request = *parse_nth(*rc::gen::element<std::string>("1", "2.."));
  if (maybe()) match.attempt = *parse_nth(*rc::gen::element<std::string>("1", "2..3"));
  if (maybe()) match.since = Duration(*rc::gen::element<std::int64_t>(0, 5));
  if (maybe()) match.until = Duration(*rc::gen::element<std::int64_t>(5, 9));
  return match;
}

RC_GTEST_PROP(NearMiss, a_condition_failed_exactly_when_the_rule_does_not_match, ()) {
  const Headers headers = *rc::gen::arbitrary<bool>() ? Headers{{"A", "1"}} : Headers{};
  RequestView request = request_of(headers, *rc::gen::element<std::string_view>("GET", "POST"),
                                   *rc::gen::element<std::string_view>("/x", "/yes"));
  request.query = *rc::gen::element<std::string_view>("", "q=1");
  request.sni = *rc::gen::element<std::string_view>("", "a.test");
  request.alpn = *rc::gen::element<std::string_view>("", "h2");
  request.declared_body = *rc::gen::inRange<std::uint64_t>(0, 20);
  request.connection = *rc::gen::inRange<std::uint64_t>(1, 5);
  request.since_start = {*rc::gen::inRange<std::int64_t>(0, 10)};
  const auto attempt = *rc::gen::inRange<std::uint64_t>(1, 4);
  const Match match = some_match();
  const NearMiss miss = near_miss("r", match, request, attempt);
  RC_ASSERT(miss.failed.empty() == matches(match, request, attempt));
  RC_ASSERT(near_miss("r", match, RequestCopy(request).view(), attempt).failed == miss.failed);
}

TEST(NearMiss, the_text_says_what_was_found_and_what_expected) {
  const Headers headers{{"X-A", "2"}};
  Match match;
  match.method = "POST";
  match.path = "/pay/*";
  match.headers = {{"x-a", FieldMatch::How::kEquals, "1"}, {"x-b", FieldMatch::How::kPresent, ""}};
  match.attempt = *parse_nth("2..");
  const auto failed = near_miss("r", match, request_of(headers), 1).failed;
  EXPECT_EQ(failed, (std::vector<std::string>{
                        "method: found GET, expected POST", "path: found /x, expected /pay/*",
                        "attempt: found 1, expected 2..", "header x-a: found \"2\", expected \"1\"",
                        "header x-b: found nothing, expected it to be present"}));
}

TEST(NearMiss, fewest_failures_come_first_then_most_that_held) {
  std::vector<NearMiss> misses{
      {"two", 5, {"a", "b"}}, {"bare", 0, {"a"}}, {"near", 3, {"a"}}, {"also", 3, {"b"}}};
  sort_by_closeness(misses);
  std::string order;
  for (const NearMiss& miss : misses) order += miss.rule + " ";
  EXPECT_EQ(order, "near also bare two ");
}

TEST(Unmatched, a_rule_that_has_dropped_out_says_so) {
  Scenario scenario;
  ASSERT_FALSE(add_rule_line(scenario, "/x : 503; drop"));
  Rulebook book(scenario);
  const Headers headers;
  book.choose(request_of(headers));
  EXPECT_TRUE(book.unmatched().empty());
  book.choose(request_of(headers));
  const auto all = book.unmatched();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].attempt, 2U);
  EXPECT_EQ(all[0].nearest[0].failed,
            std::vector<std::string>{"its script has ended for 127.0.0.1 (then: drop)"});
}

TEST(Unmatched, only_the_latest_are_kept_and_none_without_rules) {
  Scenario scenario;
  ASSERT_FALSE(add_rule_line(scenario, "/other : 503"));
  Rulebook book(scenario), empty{Scenario{}};
  const Headers headers;
  for (int i = 0; i < 500; ++i) {
    book.choose(request_of(headers));
    empty.choose(request_of(headers));
  }
  EXPECT_EQ(book.unmatched_count(), 128U);
  EXPECT_EQ(book.unmatched().back().attempt, 500U);
  EXPECT_EQ(empty.unmatched_count(), 0U);
  book.reset_cursors();
  EXPECT_EQ(book.unmatched_count(), 0U);
}

}  // namespace
}  // namespace fault
