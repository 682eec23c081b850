#include "policy/duration_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace holdfast::policy {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, uses_the_unit_that_avoids_a_leading_zero_and_is_exact) {
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(5s), "5s");
  EXPECT_EQ(duration_text(1500ms), "1.5s");
  EXPECT_EQ(duration_text(250ms), "250ms");
  EXPECT_EQ(duration_text(1050us), "1.05ms");
  EXPECT_EQ(duration_text(7us), "7us");
  EXPECT_EQ(duration_text(42ns), "42ns");
  EXPECT_EQ(duration_text(1s + 1ns), "1.000000001s");
  EXPECT_EQ(duration_text(2h), "7200s");
}

TEST(DurationText, off_is_a_word_and_negative_times_keep_their_sign) {
  EXPECT_EQ(duration_text(kOff), "off");
  EXPECT_EQ(duration_text(-5s), "-5s");
  EXPECT_EQ(duration_text(-1ms), "-1ms");
  EXPECT_EQ(duration_text(Duration::min()), "-9223372036.854775808s");
}

TEST(NumberText, is_short) {
  EXPECT_EQ(number_text(0.8), "0.8");
  EXPECT_EQ(number_text(-1), "-1");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "inf");
}

}  // namespace
}  // namespace holdfast::policy
