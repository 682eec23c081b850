// The virtual world: one clock, one event queue, one network, one name service and one trace, all
// from one seed. A second of real time simulates thousands of seconds; the same seed and the same
// calls give the same run, byte for byte. Owner: a test. Thread: one owner.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "holdfast/function.h"
#include "sim/clock.h"
#include "sim/event_queue.h"
#include "sim/network.h"
#include "sim/resolver.h"
#include "sim/trace.h"

namespace holdfast::sim {

class World final : private EventTarget {
 public:
  explicit World(std::uint64_t seed)
      : seed_(seed),
        entropy_(base::Rng::stream(seed, "entropy")),
        network_(clock_, queue_, trace_, seed),
        resolver_(clock_, queue_, trace_, seed) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Clock& clock() { return clock_; }
  base::Now now() const { return clock_.now(); }
  EventQueue& queue() { return queue_; }
  Trace& trace() { return trace_; }
  Network& network() { return network_; }
  Resolver& resolver() { return resolver_; }
  std::uint64_t seed() const { return seed_; }
  /// Replaces the system's entropy: never the same twice in one world.
  std::uint64_t entropy() { return entropy_.next(); }
  /// A stream of random numbers for one purpose of the world's users.
  base::Rng stream(std::string_view purpose) const { return base::Rng::stream(seed_, purpose); }

  /// Calls `work` at that time (not before the next event).
  void at(base::Instant when, Function<void()> work);
  void after(Duration wait, Function<void()> work) { at(clock_.mono() + wait, std::move(work)); }

  /// Performs the next event; false when there is none.
  bool step();
  /// Performs all events up to and including `end`, and sets the time to it.
  void run_until(base::Instant end);
  /// Performs events until none is left, at most until `end`; returns whether none is left.
  bool run_dry(base::Instant end = base::Instant::never());

  std::uint64_t events() const { return events_; }
  /// The most events that happened at one instant.
  std::uint64_t crowded_instant() const { return crowded_; }
  /// The longest delay of an event, caused by code that took time.
  Duration most_overdue() const { return most_overdue_; }

 private:
  void fire(const Event& event) override;

  std::uint64_t seed_;
  base::Rng entropy_;
  Clock clock_;
  EventQueue queue_;
  Trace trace_;
  Network network_;
  Resolver resolver_;
  std::vector<Function<void()>> calls_;
  std::vector<std::uint32_t> free_calls_;
  std::uint64_t events_ = 0, at_this_instant_ = 0, crowded_ = 0;
  Duration most_overdue_{0};
};

}  // namespace holdfast::sim
