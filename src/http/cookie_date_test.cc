#include "http/cookie_date.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::http {
namespace {

constexpr std::int64_t kNovember = 784111777;  // 1994-11-06 08:49:37

TEST(cookie_date, the_forms_that_servers_write_are_one_and_the_same) {
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994", "6 november 1994 8:49:37", "1994 nov 6 8:49:37 +0200",
        "06-NOV-94 08:49:37", "\t;Sun;;6;Nov;1994;08:49:37;", "8:49:37 6 nov 94 95",
        "08:49:37x 6th Novel 1994ad", "Sun, 06 Nov 1994 08:49:37 09:50:38"}) {
    EXPECT_EQ(parse_cookie_date(text), kNovember) << text;
  }
}

TEST(cookie_date, years_of_two_digits_turn_at_seventy) {
  EXPECT_EQ(parse_cookie_date("1 jan 70 0:0:0"), 0);
  EXPECT_EQ(parse_cookie_date("1 jan 69 0:0:0"), parse_cookie_date("1 jan 2069 0:0:0"));
  EXPECT_EQ(parse_cookie_date("1 jan 99 0:0:0"), parse_cookie_date("1 jan 1999 0:0:0"));
  EXPECT_EQ(parse_cookie_date("1 jan 00 0:0:0"), 946684800);
  EXPECT_EQ(parse_cookie_date("1 jan 9999 0:0:0"), 253370764800);
  EXPECT_EQ(parse_cookie_date("1 jan 1601 0:0:0"), -11644473600);
}

TEST(cookie_date, what_lacks_a_part_or_names_no_day_is_no_date) {
  for (const char* text :
       {"", "tomorrow", "6 Nov 1994", "Nov 1994 08:49:37", "6 1994 08:49:37", "6 Nov 08:49:37",
        "31 Feb 1994 08:49:37", "29 Feb 1995 0:0:0", "0 Nov 1994 08:49:37", "32 Nov 1994 0:0:0",
        "6 Nov 1600 08:49:37", "6 Nov 1994 24:00:00", "6 Nov 1994 08:60:00", "6 Nov 1994 08:49:60",
        "6 Nov 1994 08:49", "6 Nov 1994 008:49:37", "6 Nov 19944 08:49:37", "6 No 1994 8:49:37"}) {
    EXPECT_EQ(parse_cookie_date(text), std::nullopt) << text;
  }
  EXPECT_TRUE(parse_cookie_date("29 Feb 1996 0:0:0"));
}

}  // namespace
}  // namespace holdfast::http
