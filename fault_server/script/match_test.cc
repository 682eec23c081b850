#include "fault_server/script/match.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace fault {
namespace {

using namespace std::chrono_literals;
using How = FieldMatch::How;

const std::vector<std::pair<std::string, std::string>> kHeaders = {
    {"Host", "a"}, {"X-Client-Id", "seven"}, {"Accept", "text/html"}, {"Accept", "text/plain"}};

RequestView request() {
  RequestView view;
  view.method = "POST";
  view.target = "/pay/42?a=1&b=two+words&c";
  view.path = "/pay/42";
  view.query = "a=1&b=two+words&c";
  view.version = "HTTP/1.1";
  view.headers = &kHeaders;
  view.listener = "h1";
  view.sni = "api.A.test";
  view.alpn = "http/1.1";
  view.connection = 3;
  view.exchange_on_connection = 2;
  view.peer = "127.0.0.1";
  view.declared_body = 100;
  view.since_start = {5'000'000'000};
  return view;
}

bool suits(void (*change)(Match&), std::uint64_t attempt = 1) {
  Match match;
  change(match);
  return matches(match, request(), attempt);
}

TEST(Match, without_conditions_takes_everything) {
  EXPECT_TRUE(suits([](Match&) {}));
}

TEST(Match, each_condition_is_able_to_refuse) {
  EXPECT_TRUE(suits([](Match& m) { m.method = "POST"; }));
  EXPECT_FALSE(suits([](Match& m) { m.method = "post"; }));
  EXPECT_TRUE(suits([](Match& m) { m.path = "/pay/*"; }));
  EXPECT_FALSE(suits([](Match& m) { m.path = "/pay"; }));
  EXPECT_TRUE(suits([](Match& m) { m.path_regex = "^/pay/[0-9]+$"; }));
  EXPECT_FALSE(suits([](Match& m) { m.path_regex = "^/pay/$"; }));
  EXPECT_TRUE(suits([](Match& m) { m.query = {{"b", How::kEquals, "two words"}}; }));
  EXPECT_TRUE(suits([](Match& m) { m.query = {{"c", How::kPresent, ""}}; }));
  EXPECT_FALSE(suits([](Match& m) { m.query = {{"c", How::kAbsent, ""}}; }));
  EXPECT_FALSE(suits([](Match& m) { m.query = {{"d", How::kPresent, ""}}; }));
  EXPECT_TRUE(suits([](Match& m) { m.headers = {{"x-client-id", How::kGlob, "s*n"}}; }));
  EXPECT_TRUE(suits([](Match& m) { m.headers = {{"accept", How::kEquals, "text/plain"}}; }));
  EXPECT_FALSE(suits([](Match& m) { m.headers = {{"accept", How::kAbsent, ""}}; }));
  EXPECT_TRUE(suits([](Match& m) { m.headers = {{"via", How::kAbsent, ""}}; }));
  EXPECT_FALSE(suits([](Match& m) { m.listener = "tls"; }));
  EXPECT_TRUE(suits([](Match& m) { m.sni = "*.a.TEST"; }));
  EXPECT_FALSE(suits([](Match& m) { m.sni = "a.test"; }));
  EXPECT_TRUE(suits([](Match& m) { m.alpn = "http/1.1"; }));
  EXPECT_FALSE(suits([](Match& m) { m.alpn = "h2"; }));
  EXPECT_TRUE(suits([](Match& m) { m.protocol = "http/1.1"; }));
  EXPECT_FALSE(suits([](Match& m) { m.protocol = "h2"; }));
  EXPECT_FALSE(suits([](Match& m) { m.min_body = 101; }));
  EXPECT_FALSE(suits([](Match& m) { m.max_body = 99; }));
  EXPECT_TRUE(suits([](Match& m) { m.min_body = m.max_body = 100; }));
  EXPECT_TRUE(suits([](Match& m) { m.connection = *parse_nth("3,6"); }));
  EXPECT_FALSE(suits([](Match& m) { m.connection = *parse_nth("4.."); }));
  EXPECT_FALSE(suits([](Match& m) { m.request = *parse_nth("1"); }));
  EXPECT_TRUE(suits([](Match& m) { m.attempt = *parse_nth("2.."); }, 2));
  EXPECT_FALSE(suits([](Match& m) { m.attempt = *parse_nth("2.."); }, 1));
  EXPECT_TRUE(suits([](Match& m) { m.since = 5s, m.until = 6s; }));
  EXPECT_FALSE(suits([](Match& m) { m.until = 5s; }));
  EXPECT_FALSE(suits([](Match& m) { m.since = 6s; }));
}

TEST(Nth, reads_lists_and_ranges_and_refuses_the_rest) {
  for (std::string_view text : {"*", "3", "3,6", "2..", "..4", "2..5", "1,3..4,9.."}) {
    const auto set = parse_nth(text);
    ASSERT_TRUE(set) << text;
    EXPECT_EQ(parse_nth(print_nth(*set)), set) << text;
  }
  EXPECT_TRUE(parse_nth("..4")->contains(1));
  EXPECT_FALSE(parse_nth("..4")->contains(5));
  for (std::string_view text : {"", "0", "a", "..", "5..2", "1,", ",1", "1-2", "-1"}) {
    EXPECT_FALSE(parse_nth(text)) << text;
  }
}

TEST(Query, values_are_decoded_and_the_first_counts) {
  EXPECT_EQ(query_value("fault=503%20ra%3D1%3b+200&fault=2", "fault"), "503 ra=1; 200");
  EXPECT_EQ(query_value("a=%zz&b=%4", "a"), "%zz");
  EXPECT_EQ(query_value("a=%zz&b=%4", "b"), "%4");
  EXPECT_EQ(query_value("&&x", "x"), "");
  EXPECT_FALSE(query_value("ab=1", "a"));
}

TEST(Regex, a_bad_one_is_a_complaint) {
  EXPECT_TRUE(regex_complaint("("));
  EXPECT_FALSE(regex_complaint("^/a(b|c)$"));
  // Longer ones would use up the stack.
  EXPECT_FALSE(regex_complaint(std::string(500, '(') + std::string(500, ')')));
  EXPECT_FALSE(regex_complaint(std::string(1000, 'a')));
  EXPECT_TRUE(regex_complaint(std::string(50'000, '(') + std::string(50'000, ')')));
}

TEST(Regex, many_stars_on_a_long_path_take_polynomial_time) {
  RequestView view = request();
  const std::string path = "/" + std::string(2000, 'a');
  view.path = path;
  Match match;
  match.path_regex = "^/(a*)*(a|aa)*b$";
  EXPECT_FALSE(matches(match, view, 1));
  match.path_regex = "^/(a*)*(a|aa)*$";
  EXPECT_TRUE(matches(match, view, 1));
}

// The definition of a glob, as a table: reach[t] says whether the pattern so far takes t bytes.
// (A regular expression would be a shorter model, but no simpler than this.)
bool model_matches(std::string_view pattern, std::string_view text) {
  std::vector<bool> reach(text.size() + 1);
  reach[0] = true;
  for (char p : pattern) {
    std::vector<bool> next(text.size() + 1);
    for (std::size_t t = 0; t <= text.size(); ++t) {
      if (p == '*') {
        next[t] = reach[t] || (t > 0 && next[t - 1]);
      } else {
        next[t] = t > 0 && reach[t - 1] && (p == '?' || p == text[t - 1]);
      }
    }
    reach = next;
  }
  return reach[text.size()];
}

RC_GTEST_PROP(GlobProperty, agrees_with_the_table_that_defines_it, ()) {
  const auto pattern =
      *rc::gen::container<std::string>(rc::gen::element('a', 'b', '*', '*', '?', '/'));
  const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '/'));
  RC_ASSERT(glob_matches(pattern, text) == model_matches(pattern, text));
}

RC_GTEST_PROP(NthProperty, prints_back_and_contains_what_it_says, ()) {
  NthSet set;
  const int n = *rc::gen::inRange(0, 4);
  for (int i = 0; i < n; ++i) {
    NthSet::Range range;
    range.first = *rc::gen::inRange<std::uint64_t>(1, 20);
    if (*rc::gen::arbitrary<bool>()) range.last = range.first + *rc::gen::inRange(0U, 5U);
    set.ranges.push_back(range);
  }
  RC_ASSERT(parse_nth(print_nth(set)) == set);
  const auto nth = *rc::gen::inRange<std::uint64_t>(1, 30);
  bool inside = set.ranges.empty();
  for (const auto& range : set.ranges) inside = inside || (range.first <= nth && nth <= range.last);
  RC_ASSERT(set.contains(nth) == inside);
}

}  // namespace
}  // namespace fault
