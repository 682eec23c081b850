#include "http/basic_credentials.h"

#include <gtest/gtest.h>

namespace holdfast::http {
namespace {

TEST(basic_credentials, rfc_7617_example) {
  EXPECT_EQ(basic_credentials("Aladdin:open%20sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}
TEST(basic_credentials, every_padding) {
  EXPECT_EQ(basic_credentials("a:b"), "Basic YTpi");
  EXPECT_EQ(basic_credentials("a:bc"), "Basic YTpiYw==");
  EXPECT_EQ(basic_credentials("a:bcd"), "Basic YTpiY2Q=");
}
TEST(basic_credentials, a_user_alone_has_an_empty_password) {
  EXPECT_EQ(basic_credentials("a"), "Basic YTo=");
}
TEST(basic_credentials, an_escaped_colon_belongs_to_the_user) {
  EXPECT_EQ(basic_credentials("a%3Ab"), "Basic YTpiOg==");
}

}  // namespace
}  // namespace holdfast::http
