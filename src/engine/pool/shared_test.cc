// Connections that carry several requests at once, against a reference model kept only from what
// the pool was told and what it ordered (P1–P3, SPEC H2, invariants 30 and 39).
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/pool/pool.h"

namespace holdfast::engine {
namespace {

using Sharing = Pool::Sharing;

struct SharedConnection {
  enum State { opening, open, closing };
  ConnectionId id;
  int origin = 0;
  State state = opening;
  bool shares = false, settled = false, retired = false, held = false;
  bool released = false, yielded = false;
  std::uint32_t carries = 0, capacity = 1;
  std::vector<ExchangeId> exchanges;

  bool has_place() const { return state == open && !retired && !held && carries < capacity; }
};
struct SharedWaiter {
  ExchangeId id;
  int origin = 0;
  bool fresh = false;
  std::uint64_t place = 0;
};

class CheckedSharing {
 public:
  CheckedSharing(const PoolPolicy& policy, std::vector<Sharing> origins)
      : policy_(policy), origins_(std::move(origins)), pool_(policy) {}

  void want(std::size_t pick, bool fresh) {
    const int origin = static_cast<int>(pick % origins_.size());
    const ExchangeId id{next_++, 1};
    waiters_.push_back({id, origin, fresh});
    // Places are given out in order, from 1.
    waiters_.back().place = ++places_;
    RC_ASSERT(pool_.want(id, origin_id(origin), fresh) == places_);
    settle();
  }
  /// A pool timeout and its retry.
  void rejoin(std::size_t pick) {
    if (waiters_.empty()) return;
    const auto at = waiters_.begin() + static_cast<std::ptrdiff_t>(pick % waiters_.size());
    const SharedWaiter waiter = *at;
    waiters_.erase(at);
    pool_.withdraw(waiter.id);
    settle();
    const auto later = [&](const SharedWaiter& w) { return w.place > waiter.place; };
    waiters_.insert(std::find_if(waiters_.begin(), waiters_.end(), later), waiter);
    RC_ASSERT(pool_.want(waiter.id, origin_id(waiter.origin), waiter.fresh, waiter.place) ==
              waiter.place);
    settle();
  }
  void slow(std::size_t pick) {
    SharedConnection* c = pick_where(pick, [](const auto&) { return true; });
    if (c == nullptr) return;
    if (is_open(*c)) c->settled = true;
    pool_.slow(c->id);
    settle();
  }
  void withdraw(std::size_t pick) {
    if (waiters_.empty()) return;
    const auto at = waiters_.begin() + static_cast<std::ptrdiff_t>(pick % waiters_.size());
    const ExchangeId id = at->id;
    waiters_.erase(at);
    pool_.withdraw(id);
    settle();
  }
  void dialed(std::size_t pick, bool shares) {
    SharedConnection* c = pick_where(pick, [](const auto& m) { return is_opening(m); });
    if (c == nullptr) return;
    const Sharing key = origins_[static_cast<std::size_t>(c->origin)];
    if (key != Sharing::unknown) shares = key == Sharing::always;
    c->state = SharedConnection::open;
    c->settled = !shares;
    c->shares = shares;
    pool_.dial_succeeded(c->id, 1, shares);
    settle();
  }
  void dial_fails(std::size_t pick) {
    SharedConnection* c = pick_where(pick, [](const auto& m) { return is_opening(m); });
    if (c == nullptr) return;
    std::vector<ExchangeId> left;
    pool_.dial_failed(c->id, left);
    RC_ASSERT(left.size() <= 1U);  // R12
    for (const ExchangeId id : left) {
      const auto before = waiters_.size();
      std::erase_if(waiters_, [&](const SharedWaiter& w) { return w.id == id; });
      RC_ASSERT(waiters_.size() == before - 1);
    }
    settle();
  }
  void set_capacity(std::size_t pick, std::uint32_t capacity) {
    SharedConnection* c = pick_where(pick, [](const auto& m) { return is_open(m) && m.shares; });
    if (c == nullptr) return;
    c->capacity = capacity;
    c->settled = true;
    pool_.set_capacity(c->id, capacity);
    settle();
  }
  void release(std::size_t pick, bool reusable) {
    SharedConnection* c = pick_where(pick, [](const auto& m) { return m.carries != 0; });
    if (c == nullptr) return;
    --c->carries;
    c->exchanges.pop_back();
    c->released = true;
    if (!reusable) c->retired = true;
    // At the cap it may be let run dry for an origin that has none.
    c->yielded =
        c->yielded || (connections_.size() >= policy_.max_connections &&
                       std::any_of(waiters_.begin(), waiters_.end(),
                                   [&](const SharedWaiter& w) { return w.origin != c->origin; }));
    pool_.release(c->id, reusable);
    settle();
  }
  void retire(std::size_t pick) {
    SharedConnection* c = pick_where(pick, [](const auto& m) { return is_open(m); });
    if (c == nullptr) return;
    c->retired = true;
    pool_.retire(c->id, CloseCause::by_peer);
    settle();
  }
  void hold(std::size_t pick) {
    SharedConnection* c = pick_where(pick, [](const auto& m) { return m.carries != 0; });
    if (c == nullptr) return;
    c->held = c->settled = true;  // who is a suspect is not waited for
    pool_.hold(c->id);
    settle();
  }
  void let_go(std::size_t pick) {
    SharedConnection* c = pick_where(pick, [](const auto& m) { return is_open(m) && m.held; });
    if (c == nullptr) return;
    c->held = false;
    pool_.let_go(c->id);
    settle();
  }
  void lose(std::size_t pick) {
    SharedConnection* c =
        pick_where(pick, [](const auto& m) { return m.state != SharedConnection::closing; });
    if (c == nullptr) return;
    pool_.lose(c->id, CloseCause::by_error);
    settle();
  }
  void closed(std::size_t pick) {
    SharedConnection* c =
        pick_where(pick, [](const auto& m) { return m.state == SharedConnection::closing; });
    if (c == nullptr) return;
    const ConnectionId id = c->id;
    std::erase_if(connections_, [&](const SharedConnection& m) { return m.id == id; });
    pool_.closed(id);
    settle();
  }
  void wind_down() {
    for (int round = 0; round < 10'000 && !(waiters_.empty() && connections_.empty()); ++round) {
      if (!waiters_.empty()) {
        withdraw(0);
      } else {
        lose(0);
        closed(0);
      }
    }
    RC_ASSERT(pool_.empty());
    RC_ASSERT(pool_.origin_stats().empty());
  }

