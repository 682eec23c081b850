#include "holdfast/request_builder.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace holdfast {
namespace {

using namespace std::chrono_literals;

std::string field(const Request& request, std::string_view name) {
  return std::string(request.headers.get(name).value_or("(none)"));
}

TEST(RequestBuilder, what_is_not_said_is_as_in_a_plain_request) {
  const Request request = RequestBuilder::get("/x").build();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url, "/x");
  EXPECT_TRUE(request.headers.empty());
  EXPECT_EQ(request.body.kind(), Body::Kind::none);
  EXPECT_EQ(request.policy, nullptr);
}

TEST(RequestBuilder, every_method_has_its_name) {
  EXPECT_EQ(RequestBuilder::head("/").build().method, "HEAD");
  EXPECT_EQ(RequestBuilder::options("/").build().method, "OPTIONS");
  EXPECT_EQ(RequestBuilder::post("/").build().method, "POST");
  EXPECT_EQ(RequestBuilder::put("/").build().method, "PUT");
  EXPECT_EQ(RequestBuilder::patch("/").build().method, "PATCH");
  EXPECT_EQ(RequestBuilder::del("/").build().method, "DELETE");
  EXPECT_EQ(RequestBuilder("REPORT", "/").build().method, "REPORT");
}

TEST(RequestBuilder, query_parameters_add_up_in_order) {
  const Request request =
      RequestBuilder::get("/x?a=1#top").query("q", "a b").query({{"r", "1"}, {"r", "2+3"}}).build();
  EXPECT_EQ(request.url, "/x?a=1&q=a%20b&r=1&r=2%2B3#top");
}

TEST(RequestBuilder, a_header_is_replaced_and_an_added_one_is_not) {
  const Request request = RequestBuilder::get("/")
                              .header("Accept", "a/b")
                              .header("accept", "c/d")
                              .add_header("X", "1")
                              .add_header("X", "2")
                              .build();
  EXPECT_EQ(request.headers.values("Accept"), (std::vector<std::string_view>{"c/d"}));
  EXPECT_EQ(request.headers.values("X"), (std::vector<std::string_view>{"1", "2"}));
}

TEST(RequestBuilder, each_body_says_its_type) {
  const auto post = [] { return RequestBuilder::post("/"); };
  const Request json = post().json("{}").build();
  EXPECT_EQ(json.body.bytes(), "{}");
  EXPECT_EQ(field(json, "Content-Type"), "application/json");
  const Request text = post().text("hello").build();
  EXPECT_EQ(text.body.bytes(), "hello");
  EXPECT_EQ(field(text, "Content-Type"), "text/plain; charset=utf-8");
  const Request form = post().form({{"a", "b c"}, {"d", "&"}}).build();
  EXPECT_EQ(form.body.bytes(), "a=b+c&d=%26");
  EXPECT_EQ(field(form, "Content-Type"), "application/x-www-form-urlencoded");
  const Request single = post().form({{"a", "b"}}).build();
  EXPECT_EQ(single.body.bytes(), "a=b");
  const Request bytes = post().body("raw").build();
  EXPECT_EQ(bytes.body.bytes(), "raw");
  EXPECT_FALSE(bytes.headers.contains("Content-Type"));
  EXPECT_EQ(field(post().body("raw", "image/png").build(), "Content-Type"), "image/png");
}

TEST(RequestBuilder, a_multipart_body_comes_with_its_boundary) {
  Multipart parts;
  parts.field("a", "b");
  const Request request = RequestBuilder::post("/").multipart(parts).build();
  EXPECT_EQ(field(request, "Content-Type"), parts.content_type());
  EXPECT_EQ(request.body.bytes(), parts.body().bytes());
}

TEST(RequestBuilder, a_file_is_read_for_each_attempt) {
  const Request request = RequestBuilder::put("/").file("/dev/null", "text/css").build();
  EXPECT_EQ(request.body.kind(), Body::Kind::factory);
  EXPECT_EQ(field(request, "Content-Type"), "text/css");
  EXPECT_EQ(field(RequestBuilder::put("/").file("/x").build(), "Content-Type"),
            "application/octet-stream");
}

