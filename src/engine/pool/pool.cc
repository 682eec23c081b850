#include "engine/pool/pool.h"

#include "base/check.h"
#include "base/rng.h"

namespace holdfast::engine {

namespace {

std::uint64_t key_of(std::string_view scheme, std::string_view host, std::uint16_t port,
                     Pool::Sharing sharing, const policy::RoutePtr& via) {
  const std::uint64_t way = via == nullptr ? 0 : via->hash();
  return base::hash64(host, way + (static_cast<std::uint64_t>(port) << 16) + scheme.size() +
                                (static_cast<std::uint64_t>(sharing) << 8));
}

}  // namespace

// --- What callers say ----------------------------------------------------------------------------

OriginId Pool::origin(std::string_view scheme, std::string_view host, std::uint16_t port,
                      Sharing sharing, const policy::RoutePtr& via) {
  std::vector<OriginId>& candidates = by_key_[key_of(scheme, host, port, sharing, via)];
  for (const OriginId id : candidates) {
    const Origin& origin = origins_[id];
    if (origin.port == port && origin.host == host && origin.scheme == scheme &&
        origin.key == sharing && policy::same_route(origin.via, via)) {
      return id;
    }
  }
  const OriginId id = origins_.take();
  Origin& origin = origins_[id];
  origin = Origin{};
  origin.scheme = scheme;
  origin.host = host;
  origin.port = port;
  origin.via = via;
  origin.key = origin.sharing = sharing;
  candidates.push_back(id);
  return id;
}

std::uint64_t Pool::want(ExchangeId who, OriginId origin_id, bool fresh, std::uint64_t place) {
  if (place == 0) place = ++last_place_;
  if (who.index >= waiters_.size()) waiters_.resize(who.index + 1);
  Waiter& waiter = waiters_[who.index];
  HF_CHECK(!waiter.id);
  waiter = Waiter{who, origin_id, {}, fresh, place, kNone, kNone};
  Origin& origin = origins_[origin_id];
  join_line(waiter, who.index, origin);
  if (origin.roomy_newest && (!fresh || !entries_[origin.roomy_newest].released)) {
    const ConnectionId id = origin.roomy_newest;
    Entry& entry = entries_[id];
    assign(id, entry, waiter, who.index, origin);
    update_roomy(id, entry, origin);
    return place;
  }
  if (!fresh && origin.idle_newest) {
    const ConnectionId id = origin.idle_newest;
    Entry& entry = entries_[id];
    pull_idle(id, entry, origin);
    assign(id, entry, waiter, who.index, origin);
    update_roomy(id, entry, origin);
    return place;
  }
  if (origin.spare_newest) {
    const ConnectionId id = origin.spare_newest;
    Entry& entry = entries_[id];
    pull_spare(id, entry, origin);
    give_dial(id, entry, origin);
    return place;
  }
  if (origin.idle_newest && (at_cap() || at_origin_cap(origin))) {
    // Only a request for a fresh connection gets here: it replaces an idle one of its own origin.
    const ConnectionId id = origin.idle_newest;
    close(id, entries_[id], origin, CloseCause::evicted);
  }
  update_ring(origin_id, origin);
  schedule();
  return place;
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
  if (!waits(who)) return {};
  const Waiter& waiter = waiters_[who.index];
  if (waiter.dial) return waiter.dial;
  const Origin& origin = *origins_.find(waiter.origin);
  const bool shared = origin.sharing != Sharing::never && is_opening(origin.lead_dial);
  return shared ? origin.lead_dial : ConnectionId{};
}

void Pool::dial_succeeded(ConnectionId id, std::uint32_t capacity, bool shares) {
  Entry& entry = entries_[id];
  HF_CHECK(entry.state == State::opening);
  const OriginId origin_id = entry.origin;
  Origin& origin = origins_[origin_id];
  if (entry.spare) pull_spare(id, entry, origin);
  stop_opening(entry, origin);
  --opening_;
  ++counters_.opened;
  const ExchangeId owner = entry.waiter;
  entry.waiter = {};
  entry.capacity = capacity;
  origin.sharing = shares ? Sharing::always : Sharing::never;
  if (shares) {
    entry.unsettled = true;
    ++origin.unsettled;
  }
  if (origin.first == kNone) {
    make_idle(id, entry, origin);
    update_ring(origin_id, origin);
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
  fill(id, entry, origin);
  update_ring(origin_id, origin);
  if (ring_front_) schedule();
}

void Pool::dial_failed(ConnectionId id, std::vector<ExchangeId>& left) {
  Entry& entry = entries_[id];
  HF_CHECK(entry.state == State::opening);
  const OriginId origin_id = entry.origin;
  Origin& origin = origins_[origin_id];
  const ExchangeId owner = entry.waiter;
  if (waits(owner)) {
    left.push_back(owner);
    leave_line(waiters_[owner.index], owner.index, origin);
  }
  entry.waiter = {};
  close(id, entry, origin, CloseCause::connect_failed);
  // Those that meant to share it go on waiting, and get another.
  if (origin.sharing == Sharing::never) return;
  update_ring(origin_id, origin);
  schedule();
}

void Pool::release(ConnectionId id, bool reusable, CloseCause cause) {
  Entry& entry = entries_[id];
  HF_CHECK(entry.state == State::busy);
  const OriginId origin_id = entry.origin;
  Origin& origin = origins_[origin_id];
  --entry.carries;
  entry.released = true;
  if (!reusable && !entry.retired) {
    entry.retired = true;
    entry.retired_for = cause;
  }
  // A shared connection that never empties would never change hands: it is let run dry.
  if (!entry.retired && entry.carries != 0 && should_yield(origin_id, origin)) {
    entry.retired = true;
    entry.retired_for = CloseCause::evicted;
  }
  if (entry.carries != 0 || (is_withheld(entry) && !entry.retired)) {
    fill(id, entry, origin);
    update_ring(origin_id, origin);
    return schedule();
  }
  leave_roomy(id, entry, origin);
  if (entry.retired) {
    close(id, entry, origin, entry.retired_for);
    update_ring(origin_id, origin);
    return schedule();
  }
  if (should_yield(origin_id, origin)) return close(id, entry, origin, CloseCause::evicted);
  std::uint32_t index = origin.first;
  while (index != kNone && waiters_[index].fresh) index = waiters_[index].after;
  if (index == kNone && origin.undialed != 0 && (at_cap() || at_origin_cap(origin))) {
    // Only such as need a fresh connection: this one's slot serves them.
    close(id, entry, origin, CloseCause::evicted);
    return update_ring(origin_id, origin);
  }
  if (index != kNone) {
    assign(id, entry, waiters_[index], index, origin);
    fill(id, entry, origin);
    if (ring_front_ == origin_id) ring_front_ = origin.ring_after;  // its turn is over
    return update_ring(origin_id, origin);
  }
  rest(id, entry, origin);
  if (undialed_ == 0) return;
  update_ring(origin_id, origin);
  schedule();
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
      stop_opening(entry, origin);
      --opening_;
      break;
    case State::idle:
      pull_idle(id, entry, origin);
      break;
    case State::busy:
      leave_roomy(id, entry, origin);
      --origin.busy;
      --busy_;
      break;
    case State::closing:
      return;
  }
  settle(entry, origin);
  if (entry.capacity == 0) --origin.shut;
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
  work_.push({Work::Kind::close, id, {}, entry.origin, cause});
}

void Pool::forget_if_unused(OriginId id, Origin& origin) {
  if (origin.live() + origin.closing + origin.waiting != 0) return;
  const auto found =
      by_key_.find(key_of(origin.scheme, origin.host, origin.port, origin.key, origin.via));
  std::erase(found->second, id);
  if (found->second.empty()) by_key_.erase(found);
  origin.via.reset();
  origins_.erase(id);
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
                       std::to_string(origin.port) +
                       (origin.via == nullptr ? "" : " via " + origin.via->name()),
                   origin.idle, origin.busy, origin.opening, origin.waiting});
  });
  return all;
}

}  // namespace holdfast::engine
