#include "policy/rate_limit.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "policy/retry_after.h"

namespace holdfast::policy {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t kEpoch_s = 1'795'467'600;  // Mon, 23 Nov 2026 21:00:00 GMT
constexpr base::Now kNow{{5}, {kEpoch_s * 1'000'000'000}};

WaitHint read(const Fields& fields, base::Now now = kNow) {
  Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return read_rate_limit(headers, now);
}

void expect_wait(const Fields& fields, Duration wait, DelaySource source) {
  const WaitHint hint = read(fields);
  EXPECT_EQ(hint.wait, wait) << fields.front().first << ": " << fields.front().second;
  EXPECT_EQ(hint.source, source) << fields.front().second;
  EXPECT_EQ(hint.note, wait > 0s ? RetryAfterNote::used : RetryAfterNote::past);
}

void expect_none(const Fields& fields, RetryAfterNote note) {
  const WaitHint hint = read(fields);
  EXPECT_LT(hint.wait, 0s) << fields.front().first << ": " << fields.front().second;
  EXPECT_EQ(hint.note, note) << fields.front().second;
  EXPECT_EQ(hint.source, DelaySource::none);
}

TEST(RateLimitHint, nothing_is_absent) {
  expect_none({{"Date", "Mon, 23 Nov 2026 21:00:00 GMT"}}, RetryAfterNote::absent);
  expect_none({{"RateLimit-Limit", "10"}, {"RateLimit-Remaining", "0"}}, RetryAfterNote::absent);
  expect_none({{"Retry-After", "5"}}, RetryAfterNote::absent);
}

TEST(RateLimitHint, milliseconds_are_milliseconds) {
  expect_wait({{"retry-after-ms", "1"}}, 1ms, DelaySource::retry_after_ms);
  expect_wait({{"Retry-After-Ms", " 1500 "}}, 1500ms, DelaySource::retry_after_ms);
  expect_wait({{"retry-after-ms", "0"}}, 0ms, DelaySource::retry_after_ms);
  expect_wait({{"retry-after-ms", "9223372036855"}}, kUnboundedWait, DelaySource::retry_after_ms);
}

// Numbers that caused bugs in other clients.
TEST(RateLimitHint, hostile_numbers_are_read_to_the_letter_or_not_at_all) {
  const struct {
    const char* text;
    std::optional<Duration> seconds;
  } rows[] = {{"0", 0s},
              {"120", 120s},
              {" 2 ", 2s},
              {"007", 7s},
              {"1.5", {}},
              {"299.997", {}},
              {"-3", {}},
              {"+3", {}},
              {"1.", {}},
              {"1e3", {}},
              {"1e10000", {}},
              {"inf", {}},
              {"nan", {}},
              {"", {}},
              {"soon", {}},
              {"0x1F", {}},
              {"3 4", {}},
              {"\"3\"", {}},
              {"\xC2\xA0"
               "3",
               {}},
              {"Tue, 24 Nov 2026 21:00:07 GMT", {}},
              {"1, 2", 2s},
              {"2,1", 2s},
              {"soon, 4", 4s},
              {",,5,", 5s},
              {"9223372036854775807", kUnboundedWait},
              {"9223372036854775808", kUnboundedWait},
              {"99999999999999999999999999999999999999", kUnboundedWait}};
  for (const auto& row : rows) {
    for (const char* name : {"RateLimit-Reset", "X-RateLimit-Reset"}) {
      if (row.seconds) {
        expect_wait({{name, row.text}}, *row.seconds, DelaySource::rate_limit_reset);
      } else {
        expect_none({{name, row.text}}, RetryAfterNote::unparsable);
      }
    }
    const WaitHint hint = read({{"retry-after-ms", row.text}});
    EXPECT_EQ(hint.wait.count() >= 0, row.seconds.has_value()) << row.text;
  }
}

TEST(RateLimitHint, a_large_reset_is_an_epoch) {
  const auto reset = [](std::int64_t seconds) { return std::to_string(seconds); };
  const auto expect = [&](std::int64_t value, Duration wait) {
    expect_wait({{"X-RateLimit-Reset", reset(value)}}, wait, DelaySource::rate_limit_reset);
  };
  expect(999'999'999, 999'999'999s);
  expect(1'000'000'000, 0s);
  expect(kEpoch_s - 1, 0s);
  expect(kEpoch_s, 0s);
  expect(kEpoch_s + 1, 1s);
  expect(kEpoch_s + 3600, 3600s);
  expect(9'223'372'036, Duration(9'223'372'036s - std::chrono::seconds(kEpoch_s)));
  expect(9'223'372'037, kUnboundedWait);
}

TEST(RateLimitHint, an_epoch_is_measured_against_the_response_s_own_date) {
  const std::string reset = std::to_string(kEpoch_s + 3600 + 20);
  // The server's clock is one hour ahead of ours.
  EXPECT_EQ(read({{"Date", "Mon, 23 Nov 2026 22:00:00 GMT"}, {"X-RateLimit-Reset", reset}}).wait,
            20s);
  EXPECT_EQ(read({{"X-RateLimit-Reset", reset}}).wait, 3620s);
  EXPECT_EQ(read({{"Date", "today"}, {"X-RateLimit-Reset", reset}}).wait, 3620s);
  EXPECT_EQ(read({{"Date", "Mon, 23 Nov 2026 22:00:00 GMT"}, {"X-RateLimit-Reset", "20"}}).wait,
            20s);
  base::Now now = kNow;
  now.wall.ns += 999'999'999;
  EXPECT_EQ(read({{"X-RateLimit-Reset", std::to_string(kEpoch_s + 1)}}, now).wait, 1ns);
}

TEST(RateLimitHint, a_reset_counts_unless_requests_are_left) {
  for (const std::string prefix : {"RateLimit-", "X-RateLimit-"}) {
    const auto with = [&](const char* remaining) {
      return Fields{{prefix + "Reset", "9"}, {prefix + "Remaining", remaining}};
    };
    expect_wait(with("0"), 9s, DelaySource::rate_limit_reset);
    expect_wait(with("none"), 9s, DelaySource::rate_limit_reset);
    expect_wait(with("4, 0"), 9s, DelaySource::rate_limit_reset);
    expect_none(with("1"), RetryAfterNote::absent);
    expect_none(with("99999999999999999999"), RetryAfterNote::absent);
  }
  expect_wait({{"RateLimit-Reset", "9"}, {"X-RateLimit-Remaining", "4"}}, 9s,
              DelaySource::rate_limit_reset);
}

TEST(RateLimitHint, the_list_counts_where_nothing_is_left) {
  const auto expect = [](const char* value, Duration wait) {
    expect_wait({{"RateLimit", value}}, wait, DelaySource::rate_limit);
  };
  expect("\"default\";r=0;t=30", 30s);
  expect("\"default\"; t=30; r=0", 30s);
  expect("default;r=0;t=30", 30s);
  expect("\"default\";r=0;t=0", 0s);
  expect("\"burst\";r=0;t=2,\"daily\";r=0;t=7", 7s);
  expect("\"burst\";r=0;t=2, \"daily\";r=500;t=40000", 2s);
  expect("\"a,b;r=9;t=1\";r=0;t=30", 30s);
  expect("\"a\\\"b\";r=0;t=30", 30s);
  expect("\"a\";pk=:cGsxMjM=:;r=0;t=30", 30s);
  expect("\"a\";r=0;t=30, garbage(", 30s);
  expect("\"a\";r=0;t=99999999999999999999", kUnboundedWait);
  expect_none({{"RateLimit", "\"default\";r=1;t=30"}}, RetryAfterNote::absent);
  for (const char* value : {"", " ", "\"a\"", "\"a\";r=0", "\"a\";t=30", "\"a\";r=0;t=-1",
                            "\"a\";r=0;t=1.5", "\"a\";r=-0;t=3", "\"a\";r=0;t=soon", "\"a;r=0;t=30",
                            "\"a\\", "\"a\";R=0;T=3", ";;;", "=", "\"\\\\"}) {
    expect_none({{"RateLimit", value}}, RetryAfterNote::unparsable);
  }
}

TEST(RateLimitHint, the_older_dictionary_counts_where_nothing_remains) {
  const auto expect = [](const char* value, Duration wait) {
    expect_wait({{"RateLimit", value}}, wait, DelaySource::rate_limit);
  };
  expect("limit=100, remaining=0, reset=30", 30s);
  expect("reset=30,remaining=0", 30s);
  expect("limit=100;w=60, remaining=0, reset=30;x", 30s);
  expect("limit=100, remaining=0, reset=30, reset=5", 30s);
  expect_wait({{"RateLimit", "limit=100, remaining=0"}, {"RateLimit", "reset=30"}}, 30s,
              DelaySource::rate_limit);
  expect_none({{"RateLimit", "limit=100, remaining=5, reset=30"}}, RetryAfterNote::absent);
  for (const char* value : {"limit=100", "limit=100, reset=30", "remaining=0", "reset=30",
                            "remaining=0, reset=-1", "remaining=0.0, reset=3"}) {
    expect_none({{"RateLimit", value}}, RetryAfterNote::unparsable);
  }
}

TEST(RateLimitHint, the_longest_of_all_fields_counts) {
  const Fields fields = {{"X-RateLimit-Reset", std::to_string(kEpoch_s + 5)},
                         {"retry-after-ms", "7000"},
                         {"RateLimit", "\"a\";r=0;t=6"},
                         {"RateLimit-Reset", "4"}};
  expect_wait(fields, 7s, DelaySource::retry_after_ms);
  expect_wait({{"X-RateLimit-Reset", "3"}, {"RateLimit", "\"a\";r=0;t=3"}}, 3s,
              DelaySource::rate_limit);
  expect_wait({{"RateLimit-Reset", "soon"}, {"retry-after-ms", "0"}, {"RateLimit-Reset", "2"}}, 2s,
              DelaySource::rate_limit_reset);
}

TEST(WaitHint, a_valid_retry_after_stands_before_all_others) {
  Headers headers;
  headers.add("retry-after-ms", "9000");
  headers.add("Retry-After", "2");
  EXPECT_EQ(read_wait_hint(headers, kNow, true).wait, 2s);
  EXPECT_EQ(read_wait_hint(headers, kNow, true).source, DelaySource::retry_after);
  headers.clear();
  headers.add("Retry-After", "soon");
  EXPECT_EQ(read_wait_hint(headers, kNow, true).note, RetryAfterNote::unparsable);
  headers.add("retry-after-ms", "9000");
  EXPECT_EQ(read_wait_hint(headers, kNow, true).wait, 9s);
  EXPECT_EQ(read_wait_hint(headers, kNow, false).note, RetryAfterNote::unparsable);
}

// --- Against a model ------------------------------------------------------------------------

/// A field that was written for this wait; no wait: the field must be ignored.
struct Written {
  std::string name, value;
  std::optional<Duration> wait;
  DelaySource source = DelaySource::none;
};

std::int64_t number(std::int64_t low, std::int64_t high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(low, high + 1));
}

std::string blanks() { return *rc::gen::element<std::string>("", "", " ", "\t "); }

std::string hostile() {
  return *rc::gen::element<std::string>("-3", "+3", "1.5", "1.", "1e3", "inf", "nan", "soon", "",
                                        "0x7", "3 4", "\"3\"", "١");
}

Written draw_field() {
  const std::int64_t s = number(0, 400);
  Written w;
  switch (number(0, 6)) {
    case 0:
      w = {"retry-after-ms", std::to_string(s), std::chrono::milliseconds(s),
           DelaySource::retry_after_ms};
      break;
    case 1:
      w = {"RateLimit-Reset", std::to_string(s), std::chrono::seconds(s),
           DelaySource::rate_limit_reset};
      break;
    case 2:
      w = {"X-RateLimit-Reset", std::to_string(kEpoch_s + s - 200),
           std::chrono::seconds(std::max<std::int64_t>(s - 200, 0)), DelaySource::rate_limit_reset};
      break;
    case 3: {
      const std::int64_t left = number(0, 1);
      w = {"RateLimit",
           "\"p\";r=" + std::to_string(left) + ";" + blanks() + "t=" + std::to_string(s),
           std::nullopt, DelaySource::rate_limit};
      if (left == 0) w.wait = std::chrono::seconds(s);
      break;
    }
    case 4:
      w = {"X-RateLimit-Reset", hostile(), std::nullopt, DelaySource::none};
      break;
    case 5:
      w = {"retry-after-ms", hostile(), std::nullopt, DelaySource::none};
      break;
    default:
      w = {"RateLimit", "\"p\";r=0;t=" + hostile(), std::nullopt, DelaySource::none};
      break;
  }
  w.value = blanks() + w.value + blanks();
  return w;
}

RC_GTEST_PROP(RateLimitHintProperty, the_wait_is_the_longest_that_was_written, ()) {
  Fields fields;
  Duration longest{-1};
  std::vector<DelaySource> sources;
  for (std::int64_t i = number(0, 5); i > 0; --i) {
    const Written w = draw_field();
    fields.emplace_back(w.name, w.value);
    if (!w.wait || *w.wait < longest) continue;
    if (*w.wait > longest) sources.clear();
    longest = *w.wait;
    sources.push_back(w.source);
  }
  const WaitHint hint = read(fields);
  RC_ASSERT(hint.wait == longest);
  if (sources.empty()) {
    RC_ASSERT(hint.source == DelaySource::none);
  } else {
    RC_ASSERT(hint.source == *std::min_element(sources.begin(), sources.end()));
  }
  RC_CLASSIFY(longest > 0s);
}

RC_GTEST_PROP(RateLimitHintProperty, any_bytes_give_a_wait_or_none_and_no_crash, ()) {
  const auto letters = rc::gen::elementOf(std::string("0123456789\"\\;,=rtRT .-+:()lim\xFF"));
  Fields fields;
  for (const char* name : {"RateLimit", "retry-after-ms", "RateLimit-Reset", "RateLimit-Remaining",
                           "X-RateLimit-Reset"}) {
    fields.emplace_back(name, *rc::gen::container<std::string>(letters));
  }
  const WaitHint hint = read(fields);
  RC_ASSERT(hint.wait >= Duration(-1));
  RC_ASSERT((hint.source == DelaySource::none) == (hint.wait < 0s));
}

}  // namespace
}  // namespace holdfast::policy
