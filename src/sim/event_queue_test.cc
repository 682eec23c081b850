#include "sim/event_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace holdfast::sim {
namespace {

Event at(std::int64_t ns, std::uint32_t index) {
  Event event;
  event.at = {ns};
  event.index = index;
  return event;
}

TEST(EventQueue, events_of_one_instant_come_in_the_order_they_were_planned) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < 50; ++i) queue.push(at(7, i));
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(queue.pop().index, i);
  EXPECT_TRUE(queue.empty());
}

RC_GTEST_PROP(EventQueue, comes_out_sorted_by_time_and_then_by_arrival, ()) {
  const auto times =
      *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 20));
  EventQueue queue;
  std::vector<std::pair<std::int64_t, std::uint32_t>> expected;
  for (const std::int64_t time : times) {
    const auto index = static_cast<std::uint32_t>(expected.size());
    queue.push(at(time, index));
    expected.emplace_back(time, index);
  }
  std::stable_sort(expected.begin(), expected.end());
  for (const auto& [time, index] : expected) {
    RC_ASSERT(queue.next().ns == time);
    RC_ASSERT(queue.pop().index == index);
  }
  RC_ASSERT(queue.next().is_never());
}

}  // namespace
}  // namespace holdfast::sim