 private:
  static bool is_opening(const SharedConnection& m) { return m.state == SharedConnection::opening; }
  static bool is_open(const SharedConnection& m) { return m.state == SharedConnection::open; }
  OriginId origin_id(int origin) {
    const auto at = static_cast<std::size_t>(origin);
    return pool_.origin("https", "h" + std::to_string(origin), 443, origins_[at]);
  }
  template <class Where>
  SharedConnection* pick_where(std::size_t pick, Where&& where) {
    std::vector<SharedConnection*> all;
    for (SharedConnection& c : connections_) {
      if (where(c)) all.push_back(&c);
    }
    return all.empty() ? nullptr : all[pick % all.size()];
  }
  SharedConnection& find(ConnectionId id) {
    const auto at = std::find_if(connections_.begin(), connections_.end(),
                                 [&](const SharedConnection& c) { return c.id == id; });
    RC_ASSERT(at != connections_.end());
    return *at;
  }

  void on_dial(const Pool::Work& work) {
    const int origin = pool_.host_of(work.origin).back() - '0';
    if (pool_.sharing_asked(work.origin) == Sharing::always) {
      // Nothing says yet what one carries, so there is one (invariant 39).
      for (const SharedConnection& c : connections_) {
        RC_ASSERT(c.origin != origin || c.state != SharedConnection::open || c.settled ||
                  c.retired || c.held);
      }
    }
    SharedConnection c;
    c.id = work.connection;
    c.origin = origin;
    connections_.push_back(c);
    RC_ASSERT(connections_.size() <= policy_.max_connections);  // P2
  }
  void on_assign(const Pool::Work& work) {
    SharedConnection& c = find(work.connection);
    RC_ASSERT(c.has_place());  // invariant 30
    const auto first = std::find_if(waiters_.begin(), waiters_.end(), [&](const SharedWaiter& w) {
      return w.origin == c.origin && (!w.fresh || !c.released);
    });
    RC_ASSERT(first != waiters_.end());
    RC_ASSERT(first->id == work.waiter);  // P3
    waiters_.erase(first);
    ++c.carries;
    c.exchanges.push_back(work.waiter);
  }
  void on_close(const Pool::Work& work) {
    SharedConnection& c = find(work.connection);
    RC_ASSERT(c.state != SharedConnection::closing);
    c.state = SharedConnection::closing;
    c.carries = 0;
  }

