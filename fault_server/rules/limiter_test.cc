#include "fault_server/rules/limiter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "fault_server/rules/overload.h"

namespace fault {
namespace {

using holdfast::Duration;
using holdfast::base::Instant;
using namespace std::chrono_literals;

constexpr Instant at(Duration since) { return {since.count()}; }

TEST(Limiter, a_bucket_admits_its_burst_and_then_its_rate) {
  Limiter limiter({LimitSpec::Kind::kBucket, 5, 1s, 2, 1});
  EXPECT_TRUE(limiter.ask(at(0s)).admitted);
  EXPECT_TRUE(limiter.ask(at(0s)).admitted);
  const auto refused = limiter.ask(at(0s));
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.wait, Duration(200ms));
  EXPECT_FALSE(limiter.ask(at(200ms - 1ns)).admitted);
  EXPECT_TRUE(limiter.ask(at(200ms)).admitted);
}

TEST(Limiter, a_window_never_holds_more_than_its_count) {
  Limiter limiter({LimitSpec::Kind::kWindow, 2, 1s, 1, 1});
  EXPECT_TRUE(limiter.ask(at(0ms)).admitted);
  EXPECT_TRUE(limiter.ask(at(900ms)).admitted);
  EXPECT_EQ(limiter.ask(at(950ms)).wait, Duration(50ms));
  EXPECT_TRUE(limiter.ask(at(1000ms)).admitted);
  EXPECT_FALSE(limiter.ask(at(1500ms)).admitted);
}

TEST(Limiter, concurrency_counts_those_inside) {
  Limiter limiter({LimitSpec::Kind::kConcurrency, 1, 1s, 1, 2});
  EXPECT_TRUE(limiter.ask(at(0s)).admitted);
  EXPECT_TRUE(limiter.ask(at(0s)).admitted);
  EXPECT_FALSE(limiter.ask(at(0s)).admitted);
  limiter.release();
  EXPECT_TRUE(limiter.ask(at(0s)).admitted);
}

RC_GTEST_PROP(Limiter, whoever_waits_as_told_is_admitted_and_not_a_nanosecond_earlier, ()) {
  LimitSpec spec;
  spec.kind = *rc::gen::element(LimitSpec::Kind::kBucket, LimitSpec::Kind::kWindow);
  spec.count = *rc::gen::inRange<std::uint64_t>(1, 20);
  spec.burst = *rc::gen::inRange<std::uint64_t>(1, 5);
  spec.per = Duration(*rc::gen::inRange<std::int64_t>(1, 5'000'000'000));
  Limiter limiter(spec);
  Instant now{*rc::gen::inRange<std::int64_t>(0, 1'000'000)};
  for (int i = 0; i < 50; ++i) {
    const auto verdict = limiter.ask(now);
    if (!verdict.admitted) {
      RC_ASSERT(verdict.wait.count() > 0);
      Limiter early = limiter;
      RC_ASSERT(!early.ask({now.ns + verdict.wait.count() - 1}).admitted);
      now = now + verdict.wait;
      RC_ASSERT(limiter.ask(now).admitted);
    }
    now.ns += *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
  }
}

TEST(Overload, queued_requests_are_served_in_order_from_when_a_worker_was_free) {
  for (bool lifo : {false, true}) {
    Overload model({1, 2, lifo});
    EXPECT_EQ(model.arrive(1, 100ms, at(0ms)), Overload::Verdict::kStarted);
    EXPECT_EQ(model.arrive(2, 100ms, at(10ms)), Overload::Verdict::kQueued);
    EXPECT_EQ(model.arrive(3, 100ms, at(20ms)), Overload::Verdict::kQueued);
    EXPECT_EQ(model.arrive(4, 100ms, at(30ms)), Overload::Verdict::kShed);
    EXPECT_EQ(model.next_deadline(), at(100ms));
    std::uint64_t ticket = 0;
    // A timer that is 50 ms late serves as if it had not been.
    ASSERT_TRUE(model.pop_done(at(150ms), ticket));
    EXPECT_EQ(ticket, 1U);
    EXPECT_EQ(model.next_deadline(), at(200ms));
    ASSERT_TRUE(model.pop_done(at(200ms), ticket));
    EXPECT_EQ(ticket, lifo ? 3U : 2U);
    ASSERT_TRUE(model.pop_done(at(300ms), ticket));
    EXPECT_EQ(ticket, lifo ? 2U : 3U);
    EXPECT_TRUE(model.next_deadline().is_never());
  }
}

TEST(Overload, whoever_leaves_the_queue_makes_room) {
  Overload model({1, 1, false});
  model.arrive(1, 100ms, at(0ms));
  model.arrive(2, 100ms, at(0ms));
  model.leave(2);
  EXPECT_EQ(model.arrive(3, 100ms, at(0ms)), Overload::Verdict::kQueued);
  EXPECT_EQ(model.expected_wait(100ms), Duration(200ms));
}

RC_GTEST_PROP(Limiter, one_more_is_admitted_exactly_when_the_level_says_so, ()) {
  const auto kind = *rc::gen::element(LimitSpec::Kind::kBucket, LimitSpec::Kind::kWindow,
                                      LimitSpec::Kind::kConcurrency);
  Limiter limiter({kind, *rc::gen::inRange<std::uint64_t>(1, 5), 1s,
                   *rc::gen::inRange<std::uint64_t>(1, 5), *rc::gen::inRange<std::uint64_t>(1, 5)});
  Instant now = at(0s);
  for (const int gap : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1500))) {
    now = now + std::chrono::milliseconds(gap);
    if (gap % 5 == 0) limiter.release();
    const double level = limiter.level(now);
    RC_ASSERT(level >= 0 && level <= limiter.capacity());
    Limiter copy = limiter;
    RC_ASSERT(copy.ask(now).admitted == (level >= 1 - 1e-9));
    limiter = copy;
    if (gap % 7 == 0 && kind != LimitSpec::Kind::kConcurrency) {
      const double wanted = static_cast<double>(gap % 4);
      limiter.set_level(wanted, now);
      RC_ASSERT(limiter.level(now) == std::min(wanted, limiter.capacity()));
    }
  }
}

TEST(Limiters, one_in_which_something_runs_is_not_forgotten) {
  Limiters limiters;
  LimitSpec spec{LimitSpec::Kind::kConcurrency, 1, 1s, 1, 2};
  EXPECT_TRUE(limiters.get("a", spec).ask(at(0s)).admitted);
  limiters.forget("a");
  EXPECT_EQ(limiters.all().size(), 1U);
  limiters.get("a", spec).release();
  limiters.forget("a");
  EXPECT_TRUE(limiters.all().empty());
}

}  // namespace
}  // namespace fault
