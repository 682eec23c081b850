#include "sim/world.h"

#include <algorithm>
#include <utility>

namespace holdfast::sim {

void World::at(base::Instant when, Function<void()> work) {
  Event event;
  event.at = when < clock_.mono() ? clock_.mono() : when;
  event.target = this;
  if (free_calls_.empty()) {
    event.index = static_cast<std::uint32_t>(calls_.size());
    calls_.push_back(std::move(work));
  } else {
    event.index = free_calls_.back();
    free_calls_.pop_back();
    calls_[event.index] = std::move(work);
  }
  queue_.push(event);
}

void World::fire(const Event& event) {
  Function<void()> work = std::move(calls_[event.index]);
  free_calls_.push_back(event.index);
  work();
}

bool World::step() {
  if (queue_.empty()) return false;
  const Event event = queue_.pop();
  if (event.at > clock_.mono()) {
    at_this_instant_ = 0;
    clock_.advance_to(event.at);
  } else {
    most_overdue_ = std::max(most_overdue_, clock_.mono() - event.at);
  }
  ++events_;
  if (++at_this_instant_ > crowded_) crowded_ = at_this_instant_;
  event.target->fire(event);
  return true;
}

void World::run_until(base::Instant end) {
  while (queue_.next() <= end && step()) {
  }
  clock_.advance_to(end);
}

bool World::run_dry(base::Instant end) {
  while (queue_.next() <= end && step()) {
  }
  return queue_.empty();
}

}  // namespace holdfast::sim
