// Who gets which connection: the client's one pool as pure bookkeeping (P1–P5). Callers say what
// happened; `next()` says what to do about it. No I/O, no clock, no bytes: an entry knows only
// whether its connection is opening, idle, busy or closing, how many requests it carries and how
// many it can. Thread: one owner.
//
// Invariants:
//  1. opening + idle + busy + closing ≤ max_connections, and idle ≤ max_idle.
//  2. A busy connection carries at most as many exchanges as its capacity (one, unless it is
//  HTTP/2);
//     a dial belongs to at most one waiter.
//  3. Waiters of an origin stand in order of arrival (of their places); those with a dial of their
//     own are a prefix of the line. A spare dial (nobody's) exists only while nobody in line lacks
//     one.
//  4. A waiter that asked for a fresh connection only gets one from its dial, never one that has
//     idled; others pass it then.
//  5. While anybody could be given an idle connection of its origin, or a place on a busy one,
//  nobody
//     waits for one.
//  6. An origin that shares connections, or may yet turn out to, opens no more of them than its
//  line
//     needs: one until the first has told what it can carry (so that a burst waits for ALPN).
//     A slow one, which has not told in time, holds nobody back: another is opened beside it (R12).
// Fairness: free slots go round robin over the origins that wait. At the cap a released connection
// is taken from its origin for the one at the front of the ring if that one holds none, or at
// least two fewer (so shares even out and then stay).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ring.h"
#include "base/slot_map.h"
#include "engine/ids.h"
#include "holdfast/policy.h"
#include "holdfast/stats.h"
#include "policy/route.h"

namespace holdfast::engine {

struct OriginTag;
using OriginId = base::SlotId<OriginTag>;

class Pool {
 public:
  struct Work {
    enum class Kind : std::uint8_t {
      dial,     ///< open `connection` to `origin`
      dialing,  ///< `waiter` has a dial of its own now (`connection`), or none any more
      assign,   ///< `connection` is `waiter`'s
      close,    ///< close `connection` (it is closing already); report by closed()
    };
    Kind kind = Kind::dial;
    ConnectionId connection;
    ExchangeId waiter;
    OriginId origin;
    CloseCause cause = CloseCause::by_error;  ///< close
  };

  explicit Pool(const PoolPolicy& policy) : policy_(policy) {}

  /// Whether an origin's connections carry several requests at once. `unknown` until a first
  /// connection has told. Part of the key: who may not share does not meet who may.
  enum class Sharing : std::uint8_t { never, unknown, always };

  /// The origin's record; made on first use, kept while it has connections or waiters. Call want()
  /// right after. `via` is part of the key: connections of different routes never mix.
  OriginId origin(std::string_view scheme, std::string_view host, std::uint16_t port,
                  Sharing sharing = Sharing::never, const policy::RoutePtr& via = nullptr);
  /// Whether the record is still kept.
  bool knows(OriginId id) const { return origins_.find(id) != nullptr; }
  std::string_view scheme_of(OriginId id) { return origins_[id].scheme; }
  std::string_view host_of(OriginId id) { return origins_[id].host; }
  std::uint16_t port_of(OriginId id) { return origins_[id].port; }
  /// Null: straight.
  const policy::RoutePtr& via_of(OriginId id) { return origins_[id].via; }
  /// As it was asked for.
  Sharing sharing_asked(OriginId id) { return origins_[id].key; }

  /// `who` stands in line for a connection; `fresh`: straight from a dial. Returns its place, by
  /// which it can come back to where it stood; 0 is a new place, at the end.
  std::uint64_t want(ExchangeId who, OriginId origin, bool fresh, std::uint64_t place = 0);
  /// `who` leaves the line (nothing happens if it does not stand there).
  void withdraw(ExchangeId who);
  bool waits(ExchangeId who) const;
  /// The dial of a waiter, or the one that it means to share; none while it only waits for a slot.
  ConnectionId dial_of(ExchangeId who) const;
  /// Visits who waits in line for the origin of `id`.
  template <class Visit>
  void each_waiting(ConnectionId id, Visit&& visit) {
    const Origin& origin = origins_[entries_[id].origin];
    for (std::uint32_t at = origin.first; at != kNone; at = waiters_[at].after) {
      visit(waiters_[at].id);
    }
  }

