#include "holdfast/url.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace holdfast {
namespace {

Url url_of(std::string_view text) {
  Result<Url> url = Url::parse(text);
  EXPECT_TRUE(url.ok()) << text << ": " << (url.ok() ? "" : url.error().message());
  return url.ok() ? *url : Url();
}

void expect_resolved(const Url& base, std::string_view reference, std::string_view expected) {
  const Result<Url> url = base.resolve(reference);
  ASSERT_TRUE(url.ok()) << reference << ": " << url.error().message();
  EXPECT_EQ(url->to_string(), expected) << "reference: " << reference;
}

TEST(Url, is_taken_apart) {
  const Url url = url_of("http://user:pa%20ss@Example.COM:8080/a/b;c?d=e&f#frag");
  EXPECT_EQ(url.scheme(), "http");
  EXPECT_EQ(url.userinfo(), "user:pa%20ss");
  EXPECT_EQ(url.host(), "example.com");
  EXPECT_EQ(url.port(), 8080);
  EXPECT_FALSE(url.port_is_default());
  EXPECT_EQ(url.target(), "/a/b;c?d=e&f");
  EXPECT_EQ(url.path(), "/a/b;c");
  EXPECT_EQ(url.query(), "d=e&f");
  EXPECT_EQ(url.authority(), "example.com:8080");
  EXPECT_EQ(url.origin(), "http://example.com:8080");
  EXPECT_EQ(url.to_string(), "http://user:pa%20ss@example.com:8080/a/b;c?d=e&f");
}

TEST(Url, scheme_and_host_are_lowered_path_and_query_are_not) {
  EXPECT_EQ(url_of("HtTp://HOST/Path?Query").to_string(), "http://host/Path?Query");
  EXPECT_EQ(url_of("HTTPS://[ABCD::1]/").host(), "abcd::1");
}

TEST(Url, an_empty_path_becomes_a_slash) {
  EXPECT_EQ(url_of("http://a").target(), "/");
  EXPECT_EQ(url_of("http://a?q").target(), "/?q");
  EXPECT_EQ(url_of("http://a#f").target(), "/");
  EXPECT_EQ(url_of("http://a/?").target(), "/?");
  EXPECT_EQ(url_of("http://a/?").query(), "");
}

TEST(Url, dot_segments_are_removed_unless_they_are_to_be_kept) {
  const char* const text = "http://a/b/../c/./d/%2E%2e/%2e/e/..?f/../g";
  EXPECT_EQ(url_of(text).target(), "/c/?f/../g");
  EXPECT_EQ(url_of("http://a/..").target(), "/");
  EXPECT_EQ(url_of("http://a/.../.b/c..").target(), "/.../.b/c..");
  EXPECT_EQ(Url::parse(text, DotSegments::keep)->target(), "/b/../c/./d/%2E%2e/%2e/e/..?f/../g");
  const Url base = url_of("http://a/x/y");
  EXPECT_EQ(base.resolve("/b/../c", DotSegments::keep)->target(), "/b/../c");
  EXPECT_EQ(base.resolve("//h/b/../c", DotSegments::keep)->to_string(), "http://h/b/../c");
  EXPECT_EQ(base.resolve("../c/./d", DotSegments::keep)->target(), "/c/d");
}

TEST(Url, what_may_not_stand_on_a_request_line_is_encoded_and_the_rest_is_not_touched) {
  EXPECT_EQ(url_of("http://a/x y?q=1 2").target(), "/x%20y?q=1%202");
  EXPECT_EQ(url_of("http://a/caf\xC3\xA9?\xFF").target(), "/caf%C3%A9?%FF");
  EXPECT_EQ(url_of("http://a/x?y=100%").target(), "/x?y=100%25");
  EXPECT_EQ(url_of("http://a/%%41%4g%4?%zz").target(), "/%25%41%254g%254?%25zz");
  EXPECT_EQ(url_of("http://a/\"<>^`{}\\?\"<>").target(), "/%22%3C%3E%5E%60%7B%7D%5C?%22%3C%3E");
  const char* const legal = "/a-._~!$&'()*+,;=:@%2f%2F/[x]|?b[]=c'd/e?{|}^`\\";
  EXPECT_EQ(url_of(std::string("http://a") + legal).target(), legal);
  EXPECT_EQ(url_of("http://a/b").resolve("c d?\xC3\xA9%")->target(), "/c%20d?%C3%A9%25");
}

TEST(Url, blanks_around_it_are_ignored) {
  EXPECT_EQ(url_of(" \thttp://a/b \t").to_string(), "http://a/b");
  EXPECT_EQ(url_of("http://a/b").resolve(" /c ")->to_string(), "http://a/c");
}

TEST(Url, an_at_sign_or_colon_behind_the_authority_is_of_the_path) {
  const Url url = url_of("http://a/@b:c@d?e=f@g");
  EXPECT_EQ(url.userinfo(), "");
  EXPECT_EQ(url.host(), "a");
  EXPECT_EQ(url.target(), "/@b:c@d?e=f@g");
}

TEST(Url, ports) {
  EXPECT_EQ(url_of("http://a").port(), 80);
  EXPECT_EQ(url_of("https://a").port(), 443);
  EXPECT_EQ(url_of("http://a:").port(), 80);
  EXPECT_EQ(url_of("https://a:/").port(), 443);
  EXPECT_EQ(url_of("http://a:0").port(), 0);
  EXPECT_EQ(url_of("http://a:65535").port(), 65535);
  EXPECT_EQ(url_of("http://a:00080").port(), 80);
  EXPECT_EQ(url_of("http://a:80").authority(), "a");
  EXPECT_EQ(url_of("http://a:443").authority(), "a:443");
  EXPECT_EQ(url_of("https://a:443").authority(), "a");
  EXPECT_EQ(url_of("http://a").origin(), "http://a:80");
}

TEST(Url, ipv6_literals_lose_their_brackets_and_get_them_back) {
  const Url url = url_of("http://u@[2001:DB8::7]:81/x");
  EXPECT_EQ(url.host(), "2001:db8::7");
  EXPECT_EQ(url.port(), 81);
  EXPECT_EQ(url.authority(), "[2001:db8::7]:81");
  EXPECT_EQ(url.origin(), "http://[2001:db8::7]:81");
  EXPECT_EQ(url.to_string(), "http://u@[2001:db8::7]:81/x");
  EXPECT_EQ(url_of("http://[::1]").authority(), "[::1]");
  EXPECT_EQ(url_of("http://[::ffff:1.2.3.4]:/").host(), "::ffff:1.2.3.4");  // RFC 5952 §5
}

TEST(Url, spellings_of_one_address_are_one_host) {
  for (const char* text :
       {"http://127.0.0.1", "http://127.1", "http://0x7f.1", "http://0177.0.0.1",
        "http://2130706433", "http://0X7F000001", "http://127.0.0.1.", "http://%31%32%37.0.0.1"}) {
    EXPECT_EQ(url_of(text).origin(), "http://127.0.0.1:80") << text;
  }
  for (const char* text : {"http://[::1]", "http://[0:0:0:0:0:0:0:1]", "http://[0000::0001]"}) {
    EXPECT_EQ(url_of(text).origin(), "http://[::1]:80") << text;
  }
  EXPECT_EQ(url_of("http://[1:0:0:2:0:0:0:3]").host(), "1:0:0:2::3");  // RFC 5952 §4.2.3
  EXPECT_EQ(url_of("http://[ABCD:0DB8::]").host(), "abcd:db8::");
  EXPECT_EQ(url_of("http://1.2.3.4x").host(), "1.2.3.4x");  // a name
  EXPECT_EQ(url_of("http://app.1").host(), "app.1");
}

TEST(Url, a_zone_is_of_the_origin_and_not_of_the_host_field) {
  for (const char* text : {"http://[fe80::1%25eth0]:81/x", "http://[fe80::1%eth0]:81/x",
                           "http://[FE80:0::1%eth0]:81/x"}) {
    const Url url = url_of(text);
    EXPECT_EQ(url.host(), "fe80::1");
    EXPECT_EQ(url.zone(), "eth0");
    EXPECT_EQ(url.authority(), "[fe80::1]:81");
    EXPECT_EQ(url.origin(), "http://[fe80::1%25eth0]:81");
    EXPECT_EQ(url.to_string(), "http://[fe80::1%25eth0]:81/x");
  }
  EXPECT_EQ(url_of("http://[fe80::1%25]").zone(), "25");
  EXPECT_EQ(url_of("http://[fe80::1%2]").zone(), "2");
  EXPECT_EQ(url_of("http://[fe80::1%2525]").to_string(), "http://[fe80::1%2525]/");
  EXPECT_EQ(url_of("http://[fe80::1]").zone(), "");
}

TEST(Url, an_empty_userinfo_is_none) { EXPECT_EQ(url_of("http://@a/").to_string(), "http://a/"); }

struct Refusal {
  const char* text;
  ErrorCode code;
  const char* shown;   // how the message shows the URL
  const char* remedy;  // the remedy in the message
};

const std::string kLongHost = "http://" + std::string(254, 'a') + "/";

TEST(Url, what_is_wrong_is_refused_by_name_and_with_the_remedy) {
  constexpr auto kInvalid = ErrorCode::invalid_url;
  constexpr auto kScheme = ErrorCode::unsupported_scheme;
  const std::vector<Refusal> refusals = {
      {"", kInvalid, "\"\"", "it is empty: write http://host/path"},
      {"/path", kInvalid, "\"/path\"", "does not begin with http://"},
      {"//host/x", kInvalid, "\"//host/x\"", "does not begin with http://"},
      {"host/x", kInvalid, "\"host/x\"", "does not begin with http://"},
      {"1http://a/", kInvalid, "\"1http://a/\"", "does not begin with http://"},
      {"localhost:8080/x", kInvalid, "\"localhost:8080/x\"", "write http:// before it"},
      {"http:a", kInvalid, "\"http:a\"", "write http://"},
      {"http:/a", kInvalid, "\"http:/a\"", "two slashes must follow"},
      {"ftp://a/x", kScheme, "\"ftp://a/x\"", "use http"},
      {"mailto:me", kScheme, "\"mailto:me\"", "use http"},
      {"http://", kInvalid, "\"http://\"", "the host is missing: write"},
      {"http:///x", kInvalid, "\"http:///x\"", "the host is missing: write"},
      {"http://:80/", kInvalid, "\"http://:80/\"", "the host is missing: write"},
      {"http://u@/", kInvalid, "\"http:///\"", "the host is missing: write"},
      {"http://a b/", kInvalid, "\"http://a b/\"", "\" \" in the host: a name has letters"},
      {"http://a\\b/", kInvalid, "\"http://a\\b/\"", "in the host: a name has letters"},
      {"http://a\x01/", kInvalid, "\"http://a%01/\"", "\"%01\" in the host"},
      {kLongHost.c_str(), kInvalid, "aaa…\"", "longer than 253"},
      {"http://a:b/", kInvalid, "\"http://a:b/\"", "the port is not a number: write"},
      {"http://a:-1/", kInvalid, "\"http://a:-1/\"", "the port is not a number: write"},
      {"http://a:+1/", kInvalid, "\"http://a:+1/\"", "the port is not a number: write"},
      {"http://a:8 /", kInvalid, "\"http://a:8 /\"", "the port is not a number: write"},
      {"http://a:65536/", kInvalid, "\"http://a:65536/\"", "above 65535: write"},
      {"http://a:99999999999999999999/", kInvalid, "9/\"", "above 65535: write"},
      {"http://::1/", kInvalid, "\"http://::1/\"", "write an IPv6 address in brackets"},
      {"http://a:1:2/", kInvalid, "\"http://a:1:2/\"", "write an IPv6 address in brackets"},
      {"http://[::1/", kInvalid, "\"http://[::1/\"", "closing bracket: write [::1]"},
      {"http://[]/", kInvalid, "\"http://[]/\"", "no IPv6 address: write"},
      {"http://[1.2.3.4]/", kInvalid, "\"http://[1.2.3.4]/\"", "no IPv6 address: write"},
      {"http://[::g]/", kInvalid, "\"http://[::g]/\"", "no IPv6 address: write"},
      {"http://[::1]8080/", kInvalid, "\"http://[::1]8080/\"", "write [::1]:8080"},
      {"http://[::1]:x/", kInvalid, "\"http://[::1]:x/\"", "the port is not a number: write"},
      {"http://u ser@a/", kInvalid, "\"http://a/\"", "space in the userinfo: write %20"},
      {"http://u%zz@a/", kInvalid, "\"http://a/\"", "in the userinfo that is not followed by two"},
      {"http://u@v@a/", kInvalid, "\"http://a/\"", "\"@\" in the userinfo: write %40"},
      {"http://good\\@evil/", kInvalid, "\"http://evil/\"", "\"\\\" in the userinfo: write %5C"},
      {"http://a/b\tc", kInvalid, "\"http://a/b%09c\"",
       "control character (%09) in the path or query"},
      {"http://a/b\r\nX: y", kInvalid, "\"http://a/b%0D%0AX: y\"", "(%0D) in the path"},
      {"http://a/\x7F", kInvalid, "\"http://a/%7F\"", "(%7F) in the path or query: take it out"},
      {"http://a/?b=\n", kInvalid, "\"http://a/?b=…\"", "(%0A) in the path or query: take it out"},
      {"http://a/\n", kInvalid, "\"http://a/%0A\"", "(%0A) in the path"},
      {"http://a%2Fb/", kInvalid, "\"http://a%2Fb/\"", "\"/\" in the host"},
      {"http://a%0A/", kInvalid, "\"http://a%0A/\"", "\"%0A\" in the host"},
      {"http://a%zz/", kInvalid, "\"http://a%zz/\"", "\"%\" in the host"},
      {"http://256.1.1.1/", kInvalid, "\"http://256.1.1.1/\"", "four from 0 to 255"},
      {"http://1.2.3.4.5/", kInvalid, "\"http://1.2.3.4.5/\"", "four from 0 to 255"},
      {"http://1.2.65536/", kInvalid, "\"http://1.2.65536/\"", "four from 0 to 255"},
      {"http://4294967296/", kInvalid, "\"http://4294967296/\"", "four from 0 to 255"},
      {"http://09.0.0.1/", kInvalid, "\"http://09.0.0.1/\"", "four from 0 to 255"},
      {"http://[fe80::1%]/", kInvalid, "\"http://[fe80::1%]/\"", "write [fe80::1%25eth0]"},
      {"http://[fe80::1%25a b]/", kInvalid, "a b]/\"", "write [fe80::1%25eth0]"},
      {"http://[fe80::1%25a%0A]/", kInvalid, "%0A]/\"", "write [fe80::1%25eth0]"},
  };
  for (const Refusal& refusal : refusals) {
    const Result<Url> url = Url::parse(refusal.text);
    ASSERT_FALSE(url.ok()) << refusal.text;
    EXPECT_EQ(url.error().code, refusal.code) << refusal.text;
    EXPECT_NE(url.error().detail.find(refusal.shown), std::string::npos) << url.error().detail;
    EXPECT_NE(url.error().detail.find(refusal.remedy), std::string::npos) << url.error().detail;
  }
}

TEST(Url, a_nul_byte_is_seen_wherever_it_hides) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"http://a\0b/"sv, "http://[::1\0x]/"sv, "http://a/\0"sv, "http://u\0@a/"sv}) {
    EXPECT_FALSE(Url::parse(text).ok());
  }
}

