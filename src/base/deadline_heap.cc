#include "base/deadline_heap.h"

#include "base/check.h"

namespace holdfast::base {

void DeadlineHeap::put(std::uint32_t at, const Entry& entry) {
  heap_[at] = entry;
  place_[entry.key] = at;
}

void DeadlineHeap::sift_up(std::uint32_t at) {
  const Entry entry = heap_[at];
  while (at > 0) {
    const std::uint32_t parent = (at - 1) / 2;
    if (!before(entry, heap_[parent])) break;
    put(at, heap_[parent]);
    at = parent;
  }
  put(at, entry);
}

void DeadlineHeap::sift_down(std::uint32_t at) {
  const Entry entry = heap_[at];
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    std::uint32_t child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], entry)) break;
    put(at, heap_[child]);
    at = child;
  }
  put(at, entry);
}

void DeadlineHeap::arm(Key key, Instant at) {
  if (at.is_never()) return disarm(key);
  if (key >= place_.size()) place_.resize(key + 1, kNowhere);
  if (place_[key] == kNowhere) {
    heap_.push_back({at, sequence_++, key});
    sift_up(static_cast<std::uint32_t>(heap_.size() - 1));
    return;
  }
  const std::uint32_t place = place_[key];
  const bool earlier = at < heap_[place].at;
  heap_[place].at = at;
  heap_[place].sequence = sequence_++;
  if (earlier) {
    sift_up(place);
  } else {
    sift_down(place);
  }
}

void DeadlineHeap::disarm(Key key) {
  if (!armed(key)) return;
  const std::uint32_t hole = place_[key];
  place_[key] = kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (last.key == key) return;
  put(hole, last);
  sift_up(hole);
  sift_down(place_[last.key]);
}

bool DeadlineHeap::pop_due(Instant now, Key& key) {
  if (heap_.empty() || heap_.front().at > now) return false;
  key = heap_.front().key;
  disarm(key);
  return true;
}

}  // namespace holdfast::base
