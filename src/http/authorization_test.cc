#include "holdfast/authorization.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(basic_authorization, rfc_7617_examples) {
  EXPECT_EQ(basic_authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(basic_authorization("test", "123\xC2\xA3"), "Basic dGVzdDoxMjPCow==");
}

TEST(basic_authorization, nothing_is_decoded_and_colons_of_a_password_stay) {
  EXPECT_EQ(basic_authorization("a%20b", "c:d"), "Basic YSUyMGI6Yzpk");
  EXPECT_EQ(basic_authorization("", ""), "Basic Og==");
}

TEST(bearer_authorization, the_token_as_it_is) {
  EXPECT_EQ(bearer_authorization("mF_9.B5f-4.1JqM"), "Bearer mF_9.B5f-4.1JqM");
}

}  // namespace
}  // namespace holdfast
