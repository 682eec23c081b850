#include "policy/retry_after.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "http/date.h"

namespace holdfast::policy {
namespace {

using namespace std::chrono_literals;

constexpr Duration kNone{-1};

// 2026-11-23 21:00:00 UTC, a Monday.
constexpr base::WallTime kWall{1'795'467'600LL * 1'000'000'000LL};

base::Now at(base::WallTime wall) { return {{0}, wall}; }

RetryAfter read(std::string_view value, base::WallTime wall = kWall) {
  return read_retry_after(Headers{{"Retry-After", value}}, at(wall));
}

struct FieldRow {
  std::string_view name;
  std::string value;
  RetryAfterNote note;
  Duration wait;
};

class RetryAfterCorpus : public testing::TestWithParam<FieldRow> {};

TEST_P(RetryAfterCorpus, is_read_as_stated) {
  const RetryAfter hint = read(GetParam().value);
  EXPECT_EQ(hint.note, GetParam().note) << "'" << GetParam().value << "'";
  EXPECT_EQ(hint.wait, GetParam().wait) << "'" << GetParam().value << "'";
}

constexpr auto kUsed = RetryAfterNote::used;
constexpr auto kPast = RetryAfterNote::past;
constexpr auto kUnparsable = RetryAfterNote::unparsable;

std::vector<FieldRow> seconds_rows() {
  return {
      {"zero", "0", kPast, 0s},
      {"zeros", "000", kPast, 0s},
      {"plain", "120", kUsed, 120s},
      {"white_space_around", " 2 ", kUsed, 2s},
      {"tabs_around", "\t2\t", kUsed, 2s},
      {"leading_zeros", "007", kUsed, 7s},
      {"more_leading_zeros_than_digits_fit", std::string(40, '0') + "3", kUsed, 3s},
      {"fraction", "1.5", kUnparsable, kNone},
      {"fraction_just_below", "299.997", kUnparsable, kNone},
      {"point_without_fraction", "1.", kUnparsable, kNone},
      {"negative", "-3", kUnparsable, kNone},
      {"negative_zeros", "-0000", kUnparsable, kNone},
      {"plus", "+3", kUnparsable, kNone},
      {"plus_zone_like", "+0200", kUnparsable, kNone},
      {"inner_space", "1 2", kUnparsable, kNone},
      {"unit", "3s", kUnparsable, kNone},
      {"hexadecimal", "0x10", kUnparsable, kNone},
      {"exponent", "1e3", kUnparsable, kNone},
      {"huge_exponent", "1e10000", kUnparsable, kNone},
      {"infinity", "inf", kUnparsable, kNone},
      {"not_a_number", "nan", kUnparsable, kNone},
      {"empty", "", kUnparsable, kNone},
      {"blank", "  ", kUnparsable, kNone},
      {"word", "soon", kUnparsable, kNone},
      {"other_digits", "\xD9\xA3", kUnparsable, kNone},
      {"the_most_seconds_that_fit", "9223372036", kUsed, Duration(9223372036s)},
      {"one_more_than_fits_in_nanoseconds", "9223372037", kUsed, kUnboundedWait},
      {"the_most_of_32_bits", "4294967296", kUsed, Duration(4294967296s)},
      {"the_most_of_63_bits", "9223372036854775807", kUsed, kUnboundedWait},
      {"2_to_the_63", "9223372036854775808", kUsed, kUnboundedWait},
      {"2_to_the_64", "18446744073709551616", kUsed, kUnboundedWait},
      {"2_to_the_64_and_one", "18446744073709551617", kUsed, kUnboundedWait},
      {"a_thousand_digits", std::string(1000, '9'), kUsed, kUnboundedWait},
  };
}

std::vector<FieldRow> date_rows() {
  return {
      {"imf_fixdate", "Mon, 23 Nov 2026 21:00:02 GMT", kUsed, 2s},
      {"imf_fixdate_with_space", " Mon, 23 Nov 2026 21:00:02 GMT ", kUsed, 2s},
      {"rfc850", "Monday, 23-Nov-26 21:00:02 GMT", kUsed, 2s},
      {"asctime", "Mon Nov 23 21:00:02 2026", kUsed, 2s},
      {"asctime_with_one_digit_day", "Tue Dec  1 21:00:00 2026", kUsed, Duration(192h)},
      {"now", "Mon, 23 Nov 2026 21:00:00 GMT", kPast, 0s},
      {"past", "Sun, 06 Nov 1994 08:49:37 GMT", kPast, 0s},
      {"past_rfc850", "Sunday, 06-Nov-94 08:49:37 GMT", kPast, 0s},
      {"past_asctime", "Sun Nov  6 08:49:37 1994", kPast, 0s},
      {"before_1970", "Thu, 01 Jan 1920 00:00:00 GMT", kPast, 0s},
      {"two_digit_year_within_50_years", "Saturday, 23-Nov-75 21:00:00 GMT", kUsed,
       Duration(17'897 * 24h)},
      {"two_digit_year_beyond_50_years_is_past", "Wednesday, 23-Nov-77 21:00:00 GMT", kPast, 0s},
      {"leap_second", "Thu, 31 Dec 2026 23:59:60 GMT", kUsed, Duration(38 * 24h + 3h)},
      {"wrong_weekday", "Fri, 23 Nov 2026 21:00:02 GMT", kUsed, 2s},
      {"lower_case_zone", "Mon, 23 Nov 2026 21:00:02 gmt", kUnparsable, kNone},
      {"numeric_zone", "Mon, 23 Nov 2026 21:00:02 +0200", kUnparsable, kNone},
      {"unknown_zone", "Mon, 23 Nov 2026 21:00:02 -0000", kUnparsable, kNone},
      {"no_zone", "Mon, 23 Nov 2026 21:00:02", kUnparsable, kNone},
      {"no_such_day", "Mon, 31 Feb 2027 21:00:02 GMT", kUnparsable, kNone},
      {"iso_8601", "2026-11-23T21:00:02Z", kUnparsable, kNone},
      {"cut_short", "Mon, 23 Nov 2026 21:0", kUnparsable, kNone},
      {"surplus", "Mon, 23 Nov 2026 21:00:02 GMT x", kUnparsable, kNone},
  };
}

std::vector<FieldRow> list_rows() {
  return {
      {"two_numbers", "1, 2", kUsed, 2s},
      {"two_numbers_larger_first", "20,3", kUsed, 20s},
      {"number_and_garbage", "4, soon", kUsed, 4s},
      {"garbage_and_number", "soon, 4", kUsed, 4s},
      {"zero_and_number", "0, 4", kUsed, 4s},
      {"empty_members", ", ,3,,", kUsed, 3s},
      {"only_commas", ",,,", kUnparsable, kNone},
      {"negative_and_fraction", "-1, 1.5", kUnparsable, kNone},
      {"number_and_date", "1, Mon, 23 Nov 2026 21:00:02 GMT", kUsed, 2s},
      {"date_and_number", "Mon, 23 Nov 2026 21:00:02 GMT, 1", kUsed, 2s},
      {"two_dates", "Monday, 23-Nov-26 21:00:02 GMT, Mon, 23 Nov 2026 21:00:09 GMT", kUsed, 9s},
      {"asctime_and_number", "Mon Nov 23 21:00:02 2026, 7", kUsed, 7s},
      {"garbage_and_date", "soon, Mon, 23 Nov 2026 21:00:02 GMT", kUsed, 2s},
      {"past_date_and_garbage", "Sun, 06 Nov 1994 08:49:37 GMT, x", kPast, 0s},
      {"too_large_wins", "1, 99999999999999999999", kUsed, kUnboundedWait},
  };
}

std::string row_name(const testing::TestParamInfo<FieldRow>& info) {
  return std::string(info.param.name);
}
INSTANTIATE_TEST_SUITE_P(Seconds, RetryAfterCorpus, testing::ValuesIn(seconds_rows()), row_name);
INSTANTIATE_TEST_SUITE_P(Dates, RetryAfterCorpus, testing::ValuesIn(date_rows()), row_name);
INSTANTIATE_TEST_SUITE_P(Lists, RetryAfterCorpus, testing::ValuesIn(list_rows()), row_name);

TEST(RetryAfter, no_field_is_absent) {
  const RetryAfter hint =
      read_retry_after(Headers{{"Retry", "3"}, {"X-Retry-After", "3"}}, at(kWall));
  EXPECT_EQ(hint.note, RetryAfterNote::absent);
  EXPECT_EQ(hint.wait, kNone);
}

TEST(RetryAfter, the_name_is_case_insensitive) {
  EXPECT_EQ(read_retry_after(Headers{{"rEtRy-aFtEr", "3"}}, at(kWall)).wait, 3s);
}

TEST(RetryAfter, of_several_fields_the_largest_valid_one_counts) {
  const Headers headers{{"Retry-After", "2"},
                        {"Retry-After", "soon"},
                        {"retry-after", "Mon, 23 Nov 2026 21:00:05 GMT"},
                        {"Retry-After", "0"}};
  const RetryAfter hint = read_retry_after(headers, at(kWall));
  EXPECT_EQ(hint.note, RetryAfterNote::used);
  EXPECT_EQ(hint.wait, 5s);
}

TEST(RetryAfter, a_date_less_than_half_a_second_ahead_is_not_rounded_to_now) {
  const RetryAfter hint = read("Mon, 23 Nov 2026 21:00:01 GMT", {kWall.ns + 999'999'999});
  EXPECT_EQ(hint.note, RetryAfterNote::used);
  EXPECT_EQ(hint.wait, 1ns);
}

TEST(RetryAfter, clock_skew_cancels_against_the_response_date) {
  for (const std::string_view date :
       {"Mon, 23 Nov 2026 22:00:00 GMT",  // an hour ahead of our clock
        "Mon, 23 Nov 2026 20:00:00 GMT",  // an hour behind
        "Monday, 23-Nov-26 20:00:00 GMT", "Mon Nov 23 20:00:00 2026"}) {
    const auto server = http::parse_http_date(date, kWall);
    ASSERT_TRUE(server) << date;
    const std::string later = http::format_http_date({server->ns + Duration(3s).count()});
    const RetryAfter hint =
        read_retry_after(Headers{{"Date", date}, {"Retry-After", later}}, at(kWall));
    EXPECT_EQ(hint.wait, 3s) << date;
  }
}

TEST(RetryAfter, a_past_date_by_the_servers_clock_is_past_though_ours_lags) {
  const RetryAfter hint = read_retry_after(Headers{{"Retry-After", "Mon, 23 Nov 2026 21:30:00 GMT"},
                                                   {"Date", "Mon, 23 Nov 2026 22:00:00 GMT"}},
                                           at(kWall));
  EXPECT_EQ(hint.note, RetryAfterNote::past);
}

TEST(RetryAfter, an_invalid_or_repeated_response_date_leaves_the_wall_clock) {
  const std::string_view value = "Mon, 23 Nov 2026 21:00:02 GMT";
  EXPECT_EQ(
      read_retry_after(Headers{{"Date", "yesterday"}, {"Retry-After", value}}, at(kWall)).wait, 2s);
  EXPECT_EQ(read_retry_after(Headers{{"Date", "Mon, 23 Nov 2026 20:00:00 GMT"},
                                     {"Retry-After", value},
                                     {"Date", "Mon, 23 Nov 2026 22:00:00 GMT"}},
                             at(kWall))
                .wait,
            2s);
}

TEST(RetryAfter, seconds_do_not_depend_on_any_clock) {
  const Headers headers{{"Date", "Mon, 23 Nov 2016 20:00:00 GMT"}, {"Retry-After", "9"}};
  EXPECT_EQ(read_retry_after(headers, at({-5})).wait, 9s);
}

TEST(RetryAfter, the_century_of_a_two_digit_year_is_the_servers) {
  // Our clock was never set: it reads 1970.
  const Headers headers{{"Date", "Mon, 23 Nov 2026 21:00:00 GMT"},
                        {"Retry-After", "Monday, 23-Nov-26 21:00:04 GMT"}};
  EXPECT_EQ(read_retry_after(headers, at({0})).wait, 4s);
}

TEST(RetryAfter, a_date_beyond_what_fits_is_never_taken_for_an_earlier_one) {
  for (const std::string_view value :
       {"Fri, 31 Dec 9999 23:59:59 GMT", "Fri Dec 31 23:59:59 9999"}) {
    const RetryAfter hint = read(value);
    EXPECT_EQ(hint.note, RetryAfterNote::used) << value;
    EXPECT_GT(hint.wait, Duration(200 * 365 * 24h)) << value;
  }
  const RetryAfter from_far_back =
      read("Fri, 31 Dec 9999 23:59:59 GMT", {std::numeric_limits<std::int64_t>::min()});
  EXPECT_EQ(from_far_back.wait, kUnboundedWait);
}

RC_GTEST_PROP(RetryAfter, any_bytes_are_read_without_harm, (const std::string& value)) {
  const RetryAfter hint = read(value);
  RC_ASSERT(hint.note != RetryAfterNote::absent);
  RC_ASSERT((hint.note == RetryAfterNote::unparsable) == (hint.wait < 0s));
  RC_ASSERT((hint.note == RetryAfterNote::used) == (hint.wait > 0s));
}

RC_GTEST_PROP(RetryAfter, any_mix_of_its_own_letters_is_read_without_harm, ()) {
  const auto value =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0129 ,,:-+.GMTMonNv\t")));
  const RetryAfter hint = read(value);
  RC_ASSERT((hint.note == RetryAfterNote::used) == (hint.wait > 0s));
}

// Invariant 22: for each valid form, never shorter than asked for.
RC_GTEST_PROP(RetryAfter, a_wait_ends_at_the_date_asked_for_and_not_before, ()) {
  const base::WallTime now{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000LL) * 1'000'000'000LL +
                           *rc::gen::inRange<std::int64_t>(0, 1'000'000'000LL)};
  const auto ahead = *rc::gen::inRange<std::int64_t>(1, 100'000'000LL);
  const base::WallTime due{(now.ns / 1'000'000'000LL + ahead) * 1'000'000'000LL};
  const RetryAfter hint = read(http::format_http_date(due), now);
  RC_ASSERT(now.ns + hint.wait.count() == due.ns);
}

}  // namespace
}  // namespace holdfast::policy