// All examples of RFC 3986 §5.4, except those that do not result in an http URL.
using Examples = std::vector<std::pair<const char*, const char*>>;

TEST(Url, references_resolve_as_in_rfc_3986_5_4_1) {
  const Url base = url_of("http://a/b/c/d;p?q");
  for (const auto& [reference, expected] : Examples{{"g", "http://a/b/c/g"},
                                                    {"./g", "http://a/b/c/g"},
                                                    {"g/", "http://a/b/c/g/"},
                                                    {"/g", "http://a/g"},
                                                    {"//g", "http://g/"},
                                                    {"?y", "http://a/b/c/d;p?y"},
                                                    {"g?y", "http://a/b/c/g?y"},
                                                    {"#s", "http://a/b/c/d;p?q"},
                                                    {"g#s", "http://a/b/c/g"},
                                                    {"g?y#s", "http://a/b/c/g?y"},
                                                    {";x", "http://a/b/c/;x"},
                                                    {"g;x", "http://a/b/c/g;x"},
                                                    {"g;x?y#s", "http://a/b/c/g;x?y"},
                                                    {"", "http://a/b/c/d;p?q"},
                                                    {".", "http://a/b/c/"},
                                                    {"./", "http://a/b/c/"},
                                                    {"..", "http://a/b/"},
                                                    {"../", "http://a/b/"},
                                                    {"../g", "http://a/b/g"},
                                                    {"../..", "http://a/"},
                                                    {"../../", "http://a/"},
                                                    {"../../g", "http://a/g"}}) {
    expect_resolved(base, reference, expected);
  }
  EXPECT_EQ(base.resolve("g:h").error().code, ErrorCode::unsupported_scheme);
}

