// The pool against a reference model: a plain list of connections and of waiters, kept only from
// what the pool was told and what it ordered. Every order is checked against the rules (P1–P5,
// fairness), and after every step nobody may be left waiting for what is there.
#include "engine/pool/pool.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <rapidcheck/state.h>

#include <algorithm>
#include <map>
#include <vector>

namespace holdfast::engine {
namespace {

constexpr int kOrigins = 3;

std::string host_of(int origin) { return "h" + std::to_string(origin); }

struct ModelConnection {
  ConnectionId id;
  int origin = 0;
  enum State { opening, idle, busy, closing } state = opening;
  int served = 0;
  std::uint64_t idle_since = 0;  // order of becoming idle
};
struct ModelWaiter {
  ExchangeId id;
  int origin = 0;
  bool fresh = false;
  std::uint64_t place = 0;
};

/// What rc::state keeps as the model: only how many of each kind exist, enough to make commands
/// possible; the detailed reference lives beside the pool, where ids are known.
struct Shape {
  PoolPolicy policy;
};

class Checked {
 public:
  explicit Checked(const PoolPolicy& policy) : policy_(policy), pool_(policy) {}

  void want(int origin, bool fresh) {
    const ExchangeId id{next_exchange_++, 1};
    waiters_.push_back({id, origin, fresh, ++places_});
    const OriginId at = pool_.origin("http", host_of(origin), 80);
    RC_ASSERT(pool_.want(id, at, fresh) == places_);
    settle();
  }
  /// A pool timeout and its retry: the place in line is kept.
  void rejoin(std::size_t pick) {
    if (waiters_.empty()) return;
    const auto at = waiters_.begin() + static_cast<std::ptrdiff_t>(pick % waiters_.size());
    const ModelWaiter waiter = *at;
    waiters_.erase(at);
    pool_.withdraw(waiter.id);
    settle();
    const auto later = [&](const ModelWaiter& w) { return w.place > waiter.place; };
    waiters_.insert(std::find_if(waiters_.begin(), waiters_.end(), later), waiter);
    pool_.want(waiter.id, pool_.origin("http", host_of(waiter.origin), 80), waiter.fresh,
               waiter.place);
    settle();
  }
  void withdraw(std::size_t pick) {
    if (waiters_.empty()) return;
    const auto at = waiters_.begin() + static_cast<std::ptrdiff_t>(pick % waiters_.size());
    const ExchangeId id = at->id;
    waiters_.erase(at);
    pool_.withdraw(id);
    RC_ASSERT(!pool_.waits(id));
    settle();
  }
  void dial_ends(std::size_t pick, bool well) {
    ModelConnection* c = pick_in(ModelConnection::opening, pick);
    if (c == nullptr) return;
    if (well) {
      const int origin = c->origin;
      const bool wanted = std::any_of(waiters_.begin(), waiters_.end(),
                                      [&](const ModelWaiter& w) { return w.origin == origin; });
      if (!wanted) become_idle(*c);
      dialed_ = c->id;
      pool_.dial_succeeded(c->id);
    } else {
      std::vector<ExchangeId> left;
      pool_.dial_failed(c->id, left);
      RC_ASSERT(left.size() <= 1U);
      for (const ExchangeId owner : left) remove_waiter(owner);
    }
    settle();
    dialed_ = {};
  }
  void release(std::size_t pick, bool reusable) {
    ModelConnection* c = pick_in(ModelConnection::busy, pick);
    if (c == nullptr) return;
    released_ = reusable ? c->id : ConnectionId{};
    if (reusable) become_idle(*c);  // in the pool's hands now: assigned, idle or closed next
    pool_.release(c->id, reusable);
    settle();
    released_ = {};
  }
  void lose(std::size_t pick) {
    std::vector<ConnectionId> open;
    for (const ModelConnection& c : connections_) {
      if (c.state != ModelConnection::closing) open.push_back(c.id);
    }
    if (open.empty()) return;
    pool_.lose(open[pick % open.size()], CloseCause::by_error);
    settle();
  }
  void closed(std::size_t pick) {
    ModelConnection* c = pick_in(ModelConnection::closing, pick);
    if (c == nullptr) return;
    const ConnectionId id = c->id;
    std::erase_if(connections_, [&](const ModelConnection& m) { return m.id == id; });
    pool_.closed(id);
    settle();
  }

