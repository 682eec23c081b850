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

TEST(Url, dot_segments_of_a_url_that_is_asked_for_as_it_stands_stay) {
  EXPECT_EQ(url_of("http://a/b/../c/./d").target(), "/b/../c/./d");
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
  EXPECT_EQ(url_of("http://[::ffff:1.2.3.4]:/").host(), "::ffff:1.2.3.4");
}

TEST(Url, an_empty_userinfo_is_none) { EXPECT_EQ(url_of("http://@a/").to_string(), "http://a/"); }

struct Refusal {
  const char* text;
  ErrorCode code;
  const char* shown;   // how the message names the URL
  const char* remedy;  // what the message says to do
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
      {" http://a/", kInvalid, "\" http://a/\"", "does not begin with http://"},
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
      {"http://a%41/", kInvalid, "\"http://a%41/\"", "\"%\" in the host"},
      {"http://a\x01/", kInvalid, "\"http://a%01/\"", "\"%01\" in the host"},
      {"http://b\xC3\xBC/", kInvalid, "\"http://b%C3%BC/\"", "write it in punycode"},
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
      {"http://[fe80::1%25eth0]/", kInvalid, "eth0]/\"", "no IPv6 address: write"},
      {"http://[::1]8080/", kInvalid, "\"http://[::1]8080/\"", "write [::1]:8080"},
      {"http://[::1]:x/", kInvalid, "\"http://[::1]:x/\"", "the port is not a number: write"},
      {"http://u ser@a/", kInvalid, "\"http://a/\"", "space in the userinfo: write %20"},
      {"http://u%zz@a/", kInvalid, "\"http://a/\"", "in the userinfo that is not followed by two"},
      {"http://u@v@a/", kInvalid, "\"http://a/\"", "\"@\" in the userinfo: write %40"},
      {"http://good\\@evil/", kInvalid, "\"http://evil/\"", "\"\\\" in the userinfo: write %5C"},
      {"http://a/b c", kInvalid, "\"http://a/b c\"", "space in the path or query: write %20"},
      {"http://a/b\tc", kInvalid, "\"http://a/b%09c\"", "control character in the path or query"},
      {"http://a/b\r\nX: y", kInvalid, "\"http://a/b%0D%0AX: y\"", "write %0D"},
      {"http://a/\x7F", kInvalid, "\"http://a/%7F\"", "write %7F"},
      {"http://a/\xC3\xBC", kInvalid, "\"http://a/%C3%BC\"", "byte beyond ASCII in the path"},
      {"http://a/?b= c", kInvalid, "\"http://a/?b=…\"", "write %20"},
      {"http://a/%", kInvalid, "\"http://a/%\"", "write %25"},
      {"http://a/%4", kInvalid, "\"http://a/%4\"", "write %25"},
      {"http://a/%4g", kInvalid, "\"http://a/%4g\"", "write %25"},
      {"http://a/%%41", kInvalid, "\"http://a/%%41\"", "write %25"},
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

// RFC 3986 §5.4, whole, except where the answer is no http URL.
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
  // The strict reading: a scheme makes it absolute, and then the host is missing.
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
  const Result<Url> url = url_of("http://a/").resolve("b c?d=secret");
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().code, ErrorCode::invalid_url);
  EXPECT_EQ(url.error().detail, "\"b c?d=…\": a space in the path or query: write %20");
}

/// Text that is a URL often enough, and wrong in interesting places otherwise.
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
  const std::string host = *rc::gen::nonEmpty(visible("aZ09-._~"));
  const std::string text =
      *rc::gen::element<std::string>("http://", "hTTps://") +
      *rc::gen::element<std::string>("", "@", "u@", "u:p%3A@") +
      *rc::gen::elementOf(std::vector<std::string>{host, "[::1]", "127.0.0.1"}) +
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
