#include "base/slot_map.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace holdfast::base {
namespace {

using Map = SlotMap<std::string>;

TEST(SlotMap, the_default_id_is_of_nothing) {
  Map map;
  EXPECT_FALSE(Map::Id{});
  EXPECT_EQ(map.find(Map::Id{}), nullptr);
  map.take();
  EXPECT_EQ(map.find(Map::Id{}), nullptr);
  EXPECT_FALSE(map.live_at(7));
}

TEST(SlotMap, an_erased_id_stays_stale_when_its_slot_is_reused) {
  Map map;
  const Map::Id old = map.take();
  map[old] = "old";
  map.erase(old);
  EXPECT_EQ(map.find(old), nullptr);
  EXPECT_FALSE(map.live_at(old.index));
  const Map::Id next = map.take();
  EXPECT_EQ(next.index, old.index);
  EXPECT_NE(next, old);
  EXPECT_EQ(map.find(old), nullptr);
  EXPECT_EQ(map.live_at(old.index), next);
}

/// Any id that a caller can make up finds exactly the live values, whatever was taken and erased.
RC_GTEST_PROP(SlotMapProperty, an_invented_id_finds_what_is_live_and_nothing_else,
              (const std::vector<std::uint8_t>& steps)) {
  Map map;
  std::vector<Map::Id> live;
  for (const std::uint8_t step : steps) {
    if (live.empty() || step % 2 == 0) {
      live.push_back(map.take());
    } else {
      const std::size_t which = step / 2 % live.size();
      map.erase(live[which]);
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(which));
    }
    for (std::uint32_t index = 0; index < 4; ++index) {
      for (std::uint32_t generation = 0; generation < 12; ++generation) {
        const Map::Id id{index, generation};
        const bool is_live = std::find(live.begin(), live.end(), id) != live.end();
        RC_ASSERT((map.find(id) != nullptr) == is_live);
      }
    }
  }
}

TEST(SlotMap, a_reused_slot_keeps_what_its_last_owner_left) {
  Map map;
  const Map::Id first = map.take();
  map[first].assign(1000, 'x');
  map.erase(first);
  EXPECT_EQ(map[map.take()].size(), 1000U);
}

TEST(SlotMap, references_survive_growth) {
  Map map;
  const Map::Id first = map.take();
  std::string* const value = map.find(first);
  *value = "here";
  for (int i = 0; i < 1000; ++i) map.take();
  EXPECT_EQ(map.find(first), value);
  EXPECT_EQ(*value, "here");
}

TEST(SlotMap, each_may_erase_what_it_visits) {
  Map map;
  for (int i = 0; i < 5; ++i) map[map.take()] = std::to_string(i);
  std::string seen;
  map.each([&](Map::Id id, std::string& value) {
    seen += value;
    map.erase(id);
  });
  EXPECT_EQ(seen, "01234");
  EXPECT_TRUE(map.empty());
}

using SlotMapDeathTest = ::testing::Test;

TEST(SlotMapDeathTest, a_stale_id_that_is_used_as_if_live_ends_the_process) {
  Map map;
  const Map::Id id = map.take();
  map.erase(id);
  EXPECT_DEATH(map[id] = "x", "broken invariant: value != nullptr");
  EXPECT_DEATH(map.erase(id), "broken invariant: find\\(id\\) != nullptr");
}

RC_GTEST_PROP(SlotMap, agrees_with_a_map_and_knows_every_stale_id, ()) {
  SlotMap<int> map;
  std::map<SlotMap<int>::Id, int> model;
  std::vector<SlotMap<int>::Id> gone;
  for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000))) {
    if (step < 550 || model.empty()) {
      const auto id = map.take();
      RC_ASSERT(static_cast<bool>(id));
      RC_ASSERT(model.count(id) == 0U);
      RC_ASSERT(std::find(gone.begin(), gone.end(), id) == gone.end());
      map[id] = model[id] = step;
    } else {
      const auto victim = std::next(model.begin(), step % static_cast<int>(model.size()));
      map.erase(victim->first);
      gone.push_back(victim->first);
      model.erase(victim);
    }
    RC_ASSERT(map.size() == model.size());
    RC_ASSERT(map.empty() == model.empty());
  }
  for (const auto& [id, value] : model) {
    RC_ASSERT(map.find(id) != nullptr);
    RC_ASSERT(*std::as_const(map).find(id) == value);
    RC_ASSERT(map.live_at(id.index) == id);
  }
  for (const auto id : gone) RC_ASSERT(map.find(id) == nullptr);
  // Ids are ordered by slot first, like each().
  auto expected = model.begin();
  map.each([&](SlotMap<int>::Id id, int& value) {
    RC_ASSERT(expected != model.end());
    RC_ASSERT(id == expected->first);
    RC_ASSERT(value == expected->second);
    ++expected;
  });
  RC_ASSERT(expected == model.end());
}

}  // namespace
}  // namespace holdfast::base
