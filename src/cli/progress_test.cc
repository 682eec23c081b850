#include "cli/progress.h"

#include <gtest/gtest.h>

namespace holdfast::cli {
namespace {

constexpr std::uint64_t kMiB = 1U << 20;

TEST(ProgressLine, of_a_known_length_is_a_bar_with_rate_and_time_left) {
  EXPECT_EQ(progress_line({25 * kMiB, 100 * kMiB, 10, 2.5 * kMiB}, 100),
            " 25% [==========>                             ] 25.0 MiB of 100 MiB  2.50 MiB/s  "
            "0:30 left");
  EXPECT_EQ(progress_line({kMiB, kMiB, 75, kMiB}, 60),
            "100%  1.00 MiB of 1.00 MiB  1.00 MiB/s  "
            "1:15 in all");
}

TEST(ProgressLine, of_an_unknown_length_is_bytes_rate_and_time) {
  EXPECT_EQ(progress_line({3 * kMiB, std::nullopt, 61, 1536}, 80), "3.00 MiB  1.50 KiB/s  1:01");
}

TEST(ProgressLine, without_a_rate_does_not_guess_the_time_left) {
  EXPECT_TRUE(progress_line({kMiB, 2 * kMiB, 5, 0}, 100).ends_with("--:-- left"));
}

TEST(ProgressLine, never_outgrows_the_terminal) {
  for (std::size_t columns = 0; columns < 200; ++columns) {
    for (const std::uint64_t received : {kMiB, 999 * kMiB, 1023 * kMiB, 90'000 * kMiB}) {
      const ProgressView view{received, 2 * received, 86'000, 1e9};
      EXPECT_LE(progress_line(view, columns).size(), columns);
    }
  }
  EXPECT_EQ(progress_line({2 * kMiB, 1 * kMiB, 1, 1}, 100).find('>'), std::string::npos);
}

TEST(Clock, is_read_like_a_clock) {
  EXPECT_EQ(clock_text(0), "0:00");
  EXPECT_EQ(clock_text(59.6), "1:00");
  EXPECT_EQ(clock_text(3725), "1:02:05");
  EXPECT_EQ(clock_text(86'400), "--:--");
  EXPECT_EQ(clock_text(-1), "--:--");
}

TEST(RateMeter, follows_the_last_seconds_and_forgets_a_broken_attempt) {
  RateMeter meter;
  meter.start(0);
  EXPECT_EQ(meter.rate(), 0);
  for (int second = 1; second <= 20; ++second)
    meter.note(second, 1000U * static_cast<unsigned>(second));
  EXPECT_DOUBLE_EQ(meter.rate(), 1000);
  for (int second = 21; second <= 30; ++second) meter.note(second, 20'000);
  EXPECT_EQ(meter.rate(), 0);
  meter.note(31, 0);
  meter.note(32, 500);
  EXPECT_DOUBLE_EQ(meter.rate(), 500);
}

}  // namespace
}  // namespace holdfast::cli
