#include "fault_server/script/retry_after_value.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace fault {
namespace {

using holdfast::Duration;
using holdfast::base::WallTime;
using namespace std::chrono_literals;

// 1994-11-06 08:49:37 GMT, the instant of RFC 9110's examples, and a quarter of a second.
constexpr std::int64_t kExampleS = 784111777;
constexpr WallTime kNow{kExampleS * 1'000'000'000 + 250'000'000};

RetryAfterLines lines(std::string_view spec, Duration skew = 0s) {
  EXPECT_FALSE(retry_after_complaint(spec)) << spec;
  return retry_after_lines(spec, kNow, skew);
}

TEST(HttpDate, has_the_three_forms_of_the_rfc) {
  EXPECT_EQ(http_date(kNow), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(kNow, DateForm::kRfc850), "Sunday, 06-Nov-94 08:49:37 GMT");
  EXPECT_EQ(http_date(kNow, DateForm::kAsctime), "Sun Nov  6 08:49:37 1994");
  EXPECT_EQ(http_date({-1}), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(RetryAfterValue, numbers_go_out_as_written_and_only_digits_ask_for_a_wait) {
  EXPECT_EQ(lines("120").values, std::vector<std::string>{"120"});
  EXPECT_EQ(lines("120").wait_s, 120);
  EXPECT_EQ(lines("0").wait_s, 0);
  EXPECT_EQ(lines("007").wait_s, 7);
  EXPECT_EQ(lines("raw: 2 ").values, std::vector<std::string>{" 2 "});
  EXPECT_EQ(lines("raw: 2 ").wait_s, 2);
  EXPECT_EQ(lines("9223372037").wait_s, 9223372037.0);
  EXPECT_EQ(lines("9223372036854775808").wait_s, 9223372036854775808.0);
  for (std::string_view spec : {"1.5", "-3", "+3", "1.", "1e3", "1e10000", "inf", "nan", "-inf"}) {
    EXPECT_EQ(lines(spec).values, std::vector<std::string>{std::string(spec)});
    EXPECT_FALSE(lines(spec).wait_s) << spec;
  }
  EXPECT_EQ(lines("neg").values, std::vector<std::string>{"-1"});
  EXPECT_EQ(lines("empty").values, std::vector<std::string>{""});
  EXPECT_FALSE(lines("empty").wait_s);
  EXPECT_FALSE(lines("raw:soon").wait_s);
}

TEST(RetryAfterValue, dates_are_rounded_up_and_measured_against_the_date_header) {
  EXPECT_EQ(lines("date:imf+2s").values[0], "Sun, 06 Nov 1994 08:49:40 GMT");
  EXPECT_EQ(lines("date:imf+2s").wait_s, 3);
  EXPECT_EQ(lines("date:imf+2s").wait_by_clock_s, 2.75);
  EXPECT_EQ(lines("date:rfc850+2s").values[0], "Sunday, 06-Nov-94 08:49:40 GMT");
  EXPECT_EQ(lines("date:asctime+2s").values[0], "Sun Nov  6 08:49:40 1994");
  EXPECT_EQ(lines("date:imf+400ms").wait_s, 1);
  EXPECT_EQ(lines("past").values[0], "Sun, 06 Nov 1994 07:49:38 GMT");
  EXPECT_EQ(lines("past").wait_s, 0);
}

TEST(RetryAfterValue, a_skewed_clock_moves_the_date_but_not_the_wait) {
  EXPECT_EQ(lines("date:imf+2s", 1h).values[0], "Sun, 06 Nov 1994 09:49:40 GMT");
  EXPECT_EQ(lines("date:imf+2s", 1h).wait_s, 3);
  EXPECT_EQ(lines("date:imf+2s", -1h).wait_s, 3);
}

TEST(RetryAfterValue, flawed_dates_show_their_flaw) {
  EXPECT_EQ(lines("date:imf+2s:leap").values[0], "Sun, 06 Nov 1994 08:49:60 GMT");
  EXPECT_EQ(lines("date:imf+2s:leap").wait_s, 23);
  EXPECT_EQ(lines("date:imf+2s:weekday").values[0], "Mon, 06 Nov 1994 08:49:40 GMT");
  EXPECT_EQ(lines("date:rfc850+2s:weekday").values[0], "Monday, 06-Nov-94 08:49:40 GMT");
  EXPECT_EQ(lines("date:imf+2s:lower").values[0], "Sun, 06 Nov 1994 08:49:40 gmt");
  EXPECT_EQ(lines("date:imf+2s:+0200").values[0], "Sun, 06 Nov 1994 08:49:40 +0200");
  for (std::string_view flaw : {"weekday", "lower", "-0000", "+0200"}) {
    EXPECT_FALSE(lines("date:imf+2s:" + std::string(flaw)).wait_s) << flaw;
  }
}

TEST(RetryAfterValue, two_headers_ask_for_the_larger_and_a_list_for_nothing) {
  EXPECT_EQ(lines("two:1,2").values, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(lines("two:3,2").wait_s, 3);
  EXPECT_EQ(lines("two:1,neg").wait_s, 1);
  EXPECT_EQ(lines("list:1,2").values, std::vector<std::string>{"1, 2"});
  EXPECT_FALSE(lines("list:1,2").wait_s);
}

TEST(RetryAfterValue, auto_rounds_the_limiters_wait_up) {
  EXPECT_EQ(retry_after_lines("auto", kNow, 0s, 1001ms).values, std::vector<std::string>{"2"});
  EXPECT_EQ(retry_after_lines("auto", kNow, 0s, 1s).wait_s, 1);
  EXPECT_EQ(retry_after_lines("auto", kNow, 0s, -1s).wait_s, 0);
  EXPECT_TRUE(retry_after_lines("auto", kNow).values.empty());
}

TEST(RetryAfterValue, complaints_say_how_to_write_it) {
  for (std::string_view spec :
       {"", "soon", "1,2", "date:", "date:iso+1s", "date:imf2s", "date:imf+2", "date:imf+2s:odd",
        "date:asctime+2s:lower", "two:1", "list:", "two:1,two:1", "1e", "."}) {
    EXPECT_TRUE(retry_after_complaint(spec)) << spec;
  }
  EXPECT_NE(retry_after_complaint("soon")->find("ra=\"soon\""), std::string::npos);
}

RC_GTEST_PROP(RetryAfterProperty, a_date_never_asks_for_less_than_its_span, ()) {
  const WallTime now{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000) * 1'000'000'000 +
                     *rc::gen::inRange<std::int64_t>(0, 1'000'000'000)};
  const auto span_ms = *rc::gen::inRange<std::int64_t>(0, 10'000'000);
  const auto form = *rc::gen::element<std::string>("imf", "rfc850", "asctime");
  const auto leap = *rc::gen::element<std::string>("", ":leap");
  const auto out =
      retry_after_lines("date:" + form + "+" + std::to_string(span_ms) + "ms" + leap, now);
  const double span_s = static_cast<double>(span_ms) / 1000;
  RC_ASSERT(*out.wait_by_clock_s >= span_s - 1e-6);
  RC_ASSERT(*out.wait_s >= *out.wait_by_clock_s - 1e-6);
  RC_ASSERT(*out.wait_s <= span_s + (leap.empty() ? 2 : 62));
}

}  // namespace
}  // namespace fault