  void settle() {
    Pool::Work work;
    while (pool_.next(work)) {
      switch (work.kind) {
        case Pool::Work::Kind::dial:
          on_dial(work);
          break;
        case Pool::Work::Kind::dialing:
          break;
        case Pool::Work::Kind::assign:
          on_assign(work);
          break;
        case Pool::Work::Kind::close:
          on_close(work);
          break;
      }
    }
    for (SharedConnection& c : connections_) {
      if (is_open(c) && c.carries == 0) c.released = true;  // it has idled
    }
    const PoolStats stats = pool_.stats();
    RC_ASSERT(stats.waiting == waiters_.size());
    RC_ASSERT(stats.idle <= policy_.max_idle);
    RC_ASSERT(stats.idle + stats.busy + stats.opening + stats.closing == connections_.size());
    for (const SharedWaiter& w : waiters_) nobody_is_forgotten(w);
  }

  /// There is a dial, or nothing to dial with, or the peer is to speak next.
  void nobody_is_forgotten(const SharedWaiter& w) const {
    bool dialing = static_cast<bool>(pool_.dial_of(w.id));
    bool peer_is_next = false;
    for (const SharedConnection& c : connections_) {
      if (c.origin != w.origin) continue;
      RC_ASSERT(w.fresh || !c.has_place() || c.yielded);
      dialing = dialing || is_opening(c);
      const bool in_use = is_open(c) && !c.held && !c.retired;
      peer_is_next = peer_is_next || (in_use && !c.settled) || (is_open(c) && c.capacity == 0);
    }
    RC_ASSERT(dialing || peer_is_next || connections_.size() >= policy_.max_connections);
  }

  PoolPolicy policy_;
  std::vector<Sharing> origins_;
  Pool pool_;
  std::vector<SharedConnection> connections_;
  std::vector<SharedWaiter> waiters_;
  std::uint32_t next_ = 0;
  std::uint64_t places_ = 0;
};

RC_GTEST_PROP(SharedPool, gives_places_in_order_and_never_more_than_there_are, ()) {
  PoolPolicy policy;
  policy.max_connections = *rc::gen::inRange<std::uint32_t>(1, 5);
  policy.max_idle = *rc::gen::inRange<std::uint32_t>(0, 3);
  CheckedSharing pool(policy, {Sharing::always, Sharing::unknown, Sharing::never});
  const auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint32_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 21), rc::gen::inRange<std::uint32_t>(0, 1000)));
  for (const auto& [kind, pick] : steps) {
    switch (kind) {
      case 7:
        pool.withdraw(pick);
        break;
      case 8:
      case 9:
        pool.dialed(pick, pick % 4 != 0);
        break;
      case 10:
        pool.dial_fails(pick);
        break;
      case 11:
        pool.set_capacity(pick, pick % 7);
        break;
      case 12:
      case 13:
        pool.release(pick, pick % 8 != 0);
        break;
      case 14:
        pick % 2 == 0 ? pool.retire(pick) : pool.hold(pick);
        break;
      case 15:
        pool.let_go(pick);
        break;
      case 16:
        pool.lose(pick);
        break;
      case 17:
        pool.closed(pick);
        break;
      case 18:
      case 19:
        pool.rejoin(pick);
        break;
      case 20:
        pool.slow(pick);
        break;
      default:
        pool.want(pick, pick % 11 == 0);
    }
  }
  pool.wind_down();
}

ExchangeId exchange(std::uint32_t n) { return {n, 1}; }

std::vector<Pool::Work> work_of(Pool& pool, Pool::Work::Kind kind) {
  std::vector<Pool::Work> all;
  Pool::Work work;
  while (pool.next(work)) {
    if (work.kind == kind) all.push_back(work);
  }
  return all;
}

TEST(SharedPool, a_burst_to_a_cold_origin_waits_for_one_dial_and_shares_it) {
  Pool pool{PoolPolicy{}};
  const OriginId origin = pool.origin("https", "h", 443, Sharing::unknown);
  for (std::uint32_t n = 0; n < 100; ++n) pool.want(exchange(n), origin, false);
  const auto dials = work_of(pool, Pool::Work::Kind::dial);
  ASSERT_EQ(dials.size(), 1U);
  EXPECT_EQ(pool.dial_of(exchange(99)), dials[0].connection);
  pool.dial_succeeded(dials[0].connection, 1, true);
  EXPECT_EQ(work_of(pool, Pool::Work::Kind::assign).size(), 1U);  // until SETTINGS have come
  pool.set_capacity(dials[0].connection, 100);
  EXPECT_EQ(work_of(pool, Pool::Work::Kind::assign).size(), 99U);
  EXPECT_EQ(pool.stats().busy, 1U);
}

