#include "base/deadline_heap.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

namespace holdfast::base {
namespace {

using Key = DeadlineHeap::Key;

std::vector<Key> pop_all(DeadlineHeap& heap, Instant now) {
  std::vector<Key> keys;
  for (Key key = 0; heap.pop_due(now, key);) keys.push_back(key);
  return keys;
}

TEST(DeadlineHeap, empty_is_due_never) {
  DeadlineHeap heap;
  Key key = 7;
  EXPECT_TRUE(heap.next().is_never());
  EXPECT_FALSE(heap.pop_due(Instant::never(), key));
  EXPECT_EQ(key, 7U);
  heap.disarm(3);
  EXPECT_FALSE(heap.armed(3));
  EXPECT_TRUE(heap.due(3).is_never());
}

TEST(DeadlineHeap, an_entry_is_due_at_its_very_instant_and_not_before) {
  DeadlineHeap heap;
  heap.arm(5, {100});
  EXPECT_EQ(pop_all(heap, {99}), std::vector<Key>{});
  EXPECT_EQ(pop_all(heap, {100}), std::vector<Key>{5});
  EXPECT_EQ(heap.size(), 0U);
}

TEST(DeadlineHeap, ties_are_served_in_the_order_of_arming) {
  DeadlineHeap heap;
  for (const Key key : {9U, 2U, 7U, 0U, 5U}) heap.arm(key, {50});
  EXPECT_EQ(pop_all(heap, {50}), (std::vector<Key>{9, 2, 7, 0, 5}));
}

TEST(DeadlineHeap, arming_again_for_the_same_instant_goes_to_the_end_of_the_tie) {
  DeadlineHeap heap;
  for (const Key key : {1U, 2U, 3U}) heap.arm(key, {50});
  heap.arm(1, {50});
  EXPECT_EQ(pop_all(heap, {50}), (std::vector<Key>{2, 3, 1}));
}

TEST(DeadlineHeap, arming_for_never_disarms) {
  DeadlineHeap heap;
  heap.arm(1, {50});
  heap.arm(1, Instant::never());
  heap.arm(2, Instant::never());
  EXPECT_FALSE(heap.armed(1));
  EXPECT_EQ(heap.size(), 0U);
}

TEST(DeadlineHeap, a_deadline_moves_both_ways) {
  DeadlineHeap heap;
  heap.arm(1, {10});
  heap.arm(2, {20});
  heap.arm(3, {30});
  heap.arm(1, {40});
  heap.arm(3, {5});
  EXPECT_EQ(heap.next(), Instant{5});
  EXPECT_EQ(heap.due(1), Instant{40});
  EXPECT_EQ(pop_all(heap, {100}), (std::vector<Key>{3, 2, 1}));
}

/// A multimap keeps equal keys in insertion order, like the heap.
class Model {
 public:
  void arm(Key key, Instant at) {
    disarm(key);
    if (!at.is_never()) places_[key] = by_time_.emplace(at.ns, key);
  }
  void disarm(Key key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    by_time_.erase(found->second);
    places_.erase(found);
  }
  Instant next() const {
    return by_time_.empty() ? Instant::never() : Instant{by_time_.begin()->first};
  }
  Instant due(Key key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? Instant::never() : Instant{found->second->first};
  }
  bool pop_due(Instant now, Key& key) {
    if (by_time_.empty() || by_time_.begin()->first > now.ns) return false;
    key = by_time_.begin()->second;
    disarm(key);
    return true;
  }
  std::size_t size() const { return by_time_.size(); }

 private:
  std::multimap<std::int64_t, Key> by_time_;
  std::map<Key, std::multimap<std::int64_t, Key>::iterator> places_;
};

RC_GTEST_PROP(DeadlineHeap, agrees_with_a_multimap_ties_included, ()) {
  DeadlineHeap heap;
  Model model;
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, Key, std::int64_t>>>(
      rc::gen::tuple(rc::gen::inRange(0, 10), rc::gen::inRange<Key>(0, 24),
                     rc::gen::inRange<std::int64_t>(-6, 6)));  // few instants: many ties
  for (const auto& [kind, key, at] : steps) {
    if (kind < 6) {
      heap.arm(key, {at});
      model.arm(key, {at});
    } else if (kind < 8) {
      heap.disarm(key);
      model.disarm(key);
    } else {
      Key popped = 0, expected = 0;
      const bool any = heap.pop_due({at}, popped);
      RC_ASSERT(any == model.pop_due({at}, expected));
      RC_ASSERT(popped == expected);
    }
    RC_ASSERT(heap.size() == model.size());
    RC_ASSERT(heap.next() == model.next());
    RC_ASSERT(heap.due(key) == model.due(key));
    RC_ASSERT(heap.armed(key) == !model.due(key).is_never());
  }
  Key popped = 0, expected = 0;
  while (model.pop_due({1000}, expected)) {
    RC_ASSERT(heap.pop_due({1000}, popped));
    RC_ASSERT(popped == expected);
  }
  RC_ASSERT(heap.size() == 0U);
}

}  // namespace
}  // namespace holdfast::base
