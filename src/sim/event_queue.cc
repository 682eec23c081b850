#include "sim/event_queue.h"

namespace holdfast::sim {

namespace {

bool before(const Event& a, const Event& b) {
  return a.at != b.at ? a.at < b.at : a.sequence < b.sequence;
}

// Four children per node: half the levels of a binary heap, and siblings share cache lines.
constexpr std::size_t kChildren = 4;

}  // namespace

void EventQueue::push(Event event) {
  event.sequence = ++sequence_;
  std::size_t at = heap_.size();
  heap_.push_back(event);
  while (at != 0) {
    const std::size_t parent = (at - 1) / kChildren;
    if (!before(event, heap_[parent])) break;
    heap_[at] = heap_[parent];
    at = parent;
  }
  heap_[at] = event;
}

Event EventQueue::pop() {
  const Event first = heap_.front();
  const Event last = heap_.back();
  heap_.pop_back();
  const std::size_t size = heap_.size();
  if (size == 0) return first;
  std::size_t at = 0;
  for (;;) {
    const std::size_t child = at * kChildren + 1;
    if (child >= size) break;
    std::size_t least = child;
    for (std::size_t i = child + 1; i < size && i < child + kChildren; ++i) {
      if (before(heap_[i], heap_[least])) least = i;
    }
    if (!before(heap_[least], last)) break;
    heap_[at] = heap_[least];
    at = least;
  }
  heap_[at] = last;
  return first;
}

}  // namespace holdfast::sim
