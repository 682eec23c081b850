#include "fault_server/script/chance.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace fault {
namespace {

using namespace std::chrono_literals;

TEST(Chance, depends_on_every_part_and_on_nothing_else) {
  const std::set<std::uint64_t> all = {chance_of(1, "r", "k", 1), chance_of(2, "r", "k", 1),
                                       chance_of(1, "s", "k", 1), chance_of(1, "r", "l", 1),
                                       chance_of(1, "r", "k", 2), chance_of(1, "rk", "", 1),
                                       chance_of(1, "", "rk", 1)};
  EXPECT_EQ(all.size(), 7U);
  EXPECT_EQ(chance_of(1, "r", "k", 1), chance_of(1, "r", "k", 1));
}

TEST(Chance, unit_draws_are_uniform_over_ordinals) {
  std::map<int, int> tenths;
  for (std::uint64_t i = 1; i <= 100'000; ++i) {
    const double u = unit(chance_of(7, "rule", "key", i), "p");
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    ++tenths[static_cast<int>(u * 10)];
  }
  // Ten thousand each, give or take six standard deviations.
  for (const auto& [tenth, n] : tenths) EXPECT_NEAR(n, 10'000, 570) << tenth;
}

TEST(Chance, samples_follow_their_distribution) {
  holdfast::base::Rng rng(3);
  const auto median_and_mean = [&](const Distribution& distribution) {
    std::vector<double> draws;
    double sum = 0;
    for (int i = 0; i < 20'001; ++i) {
      draws.push_back(static_cast<double>(sample(distribution, rng).count()) / 1e6);
      sum += draws.back();
    }
    std::nth_element(draws.begin(), draws.begin() + 10'000, draws.end());
    return std::pair{draws[10'000], sum / 20'001};
  };
  const auto exp = median_and_mean({Distribution::Kind::kExponential, 80ms, 0ms, 0});
  EXPECT_NEAR(exp.second, 80, 3);
  const auto logn = median_and_mean({Distribution::Kind::kLogNormal, 90ms, 0ms, 0.4});
  EXPECT_NEAR(logn.first, 90, 2);
  EXPECT_NEAR(logn.second, 90 * 1.0833, 3);  // exp(sigma^2 / 2)
  const auto uniform = median_and_mean({Distribution::Kind::kUniform, 50ms, 400ms, 0});
  EXPECT_NEAR(uniform.second, 225, 4);
  EXPECT_EQ(sample({Distribution::Kind::kFixed, 5ms, 0ms, 0}, rng), 5ms);
}

TEST(Chance, weights_are_honoured_and_zero_is_never_picked) {
  const std::vector<WeightedStatus> choices = {{500, 0}, {200, 8}, {503, 2}, {404, 0}};
  EXPECT_EQ(pick(choices, 0), 200);
  EXPECT_EQ(pick(choices, 0.79), 200);
  EXPECT_EQ(pick(choices, 0.81), 503);
  EXPECT_EQ(pick(choices, 0.9999999999999999), 503);
}

RC_GTEST_PROP(ChanceProperty, a_sample_is_never_negative_and_uniform_ones_stay_inside, ()) {
  holdfast::base::Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  const Duration low(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000));
  const Duration high = low + Duration(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000));
  const Duration within = sample({Distribution::Kind::kUniform, low, high, 0}, rng);
  RC_ASSERT(low <= within && within <= high);
  RC_ASSERT(sample({Distribution::Kind::kLogNormal, low, {}, 5}, rng) >= Duration{0});
  RC_ASSERT(sample({Distribution::Kind::kExponential, low, {}, 0}, rng) >= Duration{0});
}

}  // namespace
}  // namespace fault
