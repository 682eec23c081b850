#include "policy/redirect.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "holdfast/options.h"

namespace holdfast::policy {
namespace {

using Kind = RedirectVerdict::Kind;

struct Asked {
  int status = 302;
  Headers response{{"Location", "/next"}};
  std::string from = "http://a.test/dir/page?q=1";
  std::string method = "GET";
  RedirectPolicy policy{true, 10, false};
  NonIdempotent non_idempotent = NonIdempotent::never;
  bool key = false;
  bool body_replayable = true;
  std::uint32_t hops = 0;
  DotSegments dots = DotSegments::remove;
  std::vector<std::string> sent_to;

  RedirectVerdict verdict() const {
    const Url url = std::move(*Url::parse(from));
    return decide_redirect(policy, {status, response, url, hops, method, non_idempotent, key,
                                    body_replayable, dots, sent_to});
  }
  /// The verdict's method is a view of `method`, hence the copy.
  std::string next_method() const { return std::string(verdict().method); }
  std::string next_url() const { return verdict().to.to_string(); }
};

Asked to(std::string location) {
  Asked asked;
  asked.response = Headers{{"Location", location}};
  return asked;
}

TEST(redirect, nothing_is_a_redirect_while_they_are_not_followed) {
  Asked asked;
  asked.policy.follow = false;
  EXPECT_EQ(asked.verdict().kind, Kind::none);
}

TEST(redirect, only_five_statuses_are_redirects) {
  for (int status = 200; status < 600; ++status) {
    Asked asked;
    asked.status = status;
    const bool expected =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    EXPECT_EQ(asked.verdict().kind, expected ? Kind::follow : Kind::none) << status;
  }
}

TEST(redirect, the_method_and_body_follow_the_status) {
  const struct {
    int status;
    const char* method;
    const char* next;  // nullptr: refused
    bool keeps_body;
  } rows[] = {
      {301, "GET", "GET", true},         {301, "HEAD", "HEAD", true},
      {301, "POST", "GET", false},       {301, "PUT", "PUT", true},
      {301, "PATCH", nullptr, false},    {302, "POST", "GET", false},
      {302, "DELETE", "DELETE", true},   {302, "PROPFIND", nullptr, false},
      {302, "post", nullptr, false},     {303, "GET", "GET", false},
      {303, "HEAD", "HEAD", false},      {303, "POST", "GET", false},
      {303, "PUT", "GET", false},        {303, "PATCH", "GET", false},
      {307, "GET", "GET", true},         {307, "PUT", "PUT", true},
      {307, "POST", nullptr, false},     {308, "POST", nullptr, false},
      {308, "OPTIONS", "OPTIONS", true}, {308, "QUERY", "QUERY", true},
  };
  for (const auto& row : rows) {
    Asked asked;
    asked.status = row.status;
    asked.method = row.method;
    const RedirectVerdict verdict = asked.verdict();
    if (row.next == nullptr) {
      EXPECT_EQ(verdict.kind, Kind::refused) << row.status << row.method;
      EXPECT_EQ(verdict.why, RedirectRefusal::method) << row.status << row.method;
      continue;
    }
    EXPECT_EQ(verdict.kind, Kind::follow) << row.status << row.method;
    EXPECT_EQ(verdict.method, row.next) << row.status << row.method;
    EXPECT_EQ(verdict.keeps_body, row.keeps_body) << row.status << row.method;
  }
}

TEST(redirect, a_keyed_post_may_be_sent_again_and_an_unsent_one_may_not) {
  Asked asked;
  asked.status = 307;
  asked.method = "POST";
  asked.non_idempotent = NonIdempotent::keyed;
  EXPECT_EQ(asked.verdict().kind, Kind::refused);
  asked.key = true;
  EXPECT_EQ(asked.next_method(), "POST");
  asked.non_idempotent = NonIdempotent::unsent;  // which a redirect does not prove
  EXPECT_EQ(asked.verdict().kind, Kind::refused);
}

TEST(redirect, a_body_that_is_gone_is_not_sent_again_but_may_be_dropped) {
  Asked asked;
  asked.status = 307;
  asked.method = "PUT";
  asked.body_replayable = false;
  EXPECT_EQ(asked.verdict().why, RedirectRefusal::body);
  asked.status = 303;
  EXPECT_EQ(asked.next_method(), "GET");
}

TEST(redirect, resend_unsafe_lets_307_and_308_send_a_post_once_to_each_place) {
  Asked asked;
  asked.method = "POST";
  asked.policy.resend_unsafe = true;
  for (const int status : {307, 308}) {
    asked.status = status;
    EXPECT_EQ(asked.next_method(), "POST");
    EXPECT_TRUE(asked.verdict().resends_unsafe);
    EXPECT_TRUE(asked.verdict().keeps_body);
  }
  asked.sent_to = {"http://a.test:80/next"};
  EXPECT_EQ(asked.verdict().why, RedirectRefusal::method) << "that place has had the request";
  asked.sent_to = {"http://a.test:80/other"};
  EXPECT_EQ(asked.verdict().kind, Kind::follow);
  asked.from = "http://a.test/next";
  EXPECT_EQ(asked.verdict().why, RedirectRefusal::method)
      << "this place has had the request as well";
  asked.from = "http://a.test/";
  asked.body_replayable = false;
  EXPECT_EQ(asked.verdict().why, RedirectRefusal::body);
  asked.body_replayable = true;
  asked.method = "PATCH";
  EXPECT_EQ(asked.next_method(), "PATCH");
  asked.status = 302;
  EXPECT_EQ(asked.verdict().why, RedirectRefusal::method) << "302 does not ask to keep the method";
  asked.method = "PUT";
  asked.status = 307;
  EXPECT_FALSE(asked.verdict().resends_unsafe);
}

TEST(redirect, each_refusal_has_its_stop_reason) {
  const std::pair<RedirectRefusal, StopReason> rows[] = {
      {RedirectRefusal::no_location, StopReason::redirect_invalid},
      {RedirectRefusal::unreadable, StopReason::redirect_invalid},
      {RedirectRefusal::unsupported, StopReason::redirect_unsupported},
      {RedirectRefusal::downgrade, StopReason::redirect_downgrade},
      {RedirectRefusal::method, StopReason::redirect_refused},
      {RedirectRefusal::body, StopReason::redirect_refused},
  };
  for (const auto& [why, reason] : rows) EXPECT_EQ(stop_reason(why), reason);
}

TEST(redirect, location_is_resolved_against_the_current_url) {
  EXPECT_EQ(to("other").next_url(), "http://a.test/dir/other");
  EXPECT_EQ(to("../up").next_url(), "http://a.test/up");
  EXPECT_EQ(to("?z").next_url(), "http://a.test/dir/page?z");
  EXPECT_EQ(to("//b.test/x").next_url(), "http://b.test/x");
  EXPECT_EQ(to("https://B.test:444/y#part").next_url(), "https://b.test:444/y");
  EXPECT_EQ(to("#part").next_url(), "http://a.test/dir/page?q=1");
}

TEST(redirect, location_is_normalised_as_urls_are) {
  EXPECT_EQ(to("/caf\xC3\xA9 au lait").next_url(), "http://a.test/caf%C3%A9%20au%20lait");
  EXPECT_EQ(to("/x?y=100%").next_url(), "http://a.test/x?y=100%25");
  EXPECT_EQ(to("/a/../b").next_url(), "http://a.test/b");
  EXPECT_EQ(to("http://caf\xE9.test/").verdict().why, RedirectRefusal::unreadable);
  Asked kept = to("/a/../b");
  kept.dots = DotSegments::keep;
  EXPECT_EQ(kept.next_url(), "http://a.test/a/../b");
}

TEST(redirect, an_international_host_is_converted_where_names_can_be) {
  const Result<Url> url = Url::parse("http://caf\xC3\xA9.test/");
  const RedirectVerdict verdict = to("http://caf\xC3\xA9.test/").verdict();
  EXPECT_EQ(verdict.kind, url.ok() ? Kind::follow : Kind::refused);
  EXPECT_EQ(verdict.to.host(), url.ok() ? "xn--caf-dma.test" : "");
}

TEST(redirect, the_zone_of_a_link_local_address_is_kept_for_the_same_address) {
  Asked asked = to("http://[fe80::1]:81/login");
  asked.from = "http://[fe80::1%25eth0]:81/";
  EXPECT_EQ(asked.next_url(), "http://[fe80::1%25eth0]:81/login");
  EXPECT_FALSE(asked.verdict().crosses_origins);
  asked.response = Headers{{"Location", "http://[fe80::2]:81/"}};
  EXPECT_EQ(asked.next_url(), "http://[fe80::2]:81/");
  EXPECT_TRUE(asked.verdict().crosses_origins);
  asked.response = Headers{{"Location", "http://[fe80::1%25eth1]:81/"}};
  EXPECT_TRUE(asked.verdict().crosses_origins);
}

TEST(redirect, a_location_that_cannot_be_used_is_refused) {
  for (const char* location :
       {"http://", "http://a b/", "//u@[::1/", "/a\x01", "http://a.test:99999/", "///x"}) {
    const RedirectVerdict verdict = to(location).verdict();
    EXPECT_EQ(verdict.kind, Kind::refused) << location;
    EXPECT_EQ(verdict.why, RedirectRefusal::unreadable) << location;
  }
  for (const char* location : {"ftp://a.test/", "javascript:alert(1)", "data:,hi"}) {
    EXPECT_EQ(to(location).verdict().why, RedirectRefusal::unsupported) << location;
  }
  Asked none;
  none.response = Headers{{"Content-Length", "0"}};
  EXPECT_EQ(none.verdict().why, RedirectRefusal::no_location);
  EXPECT_EQ(to("").verdict().why, RedirectRefusal::no_location);
}

TEST(redirect, several_locations_have_to_agree) {
  Asked asked;
  asked.response = Headers{{"Location", "/a"}, {"location", "/a"}};
  EXPECT_EQ(asked.next_url(), "http://a.test/a");
  asked.response.add("LOCATION", "/b");
  EXPECT_EQ(asked.verdict().why, RedirectRefusal::no_location);
}

TEST(redirect, https_to_http_takes_permission) {
  Asked asked = to("http://a.test/");
  asked.from = "https://a.test/";
  EXPECT_EQ(asked.verdict().why, RedirectRefusal::downgrade);
  asked.policy.allow_downgrade = true;
  EXPECT_EQ(asked.verdict().kind, Kind::follow);
  EXPECT_EQ(to("https://a.test/").verdict().kind, Kind::follow);
}

TEST(redirect, the_limit_counts_hops_and_a_refusal_goes_before_it) {
  Asked asked;
  asked.policy.max_redirects = 3;
  asked.hops = 2;
  EXPECT_EQ(asked.verdict().kind, Kind::follow);
  asked.hops = 3;
  EXPECT_EQ(asked.verdict().kind, Kind::too_many);
  asked.response.clear();
  EXPECT_EQ(asked.verdict().kind, Kind::refused);
}

TEST(redirect, another_scheme_host_or_port_is_another_origin) {
  EXPECT_FALSE(to("/x").verdict().crosses_origins);
  EXPECT_FALSE(to("http://A.test:80/x").verdict().crosses_origins);
  EXPECT_FALSE(to("http://user@a.test/x").verdict().crosses_origins);
  EXPECT_TRUE(to("http://a.test:81/x").verdict().crosses_origins);
  EXPECT_TRUE(to("https://a.test/x").verdict().crosses_origins);
  EXPECT_TRUE(to("http://b.a.test/x").verdict().crosses_origins);
}

std::string names(const Headers& fields) {
  std::string text;
  for (const HeaderField field : fields) text.append(field.name).append(" ");
  return text;
}

TEST(redirect, fields_of_one_origin_and_of_the_body_are_left_behind) {
  const Headers all{{"Accept", "*/*"},          {"AUTHORIZATION", "Bearer t"},
                    {"cookie", "a=b"},          {"Proxy-Authorization", "Basic x"},
                    {"Host", "front.test"},     {"content-type", "text/plain"},
                    {"Content-Encoding", "br"}, {"Digest", "d"},
                    {"Idempotency-Key", "k"},   {"X-Cookie", "mine"}};
  RedirectVerdict verdict;
  verdict.keeps_body = true;
  Headers fields = all;
  strip_fields(fields, verdict);
  EXPECT_EQ(fields.size(), all.size());

  verdict.crosses_origins = true;
  strip_fields(fields, verdict);
  EXPECT_EQ(names(fields), "Accept content-type Content-Encoding Digest Idempotency-Key X-Cookie ");

  fields = all;
  verdict.crosses_origins = verdict.keeps_body = false;
  strip_fields(fields, verdict);
  EXPECT_EQ(names(fields), "Accept AUTHORIZATION cookie Proxy-Authorization Host X-Cookie ");
}

TEST(redirect, nonsense_is_complained_about) {
  EXPECT_TRUE(check_redirects({}).empty());
  EXPECT_TRUE(check_redirects({true, 1, true}).empty());
  EXPECT_TRUE(check_redirects({false, 0, false}).empty());
  EXPECT_TRUE(check_redirects({true, 0, false}).empty());
  EXPECT_TRUE(check_redirects({true, 10, false, true}).empty());
  EXPECT_EQ(check_redirects({false, 10, false, true})[0].option, "redirects.resend_unsafe");
  EXPECT_EQ(check_redirects({true, 1001, false})[0].value, "1001");
  EXPECT_EQ(check_redirects({false, 10, true})[0].option, "redirects.allow_downgrade");
  ClientOptions options;
  options.redirects = {true, 1001, false};
  EXPECT_TRUE(to_string(options.validate()).starts_with("redirects.max_redirects is 1001: "));
}

}  // namespace
}  // namespace holdfast::policy