  /// Lets everything end; then nothing may be left.
  void wind_down() {
    for (int round = 0; round < 10'000; ++round) {
      if (!waiters_.empty() && round % 3 == 0) {
        withdraw(0);
      } else if (count(ModelConnection::closing) != 0) {
        closed(0);
      } else if (count(ModelConnection::opening) != 0) {
        dial_ends(0, false);
      } else if (count(ModelConnection::busy) != 0) {
        release(0, false);
      } else if (count(ModelConnection::idle) != 0) {
        lose(0);
      } else if (waiters_.empty()) {
        break;
      }
    }
    RC_ASSERT(pool_.empty());
    RC_ASSERT(pool_.origin_stats().empty());
  }

 private:
  ModelConnection* find(ConnectionId id) {
    for (ModelConnection& c : connections_) {
      if (c.id == id) return &c;
    }
    return nullptr;
  }
  ModelConnection* pick_in(ModelConnection::State state, std::size_t pick) {
    std::vector<ModelConnection*> all;
    for (ModelConnection& c : connections_) {
      if (c.state == state) all.push_back(&c);
    }
    return all.empty() ? nullptr : all[pick % all.size()];
  }
  std::size_t count(ModelConnection::State state) const {
    return static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(),
                      [&](const ModelConnection& c) { return c.state == state; }));
  }
  void become_idle(ModelConnection& c) {
    c.state = ModelConnection::idle;
    c.idle_since = ++clock_;
  }
  void remove_waiter(ExchangeId id) {
    const auto before = waiters_.size();
    std::erase_if(waiters_, [&](const ModelWaiter& w) { return w.id == id; });
    RC_ASSERT(waiters_.size() == before - 1);
  }
  int origin_index(OriginId id) { return pool_.host_of(id).back() - '0'; }

  void on_dial(const Pool::Work& work) {
    RC_ASSERT(find(work.connection) == nullptr);
    connections_.push_back(
        {work.connection, origin_index(work.origin), ModelConnection::opening, 0, 0});
    RC_ASSERT(connections_.size() <= policy_.max_connections);  // P2
  }
  void on_assign(const Pool::Work& work) {
    ModelConnection* c = find(work.connection);
    RC_ASSERT(c != nullptr);
    RC_ASSERT(c->state == ModelConnection::idle ||
              (c->state == ModelConnection::opening && c->id == dialed_));
    // FIFO: the first of the origin that may have it.
    const bool fresh = c->state == ModelConnection::opening;  // one that has idled is not
    const auto first = std::find_if(waiters_.begin(), waiters_.end(), [&](const ModelWaiter& w) {
      return w.origin == c->origin && (!w.fresh || fresh);
    });
    RC_ASSERT(first != waiters_.end());
    RC_ASSERT(first->id == work.waiter);
    if (c->state == ModelConnection::idle && c->id != released_) {
      for (const ModelConnection& other : connections_) {  // most recently used first (P4)
        if (other.state == ModelConnection::idle && other.origin == c->origin) {
          RC_ASSERT(other.idle_since <= c->idle_since);
        }
      }
    }
    waiters_.erase(first);
    c->state = ModelConnection::busy;
    ++c->served;
  }
  void on_close(const Pool::Work& work) {
    ModelConnection* c = find(work.connection);
    RC_ASSERT(c != nullptr);
    RC_ASSERT(c->state != ModelConnection::closing);  // once
    c->state = ModelConnection::closing;
  }

