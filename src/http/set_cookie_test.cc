#include "http/set_cookie.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::http {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

SetCookie parsed(std::string_view text) {
  const auto cookie = parse_set_cookie(text, kNow);
  EXPECT_TRUE(cookie) << text;
  return cookie.value_or(SetCookie());
}

TEST(set_cookie, name_value_and_attributes_are_taken_apart) {
  const SetCookie cookie = parsed(
      " sid = a=b c \t; PATH=/x ;domain=.Shop.TEST; Secure; HttpOnly=yes; SameSite=None; Odd=1");
  EXPECT_EQ(cookie.name, "sid");
  EXPECT_EQ(cookie.value, "a=b c");
  EXPECT_EQ(cookie.path, "/x");
  EXPECT_EQ(cookie.domain, "shop.test");
  EXPECT_TRUE(cookie.secure);
  EXPECT_TRUE(cookie.http_only);
  EXPECT_EQ(cookie.expires_s, SetCookie::kSession);
}

TEST(set_cookie, a_name_or_a_value_may_be_missing_but_not_both) {
  EXPECT_EQ(parsed("alone").name, "");
  EXPECT_EQ(parsed("alone").value, "alone");
  EXPECT_EQ(parsed("=v").value, "v");
  EXPECT_EQ(parsed("n=").name, "n");
  for (const char* text : {"", "=", " = ;Path=/", ";n=v", "\t;"}) {
    EXPECT_FALSE(parse_set_cookie(text, kNow)) << text;
  }
}

TEST(set_cookie, control_characters_spoil_the_whole) {
  for (const char c : {'\0', '\x01', '\n', '\r', '\x1F', '\x7F'}) {
    EXPECT_FALSE(parse_set_cookie(std::string("n=v") + c, kNow));
    EXPECT_FALSE(parse_set_cookie(std::string("n=v; Path=/") + c, kNow));
  }
  EXPECT_EQ(parsed("n=a\tb").value, "a\tb");
  EXPECT_EQ(parsed("n=\xC3\xA9").value, "\xC3\xA9");
}

TEST(set_cookie, name_and_value_share_4096_bytes) {
  EXPECT_EQ(parsed("n=" + std::string(4095, 'v')).value.size(), 4095U);
  EXPECT_FALSE(parse_set_cookie("n=" + std::string(4096, 'v'), kNow));
  EXPECT_FALSE(parse_set_cookie(std::string(4097, 'v'), kNow));
}

TEST(set_cookie, an_attribute_longer_than_1024_bytes_is_left_out) {
  EXPECT_EQ(parsed("n=v; Path=/" + std::string(1023, 'p')).path.size(), 1024U);
  EXPECT_EQ(parsed("n=v; Path=/" + std::string(1024, 'p')).path, "");
}

TEST(set_cookie, of_repeated_attributes_the_last_counts) {
  EXPECT_EQ(parsed("n=v; Path=/a; path=/b").path, "/b");
  EXPECT_EQ(parsed("n=v; Path=/a; Path=b").path, "");
  EXPECT_EQ(parsed("n=v; Domain=a.test; Domain").domain, "");
  EXPECT_EQ(parsed("n=v; Max-Age=5; Max-Age=x; Max-Age=9").expires_s, kNow + 9);
}

TEST(set_cookie, max_age_goes_before_expires) {
  const std::string expires = "; Expires=Tue, 14 Nov 2023 23:13:20 GMT";  // one hour after kNow
  EXPECT_EQ(parsed("n=v" + expires).expires_s, kNow + 3600);
  EXPECT_EQ(parsed("n=v; Max-Age=60" + expires).expires_s, kNow + 60);
  EXPECT_EQ(parsed("n=v; Max-Age=1m" + expires).expires_s, kNow + 3600);
  EXPECT_EQ(parsed("n=v; Expires=soon").expires_s, SetCookie::kSession);
}

TEST(set_cookie, no_cookie_lasts_longer_than_400_days) {
  constexpr std::int64_t kMost = 400 * 86400;
  EXPECT_EQ(parsed("n=v; Max-Age=34560000").expires_s, kNow + kMost);
  EXPECT_EQ(parsed("n=v; Max-Age=34560001").expires_s, kNow + kMost);
  EXPECT_EQ(parsed("n=v; Max-Age=" + std::string(400, '9')).expires_s, kNow + kMost);
  EXPECT_EQ(parsed("n=v; Expires=1 jan 2099 0:0:0").expires_s, kNow + kMost);
}

TEST(set_cookie, a_max_age_of_zero_or_below_means_at_once) {
  EXPECT_EQ(parsed("n=v; Max-Age=0").expires_s, SetCookie::kAtOnce);
  EXPECT_EQ(parsed("n=v; Max-Age=-7").expires_s, SetCookie::kAtOnce);
  EXPECT_EQ(parsed("n=v; Max-Age=").expires_s, SetCookie::kSession);
  EXPECT_EQ(parsed("n=v; Max-Age=+7").expires_s, SetCookie::kSession);
}

}  // namespace
}  // namespace holdfast::http
