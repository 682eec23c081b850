#include "uv/clock.h"

#include <gtest/gtest.h>
#include <uv.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <chrono>

namespace holdfast::uv {
namespace {

TEST(Clock, the_monotonic_time_never_goes_back) {
  Clock clock;
  base::Instant last = clock.now().mono;
  for (int i = 0; i < 1000; ++i) {
    const base::Instant now = clock.now().mono;
    ASSERT_LE(last, now);
    last = now;
  }
}

TEST(Clock, the_wall_time_is_the_calendars) {
  Clock clock;
  const auto calendar = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t expected = std::chrono::nanoseconds(calendar).count();
  const std::int64_t found = clock.now().wall.ns;
  EXPECT_NEAR(static_cast<double>(found), static_cast<double>(expected), 5e9);
}

TEST(Clock, entropy_differs_and_is_never_zero) {
  const std::uint64_t a = Clock::entropy(), b = Clock::entropy();
  EXPECT_NE(0U, a);
  EXPECT_NE(0U, b);
  EXPECT_NE(a, b);
}

// T3: libuv fires a timer once its cached millisecond reaches (cached millisecond at the start +
// delay). That millisecond must not begin before the deadline.
RC_GTEST_PROP(ClockProperty, a_timer_is_due_at_its_deadline_and_less_than_a_millisecond_later, ()) {
  uv_loop_t loop;
  RC_ASSERT(uv_loop_init(&loop) == 0);
  const auto loop_ms = static_cast<std::int64_t>(uv_now(&loop));
  const auto ahead_ns = *rc::gen::inRange<std::int64_t>(-5'000'000, 60'000'000'000);
  const base::Instant at{loop_ms * 1'000'000 + ahead_ns};
  const auto delay_ms = static_cast<std::int64_t>(Clock::timer_delay_ms(&loop, at));
  const std::int64_t due_ns = (loop_ms + delay_ms) * 1'000'000;
  RC_ASSERT(due_ns >= at.ns);
  if (ahead_ns > 0) RC_ASSERT(due_ns - at.ns < 1'000'000);
  if (ahead_ns <= 0) RC_ASSERT(delay_ms == 0);
  uv_loop_close(&loop);
}

}  // namespace
}  // namespace holdfast::uv
