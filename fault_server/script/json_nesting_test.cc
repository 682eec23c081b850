#include "fault_server/script/json_nesting.h"

#include <gtest/gtest.h>

#include <string>

namespace fault {
namespace {

std::string nested(std::size_t levels, const std::string& inside = "") {
  return std::string(levels, '[') + inside + std::string(levels, ']');
}

TEST(JsonNesting, the_bracket_of_the_first_level_too_many_is_found) {
  EXPECT_FALSE(nested_too_deeply(nested(kMostJsonNesting)));
  EXPECT_EQ(nested_too_deeply(nested(kMostJsonNesting + 1)), kMostJsonNesting);
  EXPECT_EQ(nested_too_deeply("  " + nested(50'000)), kMostJsonNesting + 2);
}

TEST(JsonNesting, siblings_and_brackets_in_strings_are_no_levels) {
  std::string siblings = "[";
  for (int i = 0; i < 1000; ++i) siblings += "[{}],";
  EXPECT_FALSE(nested_too_deeply(siblings + "1]"));
  EXPECT_FALSE(nested_too_deeply("[\"" + std::string(1000, '[') + "\"]"));
  EXPECT_FALSE(nested_too_deeply("[\"\\\"" + std::string(1000, '{') + "\"]"));
  EXPECT_TRUE(nested_too_deeply("[\"\\\\\"," + nested(70)));
}

TEST(JsonNesting, what_is_malformed_is_bounded_too) {
  EXPECT_FALSE(nested_too_deeply("]]]]" + nested(10)));
  EXPECT_FALSE(nested_too_deeply("\"" + std::string(1000, '[')));
  EXPECT_TRUE(nested_too_deeply("nonsense" + std::string(1000, '[')));
}

}  // namespace
}  // namespace fault
