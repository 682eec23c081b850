// The pool's lists: idle, spare and roomy connections, and the lines of those who wait.
#include <utility>

#include "base/check.h"
#include "engine/pool/pool.h"

namespace holdfast::engine {

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
  entry.released = true;
  push_idle(id, entry, origin);
  if (idle_ <= policy_.max_idle) return;
  const ConnectionId oldest = all_oldest_;
  Entry& old = entries_[oldest];
  const OriginId old_origin = old.origin;
  close(oldest, old, origins_[old_origin], CloseCause::idle_limit);
  update_ring(old_origin, origins_[old_origin]);
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

/// A busy connection stands among the roomy ones while it can take another.
void Pool::update_roomy(ConnectionId id, Entry& entry, Origin& origin) {
  if (!has_place(entry)) return leave_roomy(id, entry, origin);
  if (entry.roomy) return;
  entry.roomy = true;
  link(origin.roomy_newest, id, entry);
}

void Pool::leave_roomy(ConnectionId id, Entry& entry, Origin& origin) {
  if (!entry.roomy) return;
  entry.roomy = false;
  unlink(origin.roomy_newest, id, entry);
}

/// A busy connection that carries nothing goes idle.
void Pool::rest(ConnectionId id, Entry& entry, Origin& origin) {
  leave_roomy(id, entry, origin);
  --origin.busy;
  --busy_;
  make_idle(id, entry, origin);
}

/// What the connection can carry is known now, or does not matter any more.
void Pool::settle(Entry& entry, Origin& origin) {
  if (!entry.unsettled) return;
  entry.unsettled = false;
  --origin.unsettled;
}

/// Gives the connection's free places to those first in line who may have them.
void Pool::fill(ConnectionId id, Entry& entry, Origin& origin) {
  std::uint32_t index = origin.first;
  while (index != kNone && has_place(entry)) {
    Waiter& waiter = waiters_[index];
    const std::uint32_t after = waiter.after;
    if (!waiter.fresh || !entry.released) assign(id, entry, waiter, index, origin);
    index = after;
  }
  update_roomy(id, entry, origin);
}

// --- The line of waiters -------------------------------------------------------------------------

void Pool::join_line(Waiter& waiter, std::uint32_t index, Origin& origin) {
  if (origin.last != kNone && waiters_[origin.last].place > waiter.place) [[unlikely]] {
    return insert_in_line(waiter, index, origin);
  }
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

/// Its place is older than that of others in line.
void Pool::insert_in_line(Waiter& waiter, std::uint32_t index, Origin& origin) {
  std::uint32_t after = origin.first;
  while (waiters_[after].place < waiter.place) after = waiters_[after].after;
  waiter.after = after;
  waiter.before = std::exchange(waiters_[after].before, index);
  if (waiter.before == kNone) {
    origin.first = index;
  } else {
    waiters_[waiter.before].after = index;
  }
  ++origin.waiting;
  ++waiting_;
  ++origin.undialed;
  ++undialed_;
  if (waiters_[after].dial) {
    pass_dials_forward(waiter, origin);
  } else if (origin.first_undialed == after) {
    origin.first_undialed = index;
  }
}

/// Invariant 3: `waiter` has no dial, those behind it have.
void Pool::pass_dials_forward(Waiter& waiter, Origin& origin) {
  Waiter* to = &waiter;
  while (to->after != kNone && waiters_[to->after].dial) {
    Waiter& from = waiters_[to->after];
    to->dial = std::exchange(from.dial, {});
    entries_[to->dial].waiter = to->id;
    to = &from;
  }
  origin.first_undialed = to->id.index;
  work_.push({Work::Kind::dialing, waiter.dial, waiter.id, waiter.origin});
  work_.push({Work::Kind::dialing, {}, to->id, waiter.origin});
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
  if (entry.carries++ == 0 && entry.state != State::busy) {
    entry.state = State::busy;
    ++origin.busy;
    ++busy_;
  }
  entry.waiter = {};
  ++entry.served;
  const ExchangeId who = waiter.id;
  const ConnectionId dial = waiter.dial;
  leave_line(waiter, index, origin);
  work_.push({Work::Kind::assign, id, who, entry.origin});
  if (dial && dial != id) give_dial(dial, entries_[dial], origin);
}

}  // namespace holdfast::engine