TEST(Url, abnormal_references_resolve_as_in_rfc_3986_5_4_2) {
  const Url base = url_of("http://a/b/c/d;p?q");
  for (const auto& [reference, expected] : Examples{{"../../../g", "http://a/g"},
                                                    {"../../../../g", "http://a/g"},
                                                    {"/./g", "http://a/g"},
                                                    {"/../g", "http://a/g"},
                                                    {"g.", "http://a/b/c/g."},
                                                    {".g", "http://a/b/c/.g"},
                                                    {"g..", "http://a/b/c/g.."},
                                                    {"..g", "http://a/b/c/..g"},
                                                    {"./../g", "http://a/b/g"},
                                                    {"./g/.", "http://a/b/c/g/"},
                                                    {"g/./h", "http://a/b/c/g/h"},
                                                    {"g/../h", "http://a/b/c/h"},
                                                    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                                    {"g;x=1/../y", "http://a/b/c/y"},
                                                    {"g?y/./x", "http://a/b/c/g?y/./x"},
                                                    {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                    {"g#s/./x", "http://a/b/c/g"},
                                                    {"g#s/../x", "http://a/b/c/g"}}) {
    expect_resolved(base, reference, expected);
  }
  // The strict reading: with a scheme it is an absolute URL, whose host is missing.
  EXPECT_EQ(base.resolve("http:g").error().code, ErrorCode::invalid_url);
}

TEST(Url, references_to_other_hosts_lose_their_dot_segments_too) {
  const Url base = url_of("https://u:p@a:8443/b/");
  expect_resolved(base, "//g/x/../y", "https://g/y");
  expect_resolved(base, "http://g/x/../../y?z/../q", "http://g/y?z/../q");
  expect_resolved(base, "http://g/..", "http://g/");
}

TEST(Url, a_relative_reference_keeps_authority_and_userinfo) {
  const Url base = url_of("https://u:p@a:8443/b/");
  expect_resolved(base, "c", "https://u:p@a:8443/b/c");
  expect_resolved(base, "?", "https://u:p@a:8443/b/?");
  expect_resolved(base, "/a//../b", "https://u:p@a:8443/a/b");
  expect_resolved(url_of("http://a/?"), "", "http://a/?");
  expect_resolved(url_of("http://a"), "g", "http://a/g");
}

TEST(Url, a_bad_reference_is_refused_by_name) {
  const Result<Url> url = url_of("http://a/").resolve("b\tc?d=secret");
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().code, ErrorCode::invalid_url);
  EXPECT_EQ(url.error().detail,
            "\"b%09c?d=…\": a control character (%09) in the path or query: take it out");
}

