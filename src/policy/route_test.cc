#include "policy/route.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "holdfast/options.h"

namespace holdfast::policy {
namespace {

Url url(std::string_view text) {
  Result<Url> parsed = Url::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return *parsed;
}

ProxyPolicy proxies(std::vector<std::string> exempt = {}) {
  return {"http://plain.proxy:3128", "http://user:s3cret@secure.proxy", std::move(exempt)};
}

std::string way(const Router& router, std::string_view to) {
  const RoutePtr route = router.route_to(url(to));
  return route == nullptr ? "direct" : route->name();
}

TEST(Route, without_options_everything_goes_straight) {
  EXPECT_EQ(way(Router(), "http://a.test/"), "direct");
  EXPECT_EQ(way(Router({}, ""), "https://a.test/"), "direct");
  EXPECT_FALSE(Router({}, "").has_proxies());
}

TEST(Route, each_scheme_has_its_proxy_and_https_asks_for_a_tunnel) {
  const Router router(proxies(), "");
  EXPECT_EQ(way(router, "http://a.test/"), "http://plain.proxy:3128");
  EXPECT_EQ(way(router, "https://a.test/"), "http://secure.proxy:8080");
  EXPECT_EQ(router.route_to(url("http://a.test/"))->kind, Route::Kind::forward);
  EXPECT_EQ(router.route_to(url("https://a.test/"))->kind, Route::Kind::tunnel);
}

TEST(Route, a_socket_goes_before_every_proxy) {
  const Router router(proxies(), "/run/x.sock");
  EXPECT_EQ(way(router, "http://a.test/"), "unix:/run/x.sock");
  EXPECT_EQ(way(router, "https://a.test/"), "unix:/run/x.sock");
  EXPECT_FALSE(router.has_proxies());
}

TEST(Route, credentials_become_basic_authorization_and_are_not_in_the_name) {
  const RoutePtr route = Router(proxies(), "").route_to(url("https://a.test/"));
  EXPECT_EQ(route->authorization, "Basic dXNlcjpzM2NyZXQ=");
  EXPECT_EQ(route->name().find("s3cret"), std::string::npos);
}

TEST(Route, routes_with_other_credentials_are_other_routes) {
  const auto tunnel = [](const char* proxy) {
    return Router({"", proxy, {}}, "").route_to(url("https://a.test/"));
  };
  EXPECT_TRUE(same_route(tunnel("http://u:a@p"), tunnel("http://u:a@p:8080/")));
  EXPECT_EQ(tunnel("http://u:a@p")->hash(), tunnel("http://u:a@p:8080/")->hash());
  EXPECT_FALSE(same_route(tunnel("http://u:a@p"), tunnel("http://u:b@p")));
  EXPECT_FALSE(same_route(tunnel("http://p"), tunnel("http://p:80")));
  EXPECT_FALSE(same_route(tunnel("http://p"), nullptr));
  EXPECT_TRUE(same_route(nullptr, nullptr));
}

struct Spelling {
  const char* option;
  const char* name;
};

TEST(Route, proxies_may_be_spelled_as_environments_spell_them) {
  for (const Spelling& one : {Spelling{"http://p:1", "http://p:1"},
                              {"HTTP://P:1/", "http://p:1"},
                              {"p", "http://p:8080"},
                              {"p:3128", "http://p:3128"},
                              {"http://p:80", "http://p:80"},
                              {"http://p:", "http://p:8080"},
                              {"user:pw@p:1", "http://p:1"},
                              {"http://[::1]", "http://[::1]:8080"},
                              {"http://[::1]:9", "http://[::1]:9"},
                              {"http://[fe80::1%25eth0]:9", "http://[fe80::1%eth0]:9"},
                              {"http://user:80@p", "http://p:8080"}}) {
    EXPECT_EQ(way(Router({one.option, "", {}}, ""), "http://a.test/"), one.name) << one.option;
  }
}

// --- NO_PROXY ------------------------------------------------------------------------------------

bool exempt(const char* entry, std::string_view to) {
  return way(Router(proxies({entry}), ""), to) == "direct";
}

TEST(NoProxy, a_name_means_itself_and_all_below_it) {
  for (const char* entry : {"example.org", ".example.org", "EXAMPLE.ORG", "example.org.",
                            "*.example.org", " example.org\t"}) {
    EXPECT_TRUE(exempt(entry, "http://example.org/")) << entry;
    EXPECT_TRUE(exempt(entry, "https://a.b.example.org:99/")) << entry;
    EXPECT_TRUE(exempt(entry, "http://www.EXAMPLE.org./")) << entry;
    EXPECT_FALSE(exempt(entry, "http://notexample.org/")) << entry;
    EXPECT_FALSE(exempt(entry, "http://example.org.evil.test/")) << entry;
    EXPECT_FALSE(exempt(entry, "http://org/")) << entry;
  }
}

TEST(NoProxy, a_port_narrows_an_entry_to_it) {
  EXPECT_TRUE(exempt("host:8080", "http://host:8080/"));
  EXPECT_TRUE(exempt("host:8080", "http://www.host:8080/"));
  EXPECT_FALSE(exempt("host:8080", "http://host/"));
  EXPECT_TRUE(exempt("host:443", "https://host/"));
  EXPECT_TRUE(exempt("10.0.0.1:80", "http://10.0.0.1/"));
  EXPECT_FALSE(exempt("10.0.0.1:80", "https://10.0.0.1/"));
  EXPECT_TRUE(exempt("[::1]:80", "http://[::1]/"));
  EXPECT_FALSE(exempt("[::1]:80", "http://[::1]:81/"));
  EXPECT_TRUE(exempt("*:81", "http://a.test:81/"));
  EXPECT_FALSE(exempt("*:81", "http://a.test/"));
}

TEST(NoProxy, addresses_are_meant_by_networks_and_names_are_not) {
  EXPECT_TRUE(exempt("10.0.0.0/8", "http://10.255.3.4/"));
  EXPECT_FALSE(exempt("10.0.0.0/8", "http://11.0.0.1/"));
  EXPECT_TRUE(exempt("192.168.1.128/25", "http://192.168.1.255/"));
  EXPECT_FALSE(exempt("192.168.1.128/25", "http://192.168.1.127/"));
  EXPECT_TRUE(exempt("fd00::/9", "http://[fd7f::1]/"));
  EXPECT_FALSE(exempt("fd00::/9", "http://[fd80::1]/"));
  EXPECT_TRUE(exempt("::1", "http://[::1]/"));
  EXPECT_FALSE(exempt("0.0.0.0/0", "http://[::1]/"));
  EXPECT_FALSE(exempt("0.0.0.0/0", "http://ten.test/"));
  EXPECT_FALSE(exempt("0.0.0.1", "http://10.0.0.1/")) << "an address is no suffix of another";
}

TEST(NoProxy, a_star_means_everything_and_nothing_means_nothing) {
  EXPECT_TRUE(exempt("*", "https://a.test/"));
  EXPECT_TRUE(exempt("*", "http://[::1]/"));
  EXPECT_FALSE(exempt("", "http://a.test/"));
  EXPECT_FALSE(exempt("  ", "http://a.test/"));
}

TEST(NoProxy, no_host_is_exempt_by_itself) {
  for (const char* to : {"http://localhost/", "http://127.0.0.1/", "http://[::1]/"}) {
    EXPECT_NE(way(Router(proxies(), ""), to), "direct") << to;
  }
}

RC_GTEST_PROP(NoProxy, a_network_covers_the_addresses_that_share_its_first_bits, ()) {
  const auto network = *rc::gen::arbitrary<std::uint32_t>();
  const auto bits = *rc::gen::inRange(0, 33);
  // Addresses near the network, so that both results occur.
  const std::uint32_t address =
      network ^ (*rc::gen::arbitrary<bool>() ? std::uint32_t{1} << *rc::gen::inRange(0, 32) : 0);
  const auto dotted = [](std::uint32_t v) {
    return std::to_string(v >> 24) + "." + std::to_string(v >> 16 & 255) + "." +
           std::to_string(v >> 8 & 255) + "." + std::to_string(v & 255);
  };
  const std::string entry = dotted(network) + "/" + std::to_string(bits);
  const bool inside = bits == 0 || (network ^ address) >> (32 - bits) == 0;
  RC_ASSERT(exempt(entry.c_str(), "http://" + dotted(address) + "/") == inside);
}

TEST(NoProxy, an_address_in_another_spelling_is_the_same_address) {
  EXPECT_TRUE(exempt("127.0.0.0/8", "http://127.1/"));
  EXPECT_TRUE(exempt("::1", "http://[0:0::0:1]/"));
  EXPECT_FALSE(exempt("0.1", "http://10.0.0.1/")) << "no address is a subdomain of a name";
}

TEST(NoProxy, a_zone_narrows_an_address_to_it) {
  EXPECT_TRUE(exempt("fe80::1", "http://[fe80::1%25eth0]/"));
  EXPECT_TRUE(exempt("fe80::1%eth0", "http://[fe80::1%eth0]/"));
  EXPECT_TRUE(exempt("[fe80::1%25eth0]:80", "http://[fe80::1%eth0]/"));
  EXPECT_FALSE(exempt("fe80::1%eth0", "http://[fe80::1%eth1]/"));
  EXPECT_FALSE(exempt("fe80::1%eth0", "http://[fe80::1]/"));
}

// --- validate() ----------------------------------------------------------------------------------

std::vector<OptionError> complaints(const ProxyPolicy& proxy, const std::string& path = "") {
  ClientOptions options;
  options.proxy = proxy;
  options.unix_socket = path;
  return options.validate();
}

TEST(Route, what_is_no_proxy_is_complained_about_without_its_password) {
  struct Row {
    const char* value;
    const char* remedy;
  };
  for (const Row& row : {Row{"https://p:1", "cleartext"},
                         {"socks5://u:s3cret@p:1", "cleartext"},
                         {"http://u:s3cret@p/path", "remove path and query"},
                         {"http://p?s3cret", "remove path and query"},
                         {"http://u:s3cret@", "host is missing"},
                         {"p:99999", "65535"},
                         {"u:s3 cret@p", "space"}}) {
    for (const bool secure : {false, true}) {
      const auto found =
          complaints(secure ? ProxyPolicy{"", row.value, {}} : ProxyPolicy{row.value, "", {}});
      ASSERT_EQ(found.size(), 1U) << row.value;
      EXPECT_EQ(found[0].option, secure ? "proxy.https_proxy" : "proxy.http_proxy");
      EXPECT_NE(found[0].remedy.find(row.remedy), std::string::npos) << found[0].remedy;
      EXPECT_EQ(to_string(found).find("cret"), std::string::npos) << to_string(found);
    }
  }
}

TEST(Route, what_is_no_exemption_is_complained_about) {
  for (const char* entry : {"a,b", "10.0.0.0/33", "fd00::/129", "name/8", "host:0", "host:x",
                            "[::1", "[::1]x", "[host]", "a b", ".", "10.0.0.0/", "10.*", "<local>",
                            "10.0.0.1%eth0", "fe80::1%", "*example.org"}) {
    const auto found = complaints({"http://p", "", {"fine.test", entry}});
    ASSERT_EQ(found.size(), 1U) << entry;
    EXPECT_EQ(found[0].option, "proxy.no_proxy");
    EXPECT_NE(found[0].remedy.find("rite"), std::string::npos) << entry << ": " << found[0].remedy;
  }
}

TEST(Route, a_proxy_that_is_checked_on_use_is_the_route_of_those_that_would_use_it) {
  ProxyPolicy policy{"http://p", "socks5://u:s3cret@p:1", {"exempt.test"}, true};
  EXPECT_TRUE(complaints(policy).empty());
  const Router router(policy, "");
  EXPECT_EQ(way(router, "http://a.test/"), "http://p:8080");
  EXPECT_EQ(way(router, "https://exempt.test/"), "direct");
  const RoutePtr route = router.route_to(url("https://a.test/"));
  EXPECT_EQ(route->kind, Route::Kind::unusable);
  EXPECT_EQ(
      route->path,
      "proxy.https_proxy is 'socks5://p:1': write http://host:port: only cleartext HTTP proxies "
      "are supported");
  policy.no_proxy = {"10.*"};
  EXPECT_EQ(complaints(policy).size(), 1U) << "the program's own exemptions are checked";
}

TEST(Route, a_fixed_address_may_have_a_zone_and_its_host_is_written_as_urls_have_it) {
  ClientOptions options;
  options.resolve = {{"a.test", 0, "fe80::1%eth0"}, {"xn--bcher-kva.test", 0, "::1"}};
  EXPECT_TRUE(options.validate().empty());
  for (const HostAddress& wrong : {HostAddress{"a.test", 0, "10.0.0.1%eth0"},
                                   HostAddress{"b\xC3\xBC"
                                               "cher.test",
                                               0, "::1"},
                                   HostAddress{"a.test", 0, "fe80::1%"}}) {
    options.resolve = {wrong};
    EXPECT_EQ(options.validate().size(), 1U) << wrong.host << wrong.address;
  }
}

TEST(Route, a_path_that_does_not_fit_a_socket_address_is_complained_about) {
  EXPECT_TRUE(complaints({}, "/" + std::string(102, 'a')).empty());
  const auto longest = complaints({}, "/" + std::string(107, 'a'));
  ASSERT_EQ(longest.size(), 1U);
  EXPECT_EQ(longest[0].option, "unix_socket");
  EXPECT_NE(longest[0].value.find("of 108 bytes"), std::string::npos) << longest[0].value;
  EXPECT_EQ(complaints({}, std::string("/a\0b", 4)).size(), 1U);
}

}  // namespace
}  // namespace holdfast::policy