  /// Whose dial a connection is; none if it is spare or no dial.
  ExchangeId owner_of(ConnectionId id) const { return entries_.find(id)->waiter; }

  /// `capacity`: how many requests it can carry at once; `shares`: whether that may be several.
  void dial_succeeded(ConnectionId id, std::uint32_t capacity = 1, bool shares = false);
  /// The dial is over and its connection closing. Its owner, if it has one, has left the line and
  /// stands in `left`; those that meant to share it stay in line (R12).
  void dial_failed(ConnectionId id, std::vector<ExchangeId>& left);
  /// The connection has not told in time what it can carry: it holds the line back no longer.
  void slow(ConnectionId id);
  /// An exchange is done with its connection. Not reusable: it is closed for `cause` when it
  /// carries nothing any more, and takes nothing new until then.
  void release(ConnectionId id, bool reusable, CloseCause cause = CloseCause::not_reusable);

  /// How many requests the connection can carry from now on. Fewer than it carries is no breach:
  /// nothing new comes until it is below.
  void set_capacity(ConnectionId id, std::uint32_t capacity);
  /// It takes no further request: closed, for `cause`, when it carries nothing.
  void retire(ConnectionId id, CloseCause cause);
  /// While it is held, nobody is given it, and it does not count as idle.
  void hold(ConnectionId id);
  void let_go(ConnectionId id);
  /// An opening, idle or busy connection must go; a dial's waiter gets another.
  void lose(ConnectionId id, CloseCause cause);
  /// The socket is gone: the slot is free.
  void closed(ConnectionId id);

  /// What to do next; false when nothing is.
  bool next(Work& work);

  /// The id of the connection in slot `index`; none if there is none.
  ConnectionId live_at(std::uint32_t index) const { return entries_.live_at(index); }
  bool is_live(ConnectionId id) const { return entries_.find(id) != nullptr; }
  bool is_idle(ConnectionId id) const { return in_state(id, State::idle); }
  bool is_closing(ConnectionId id) const { return in_state(id, State::closing); }
  /// A request that it was assigned goes onto it. Whether another one had before.
  bool carry(ConnectionId id) {
    Entry& entry = entries_[id];
    const bool reused = std::exchange(entry.used, true);
    if (reused) ++counters_.reused;
    return reused;
  }
  OriginId origin_of(ConnectionId id) const { return entries_.find(id)->origin; }

  /// Visits every connection that is not closing.
  template <class Visit>
  void each_open(Visit&& visit) {
    entries_.each([&](ConnectionId id, Entry& entry) {
      if (entry.state != State::closing) visit(id);
    });
  }
  /// No connection in any state, no waiter.
  bool empty() const { return entries_.empty() && waiting_ == 0; }

  PoolStats stats() const;
  std::vector<OriginStats> origin_stats();

 private:
  enum class State : std::uint8_t { opening, idle, busy, closing };
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;

  struct Entry {
    State state = State::opening;
    bool spare = false;      // opening and nobody's
    bool roomy = false;      // busy, and stands in the origin's list of those with a place free
    bool retired = false;    // takes nothing new
    bool held = false;       // takes no new request while set
    bool released = false;   // has given an exchange back or idled: not straight from its dial
    bool unsettled = false;  // shared, and has not said yet how much it can carry
    bool slow = false;       // opening, and holds nobody back
    bool used = false;       // a request went onto it
    CloseCause retired_for = CloseCause::not_reusable;
    OriginId origin;
    ExchangeId waiter;         // opening: whose dial
    std::uint32_t served = 0;  // requests it has been assigned
    std::uint32_t carries = 0, capacity = 1;
    // In the origin's list of idle (or of spare, or of roomy) connections, most recent first.
    ConnectionId newer, older;
    // In the list of all idle connections.
    ConnectionId all_newer, all_older;
  };
  struct Waiter {
    ExchangeId id;  // none: not waiting
    OriginId origin;
    ConnectionId dial;
    bool fresh = false;
    std::uint64_t place = 0;
    std::uint32_t before = kNone, after = kNone;  // neighbours in line, by exchange index
  };
  struct Origin {
    std::string scheme, host;
    std::uint16_t port = 0;
    policy::RoutePtr via;
    Sharing key = Sharing::never;      // as asked for
    Sharing sharing = Sharing::never;  // as learned
    std::uint32_t share_of_one = 0;    // requests that one connection carries; 0: not yet known
    std::uint32_t shut = 0;            // connections that were told to carry nothing
    std::uint32_t unsettled = 0;       // connections that have yet to say what they carry
    std::uint32_t slow = 0;            // opening ones that hold nobody back
    ConnectionId idle_newest, spare_newest, roomy_newest;
    ConnectionId lead_dial;  // the last dial begun; may be over
    std::uint32_t idle = 0, busy = 0, opening = 0, closing = 0;
    std::uint32_t first = kNone, last = kNone;  // the line
    std::uint32_t first_undialed = kNone;
    std::uint32_t waiting = 0, undialed = 0;
    bool in_ring = false;
    OriginId ring_before, ring_after;

