#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "holdfast/proxy.h"

namespace holdfast {
namespace {

/// Starts without any proxy variable and restores the environment at the end.
class ProxyEnvironment : public testing::Test {
 protected:
  ProxyEnvironment() {
    for (const char* name : kNames) {
      const char* value = std::getenv(name);
      before_.emplace_back(value != nullptr, value != nullptr ? value : "");
      unsetenv(name);
    }
  }
  ~ProxyEnvironment() override {
    for (std::size_t i = 0; i < before_.size(); ++i) {
      before_[i].first ? setenv(kNames[i], before_[i].second.c_str(), 1) : unsetenv(kNames[i]);
    }
  }
  static void set(const char* name, const char* value) { setenv(name, value, 1); }

 private:
  static constexpr const char* kNames[] = {"http_proxy",  "HTTP_PROXY", "https_proxy",
                                           "HTTPS_PROXY", "all_proxy",  "ALL_PROXY",
                                           "no_proxy",    "NO_PROXY",   "REQUEST_METHOD"};
  std::vector<std::pair<bool, std::string>> before_;
};

TEST_F(ProxyEnvironment, without_variables_there_is_no_proxy) {
  const ProxyPolicy policy = ProxyPolicy::from_environment();
  EXPECT_TRUE(policy.empty());
  EXPECT_TRUE(policy.no_proxy.empty());
}

TEST_F(ProxyEnvironment, upper_and_lower_case_are_read_and_lower_case_goes_first) {
  set("HTTP_PROXY", "http://upper:1");
  set("HTTPS_PROXY", "http://secure:2");
  EXPECT_EQ(ProxyPolicy::from_environment().http_proxy, "http://upper:1");
  EXPECT_EQ(ProxyPolicy::from_environment().https_proxy, "http://secure:2");
  set("http_proxy", "http://lower:3");
  set("https_proxy", "http://lower:4");
  EXPECT_EQ(ProxyPolicy::from_environment().http_proxy, "http://lower:3");
  EXPECT_EQ(ProxyPolicy::from_environment().https_proxy, "http://lower:4");
}

TEST_F(ProxyEnvironment, all_proxy_serves_the_schemes_that_have_none_of_their_own) {
  set("ALL_PROXY", "http://all:1");
  set("https_proxy", "http://secure:2");
  EXPECT_EQ(ProxyPolicy::from_environment().http_proxy, "http://all:1");
  EXPECT_EQ(ProxyPolicy::from_environment().https_proxy, "http://secure:2");
}

TEST_F(ProxyEnvironment, a_variable_set_to_nothing_means_no_proxy) {
  set("ALL_PROXY", "http://all:1");
  set("HTTP_PROXY", "http://upper:1");
  set("http_proxy", "");
  EXPECT_EQ(ProxyPolicy::from_environment().http_proxy, "");
  EXPECT_EQ(ProxyPolicy::from_environment().https_proxy, "http://all:1");
}

TEST_F(ProxyEnvironment, a_cgi_does_not_heed_what_its_client_could_have_set) {
  set("REQUEST_METHOD", "GET");
  set("HTTP_PROXY", "http://evil:1");
  EXPECT_EQ(ProxyPolicy::from_environment().http_proxy, "");
  set("http_proxy", "http://good:2");
  EXPECT_EQ(ProxyPolicy::from_environment().http_proxy, "http://good:2");
}

TEST_F(ProxyEnvironment, no_proxy_is_taken_apart_at_commas_and_blanks) {
  set("NO_PROXY", " localhost,.example.org  10.0.0.0/8,,[::1]:80 ");
  const std::vector<std::string> expected = {"localhost", ".example.org", "10.0.0.0/8", "[::1]:80"};
  EXPECT_EQ(ProxyPolicy::from_environment().no_proxy, expected);
}

TEST_F(ProxyEnvironment, entries_that_mean_nothing_here_are_left_out_and_stop_nothing) {
  set("HTTP_PROXY", "http://upper:1");
  set("NO_PROXY",
      "localhost, 10.*, <local>, *.example.org, [::1], fe80::1%eth0, 192.168.0.0/255.255.0.0, "
      "https://intra.test/, 10.0.0.0/8, host:*, b\xC3\xBC"
      "cher.test, fd00::/8, ., *corp, [::1");
  const ProxyPolicy policy = ProxyPolicy::from_environment();
  const std::vector<std::string> expected = {"localhost",    "*.example.org", "[::1]",
                                             "fe80::1%eth0", "10.0.0.0/8",    "fd00::/8"};
  EXPECT_EQ(policy.no_proxy, expected);
  EXPECT_EQ(policy.http_proxy, "http://upper:1");
}

TEST_F(ProxyEnvironment, its_proxies_are_checked_on_use) {
  EXPECT_FALSE(ProxyPolicy().check_on_use);
  set("ALL_PROXY", "socks5h://localhost:1080");
  EXPECT_TRUE(ProxyPolicy::from_environment().check_on_use);
}

}  // namespace
}  // namespace holdfast
