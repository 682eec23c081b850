#include "policy/backoff.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace holdfast::policy {
namespace {

using namespace std::chrono_literals;

BackoffPolicy with(Jitter jitter) {
  BackoffPolicy policy;
  policy.jitter = jitter;
  return policy;
}

void expect_bounds(const BackoffPolicy& policy, std::uint32_t k, Duration least, Duration most) {
  const DelayBounds bounds = backoff_bounds(policy, k);
  EXPECT_EQ(bounds.least, least) << "k = " << k;
  EXPECT_EQ(bounds.most, most) << "k = " << k;
}

TEST(Backoff, default_windows_are_those_of_b1) {
  const BackoffPolicy policy;
  expect_bounds(policy, 1, 800ms, 1s);
  expect_bounds(policy, 2, 1600ms, 2s);
  expect_bounds(policy, 3, 3200ms, 4s);
  expect_bounds(policy, 4, 6400ms, 8s);
  expect_bounds(policy, 5, 12800ms, 16s);
  expect_bounds(policy, 6, 24s, 30s);  // the cap comes before the jitter (B2)
  expect_bounds(policy, 7, 24s, 30s);
}

TEST(Backoff, windows_of_the_other_kinds) {
  expect_bounds(with(Jitter::full), 3, 0s, 4s);
  expect_bounds(with(Jitter::equal), 3, 2s, 4s);
  expect_bounds(with(Jitter::none), 3, 4s, 4s);
  expect_bounds(with(Jitter::none), 9, 30s, 30s);
  expect_bounds(with(Jitter::decorrelated), 1, 1s, 3s);
  expect_bounds(with(Jitter::decorrelated), 3, 1s, 27s);
  expect_bounds(with(Jitter::decorrelated), 4, 1s, 30s);
}

TEST(Backoff, retry_zero_counts_as_the_first) {
  expect_bounds(BackoffPolicy{}, 0, 800ms, 1s);
  expect_bounds(with(Jitter::decorrelated), 0, 1s, 3s);
}

TEST(Backoff, any_retry_number_stays_at_the_cap) {
  base::Rng rng(1);
  for (Jitter jitter :
       {Jitter::proportional, Jitter::full, Jitter::equal, Jitter::decorrelated, Jitter::none}) {
    for (std::uint32_t k : {31U, 32U, 33U, 62U, 63U, 64U, 65U, 1U << 20, UINT32_MAX}) {
      const Duration delay = backoff_delay(with(jitter), k, kOff, rng);
      EXPECT_GE(delay, 0s);
      EXPECT_LE(delay, 30s);
    }
  }
}

TEST(Backoff, without_a_cap_it_saturates_instead_of_wrapping) {
  BackoffPolicy policy = with(Jitter::none);
  policy.max = kOff;
  base::Rng rng(1);
  EXPECT_EQ(backoff_delay(policy, 34, 0s, rng), Duration(1s) * (1LL << 33));
  EXPECT_EQ(backoff_delay(policy, 35, 0s, rng), kOff);
  EXPECT_EQ(backoff_delay(policy, UINT32_MAX, 0s, rng), kOff);
  policy.jitter = Jitter::decorrelated;
  EXPECT_GE(backoff_delay(policy, 2, kOff, rng), 1s);
}

TEST(Backoff, policies_that_validate_refuses_do_no_harm) {
  base::Rng rng(1);
  BackoffPolicy policy;
  policy.base = -5s;
  EXPECT_EQ(backoff_delay(policy, 3, -7s, rng), 0s);
  policy = BackoffPolicy{};
  policy.max = -1s;
  EXPECT_EQ(backoff_delay(policy, 3, 0s, rng), 0s);
  policy = BackoffPolicy{};
  policy.jitter_low = std::numeric_limits<double>::quiet_NaN();
  policy.jitter_high = 7;
  EXPECT_LE(backoff_delay(policy, 1, 0s, rng), 1s);
  policy.jitter_low = 0.9;
  policy.jitter_high = 0.1;
  EXPECT_EQ(backoff_delay(policy, 1, 0s, rng), 900ms);
}

TEST(Backoff, one_draw_a_delay_and_none_without_jitter) {
  for (Jitter jitter : {Jitter::proportional, Jitter::full, Jitter::equal, Jitter::decorrelated}) {
    base::Rng drawn(5);
    base::Rng model(5);
    backoff_delay(with(jitter), 2, 1s, drawn);
    model.next();
    EXPECT_EQ(drawn.next(), model.next());
  }
  base::Rng drawn(5);
  backoff_delay(with(Jitter::none), 2, 1s, drawn);
  EXPECT_EQ(drawn.next(), base::Rng(5).next());
}

TEST(Backoff, clients_with_different_seeds_are_not_in_step) {
  int equal = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    base::Rng a(seed);
    base::Rng b(seed + 1);
    if (backoff_delay({}, 1, 0s, a) == backoff_delay({}, 1, 0s, b)) ++equal;
  }
  EXPECT_LE(equal, 1);
}

