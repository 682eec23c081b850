// Many deadlines for one timer: a binary heap that stores the position of each entry, so that an
// entry can be moved or removed. Keys are small dense numbers (a slot's index). Entries with the
// same deadline are due in the order in which they were armed, which makes runs repeatable. Thread:
// one owner.
#pragma once

#include <cstdint>
#include <vector>

#include "base/instant.h"

namespace holdfast::base {

class DeadlineHeap {
 public:
  using Key = std::uint32_t;

  /// Sets or moves the deadline of `key`. Instant::never() disarms.
  void arm(Key key, Instant at);
  void disarm(Key key);

  bool armed(Key key) const { return key < place_.size() && place_[key] != kNowhere; }
  /// The deadline of `key`; never if it is not armed.
  Instant due(Key key) const { return armed(key) ? heap_[place_[key]].at : Instant::never(); }

  /// The earliest deadline; never if there is none.
  Instant next() const { return heap_.empty() ? Instant::never() : heap_.front().at; }

  /// Removes the earliest entry that is due at or before `now`; false if there is none.
  bool pop_due(Instant now, Key& key);

  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    Instant at;
    std::uint64_t sequence;
    Key key;
  };
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFFU;

  static bool before(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at < b.at : a.sequence < b.sequence;
  }
  void sift_up(std::uint32_t at);
  void sift_down(std::uint32_t at);
  void put(std::uint32_t at, const Entry& entry);

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> place_;  // the entry's position in heap_, by key
  std::uint64_t sequence_ = 0;
};

}  // namespace holdfast::base
