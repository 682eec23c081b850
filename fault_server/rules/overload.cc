#include "fault_server/rules/overload.h"

#include <algorithm>

namespace fault {

using holdfast::Duration;
using holdfast::base::Instant;

void Overload::start(Job job, Instant at) {
  job.done = at + job.service;
  job.sequence = sequence_++;
  serving_.push_back(job);
}

Overload::Verdict Overload::arrive(std::uint64_t ticket, Duration service, Instant now) {
  const Job job{ticket, service, {}, 0};
  if (serving_.size() < spec_.workers) {
    start(job, now);
    return Verdict::kStarted;
  }
  if (queue_.size() >= spec_.queue) return Verdict::kShed;
  queue_.push_back(job);
  return Verdict::kQueued;
}

void Overload::leave(std::uint64_t ticket) {
  std::erase_if(queue_, [&](const Job& job) { return job.ticket == ticket; });
}

bool Overload::pop_done(Instant now, std::uint64_t& ticket) {
  const auto first =
      std::min_element(serving_.begin(), serving_.end(), [](const Job& a, const Job& b) {
        return a.done != b.done ? a.done < b.done : a.sequence < b.sequence;
      });
  if (first == serving_.end() || first->done > now) return false;
  ticket = first->ticket;
  const Instant freed = first->done;
  serving_.erase(first);
  if (!queue_.empty()) {
    const Job next = spec_.lifo ? queue_.back() : queue_.front();
    if (spec_.lifo) {
      queue_.pop_back();
    } else {
      queue_.pop_front();
    }
    // From when the worker was free, not from when somebody looked: a late timer must not make the
    // modelled server slower.
    start(next, freed);
  }
  return true;
}

Instant Overload::next_deadline() const {
  Instant next = Instant::never();
  for (const Job& job : serving_) next = earlier(next, job.done);
  return next;
}

Duration Overload::expected_wait(Duration service) const {
  const auto ahead = static_cast<std::int64_t>(serving_.size() + queue_.size());
  return service * ahead / static_cast<std::int64_t>(std::max<std::uint64_t>(spec_.workers, 1));
}

}  // namespace fault
