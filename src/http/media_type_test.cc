#include "holdfast/media_type.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "holdfast/headers.h"
#include "holdfast/response.h"

namespace holdfast {
namespace {

TEST(MediaType, type_and_charset_come_in_lower_case) {
  const auto html = MediaType::parse("Text/HTML;Charset=\"UTF-8\"");  // RFC 9110 §8.3.1
  ASSERT_TRUE(html.has_value());
  EXPECT_EQ(html->type, "text/html");
  EXPECT_EQ(html->charset(), "utf-8");
  EXPECT_EQ(html->parameter("CHARSET"), "UTF-8");
}

TEST(MediaType, blanks_around_semicolons_and_empty_parameters_mean_nothing) {
  const auto type = MediaType::parse(" a/b ;; charset=x ; ; y = z\t");
  ASSERT_TRUE(type.has_value());
  EXPECT_EQ(type->type, "a/b");
  EXPECT_EQ(type->charset(), "x");
  EXPECT_EQ(type->parameter("y"), "z");
  EXPECT_EQ(type->parameters.size(), 2U);
}

TEST(MediaType, quoted_values_may_hold_what_would_end_others) {
  const auto type = MediaType::parse(R"(multipart/form-data; boundary="a;b=\"c\\d"; x=1)");
  ASSERT_TRUE(type.has_value());
  EXPECT_EQ(type->parameter("boundary"), R"(a;b="c\d)");
  EXPECT_EQ(type->parameter("x"), "1");
}

TEST(MediaType, the_first_of_repeated_parameters_counts) {
  EXPECT_EQ(MediaType::parse("a/b; charset=one; charset=two")->charset(), "one");
}

TEST(MediaType, senseless_parameters_are_left_out_and_the_others_are_not) {
  const auto type =
      MediaType::parse(R"(a/b; ; =x; na me=x; v=a b; q="x"y; charset=utf-8; t="open)");
  ASSERT_TRUE(type.has_value());
  EXPECT_EQ(type->charset(), "utf-8");
  EXPECT_EQ(type->parameter("t"), "open");
  EXPECT_EQ(type->parameters.size(), 2U);
}

TEST(MediaType, what_is_no_type_is_none) {
  for (const char* text : {"", "text", "/", "text/", "/html", "te xt/html", "text/html/x", ";a=b",
                           "text/html, text/plain"}) {
    EXPECT_FALSE(MediaType::parse(text).has_value()) << text;
  }
  EXPECT_EQ(MediaType::parse("a/b")->charset(), "");
  EXPECT_EQ(MediaType::parse("a/b;charset")->charset(), "");
}

RC_GTEST_PROP(MediaType, any_text_is_survived_and_what_is_found_is_made_of_tokens, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("ab/;;==\"\"\\ \t"))));
  const auto type = MediaType::parse("a/b" + text);
  if (!type) return;
  RC_ASSERT(type->type.starts_with("a/b"));
  for (const Parameter& one : type->parameters) RC_ASSERT(is_token(one.name));
}

TEST(ResponseHead, content_type_is_taken_apart) {
  ResponseHead head;
  EXPECT_FALSE(head.content_type().has_value());
  head.headers.add("content-type", "nonsense");
  EXPECT_FALSE(head.content_type().has_value());
  head.headers.set("content-type", "application/json; charset=utf-8");
  ASSERT_TRUE(head.content_type().has_value());
  EXPECT_EQ(head.content_type()->type, "application/json");
  EXPECT_EQ(head.content_type()->charset(), "utf-8");
}

}  // namespace
}  // namespace holdfast