TEST(RequestBuilder, a_content_type_of_ones_own_wins_wherever_it_is_said) {
  const std::string own = "application/vnd.api+json";
  EXPECT_EQ(RequestBuilder::post("/")
                .header("content-type", own)
                .json("{}")
                .build()
                .headers.joined("Content-Type"),
            own);
  EXPECT_EQ(RequestBuilder::post("/")
                .json("{}")
                .header("content-type", own)
                .build()
                .headers.joined("Content-Type"),
            own);
}

TEST(RequestBuilder, the_last_body_is_sent_with_its_type) {
  const Request request = RequestBuilder::post("/").json("{}").text("t").build();
  EXPECT_EQ(request.body.bytes(), "t");
  EXPECT_EQ(request.headers.joined("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_FALSE(
      RequestBuilder::post("/").json("{}").body("x").build().headers.contains("Content-Type"));
}

TEST(RequestBuilder, credentials_and_keys_are_fields) {
  EXPECT_EQ(
      field(RequestBuilder::get("/").basic_auth("Aladdin", "open sesame").build(), "Authorization"),
      "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  const Request request =
      RequestBuilder::get("/").basic_auth("a", "b").bearer("t").idempotency_key("k").build();
  EXPECT_EQ(request.headers.values("Authorization"), (std::vector<std::string_view>{"Bearer t"}));
  EXPECT_EQ(field(request, "Idempotency-Key"), "k");
}

TEST(RequestBuilder, a_secret_with_a_line_break_is_complained_about_without_being_repeated) {
  const Request request = RequestBuilder::get("/").bearer("secret\r\nX: y").build();
  EXPECT_EQ(request.headers.complaint(),
            "the value of Authorization has a carriage return: remove it");
}

TEST(RequestBuilder, policies_said_singly_come_together_and_the_others_stay_the_clients) {
  RetryPolicy retry;
  retry.max_attempts = 2;
  TimeoutPolicy timeouts;
  timeouts.total = 7s;
  const Request request = RequestBuilder::get("/").retry(retry).timeouts(timeouts).build();
  ASSERT_NE(request.policy, nullptr);
  EXPECT_EQ(request.policy->retry->max_attempts, 2U);
  EXPECT_EQ(request.policy->timeouts->total, 7s);
  EXPECT_FALSE(request.policy->limits.has_value());
}

TEST(RequestBuilder, a_shared_policy_is_shared_until_something_is_changed_about_it) {
  auto shared = std::make_shared<RequestPolicy>();
  shared->retry.emplace().max_attempts = 3;
  EXPECT_EQ(RequestBuilder::get("/").policy(shared).build().policy, shared);
  LimitPolicy limits;
  limits.max_body_bytes = 9;
  const Request changed = RequestBuilder::get("/").policy(shared).limits(limits).build();
  EXPECT_NE(changed.policy, shared);
  EXPECT_EQ(changed.policy->retry->max_attempts, 3U);
  EXPECT_EQ(changed.policy->limits->max_body_bytes, 9U);
  EXPECT_FALSE(shared->limits.has_value());
  EXPECT_EQ(RequestBuilder::get("/").limits(limits).policy(shared).build().policy, shared);
}

TEST(RequestBuilder, a_builder_is_the_stem_of_several_requests) {
  RequestBuilder stem = RequestBuilder::get("/x");
  stem.query("a", "1").header("Accept", "a/b").text("body").retry({});
  const Request first = stem.build();
  const Request second = stem.query("b", "2").build();
  EXPECT_EQ(first.url, "/x?a=1");
  EXPECT_EQ(second.url, "/x?a=1&b=2");
  EXPECT_EQ(second.headers.values("Content-Type").size(), 1U);
  EXPECT_EQ(second.body.bytes(), "body");
  ASSERT_NE(second.policy, nullptr);
  const Request last = std::move(stem).build();
  EXPECT_EQ(last.url, second.url);
  EXPECT_EQ(last.body.bytes(), "body");
}

}  // namespace
}  // namespace holdfast
