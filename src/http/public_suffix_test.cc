#include "http/public_suffix.h"

#include <gtest/gtest.h>

namespace holdfast::http {
namespace {

TEST(public_suffix, a_name_without_a_dot_is_one) {
  EXPECT_TRUE(is_public_suffix("com"));
  EXPECT_TRUE(is_public_suffix("localhost"));
  EXPECT_FALSE(is_public_suffix("example.com"));
  EXPECT_FALSE(is_public_suffix("a.example.com"));
}

TEST(public_suffix, the_list_knows_those_with_dots) {
  if (!knows_public_suffixes()) {
    EXPECT_FALSE(is_public_suffix("co.uk"));  // documented in cookies.h
    return;
  }
  EXPECT_TRUE(is_public_suffix("co.uk"));
  EXPECT_TRUE(is_public_suffix("github.io"));
  EXPECT_TRUE(is_public_suffix("x.ck"));
  EXPECT_FALSE(is_public_suffix("www.ck"));
  EXPECT_FALSE(is_public_suffix("example.co.uk"));
}

}  // namespace
}  // namespace holdfast::http