  void settle() {
    Pool::Work work;
    while (pool_.next(work)) {
      switch (work.kind) {
        case Pool::Work::Kind::dial:
          on_dial(work);
          break;
        case Pool::Work::Kind::dialing:
          RC_ASSERT(pool_.waits(work.waiter));
          break;
        case Pool::Work::Kind::assign:
          on_assign(work);
          break;
        case Pool::Work::Kind::close:
          on_close(work);
          break;
      }
    }
    check_limits();
    check_nobody_waits_in_vain();
    check_gauges();
  }
  void check_limits() {
    RC_ASSERT(connections_.size() <= policy_.max_connections);
    RC_ASSERT(count(ModelConnection::idle) <= policy_.max_idle);
    if (policy_.max_per_origin == 0) return;
    for (int o = 0; o < kOrigins; ++o) RC_ASSERT(held(o) <= policy_.max_per_origin);
  }
  std::size_t held(int origin) const {
    return static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(),
                      [&](const ModelConnection& c) { return c.origin == origin; }));
  }
  void check_nobody_waits_in_vain() {
    for (const ModelWaiter& w : waiters_) {
      RC_ASSERT(pool_.waits(w.id));
      if (!w.fresh) {
        for (const ModelConnection& c : connections_) {
          RC_ASSERT(c.state != ModelConnection::idle || c.origin != w.origin);
        }
      }
      const ConnectionId dial = pool_.dial_of(w.id);
      if (dial) {
        RC_ASSERT(find(dial) != nullptr && find(dial)->state == ModelConnection::opening);
        RC_ASSERT(pool_.owner_of(dial) == w.id);
        continue;
      }
      const bool origin_full =
          policy_.max_per_origin != 0 && held(w.origin) >= policy_.max_per_origin;
      RC_ASSERT(origin_full || connections_.size() >= policy_.max_connections);
      if (!origin_full && count(ModelConnection::idle) != 0) {
        RC_ASSERT(count(ModelConnection::closing) != 0);  // an idle one gives way (P2)
      }
    }
  }
  void check_gauges() {
    const PoolStats stats = pool_.stats();
    RC_ASSERT(stats.idle == count(ModelConnection::idle));
    RC_ASSERT(stats.busy == count(ModelConnection::busy));
    RC_ASSERT(stats.opening == count(ModelConnection::opening));
    RC_ASSERT(stats.closing == count(ModelConnection::closing));
    RC_ASSERT(stats.waiting == waiters_.size());
  }

  PoolPolicy policy_;
  Pool pool_;
  std::vector<ModelConnection> connections_;
  std::vector<ModelWaiter> waiters_;
  std::uint32_t next_exchange_ = 0;
  std::uint64_t clock_ = 0, places_ = 0;
  ConnectionId released_, dialed_;
};

using Command = rc::state::Command<Shape, Checked>;

struct Want : Command {
  int origin = *rc::gen::inRange(0, kOrigins);
  bool fresh = *rc::gen::weightedElement<bool>({{6, false}, {1, true}});
  void run(const Shape&, Checked& sut) const override { sut.want(origin, fresh); }
  void show(std::ostream& os) const override { os << "want(" << origin << "," << fresh << ")"; }
};
struct Withdraw : Command {
  std::size_t pick = *rc::gen::inRange<std::size_t>(0, 64);
  void run(const Shape&, Checked& sut) const override { sut.withdraw(pick); }
  void show(std::ostream& os) const override { os << "withdraw(" << pick << ")"; }
};
struct Rejoin : Command {
  std::size_t pick = *rc::gen::inRange<std::size_t>(0, 64);
  void run(const Shape&, Checked& sut) const override { sut.rejoin(pick); }
  void show(std::ostream& os) const override { os << "rejoin(" << pick << ")"; }
};
struct DialEnds : Command {
  std::size_t pick = *rc::gen::inRange<std::size_t>(0, 64);
  bool well = *rc::gen::weightedElement<bool>({{3, true}, {1, false}});
  void run(const Shape&, Checked& sut) const override { sut.dial_ends(pick, well); }
  void show(std::ostream& os) const override { os << "dial_ends(" << pick << "," << well << ")"; }
};
struct Release : Command {
  std::size_t pick = *rc::gen::inRange<std::size_t>(0, 64);
  bool reusable = *rc::gen::weightedElement<bool>({{4, true}, {1, false}});
  void run(const Shape&, Checked& sut) const override { sut.release(pick, reusable); }
  void show(std::ostream& os) const override { os << "release(" << pick << "," << reusable << ")"; }
};
struct Lose : Command {
  std::size_t pick = *rc::gen::inRange<std::size_t>(0, 64);
  void run(const Shape&, Checked& sut) const override { sut.lose(pick); }
  void show(std::ostream& os) const override { os << "lose(" << pick << ")"; }
};
struct Closed : Command {
  std::size_t pick = *rc::gen::inRange<std::size_t>(0, 64);
  void run(const Shape&, Checked& sut) const override { sut.closed(pick); }
  void show(std::ostream& os) const override { os << "closed(" << pick << ")"; }
};