/// Text that is often a valid URL, and otherwise invalid in different ways.
rc::Gen<std::string> url_like() {
  const auto byte = rc::gen::weightedOneOf<char>(
      {{60, rc::gen::elementOf(std::string("aZ09-._~//??..::@=&;,+!$'()*#"))},
       {1, rc::gen::elementOf(std::string(" \t\r\n\\[]%\x7F\"<>"))},
       {1, rc::gen::arbitrary<char>()}});
  return rc::gen::map(
      rc::gen::tuple(rc::gen::element<std::string>("http://", "HTTP://h", "https://h/", "http://h?",
                                                   "http://h:80/%41", "//", "//u@h", "", "ftp://"),
                     rc::gen::container<std::string>(byte)),
      [](const auto& parts) { return std::get<0>(parts) + std::get<1>(parts); });
}

rc::Gen<std::string> visible(const std::string& from) {
  return rc::gen::container<std::string>(rc::gen::elementOf(from));
}

RC_GTEST_PROP(Url, parse_after_to_string_changes_nothing, ()) {
  const std::string host = "h" + *visible("aZ09-._~");
  const std::string text =
      *rc::gen::element<std::string>("http://", "hTTps://") +
      *rc::gen::element<std::string>("", "@", "u@", "u:p%3A@") +
      *rc::gen::elementOf(std::vector<std::string>{host, "[::1]", "127.0.0.1", "0x7f.1",
                                                   "[FE80:0::1%25eth0]", "[fe80::1%7]"}) +
      *rc::gen::element<std::string>("", ":", ":80", ":443", ":0", ":65535") +
      *rc::gen::element<std::string>("", "/", "//") + "?" + *visible("aZ/.?@:=&;[]\"<>|#");
  const Result<Url> once = Url::parse(text);
  RC_ASSERT(once.ok());
  const Result<Url> twice = Url::parse(once->to_string());
  RC_ASSERT(twice.ok());
  RC_ASSERT(twice->to_string() == once->to_string());
  RC_ASSERT(twice->userinfo() == once->userinfo());
  RC_ASSERT(twice->origin() == once->origin());
  RC_ASSERT(twice->target() == once->target());
}

