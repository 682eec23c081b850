#include "base/read_real.h"

#include <gtest/gtest.h>

namespace holdfast::base {
namespace {

TEST(ReadReal, whole_decimal_numbers_are_read) {
  double value = -1;
  EXPECT_TRUE(read_real("0.25", value));
  EXPECT_DOUBLE_EQ(value, 0.25);
  EXPECT_TRUE(read_real("-3", value));
  EXPECT_DOUBLE_EQ(value, -3);
  EXPECT_TRUE(read_real("1.5e3", value));
  EXPECT_DOUBLE_EQ(value, 1500);
}

TEST(ReadReal, anything_else_leaves_the_value_as_it_was) {
  for (const char* text : {"", "x", " 1", "1 ", "+1", "1,5", "0.5s", "-", "1e", "1e999"}) {
    double value = 7;
    EXPECT_FALSE(read_real(text, value)) << text;
    EXPECT_DOUBLE_EQ(value, 7) << text;
  }
}

}  // namespace
}  // namespace holdfast::base