RC_GTEST_PROP(pool_model, every_order_is_lawful_and_nobody_waits_in_vain, ()) {
  Shape shape;
  shape.policy.max_connections = *rc::gen::inRange<std::uint32_t>(1, 6);
  shape.policy.max_idle = *rc::gen::inRange<std::uint32_t>(0, shape.policy.max_connections + 1);
  shape.policy.max_per_origin = *rc::gen::inRange<std::uint32_t>(0, 4);
  const auto commands = *rc::state::gen::commands(
      shape, rc::state::gen::execOneOfWithArgs<Want, Want, Withdraw, Rejoin, DialEnds, DialEnds,
                                               Release, Release, Lose, Closed, Closed>());
  Checked sut(shape.policy);
  rc::state::runAll(commands, shape, sut);
  sut.wind_down();
}

/// Runs a pool in which every connection lives and every request takes one step, and says how many
/// requests each origin got served.
std::map<int, int> serve(PoolPolicy policy, const std::vector<int>& waiting, int steps,
                         std::uint64_t* evicted = nullptr) {
  Pool pool(policy);
  std::map<std::uint32_t, int> origin_of;
  std::map<int, int> served;
  std::uint32_t next = 0;
  std::vector<ConnectionId> dials, busy, closing;
  for (std::size_t o = 0; o < waiting.size(); ++o) {
    for (int i = 0; i < waiting[o]; ++i) {
      origin_of[next] = static_cast<int>(o);
      pool.want({next++, 1}, pool.origin("http", host_of(static_cast<int>(o)), 80), false);
    }
  }
  const auto settle = [&] {
    Pool::Work work;
    while (pool.next(work)) {
      if (work.kind == Pool::Work::Kind::dial) dials.push_back(work.connection);
      if (work.kind == Pool::Work::Kind::close) closing.push_back(work.connection);
      if (work.kind == Pool::Work::Kind::assign) {
        busy.push_back(work.connection);
        ++served[origin_of[work.waiter.index]];
      }
    }
  };
  settle();
  for (int step = 0; step < steps; ++step) {
    for (const ConnectionId id : std::exchange(dials, {})) pool.dial_succeeded(id);
    settle();
    for (const ConnectionId id : std::exchange(busy, {})) pool.release(id, true);
    settle();
    for (const ConnectionId id : std::exchange(closing, {})) pool.closed(id);
    settle();
  }
  if (evicted != nullptr) *evicted = pool.stats().closed_evicted;
  return served;
}

TEST(pool, an_origin_with_a_long_line_does_not_starve_the_others) {
  PoolPolicy policy;
  policy.max_connections = 4;
  const auto served = serve(policy, {400, 8, 8}, 8);
  EXPECT_EQ(served.at(1), 8);
  EXPECT_EQ(served.at(2), 8);
}

TEST(pool, more_origins_than_slots_are_served_in_turn) {
  PoolPolicy policy;
  policy.max_connections = 1;
  const auto served = serve(policy, {20, 20, 20}, 30);
  for (int o = 0; o < 3; ++o) EXPECT_GE(served.at(o), 5) << o;
}

TEST(pool, shares_even_out_and_then_no_connection_is_sacrificed_any_more) {
  PoolPolicy policy;
  policy.max_connections = 4;
  std::uint64_t evicted = 0;
  const auto served = serve(policy, {1000, 1000}, 200, &evicted);
  EXPECT_NEAR(served.at(0), served.at(1), 10);
  EXPECT_LE(evicted, 4U);
}

}  // namespace
}  // namespace holdfast::engine
