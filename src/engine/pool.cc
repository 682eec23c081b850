#include "engine/pool.h"

#include "base/check.h"
#include "base/rng.h"

namespace holdfast::engine {

namespace {

std::uint64_t key_of(std::string_view scheme, std::string_view host, std::uint16_t port) {
  return base::hash64(host, (static_cast<std::uint64_t>(port) << 16) + scheme.size());
}

}  // namespace

// --- Lists ---------------------------------------------------------------------------------------

void Pool::link(ConnectionId& newest, ConnectionId id, Entry& entry) {
  entry.newer = {};
  entry.older = newest;
  if (newest) entries_[newest].newer = id;
  newest = id;
}

void Pool::unlink(ConnectionId& newest, ConnectionId id, Entry& entry) {
  if (entry.newer) entries_[entry.newer].older = entry.older;
  if (entry.older) entries_[entry.older].newer = entry.newer;
  if (newest == id) newest = entry.older;
  entry.newer = entry.older = {};
}

void Pool::push_idle(ConnectionId id, Entry& entry, Origin& origin) {
  entry.state = State::idle;
  link(origin.idle_newest, id, entry);
  entry.all_newer = {};
  entry.all_older = all_newest_;
  if (all_newest_) entries_[all_newest_].all_newer = id;
  all_newest_ = id;
  if (!all_oldest_) all_oldest_ = id;
  ++origin.idle;
  ++idle_;
}

/// Idle connections beyond the limit go at once, the least recently used first (P1).
void Pool::make_idle(ConnectionId id, Entry& entry, Origin& origin) {
  push_idle(id, entry, origin);
  if (idle_ <= policy_.max_idle) return;
  const ConnectionId oldest = all_oldest_;
  Entry& old = entries_[oldest];
  close(oldest, old, origins_[old.origin], CloseCause::idle_limit);
}

void Pool::pull_idle(ConnectionId id, Entry& entry, Origin& origin) {
  unlink(origin.idle_newest, id, entry);
  if (entry.all_newer) entries_[entry.all_newer].all_older = entry.all_older;
  if (entry.all_older) entries_[entry.all_older].all_newer = entry.all_newer;
  if (all_newest_ == id) all_newest_ = entry.all_older;
  if (all_oldest_ == id) all_oldest_ = entry.all_newer;
  entry.all_newer = entry.all_older = {};
  --origin.idle;
  --idle_;
}

void Pool::push_spare(ConnectionId id, Entry& entry, Origin& origin) {
  entry.spare = true;
  entry.waiter = {};
  link(origin.spare_newest, id, entry);
}

void Pool::pull_spare(ConnectionId id, Entry& entry, Origin& origin) {
  entry.spare = false;
  unlink(origin.spare_newest, id, entry);
}

// --- The line of waiters -------------------------------------------------------------------------

void Pool::join_line(Waiter& waiter, std::uint32_t index, Origin& origin) {
  waiter.before = origin.last;
  waiter.after = kNone;
  if (origin.last != kNone) {
    waiters_[origin.last].after = index;
  } else {
    origin.first = index;
  }
  origin.last = index;
  if (origin.first_undialed == kNone) origin.first_undialed = index;
  ++origin.waiting;
  ++waiting_;
  ++origin.undialed;
  ++undialed_;
}

void Pool::leave_line(Waiter& waiter, std::uint32_t index, Origin& origin) {
  if (!waiter.dial) {
    --origin.undialed;
    --undialed_;
  }
  if (origin.first_undialed == index) origin.first_undialed = waiter.after;
  if (waiter.before != kNone) {
    waiters_[waiter.before].after = waiter.after;
  } else {
    origin.first = waiter.after;
  }
  if (waiter.after != kNone) {
    waiters_[waiter.after].before = waiter.before;
  } else {
    origin.last = waiter.before;
  }
  --origin.waiting;
  --waiting_;
  waiter.id = {};
  waiter.dial = {};
}

/// A dial without an owner goes to the first in line who lacks one, else it is spare.
void Pool::give_dial(ConnectionId id, Entry& entry, Origin& origin) {
  if (origin.first_undialed == kNone) return push_spare(id, entry, origin);
  Waiter& waiter = waiters_[origin.first_undialed];
  waiter.dial = id;
  entry.waiter = waiter.id;
  origin.first_undialed = waiter.after;
  --origin.undialed;
  --undialed_;
  work_.push({Work::Kind::dialing, id, waiter.id, entry.origin});
}

void Pool::assign(ConnectionId id, Entry& entry, Waiter& waiter, std::uint32_t index,
                  Origin& origin) {
  entry.state = State::busy;
  entry.waiter = {};
  if (entry.served++ != 0) ++counters_.reused;
  ++origin.busy;
  ++busy_;
  const ExchangeId who = waiter.id;
  const ConnectionId dial = waiter.dial;
  leave_line(waiter, index, origin);
  work_.push({Work::Kind::assign, id, who, entry.origin});
  if (dial && dial != id) give_dial(dial, entries_[dial], origin);
}

// --- What callers say ----------------------------------------------------------------------------

OriginId Pool::origin(std::string_view scheme, std::string_view host, std::uint16_t port) {
  std::vector<OriginId>& candidates = by_key_[key_of(scheme, host, port)];
  for (const OriginId id : candidates) {
    const Origin& origin = origins_[id];
    if (origin.port == port && origin.host == host && origin.scheme == scheme) return id;
  }
  const OriginId id = origins_.take();
  Origin& origin = origins_[id];
  origin = Origin{};
  origin.scheme = scheme;
  origin.host = host;
  origin.port = port;
  candidates.push_back(id);
  return id;
}

void Pool::want(ExchangeId who, OriginId origin_id, bool fresh) {
  if (who.index >= waiters_.size()) waiters_.resize(who.index + 1);
  Waiter& waiter = waiters_[who.index];
  HF_CHECK(!waiter.id);
  waiter = Waiter{who, origin_id, {}, fresh, kNone, kNone};
  Origin& origin = origins_[origin_id];
  join_line(waiter, who.index, origin);
  if (!fresh && origin.idle_newest) {
    const ConnectionId id = origin.idle_newest;
    Entry& entry = entries_[id];
    pull_idle(id, entry, origin);
    assign(id, entry, waiter, who.index, origin);
    return;
  }
  if (origin.spare_newest) {
    const ConnectionId id = origin.spare_newest;
    Entry& entry = entries_[id];
    pull_spare(id, entry, origin);
    give_dial(id, entry, origin);
    return;
  }
  if (origin.idle_newest && (at_cap() || at_origin_cap(origin))) {
    // Only a request for a fresh connection gets here: it replaces an idle one of its own origin.
    const ConnectionId id = origin.idle_newest;
    close(id, entries_[id], origin, CloseCause::evicted);
  }
  update_ring(origin_id, origin);
  schedule();
}

void Pool::withdraw(ExchangeId who) {
  if (!waits(who)) return;
  Waiter& waiter = waiters_[who.index];
  const OriginId origin_id = waiter.origin;
  Origin& origin = origins_[origin_id];
  const ConnectionId dial = waiter.dial;
  leave_line(waiter, who.index, origin);
  if (dial) give_dial(dial, entries_[dial], origin);
  update_ring(origin_id, origin);
  forget_if_unused(origin_id, origin);
}

bool Pool::waits(ExchangeId who) const {
  return who && who.index < waiters_.size() && waiters_[who.index].id == who;
}

ConnectionId Pool::dial_of(ExchangeId who) const {
  return waits(who) ? waiters_[who.index].dial : ConnectionId{};
}

void Pool::dial_succeeded(ConnectionId id) {
  Entry& entry = entries_[id];
  HF_CHECK(entry.state == State::opening);
  const OriginId origin_id = entry.origin;
  Origin& origin = origins_[origin_id];
  if (entry.spare) pull_spare(id, entry, origin);
  --origin.opening;
  --opening_;
  ++counters_.opened;
  const ExchangeId owner = entry.waiter;
  entry.waiter = {};
  if (origin.first == kNone) {
    make_idle(id, entry, origin);
    return schedule();
  }
  // The first in line takes it; if it was another's dial, that one gets the first one's dial
  // (invariant 3: whoever stands before an owner owns a dial too).
  const std::uint32_t index = origin.first;
  Waiter& waiter = waiters_[index];
  if (waiter.id != owner && waits(owner)) {
    HF_CHECK(waiter.dial);
    Waiter& other = waiters_[owner.index];
    other.dial = waiter.dial;
    entries_[other.dial].waiter = owner;
    waiter.dial = id;
  }
  assign(id, entry, waiter, index, origin);
  update_ring(origin_id, origin);
}

ExchangeId Pool::dial_failed(ConnectionId id) {
  Entry& entry = entries_[id];
  HF_CHECK(entry.state == State::opening);
  Origin& origin = origins_[entry.origin];
  const ExchangeId owner = entry.waiter;
  if (waits(owner)) leave_line(waiters_[owner.index], owner.index, origin);
  entry.waiter = {};
  close(id, entry, origin, CloseCause::connect_failed);
  return owner;
}

void Pool::release(ConnectionId id, bool reusable, CloseCause cause) {
  Entry& entry = entries_[id];
  HF_CHECK(entry.state == State::busy);
  const OriginId origin_id = entry.origin;
  Origin& origin = origins_[origin_id];
  if (!reusable) return close(id, entry, origin, cause);
  if (should_yield(origin_id, origin)) return close(id, entry, origin, CloseCause::evicted);
  std::uint32_t index = origin.first;
  while (index != kNone && waiters_[index].fresh) index = waiters_[index].after;
  if (index == kNone && origin.undialed != 0) {
    // Only such as need a fresh connection: this one's slot serves them.
    return close(id, entry, origin, CloseCause::evicted);
  }
  --origin.busy;
  --busy_;
  if (index != kNone) {
    assign(id, entry, waiters_[index], index, origin);
    if (ring_front_ == origin_id) ring_front_ = origin.ring_after;  // its turn is over
    return update_ring(origin_id, origin);
  }
  make_idle(id, entry, origin);
  if (undialed_ != 0) schedule();
}

void Pool::lose(ConnectionId id, CloseCause cause) {
  Entry* entry = entries_.find(id);
  if (entry == nullptr || entry->state == State::closing) return;
  const OriginId origin_id = entry->origin;
  Origin& origin = origins_[origin_id];
  const ExchangeId owner = entry->waiter;
  if (entry->state == State::opening && waits(owner)) {
    // The waiter keeps its place but has no dial now; those behind it hand theirs forward.
    std::uint32_t index = owner.index;
    while (waiters_[index].after != kNone && waiters_[waiters_[index].after].dial) {
      const std::uint32_t after = waiters_[index].after;
      waiters_[index].dial = waiters_[after].dial;
      entries_[waiters_[index].dial].waiter = waiters_[index].id;
      index = after;
    }
    waiters_[index].dial = {};
    origin.first_undialed = index;
    ++origin.undialed;
    ++undialed_;
  }
  entry->waiter = {};
  close(id, *entry, origin, cause);
  update_ring(origin_id, origin);
  schedule();
}

void Pool::closed(ConnectionId id) {
  Entry* entry = entries_.find(id);
  if (entry == nullptr) return;
  HF_CHECK(entry->state == State::closing);
  const OriginId origin_id = entry->origin;
  Origin& origin = origins_[origin_id];
  --origin.closing;
  --closing_;
  entries_.erase(id);
  update_ring(origin_id, origin);
  forget_if_unused(origin_id, origin);
  schedule();
}

bool Pool::next(Work& work) {
  if (work_.empty()) return false;
  work = work_.pop();
  return true;
}

// --- Closing -------------------------------------------------------------------------------------

void Pool::close(ConnectionId id, Entry& entry, Origin& origin, CloseCause cause) {
  switch (entry.state) {
    case State::opening:
      if (entry.spare) pull_spare(id, entry, origin);
      --origin.opening;
      --opening_;
      break;
    case State::idle:
      pull_idle(id, entry, origin);
      break;
    case State::busy:
      --origin.busy;
      --busy_;
      break;
    case State::closing:
      return;
  }
  entry.state = State::closing;
  ++origin.closing;
  ++closing_;
  switch (cause) {
    case CloseCause::idle_expiry:
      ++counters_.closed_idle_expiry;
      break;
    case CloseCause::idle_limit:
      ++counters_.closed_idle_limit;
      break;
    case CloseCause::by_peer:
      ++counters_.closed_by_peer;
      break;
    case CloseCause::by_error:
      ++counters_.closed_by_error;
      break;
    case CloseCause::not_reusable:
      ++counters_.closed_not_reusable;
      break;
    case CloseCause::evicted:
      ++counters_.closed_evicted;
      break;
    case CloseCause::lifetime:
      ++counters_.closed_lifetime;
      break;
    case CloseCause::shutdown:
      ++counters_.closed_shutdown;
      break;
    case CloseCause::connect_failed:
      ++counters_.connect_failed;
      break;
  }
  work_.push({Work::Kind::close, id, {}, entry.origin});
}

void Pool::forget_if_unused(OriginId id, Origin& origin) {
  if (origin.live() + origin.closing + origin.waiting != 0) return;
  const auto found = by_key_.find(key_of(origin.scheme, origin.host, origin.port));
  std::erase(found->second, id);
  if (found->second.empty()) by_key_.erase(found);
  origins_.erase(id);
}

// --- Slots between origins -----------------------------------------------------------------------

/// An origin stands in the ring while somebody in its line lacks a dial that it may yet have.
void Pool::update_ring(OriginId id, Origin& origin) {
  const bool hungry = origin.undialed != 0 && !at_origin_cap(origin);
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

// --- To look at ----------------------------------------------------------------------------------

PoolStats Pool::stats() const {
  PoolStats stats = counters_;
  stats.idle = idle_;
  stats.busy = busy_;
  stats.opening = opening_;
  stats.closing = closing_;
  stats.waiting = waiting_;
  return stats;
}

std::vector<OriginStats> Pool::origin_stats() {
  std::vector<OriginStats> all;
  origins_.each([&](OriginId, Origin& origin) {
    const bool v6 = origin.host.find(':') != std::string::npos;
    all.push_back({origin.scheme + "://" + (v6 ? "[" + origin.host + "]" : origin.host) + ":" +
                       std::to_string(origin.port),
                   origin.idle, origin.busy, origin.opening, origin.waiting});
  });
  return all;
}

}  // namespace holdfast::engine
