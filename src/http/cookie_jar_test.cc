#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "holdfast/cookies.h"
#include "holdfast/url.h"
#include "http/public_suffix.h"

namespace holdfast {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;
constexpr const char* kShop = "http://shop.test/a/b?q";

class CookieJarTest : public ::testing::Test {
 protected:
  bool set(std::string_view url, std::string_view text) { return jar_.set(url, text, kNow); }
  std::string sent(std::string_view url) { return jar_.header_for(url, kNow); }
  std::size_t kept() { return jar_.all().size(); }

  CookieJar jar_;
};

TEST_F(CookieJarTest, a_cookie_comes_back_to_its_host_below_its_directory) {
  EXPECT_TRUE(set(kShop, "n=v"));
  EXPECT_EQ(sent("http://shop.test/a/b"), "n=v");
  EXPECT_EQ(sent("https://shop.test:8443/a/"), "n=v");  // cookies ignore ports (RFC 6265 §8.5)
  EXPECT_EQ(sent("http://shop.test/a"), "n=v");
  EXPECT_EQ(sent("http://shop.test/ab"), "");
  EXPECT_EQ(sent("http://shop.test/"), "");
  EXPECT_EQ(sent("http://www.shop.test/a/b"), "");
  EXPECT_EQ(sent("http://other.test/a/b"), "");
  const Cookie cookie = jar_.all().at(0);
  EXPECT_EQ(cookie.domain, "shop.test");
  EXPECT_EQ(cookie.path, "/a");
  EXPECT_TRUE(cookie.host_only);
}

TEST_F(CookieJarTest, a_domain_reaches_what_is_below_it_and_nothing_beside_it) {
  EXPECT_TRUE(set("http://www.shop.test/", "n=v; Domain=.SHOP.test"));
  EXPECT_EQ(sent("http://shop.test/"), "n=v");
  EXPECT_EQ(sent("http://a.b.shop.test/"), "n=v");
  EXPECT_EQ(sent("http://workshop.test/"), "");
  EXPECT_FALSE(set("http://shop.test/", "n=v; Domain=www.shop.test"));
  EXPECT_FALSE(set("http://shop.test/", "n=v; Domain=other.test"));
  EXPECT_FALSE(set("http://workshop.test/", "n=v; Domain=shop.test"));
  EXPECT_FALSE(set("http://shop.test/", "n=v; Domain=shop.test."));
  EXPECT_FALSE(set("http://shop.test/", "n=v; Domain=sh\xC3\xB6p.test"));
}

TEST_F(CookieJarTest, nobody_sets_cookies_for_a_public_suffix) {
  EXPECT_FALSE(set("http://shop.test/", "n=v; Domain=test"));
  EXPECT_EQ(set("http://shop.co.uk/", "n=v; Domain=co.uk"), !http::knows_public_suffixes());
  jar_.clear();
  EXPECT_TRUE(set("http://localhost/", "n=v; Domain=localhost"));
  EXPECT_TRUE(jar_.all().at(0).host_only);
  EXPECT_EQ(sent("http://localhost/"), "n=v");
  EXPECT_EQ(sent("http://a.localhost/"), "");
}

TEST_F(CookieJarTest, an_ip_address_has_nothing_below_it) {
  EXPECT_TRUE(set("http://10.0.0.1/", "n=v; Domain=10.0.0.1"));
  EXPECT_TRUE(jar_.all().at(0).host_only);
  EXPECT_EQ(sent("http://10.0.0.1/"), "n=v");
  EXPECT_EQ(sent("http://7.10.0.0.1/"), "");
  EXPECT_FALSE(set("http://10.0.0.1/", "n=v; Domain=0.0.1"));
  EXPECT_TRUE(set("http://[::1]/", "n=6"));
  EXPECT_EQ(sent("http://[::1]:80/"), "n=6");
}

TEST_F(CookieJarTest, longer_paths_come_first_and_then_what_is_older) {
  set(kShop, "old=1; Path=/");
  set(kShop, "deep=2; Path=/a/b");
  set(kShop, "new=3; Path=/");
  set(kShop, "mid=4; Path=/a/");
  set(kShop, "old=5; Path=/");  // replaced: it keeps its time of creation
  EXPECT_EQ(sent(kShop), "deep=2; mid=4; old=5; new=3");
}

TEST_F(CookieJarTest, one_name_may_live_on_several_paths_and_in_both_kinds) {
  set(kShop, "n=1; Path=/");
  set(kShop, "n=2; Path=/a");
  set(kShop, "n=3; Path=/; Domain=shop.test");
  EXPECT_EQ(sent(kShop), "n=2; n=1; n=3");
}

TEST_F(CookieJarTest, a_nameless_cookie_is_sent_as_its_value) {
  set(kShop, "alone; Path=/");
  EXPECT_EQ(sent(kShop), "alone");
}

TEST_F(CookieJarTest, what_is_over_is_neither_sent_nor_kept) {
  EXPECT_TRUE(set(kShop, "n=v; Max-Age=60"));
  EXPECT_EQ(jar_.header_for(kShop, kNow + 59), "n=v");
  EXPECT_EQ(jar_.header_for(kShop, kNow + 60), "");
  EXPECT_TRUE(jar_.set(kShop, "m=w", kNow + 60));
  EXPECT_EQ(kept(), 1U);
}

TEST_F(CookieJarTest, a_past_expiry_removes) {
  EXPECT_TRUE(set(kShop, "n=v"));
  EXPECT_TRUE(set(kShop, "n=; Max-Age=0"));
  EXPECT_EQ(kept(), 0U);
  EXPECT_FALSE(set(kShop, "n=; Max-Age=0"));
  EXPECT_TRUE(set(kShop, "n=v"));
  EXPECT_FALSE(set(kShop, "n=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));  // other path
  EXPECT_EQ(kept(), 1U);
}

TEST_F(CookieJarTest, secure_is_for_https_alone) {
  EXPECT_FALSE(set("http://shop.test/", "n=v; Secure"));
  EXPECT_TRUE(set("https://shop.test/", "n=v; Secure"));
  EXPECT_EQ(sent("https://shop.test/"), "n=v");
  EXPECT_EQ(sent("http://shop.test/"), "");
}

TEST_F(CookieJarTest, clear_text_neither_replaces_nor_shadows_what_is_secure) {
  set("https://shop.test/", "n=safe; Secure; Path=/a; Domain=shop.test");
  EXPECT_FALSE(set("http://shop.test/a/", "n=evil; Path=/a; Domain=shop.test"));
  EXPECT_FALSE(set("http://shop.test/a/", "n=evil; Path=/a"));
  EXPECT_FALSE(set("http://www.shop.test/a/", "n=evil; Path=/a/b"));
  EXPECT_TRUE(set("http://shop.test/a/", "n=beside; Path=/"));  // does not shadow /a's own
  EXPECT_TRUE(set("http://shop.test/a/", "m=other; Path=/a"));
  EXPECT_TRUE(set("https://shop.test/a/", "n=fresh; Path=/a; Domain=shop.test"));
}

TEST_F(CookieJarTest, an_expired_secure_cookie_shields_nothing) {
  set("https://shop.test/", "n=safe; Secure; Max-Age=10");
  EXPECT_TRUE(jar_.set("http://shop.test/", "n=plain", kNow + 10));
}

TEST_F(CookieJarTest, prefixes_of_names_are_promises) {
  EXPECT_FALSE(set("https://shop.test/", "__Secure-n=v"));
  EXPECT_TRUE(set("https://shop.test/", "__Secure-n=v; Secure"));
  EXPECT_FALSE(set("http://shop.test/", "__secure-n=v; Secure"));
  EXPECT_FALSE(set("https://shop.test/", "__Host-n=v; Secure"));
  EXPECT_FALSE(set("https://shop.test/", "__Host-n=v; Secure; Path=/a"));
  EXPECT_FALSE(set("https://shop.test/", "__HOST-n=v; Secure; Path=/; Domain=shop.test"));
  EXPECT_TRUE(set("https://shop.test/", "__Host-n=v; Secure; Path=/"));
  EXPECT_FALSE(set("https://shop.test/", "=__Host-n=v; Secure; Path=/"));
  EXPECT_FALSE(set("https://shop.test/", "__Secure-n"));
}

TEST_F(CookieJarTest, fifty_of_a_domain_stay_the_insecure_and_the_unused_go_first) {
  set("https://shop.test/", "safe=1; Secure");
  for (int i = 0; i < 49; ++i) {
    set("https://shop.test/", "n" + std::to_string(i) + "=v; Path=/p" + std::to_string(i));
  }
  EXPECT_EQ(kept(), 50U);
  EXPECT_EQ(sent("http://shop.test/p0"), "n0=v");  // used: n1 is now the least recently used
  EXPECT_TRUE(set("https://shop.test/", "more=1"));
  EXPECT_EQ(kept(), 50U);
  EXPECT_EQ(sent("http://shop.test/p0"), "n0=v; more=1");
  EXPECT_EQ(sent("http://shop.test/p1"), "more=1");
  EXPECT_EQ(sent("https://shop.test/").substr(0, 6), "safe=1");
}

TEST_F(CookieJarTest, a_full_house_of_secure_cookies_takes_no_other) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(set("https://shop.test/", "n" + std::to_string(i) + "=v; Secure"));
  }
  EXPECT_FALSE(set("https://shop.test/", "plain=v"));
  EXPECT_EQ(kept(), 50U);
}

TEST_F(CookieJarTest, three_thousand_in_all_stay) {
  for (int i = 0; i < 3001; ++i) {
    EXPECT_TRUE(
        set("http://h" + std::to_string(i % 61) + ".test/", "n" + std::to_string(i) + "=v"));
  }
  const std::vector<Cookie> all = jar_.all();
  EXPECT_EQ(all.size(), 3000U);
  EXPECT_EQ(all.front().name, "n1");
  EXPECT_EQ(all.back().name, "n3000");
}

TEST_F(CookieJarTest, what_is_no_url_or_no_cookie_is_nothing) {
  EXPECT_FALSE(set("shop.test", "n=v"));
  EXPECT_FALSE(set("ftp://shop.test/", "n=v"));
  EXPECT_FALSE(set(kShop, "n=v\n"));
  EXPECT_EQ(sent("nowhere"), "");
  EXPECT_EQ(kept(), 0U);
}

TEST_F(CookieJarTest, a_parsed_url_does_as_well) {
  const Url url = std::move(*Url::parse(kShop));
  EXPECT_TRUE(jar_.set(url, "n=v", kNow));
  EXPECT_EQ(jar_.header_for(url, kNow), "n=v");
}

TEST_F(CookieJarTest, threads_may_share_it) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      const std::string url = "http://h" + std::to_string(thread) + ".test/";
      for (int i = 0; i < 200; ++i) {
        jar_.set(url, "n" + std::to_string(i % 10) + "=" + std::to_string(i), kNow);
        jar_.header_for(url, kNow);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(kept(), 40U);
}

}  // namespace
}  // namespace holdfast
