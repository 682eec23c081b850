#include "base/ring.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <vector>

namespace holdfast::base {
namespace {

TEST(Ring, the_popped_element_stays_readable_until_the_next_push) {
  Ring<int> ring;
  ring.push(1);
  ring.push(2);
  const int& popped = ring.pop();
  EXPECT_EQ(popped, 1);
  EXPECT_EQ(ring.front(), 2);
  EXPECT_EQ(popped, 1);
}

TEST(Ring, a_pushed_slot_keeps_the_room_of_its_last_use) {
  Ring<std::vector<int>> ring;
  ring.push().assign(100, 0);
  ring.pop();
  for (int i = 0; i < 15; ++i) {  // wraps around the sixteen slots
    ring.push();
    ring.pop();
  }
  EXPECT_GE(ring.push().capacity(), 100U);
}

TEST(Ring, growth_keeps_the_order_of_a_ring_that_wraps) {
  Ring<int> ring;
  for (int i = 0; i < 16; ++i) ring.push(i);
  for (int i = 0; i < 10; ++i) ring.pop();
  for (int i = 16; i < 40; ++i) ring.push(i);
  for (int i = 10; i < 40; ++i) EXPECT_EQ(ring.pop(), i);
  EXPECT_TRUE(ring.empty());
}

RC_GTEST_PROP(Ring, agrees_with_a_deque, (const std::vector<bool>& steps, int first)) {
  Ring<int> ring;
  std::deque<int> model;
  // Bursts of pushes and pops make the ring wrap and grow at every position.
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t burst = 0; burst <= i % 13; ++burst) {
      if (steps[i] || model.empty()) {
        const int value = static_cast<int>(static_cast<unsigned>(first) + i * 16 + burst);
        ring.push(value);
        model.push_back(value);
      } else {
        RC_ASSERT(ring.front() == model.front());
        RC_ASSERT(ring.pop() == model.front());
        model.pop_front();
      }
      RC_ASSERT(ring.size() == model.size());
      RC_ASSERT(ring.empty() == model.empty());
    }
  }
  for (; !model.empty(); model.pop_front()) RC_ASSERT(ring.pop() == model.front());
}

}  // namespace
}  // namespace holdfast::base