// Invariant 23. The Kolmogorov–Smirnov distance of `samples` to the uniform law on [low, high].
double distance_to_uniform(std::vector<double> samples, double low, double high) {
  std::sort(samples.begin(), samples.end());
  const auto n = static_cast<double>(samples.size());
  double distance = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double expected = std::clamp((samples[i] - low) / (high - low), 0.0, 1.0);
    const auto rank = static_cast<double>(i);
    distance = std::max({distance, expected - rank / n, (rank + 1) / n - expected});
  }
  return distance;
}

struct Law {
  Jitter jitter;
  std::uint32_t k;
  Duration previous;
  double low, high;  // seconds
};

class BackoffLaw : public testing::TestWithParam<Law> {};

TEST_P(BackoffLaw, delays_follow_their_declared_law) {
  const Law law = GetParam();
  constexpr int kSamples = 20'000;
  // By chance the distance exceeds this once in 10^4. The seeds are fixed, so the result never
  // varies.
  const double critical = 2.225 / std::sqrt(static_cast<double>(kSamples));
  for (std::uint64_t seed : {1U, 2U, 3U, 20'231'123U}) {
    base::Rng rng = base::Rng::stream(seed, "jitter");
    std::vector<double> samples;
    for (int i = 0; i < kSamples; ++i) {
      const Duration delay = backoff_delay(with(law.jitter), law.k, law.previous, rng);
      samples.push_back(std::chrono::duration<double>(delay).count());
    }
    EXPECT_LT(distance_to_uniform(samples, law.low, law.high), critical) << "seed " << seed;
    // Proves that the test can fail: it detects a range that is narrower by a twentieth.
    const double slack = (law.high - law.low) / 20;
    EXPECT_GT(distance_to_uniform(samples, law.low + slack, law.high), critical);
  }
}

INSTANTIATE_TEST_SUITE_P(Laws, BackoffLaw,
                         testing::Values(Law{Jitter::proportional, 1, 0s, 0.8, 1.0},
                                         Law{Jitter::proportional, 4, 0s, 6.4, 8.0},
                                         Law{Jitter::proportional, 60, 0s, 24, 30},
                                         Law{Jitter::full, 3, 0s, 0, 4},
                                         Law{Jitter::equal, 3, 0s, 2, 4},
                                         Law{Jitter::decorrelated, 1, 0s, 1, 3},
                                         Law{Jitter::decorrelated, 2, 5s, 1, 15}));

TEST(Backoff, decorrelated_delays_above_the_cap_are_the_cap) {
  base::Rng rng(3);
  int at_cap = 0;
  constexpr int kSamples = 10'000;
  for (int i = 0; i < kSamples; ++i) {
    if (backoff_delay(with(Jitter::decorrelated), 5, 20s, rng) == 30s) ++at_cap;
  }
  // 30 of 59 draws from U(1, 60) are above 30.
  EXPECT_NEAR(at_cap / static_cast<double>(kSamples), 30.0 / 59, 0.02);
}

RC_GTEST_PROP(Backoff, every_delay_is_within_its_bounds, ()) {
  BackoffPolicy policy;
  const auto max = *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max());
  policy.max = Duration(max);
  policy.base = Duration(*rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 1000),
                                         rc::gen::inRange<std::int64_t>(0, max)));
  policy.jitter = static_cast<Jitter>(*rc::gen::inRange(0, 5));
  policy.jitter_low = *rc::gen::inRange(0, 1001) / 1000.0;
  policy.jitter_high =
      policy.jitter_low + *rc::gen::inRange(0, 1001) / 1000.0 * (1 - policy.jitter_low);
  base::Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  Duration previous{0};
  const auto retries = *rc::gen::inRange<std::uint32_t>(1, 80);
  for (std::uint32_t k = 1; k <= retries; ++k) {
    const DelayBounds bounds = backoff_bounds(policy, k);
    previous = backoff_delay(policy, k, previous, rng);
    RC_ASSERT(previous >= bounds.least);
    RC_ASSERT(previous <= bounds.most);
    RC_ASSERT(previous <= std::max(policy.max, Duration(0)));
  }
}

}  // namespace
}  // namespace holdfast::policy
