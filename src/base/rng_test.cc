#include "base/rng.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace holdfast::base {
namespace {

std::vector<std::uint64_t> draw(Rng rng, int count) {
  std::vector<std::uint64_t> values;
  values.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) values.push_back(rng.next());
  return values;
}

// Seeds in bug reports and in the names of regression tests must keep their meaning.
TEST(Rng, the_sequence_of_a_seed_is_that_of_splitmix64_one_draw_ahead) {
  EXPECT_EQ(draw(Rng(1234567), 4),
            (std::vector<std::uint64_t>{3203168211198807973U, 9817491932198370423U,
                                        4593380528125082431U, 16408922859458223821U}));
  static_assert(Rng(1234567).next() == 3203168211198807973U);
}

TEST(Rng, between_reaches_both_ends_and_nothing_outside) {
  Rng rng(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(rng.between(3, 7));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{3, 4, 5, 6, 7}));
  EXPECT_EQ(rng.between(9, 9), 9U);
}

TEST(Rng, between_over_the_whole_range_is_a_plain_draw) {
  EXPECT_EQ(Rng(5).between(0, std::numeric_limits<std::uint64_t>::max()), Rng(5).next());
}

TEST(Rng, chance_of_none_and_of_certainty) {
  Rng rng(2);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(rng.chance(0.0));
    EXPECT_TRUE(rng.chance(1.0));
  }
}

TEST(Rng, unit_is_spread_evenly) {
  Rng rng(3);
  int tenths[10] = {};
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) ++tenths[static_cast<int>(rng.unit() * 10)];
  for (const int count : tenths) EXPECT_NEAR(count, kDraws * 0.1, kDraws * 0.01);
}

RC_GTEST_PROP(Rng, a_stream_is_reproducible, (std::uint64_t seed, const std::string& purpose)) {
  RC_ASSERT(draw(Rng::stream(seed, purpose), 20) == draw(Rng::stream(seed, purpose), 20));
}

RC_GTEST_PROP(Rng, streams_share_no_draw_with_each_other_or_their_seed, (std::uint64_t seed)) {
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  const std::uint64_t other = seed + 1;
  for (const Rng& rng : {Rng(seed), Rng::stream(seed, "jitter"), Rng::stream(seed, "ids"),
                         Rng::stream(seed, ""), Rng::stream(other, "jitter")}) {
    for (const std::uint64_t value : draw(rng, 50)) seen.insert(value);
    drawn += 50;
  }
  RC_ASSERT(seen.size() == drawn);
}

RC_GTEST_PROP(Rng, draws_stay_within_their_bounds,
              (std::uint64_t seed, std::uint64_t a, std::uint64_t b)) {
  Rng rng(seed);
  const std::uint64_t low = std::min(a, b), high = std::max(a, b);
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t value = rng.between(low, high);
    RC_ASSERT(value >= low);
    RC_ASSERT(value <= high);
    const double unit = rng.unit();
    RC_ASSERT(unit >= 0.0);
    RC_ASSERT(unit < 1.0);
  }
}

RC_GTEST_PROP(Hash64, depends_on_the_text_and_on_the_seed, (const std::string& text)) {
  RC_ASSERT(hash64(text) == hash64(std::string(text)));
  RC_ASSERT(hash64(text) != hash64(text, 1));
  RC_ASSERT(hash64(text) != hash64(text + "x"));
}

}  // namespace
}  // namespace holdfast::base
