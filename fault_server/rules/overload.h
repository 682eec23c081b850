// A server under load as a queueing model: so many workers, a queue with so many places served
// first-in or last-in first, a service time per request. Latency and shedding follow from it. It
// knows tickets, not requests. Pure state; time is an argument. Thread: one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/instant.h"

namespace fault {

struct OverloadSpec {
  std::uint64_t workers = 1;
  std::uint64_t queue = 0;
  bool lifo = false;
  friend bool operator==(const OverloadSpec&, const OverloadSpec&) = default;
};

class Overload {
 public:
  enum class Verdict : std::uint8_t { kStarted, kQueued, kShed };

  explicit Overload(OverloadSpec spec = {}) : spec_(spec) {}

  /// `service` is how long a worker will need for it.
  Verdict arrive(std::uint64_t ticket, holdfast::Duration service, holdfast::base::Instant now);
  /// The client is gone: its place in the queue is free. A worker that has begun goes on, as real
  /// ones do.
  void leave(std::uint64_t ticket);
  /// The next request that a worker has finished at or before `now`; call until false.
  bool pop_done(holdfast::base::Instant now, std::uint64_t& ticket);
  holdfast::base::Instant next_deadline() const;
  /// What a new arrival would wait if everybody needed `service`: for Retry-After.
  holdfast::Duration expected_wait(holdfast::Duration service) const;

  const OverloadSpec& spec() const { return spec_; }
  std::size_t serving() const { return serving_.size(); }
  std::size_t queued() const { return queue_.size(); }

 private:
  struct Job {
    std::uint64_t ticket = 0;
    holdfast::Duration service{0};
    holdfast::base::Instant done;
    std::uint64_t sequence = 0;
  };
  void start(Job job, holdfast::base::Instant at);

  OverloadSpec spec_;
  std::vector<Job> serving_;
  std::deque<Job> queue_;
  std::uint64_t sequence_ = 0;
};

}  // namespace fault
