// Which origin gets the next slot, and how much a connection that is shared may carry.
#include <utility>

#include "base/check.h"
#include "engine/pool/pool.h"

namespace holdfast::engine {

// --- Slots between origins -----------------------------------------------------------------------

/// Invariant 6.
bool Pool::needs_dial(const Origin& origin) const {
  if (origin.undialed == 0 || at_origin_cap(origin)) return false;
  if (origin.sharing == Sharing::never) return true;
  if (origin.unsettled != 0 || origin.shut != 0) return false;
  const std::uint32_t opening = origin.opening - origin.slow;
  if (origin.share_of_one == 0) return opening == 0;
  const std::uint32_t wanted = (origin.waiting + origin.share_of_one - 1) / origin.share_of_one;
  return opening < wanted;
}

/// An origin stands in the ring while somebody in its line lacks a dial that it may yet have.
void Pool::update_ring(OriginId id, Origin& origin) {
  const bool hungry = needs_dial(origin);
  if (hungry == origin.in_ring) return;
  origin.in_ring = hungry;
  if (hungry) {
    if (!ring_front_) {
      ring_front_ = origin.ring_before = origin.ring_after = id;
      return;
    }
    Origin& front = origins_[ring_front_];
    origin.ring_after = ring_front_;
    origin.ring_before = front.ring_before;
    origins_[front.ring_before].ring_after = id;
    front.ring_before = id;
    return;
  }
  if (origin.ring_after == id) {
    ring_front_ = {};
    return;
  }
  if (ring_front_ == id) ring_front_ = origin.ring_after;
  origins_[origin.ring_before].ring_after = origin.ring_after;
  origins_[origin.ring_after].ring_before = origin.ring_before;
}

/// Whether a released connection of `origin` should give its slot to the front of the ring.
bool Pool::should_yield(OriginId id, const Origin& origin) const {
  if (!ring_front_ || ring_front_ == id || !at_cap()) return false;
  const Origin& front = *origins_.find(ring_front_);
  // Slots on their way (closing) count for the front, so that it is not over-served.
  const std::uint32_t held = front.live() + closing_;
  return held == 0 || held + 2 <= origin.live();
}

/// At the cap an idle connection gives way (P2): the least recently used of all.
bool Pool::evict_idle() {
  if (idle_ == 0 || closing_ >= undialed_) return false;
  const ConnectionId id = all_oldest_;
  Entry& entry = entries_[id];
  Origin& origin = origins_[entry.origin];
  const OriginId origin_id = entry.origin;
  close(id, entry, origin, CloseCause::evicted);
  update_ring(origin_id, origin);
  return true;
}

void Pool::serve(OriginId id, Origin& origin) {
  const ConnectionId connection = entries_.take();
  Entry& entry = entries_[connection];
  entry = Entry{};
  entry.origin = id;
  origin.lead_dial = connection;
  ++origin.opening;
  ++opening_;
  work_.push({Work::Kind::dial, connection, {}, id});
  give_dial(connection, entry, origin);
  ring_front_ = origin.ring_after;  // the next one's turn
  update_ring(id, origin);
}

void Pool::schedule() {
  while (ring_front_) {
    if (!at_cap()) {
      serve(ring_front_, origins_[ring_front_]);
    } else if (!evict_idle()) {
      return;
    }
  }
}

// --- Shared connections
// ---------------------------------------------------------------------------

void Pool::stop_opening(Entry& entry, Origin& origin) {
  --origin.opening;
  if (std::exchange(entry.slow, false)) --origin.slow;
}

void Pool::slow(ConnectionId id) {
  Entry* entry = entries_.find(id);
  if (entry == nullptr || entry->slow) return;
  const OriginId origin_id = entry->origin;
  Origin& origin = origins_[origin_id];
  if (entry->state == State::opening) {
    entry->slow = true;
    ++origin.slow;
  } else if (entry->unsettled) {
    settle(*entry, origin);
  } else {
    return;
  }
  update_ring(origin_id, origin);
  schedule();
}

void Pool::set_capacity(ConnectionId id, std::uint32_t capacity) {
  Entry* entry = entries_.find(id);
  if (entry == nullptr || entry->state == State::closing) return;
  const OriginId origin_id = entry->origin;
  Origin& origin = origins_[origin_id];
  settle(*entry, origin);
  if (entry->capacity == 0) --origin.shut;
  if (capacity == 0) ++origin.shut;
  entry->capacity = capacity;
  origin.share_of_one = capacity;
  if (entry->state == State::idle && capacity == 0) {
    // Of use to nobody just now; but the peer may relent, and has said so by not closing it.
    pull_idle(id, *entry, origin);
    entry->state = State::busy;
    ++origin.busy;
    ++busy_;
  }
  offer(id, *entry, origin);
}

/// What has become free on a busy connection goes to the line; one that carries nothing rests.
void Pool::offer(ConnectionId id, Entry& entry, Origin& origin) {
  const OriginId origin_id = entry.origin;
  if (entry.state == State::busy) {
    fill(id, entry, origin);
    if (entry.carries == 0 && !is_withheld(entry)) rest(id, entry, origin);
  }
  update_ring(origin_id, origin);
  schedule();
}

void Pool::retire(ConnectionId id, CloseCause cause) {
  Entry* entry = entries_.find(id);
  if (entry == nullptr || entry->retired) return;
  if (entry->state == State::closing || entry->state == State::opening) return;
  entry->retired = true;
  entry->retired_for = cause;
  const OriginId origin_id = entry->origin;
  Origin& origin = origins_[origin_id];
  settle(*entry, origin);
  leave_roomy(id, *entry, origin);
  if (entry->carries == 0) close(id, *entry, origin, cause);
  update_ring(origin_id, origin);
  schedule();
}

void Pool::hold(ConnectionId id) {
  Entry* entry = entries_.find(id);
  if (entry == nullptr || entry->held || entry->state != State::busy) return;
  entry->held = true;
  const OriginId origin_id = entry->origin;
  Origin& origin = origins_[origin_id];
  settle(*entry, origin);
  leave_roomy(id, *entry, origin);
  update_ring(origin_id, origin);
  schedule();
}

void Pool::let_go(ConnectionId id) {
  Entry* entry = entries_.find(id);
  if (entry == nullptr || !entry->held || entry->state == State::closing) return;
  entry->held = false;
  offer(id, *entry, origins_[entry->origin]);
}

}  // namespace holdfast::engine
