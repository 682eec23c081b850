#include "base/instant.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace holdfast::base {
namespace {

using namespace std::chrono_literals;

TEST(Instant, never_stays_never) {
  EXPECT_TRUE((Instant::never() + 0ns).is_never());
  EXPECT_TRUE((Instant::never() + 1s).is_never());
  EXPECT_TRUE((Instant::never() + kOff).is_never());
}

TEST(Instant, a_wait_that_is_off_never_ends_whenever_it_begins) {
  EXPECT_TRUE((Instant{0} + kOff).is_never());
  EXPECT_TRUE((Instant{1} + kOff).is_never());
  EXPECT_TRUE((Instant{std::numeric_limits<std::int64_t>::max() - 1} + kOff).is_never());
}

TEST(Instant, a_sum_that_would_overflow_is_never) {
  const Instant late{Instant::never().ns - 10};
  EXPECT_EQ(late + 9ns, Instant{Instant::never().ns - 1});
  EXPECT_TRUE((late + 10ns).is_never());
  EXPECT_TRUE((late + 11ns).is_never());
}

TEST(Instant, the_earlier_of_two) {
  EXPECT_EQ(earlier({1}, {2}), Instant{1});
  EXPECT_EQ(earlier(Instant::never(), {2}), Instant{2});
}

RC_GTEST_PROP(Instant, adding_and_subtracting_agree, ()) {
  const Instant at{*rc::gen::inRange<std::int64_t>(0, INT64_MAX / 2)};
  const Duration wait(*rc::gen::inRange<std::int64_t>(0, INT64_MAX / 2));
  RC_ASSERT((at + wait) - at == wait);
  RC_ASSERT((at + wait) >= at);
}

}  // namespace
}  // namespace holdfast::base