    std::uint32_t live() const { return idle + busy + opening; }
  };

  bool in_state(ConnectionId id, State state) const {
    const Entry* entry = entries_.find(id);
    return entry != nullptr && entry->state == state;
  }
  bool at_origin_cap(const Origin& origin) const {
    return policy_.max_per_origin != 0 && origin.live() + origin.closing >= policy_.max_per_origin;
  }
  bool at_cap() const { return entries_.size() >= policy_.max_connections; }
  bool has_place(const Entry& entry) const {
    return entry.carries < entry.capacity && !entry.retired && !entry.held &&
           (policy_.max_requests_per_connection == 0 ||
            entry.served < policy_.max_requests_per_connection);
  }
  /// Nobody is given it, however little it carries; it does not count as idle.
  static bool is_withheld(const Entry& entry) { return entry.held || entry.capacity == 0; }
  bool needs_dial(const Origin& origin) const;
  bool is_opening(ConnectionId id) const { return in_state(id, State::opening); }

  void push_idle(ConnectionId id, Entry& entry, Origin& origin);
  void make_idle(ConnectionId id, Entry& entry, Origin& origin);
  void pull_idle(ConnectionId id, Entry& entry, Origin& origin);
  void push_spare(ConnectionId id, Entry& entry, Origin& origin);
  void pull_spare(ConnectionId id, Entry& entry, Origin& origin);
  void update_roomy(ConnectionId id, Entry& entry, Origin& origin);
  void leave_roomy(ConnectionId id, Entry& entry, Origin& origin);
  void rest(ConnectionId id, Entry& entry, Origin& origin);
  static void settle(Entry& entry, Origin& origin);
  static void stop_opening(Entry& entry, Origin& origin);
  void offer(ConnectionId id, Entry& entry, Origin& origin);
  void fill(ConnectionId id, Entry& entry, Origin& origin);
  void link(ConnectionId& newest, ConnectionId id, Entry& entry);
  void unlink(ConnectionId& newest, ConnectionId id, Entry& entry);

  void join_line(Waiter& waiter, std::uint32_t index, Origin& origin);
  void insert_in_line(Waiter& waiter, std::uint32_t index, Origin& origin);
  void pass_dials_forward(Waiter& waiter, Origin& origin);
  void leave_line(Waiter& waiter, std::uint32_t index, Origin& origin);
  void give_dial(ConnectionId id, Entry& entry, Origin& origin);
  void assign(ConnectionId id, Entry& entry, Waiter& waiter, std::uint32_t index, Origin& origin);
  void close(ConnectionId id, Entry& entry, Origin& origin, CloseCause cause);

  void update_ring(OriginId id, Origin& origin);
  bool should_yield(OriginId id, const Origin& origin) const;
  void serve(OriginId id, Origin& origin);
  bool evict_idle();
  void forget_if_unused(OriginId id, Origin& origin);
  void schedule();

  PoolPolicy policy_;
  base::SlotMap<Entry, ConnectionTag> entries_;
  std::vector<Waiter> waiters_;  // by exchange index
  base::SlotMap<Origin, OriginTag> origins_;
  std::unordered_map<std::uint64_t, std::vector<OriginId>> by_key_;  // hash → candidates
  ConnectionId all_newest_, all_oldest_;                             // idle ones
  OriginId ring_front_;
  std::uint32_t idle_ = 0, busy_ = 0, opening_ = 0, closing_ = 0;
  std::uint32_t waiting_ = 0, undialed_ = 0;
  std::uint64_t last_place_ = 0;
  base::Ring<Work> work_;
  PoolStats counters_;
};

}  // namespace holdfast::engine
