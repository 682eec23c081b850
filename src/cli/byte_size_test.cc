#include "cli/byte_size.h"

#include <gtest/gtest.h>

namespace holdfast::cli {
namespace {

TEST(ByteSize, takes_curls_units_in_either_case) {
  EXPECT_EQ(parse_byte_size("0"), 0U);
  EXPECT_EQ(parse_byte_size("1000"), 1000U);
  EXPECT_EQ(parse_byte_size("2k"), 2048U);
  EXPECT_EQ(parse_byte_size("2K"), 2048U);
  EXPECT_EQ(parse_byte_size("3M"), 3U << 20);
  EXPECT_EQ(parse_byte_size("5G"), 5ULL << 30);
  EXPECT_EQ(parse_byte_size("17179869183G"), 17179869183ULL << 30);
}

TEST(ByteSize, refuses_what_is_no_size_or_does_not_fit) {
  for (const char* text : {"", "k", "-1", "1.5M", "1 k", "1kB", "0x10", "17179869184G",
                           "18446744073709551616", " 1"}) {
    EXPECT_EQ(parse_byte_size(text), std::nullopt) << text;
  }
}

TEST(ByteSize, is_shown_with_three_digits) {
  EXPECT_EQ(byte_size_text(0), "0 B");
  EXPECT_EQ(byte_size_text(999), "999 B");
  EXPECT_EQ(byte_size_text(1000), "0.98 KiB");
  EXPECT_EQ(byte_size_text(1536), "1.50 KiB");
  EXPECT_EQ(byte_size_text(10 * 1024), "10.0 KiB");
  EXPECT_EQ(byte_size_text(640 * 1048576.0), "640 MiB");
  EXPECT_EQ(byte_size_text(1023 * 1048576.0), "1.00 GiB");
}

}  // namespace
}  // namespace holdfast::cli
