#include "fault_server/admin/guard.h"

#include <gtest/gtest.h>

namespace fault {
namespace {

constexpr std::string_view kHere = "127.0.0.1";

TEST(AdminGuard, names_and_addresses_of_this_machine_are_known) {
  for (const char* host : {"localhost", "LocalHost:8080", "localhost.", "app.localhost:1",
                           "127.0.0.1", "127.1.2.3:8080", "[::1]", "[::1]:8080"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
}

TEST(AdminGuard, names_that_only_look_like_it_are_not) {
  for (const char* host : {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "evillocalhost", "127.0.0", "127.0.0.1.2", "127.0.0.256", "127.0.0.x",
                           "128.0.0.1", "[::2]", "::1", "0.0.0.0", "h"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

TEST(AdminGuard, over_loopback_a_foreign_host_is_refused_whatever_the_method) {
  for (const char* method : {"GET", "HEAD", "POST", "DELETE"}) {
    EXPECT_TRUE(refuse_stranger(method, {{"Host", "rebound.example"}}, kHere)) << method;
    EXPECT_TRUE(refuse_stranger(method, {{"Host", "rebound.example"}}, "::1")) << method;
    EXPECT_FALSE(refuse_stranger(method, {{"Host", "localhost:1"}}, kHere)) << method;
  }
}

TEST(AdminGuard, who_comes_from_elsewhere_may_use_any_name) {
  EXPECT_FALSE(refuse_stranger("POST", {{"Host", "fault-server:8080"}}, "172.17.0.1"));
}

TEST(AdminGuard, changes_asked_for_by_another_sites_page_are_refused) {
  const auto refused = [](const Fields& more) {
    Fields fields = more;
    fields.emplace_back("Host", "localhost:8080");
    return refuse_stranger("POST", fields, kHere).has_value();
  };
  EXPECT_FALSE(refused({}));
  EXPECT_FALSE(refused({{"Origin", "http://localhost:8080"}}));
  EXPECT_FALSE(refused({{"Origin", "http://LOCALHOST:8080"}, {"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_FALSE(refused({{"Sec-Fetch-Site", "none"}}));
  for (const char* origin : {"http://evil.example", "http://localhost:3000", "http://localhost",
                             "null", "", "localhost:8080"}) {
    EXPECT_TRUE(refused({{"Origin", origin}})) << origin;
  }
  EXPECT_TRUE(refused({{"Sec-Fetch-Site", "cross-site"}}));
  EXPECT_TRUE(refused({{"Sec-Fetch-Site", "same-site"}}));
}

TEST(AdminGuard, reading_across_sites_is_left_to_the_browser_to_refuse) {
  EXPECT_FALSE(
      refuse_stranger("GET", {{"Host", "localhost"}, {"Origin", "http://a.example"}}, kHere));
}

}  // namespace
}  // namespace fault
