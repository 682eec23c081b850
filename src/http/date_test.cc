#include "http/date.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdio>
#include <limits>
#include <string>

namespace holdfast::http {
namespace {

using base::WallTime;

constexpr std::int64_t kSecond_ns = 1'000'000'000;
constexpr WallTime kFarFuture{std::numeric_limits<std::int64_t>::max()};
constexpr WallTime kFarPast{std::numeric_limits<std::int64_t>::min()};

constexpr WallTime at(std::int64_t seconds) { return {seconds * kSecond_ns}; }
constexpr WallTime kNewYear = at(1'767'225'600);  // 2026-01-01T00:00:00Z

std::optional<WallTime> parse(std::string_view text) { return parse_http_date(text, kNewYear); }

// The example of RFC 9110 §5.6.7 in all three forms.
TEST(HttpDate, all_three_forms_are_read) {
  EXPECT_EQ(parse("Sun, 06 Nov 1994 08:49:37 GMT"), at(784111777));
  EXPECT_EQ(parse("Sunday, 06-Nov-94 08:49:37 GMT"), at(784111777));
  EXPECT_EQ(parse("Sun Nov  6 08:49:37 1994"), at(784111777));
}

TEST(HttpDate, the_first_form_is_written) {
  EXPECT_EQ(format_http_date(at(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date({784111777 * kSecond_ns + 999'999'999}),
            "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_http_date({-1}), "Wed, 31 Dec 1969 23:59:59 GMT");
  EXPECT_EQ(format_http_date(kFarFuture), "Fri, 11 Apr 2262 23:47:16 GMT");
}

TEST(HttpDate, second_60_is_the_next_minutes_first) {
  EXPECT_EQ(parse("Sat, 31 Dec 2016 23:59:60 GMT"), parse("Sun, 01 Jan 2017 00:00:00 GMT"));
  EXPECT_EQ(parse("Saturday, 31-Dec-16 23:59:60 GMT"), parse("Sun, 01 Jan 2017 00:00:00 GMT"));
  EXPECT_EQ(parse("Sat Dec 31 23:59:60 2016"), parse("Sun, 01 Jan 2017 00:00:00 GMT"));
  EXPECT_FALSE(parse("Sat, 31 Dec 2016 23:59:61 GMT"));
}

TEST(HttpDate, a_day_of_the_week_that_does_not_fit_is_forgiven) {
  EXPECT_EQ(parse("Mon, 06 Nov 1994 08:49:37 GMT"), at(784111777));
}

TEST(HttpDate, leap_years) {
  EXPECT_TRUE(parse("Tue, 29 Feb 2000 00:00:00 GMT"));
  EXPECT_TRUE(parse("Thu, 29 Feb 2024 00:00:00 GMT"));
  EXPECT_FALSE(parse("Wed, 29 Feb 2023 00:00:00 GMT"));
  EXPECT_FALSE(parse("Mon, 29 Feb 2100 00:00:00 GMT"));
}

TEST(HttpDate, beyond_what_nanoseconds_hold_the_nearest_end_stands_in) {
  EXPECT_EQ(parse("Fri, 11 Apr 2262 23:47:16 GMT"), at(9223372036));
  EXPECT_EQ(parse("Fri, 11 Apr 2262 23:47:17 GMT"), kFarFuture);
  EXPECT_EQ(parse("Fri, 31 Dec 9999 23:59:59 GMT"), kFarFuture);
  EXPECT_EQ(parse("Fri Dec 31 23:59:60 9999"), kFarFuture);
  EXPECT_EQ(parse("Sat, 01 Jan 0000 00:00:00 GMT"), kFarPast);
}

TEST(HttpDate, everything_else_is_refused) {
  for (const char* text : {
           "",
           " ",
           "0",
           "120",
           "-1",
           "now",
           "GMT",
           "Sun, 06 Nov 1994 08:49:37 gmt",     // the zone is case-sensitive
           "Sun, 06 Nov 1994 08:49:37 UTC",     //
           "Sun, 06 Nov 1994 08:49:37 +0000",   //
           "Sun, 06 Nov 1994 08:49:37 EST",     //
           "Sun, 06 Nov 1994 08:49:37",         // no zone
           "Sun, 06 Nov 1994 08:49:37 GMT ",    // trailing text
           "Sun, 06 Nov 1994 08:49:37 GMT,",    //
           " Sun, 06 Nov 1994 08:49:37 GMT",    // leading text
           "Sun 06 Nov 1994 08:49:37 GMT",      // no comma
           "Sun,06 Nov 1994 08:49:37 GMT",      // no space
           "Sun,  06 Nov 1994 08:49:37 GMT",    // two spaces
           "06 Nov 1994 08:49:37 GMT",          // no day of the week
           "sun, 06 Nov 1994 08:49:37 GMT",     // letter case
           "SUN, 06 Nov 1994 08:49:37 GMT",     //
           "Sun, 06 nov 1994 08:49:37 GMT",     //
           "Xyz, 06 Nov 1994 08:49:37 GMT",     // no such day
           "Sunday, 06 Nov 1994 08:49:37 GMT",  // one form's day name with another's date
           "Sun, 06-Nov-94 08:49:37 GMT",       //
           "Sun, 6 Nov 1994 08:49:37 GMT",      // missing digits
           "Sun, 06 Nov 94 08:49:37 GMT",       //
           "Sun, 06 Nov 1994 8:49:37 GMT",      //
           "Sun, 06 Nov 1994 08:49 GMT",        //
           "Sun, 06 Nov 1994 08:49:37.5 GMT",   // extra digits
           "Sun, 006 Nov 1994 08:49:37 GMT",    //
           "Sun, 06 Nov 01994 08:49:37 GMT",    //
           "Sun, 00 Nov 1994 08:49:37 GMT",     // out of range
           "Sun, 31 Nov 1994 08:49:37 GMT",     //
           "Sun, 32 Dec 1994 08:49:37 GMT",     //
           "Sun, 06 Nov 1994 24:00:00 GMT",     //
           "Sun, 06 Nov 1994 08:60:37 GMT",     //
           "Sun, 06 Nov 1994 08:49:61 GMT",     //
           "Sun, 06 Foo 1994 08:49:37 GMT",     //
           "Sun, +6 Nov 1994 08:49:37 GMT",     // signs
           "Sun, 06 Nov -994 08:49:37 GMT",     //
           "Sunday, 06-Nov-1994 08:49:37 GMT",  // RFC 850 has a two-digit year
           "Sunday, 6-Nov-94 08:49:37 GMT",     //
           "Sunday, 29-Feb-23 08:49:37 GMT",    // not a leap year
           "Sun Nov 6 08:49:37 1994",           // asctime pads the day with a space
           "Sun Nov 06 08:49:37 94",            //
           "Sun Nov  6 08:49:37 1994 GMT",      //
           "Sun Nov   6 08:49:37 1994",         //
           "Sun Nov  0 08:49:37 1994",          //
           "1994-11-06T08:49:37Z",              // not a form of HTTP
       }) {
    EXPECT_FALSE(parse(text)) << text;
  }
}

TEST(HttpDate, a_two_digit_year_up_to_fifty_years_ahead_is_ahead) {
  const WallTime now = *parse("Sun, 06 Nov 1994 08:49:37 GMT");
  const auto read = [now](std::string_view text) { return parse_http_date(text, now); };
  EXPECT_EQ(read("Sunday, 06-Nov-94 08:49:38 GMT"), parse("Sun, 06 Nov 1994 08:49:38 GMT"));
  EXPECT_EQ(read("Sunday, 01-Jan-00 00:00:00 GMT"), parse("Sat, 01 Jan 2000 00:00:00 GMT"));
  EXPECT_EQ(read("Sunday, 31-Dec-43 00:00:00 GMT"), parse("Sat, 31 Dec 2043 00:00:00 GMT"));
  // Exactly fifty years ahead, and one second more.
  EXPECT_EQ(read("Sunday, 06-Nov-44 08:49:37 GMT"), parse("Sun, 06 Nov 2044 08:49:37 GMT"));
  EXPECT_EQ(read("Sunday, 06-Nov-44 08:49:38 GMT"), parse("Mon, 06 Nov 1944 08:49:38 GMT"));
  EXPECT_EQ(read("Sunday, 01-Jan-45 00:00:00 GMT"), parse("Mon, 01 Jan 1945 00:00:00 GMT"));
  EXPECT_EQ(read("Sunday, 31-Dec-93 23:59:59 GMT"), parse("Fri, 31 Dec 1993 23:59:59 GMT"));
}

TEST(HttpDate, the_two_digit_years_rule_crosses_centuries) {
  const auto read = [](std::string_view now, std::string_view text) {
    return parse_http_date(text, *parse(now));
  };
  EXPECT_EQ(read("Thu, 01 Jan 2099 00:00:00 GMT", "Friday, 01-Jan-01 00:00:00 GMT"),
            parse("Sat, 01 Jan 2101 00:00:00 GMT"));
  EXPECT_EQ(read("Thu, 01 Jan 2001 00:00:00 GMT", "Friday, 31-Dec-99 00:00:00 GMT"),
            parse("Fri, 31 Dec 1999 00:00:00 GMT"));
  EXPECT_EQ(read("Thu, 01 Jan 1970 00:00:00 GMT", "Friday, 02-Jan-70 00:00:00 GMT"),
            parse("Fri, 02 Jan 1970 00:00:00 GMT"));
}

/// A calendar that counts year by year and month by month, independent of the code under test.
struct CivilDay {
  int year = 1970, month = 1, day = 1, weekday = 4;
};

bool leap(int year) { return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0); }

CivilDay civil(std::int64_t days) {
  constexpr int kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  CivilDay date;
  date.weekday = static_cast<int>((4 + days) % 7);
  for (; days >= (leap(date.year) ? 366 : 365); ++date.year) days -= leap(date.year) ? 366 : 365;
  for (;; ++date.month) {
    const int length = kLengths[date.month - 1] + (date.month == 2 && leap(date.year) ? 1 : 0);
    if (days < length) break;
    days -= length;
  }
  date.day = static_cast<int>(days) + 1;
  return date;
}

template <class... Args>
std::string print(const char* format, Args... args) {
  char text[64];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr const char* kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                 "Thursday", "Friday", "Saturday"};

RC_GTEST_PROP(HttpDate, all_forms_agree_with_the_calendar_from_1970_to_9999, ()) {
  const auto days = *rc::gen::inRange<std::int64_t>(0, 2'932'897);  // to 9999-12-31
  const auto second_of_day = *rc::gen::inRange(0, 86400);
  const CivilDay date = civil(days);
  RC_ASSERT(date.year <= 9999);
  const int h = second_of_day / 3600, m = second_of_day / 60 % 60, s = second_of_day % 60;
  const char* const day = kDays[date.weekday];
  const char* const month = kMonths[date.month - 1];
  const std::string imf =
      print("%.3s, %02d %s %04d %02d:%02d:%02d GMT", day, date.day, month, date.year, h, m, s);
  const std::string rfc850 =
      print("%s, %02d-%s-%02d %02d:%02d:%02d GMT", day, date.day, month, date.year % 100, h, m, s);
  const std::string asctime =
      print("%.3s %s %2d %02d:%02d:%02d %04d", day, month, date.day, h, m, s, date.year);
  const std::int64_t seconds = days * 86400 + second_of_day;
  const bool fits = seconds <= kFarFuture.ns / kSecond_ns;
  RC_CLASSIFY(fits);
  const WallTime expected = fits ? at(seconds) : kFarFuture;
  RC_ASSERT(parse(imf) == expected);
  RC_ASSERT(parse(asctime) == expected);
  if (!fits) return;
  RC_ASSERT(format_http_date(expected) == imf);
  // Within 49 years before or after the date, two digits determine the year.
  const std::int64_t skew = *rc::gen::inRange<std::int64_t>(-49 * 365, 49 * 365) * 86400;
  if (seconds + skew > 0 && seconds + skew < kFarFuture.ns / kSecond_ns) {
    RC_ASSERT(parse_http_date(rfc850, at(seconds + skew)) == expected);
  }
}

RC_GTEST_PROP(HttpDate, one_changed_byte_never_crashes_and_seldom_parses, ()) {
  std::string text =
      *rc::gen::element<std::string>("Sun, 06 Nov 1994 08:49:37 GMT",
                                     "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994");
  const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
  const char was = text[place];
  text[place] = *rc::gen::arbitrary<char>();
  const bool digit_for_digit = was >= '0' && was <= '9' && text[place] >= '0' && text[place] <= '9';
  // "Sun Nov 16" is valid asctime as well.
  const bool padding = was == ' ' && text[place] >= '0' && text[place] <= '9';
  if (parse(text)) RC_ASSERT((digit_for_digit || padding || was == text[place]));
  RC_ASSERT(!parse(text.substr(0, place)));
}

}  // namespace
}  // namespace holdfast::http
