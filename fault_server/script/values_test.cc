#include "fault_server/script/values.h"

#include <gtest/gtest.h>

#include "fault_server/script/line.h"
#include "fault_server/script/script_arbitrary.h"

namespace fault {
namespace {

using namespace std::chrono_literals;

TEST(Values, durations_are_exact_and_need_a_unit) {
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration(".25m"), 15s);
  EXPECT_EQ(parse_duration("0.1s"), 100ms);
  EXPECT_EQ(parse_duration("-1h"), -1h);
  EXPECT_EQ(parse_duration("1.500ns"), std::nullopt);
  EXPECT_EQ(parse_duration("1.0ns"), 1ns);
  for (std::string_view text : {"", "1", "s", "1 s", "1x", ".s", "1..2s", "99999999999h", "1e3s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Values, byte_counts_take_suffixes_and_do_not_overflow) {
  EXPECT_EQ(parse_bytes("64k"), 64'000U);
  EXPECT_EQ(parse_bytes("4Ki"), 4096U);
  EXPECT_EQ(parse_bytes("1M/s"), 1'000'000U);
  EXPECT_EQ(parse_bytes("18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(parse_bytes("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_bytes("18446744073709551615k"), std::nullopt);
}

TEST(Values, reach_the_peer_typed) {
  const Step step = *parse_step(
      "200 trickle=1/50ms@headers drip=10/2s slice=3 interim=100x3,103,102xendless length=-10 "
      "bad=fold,many:5k body=random:4Ki body_delay=50..400ms linger=2s poison=408 read_rate=1k "
      "says=close");
  EXPECT_EQ(pace(step, "trickle"), (Pace{1, 50ms, Phase::kHeaders}));
  EXPECT_EQ(pace(step, "drip"), (Pace{10, 2s, Phase::kStatus}));
  EXPECT_EQ(slice(step), (Span{3, 3}));
  EXPECT_EQ(interims(step), (std::vector<Interim>{{100, 3}, {103, 1}, {102, 0}}));
  EXPECT_EQ(length_lie(step), (LengthLie{LengthLie::Kind::kLess, 10}));
  EXPECT_EQ(bad_headers(step), (std::vector<BadHeader>{{"fold", 0}, {"many", 5000}}));
  EXPECT_EQ(body(step), (BodySpec{BodySpec::Kind::kRandom, 4096, {}}));
  EXPECT_EQ(distribution(step, "body_delay")->kind, Distribution::Kind::kUniform);
  EXPECT_EQ(duration(step, "linger"), 2s);
  EXPECT_EQ(count(step, "poison"), 408U);
  EXPECT_EQ(count(step, "read_rate"), 1000U);
  EXPECT_EQ(word(step, "says"), "close");
  EXPECT_FALSE(has(step, "race"));
  EXPECT_EQ(weighted_statuses(*parse_step("status=200*8,503*2")),
            (std::vector<WeightedStatus>{{200, 8}, {503, 2}}));
  EXPECT_EQ(parse_weighted_statuses("200:8,503:2"),
            (std::vector<WeightedStatus>{{200, 8}, {503, 2}}));
}

RC_GTEST_PROP(ValuesProperty, durations_and_distributions_print_back, ()) {
  const Duration value(*rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000));
  RC_ASSERT(parse_duration(print_duration(value)) == value);
  const Distribution spread = arbitrary::spread();
  RC_ASSERT(parse_distribution(print_distribution(spread)) == spread);
}

}  // namespace
}  // namespace fault
