// Future events in order of time; events at the same time keep the order in which they were
// planned. Events are small plain values that name their subject by index and generation. The
// target ignores stale ones, so events are never removed. Owner: the world. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/instant.h"

namespace holdfast::sim {

struct Event;

/// A receiver of events.
class EventTarget {
 public:
  virtual void fire(const Event& event) = 0;

 protected:
  ~EventTarget() = default;
};

struct Event {
  base::Instant at;
  std::uint64_t sequence = 0;  ///< set by the queue
  EventTarget* target = nullptr;
  std::uint32_t what = 0;  ///< meaning defined by the target
  std::uint32_t index = 0, generation = 0;
};

class EventQueue {
 public:
  void push(Event event);
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  base::Instant next() const { return heap_.empty() ? base::Instant::never() : heap_.front().at; }
  Event pop();

 private:
  std::vector<Event> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace holdfast::sim