TEST(SharedPool, a_burst_to_an_origin_that_turns_out_not_to_share_dials_for_everyone) {
  Pool pool{PoolPolicy{}};
  const OriginId origin = pool.origin("https", "h", 443, Sharing::unknown);
  for (std::uint32_t n = 0; n < 10; ++n) pool.want(exchange(n), origin, false);
  const auto first = work_of(pool, Pool::Work::Kind::dial);
  ASSERT_EQ(first.size(), 1U);
  pool.dial_succeeded(first[0].connection, 1, false);
  EXPECT_EQ(work_of(pool, Pool::Work::Kind::dial).size(), 9U);
}

TEST(SharedPool, beyond_the_streams_of_one_connection_another_is_dialed) {
  Pool pool{PoolPolicy{}};
  const OriginId origin = pool.origin("https", "h", 443, Sharing::unknown);
  for (std::uint32_t n = 0; n < 25; ++n) pool.want(exchange(n), origin, false);
  const auto first = work_of(pool, Pool::Work::Kind::dial);
  pool.dial_succeeded(first[0].connection, 1, true);
  pool.set_capacity(first[0].connection, 10);
  // Fifteen are left, and one connection carries ten.
  EXPECT_EQ(work_of(pool, Pool::Work::Kind::dial).size(), 2U);
}

TEST(SharedPool, a_peer_that_allows_nothing_is_not_dialed_again) {
  Pool pool{PoolPolicy{}};
  const OriginId origin = pool.origin("https", "h", 443, Sharing::always);
  pool.want(exchange(0), origin, false);
  const auto dials = work_of(pool, Pool::Work::Kind::dial);
  pool.dial_succeeded(dials[0].connection, 1, true);
  pool.set_capacity(dials[0].connection, 0);
  pool.release(dials[0].connection, true);
  pool.want(exchange(1), origin, false);
  EXPECT_TRUE(work_of(pool, Pool::Work::Kind::dial).empty());
  EXPECT_FALSE(pool.dial_of(exchange(1)));
  pool.set_capacity(dials[0].connection, 1);
  EXPECT_EQ(work_of(pool, Pool::Work::Kind::assign).size(), 1U);
}

TEST(SharedPool, a_dial_that_fails_costs_its_owner_and_the_others_get_another) {
  Pool pool{PoolPolicy{}};
  const OriginId origin = pool.origin("https", "h", 443, Sharing::unknown);
  for (std::uint32_t n = 0; n < 3; ++n) pool.want(exchange(n), origin, false);
  const auto first = work_of(pool, Pool::Work::Kind::dial);
  std::vector<ExchangeId> left;
  pool.dial_failed(first[0].connection, left);
  EXPECT_EQ(left, (std::vector<ExchangeId>{exchange(0)}));
  EXPECT_EQ(pool.stats().waiting, 2U);
  const auto second = work_of(pool, Pool::Work::Kind::dial);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(pool.owner_of(second[0].connection), exchange(1));
  EXPECT_EQ(pool.dial_of(exchange(2)), second[0].connection);
}

TEST(SharedPool, a_slow_dial_holds_nobody_back) {
  Pool pool{PoolPolicy{}};
  const OriginId origin = pool.origin("https", "h", 443, Sharing::unknown);
  for (std::uint32_t n = 0; n < 3; ++n) pool.want(exchange(n), origin, false);
  const auto first = work_of(pool, Pool::Work::Kind::dial);
  pool.slow(first[0].connection);
  const auto second = work_of(pool, Pool::Work::Kind::dial);
  ASSERT_EQ(second.size(), 1U) << "and one at a time";
  pool.dial_succeeded(second[0].connection, 1, true);
  EXPECT_TRUE(work_of(pool, Pool::Work::Kind::dial).empty());
  pool.slow(second[0].connection);  // it sends no SETTINGS
  EXPECT_EQ(work_of(pool, Pool::Work::Kind::dial).size(), 1U);
}

}  // namespace
}  // namespace holdfast::engine
