#include "wire/h1/keep_alive.h"

#include <gtest/gtest.h>

#include <limits>
#include <string_view>

namespace holdfast::wire {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

TEST(KeepAlive, values_are_read_and_malformed_parts_ignored) {
  struct {
    std::string_view value;
    std::int64_t timeout_s, max;
  } const table[] = {
      {"timeout=5, max=100", 5, 100},
      {"max=100,timeout=5", 5, 100},
      {" Timeout = 5 ;", -1, -1},
      {" TIMEOUT = 5 , other=1", 5, -1},
      {"timeout=\"5\"", 5, -1},
      {"timeout=0, max=0", 0, 0},
      {"timeout=-1, max=+3", -1, -1},
      {"timeout=1.5", -1, -1},
      {"timeout=, max", -1, -1},
      {"timeout=99999999999999999999", kMost, -1},
      {"timeout=9, timeout=4, timeout=6", 4, -1},
      {"300", -1, -1},
      {"", -1, -1},
      {",,=,", -1, -1},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.value);
    KeepAlive keep_alive;
    keep_alive.read(row.value);
    EXPECT_EQ(keep_alive.timeout_s, row.timeout_s);
    EXPECT_EQ(keep_alive.max, row.max);
  }
}

TEST(KeepAlive, second_field_can_only_tighten) {
  KeepAlive keep_alive;
  keep_alive.read("timeout=5, max=7");
  keep_alive.read("timeout=50, max=3");
  EXPECT_EQ(keep_alive.timeout_s, 5);
  EXPECT_EQ(keep_alive.max, 3);
}

TEST(KeepAlive, connection_options_are_read_from_a_list_in_any_case) {
  struct {
    std::string_view value;
    bool close, keep_alive;
  } const table[] = {
      {"close", true, false},
      {"Keep-Alive", false, true},
      {"x ,\tCLOSE\t, keep-alive", true, true},
      {",, close", true, false},
      {"closed, unkeep-alive", false, false},
      {"\"close\"", false, false},
      {"upgrade", false, false},
      {"", false, false},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.value);
    KeepAlive keep_alive;
    keep_alive.read_connection(row.value);
    EXPECT_EQ(keep_alive.says_close, row.close);
    EXPECT_EQ(keep_alive.says_keep_alive, row.keep_alive);
  }
}

}  // namespace
}  // namespace holdfast::wire