void assert_fit_for_the_wire(const Url& url) {
  RC_ASSERT(url.target().starts_with('/'));
  RC_ASSERT(!url.host().empty());
  for (const std::string& text : {url.target(), url.authority(), url.userinfo()}) {
    for (const char c : text) RC_ASSERT((c > 0x20 && c < 0x7F));
  }
  RC_ASSERT(url.target().find('#') == std::string::npos);
  RC_ASSERT(url.to_string() == Url::parse(url.to_string())->to_string());
}

RC_GTEST_PROP(Url, whatever_parses_is_fit_for_the_wire, ()) {
  const Result<Url> url = Url::parse(*url_like());
  RC_CLASSIFY(url.ok());
  if (url.ok()) assert_fit_for_the_wire(*url);
}

RC_GTEST_PROP(Url, whatever_resolves_is_fit_for_the_wire, ()) {
  const Result<Url> url = Url::parse("http://a/b/c?d")->resolve(*url_like());
  RC_CLASSIFY(url.ok());
  if (!url.ok()) return;
  assert_fit_for_the_wire(*url);
  const std::string path = std::string(url->path()) + "/";
  RC_ASSERT(path.find("/../") == std::string::npos);
  RC_ASSERT(path.find("/./") == std::string::npos);
}

}  // namespace
}  // namespace holdfast
