// What it costs to take a connection from the pool and give it back (SPEC Q6: at most 150 ns at
// 10,000 connections), the origin's lookup included, since every attempt does that.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/allocations.h"
#include "engine/pool/pool.h"

namespace {

using namespace holdfast;
using engine::ConnectionId;
using engine::ExchangeId;
using engine::Pool;

constexpr std::uint16_t kPort = 8080;

PoolPolicy room_for(std::uint32_t connections) {
  PoolPolicy policy;
  policy.max_connections = connections;
  policy.max_idle = connections;
  return policy;
}

std::vector<std::string> hosts_of(std::size_t count) {
  std::vector<std::string> hosts;
  for (std::size_t i = 0; i < count; ++i) {
    hosts.push_back("service-" + std::to_string(i) + ".example.com");
  }
  return hosts;
}

/// Owns a pool: every dial succeeds, and every close is done at once.
class Hand {
 public:
  explicit Hand(std::uint32_t connections) : pool_(room_for(connections)) {}

  /// Takes a connection for the exchange in slot `index`.
  ConnectionId acquire(std::uint32_t index, const std::string& host) {
    const ExchangeId who{index, 2 * ++turn_ + 1};
    pool_.want(who, pool_.origin("http", host, kPort), false);
    ConnectionId got;
    Pool::Work work;
    while (pool_.next(work)) {
      switch (work.kind) {
        case Pool::Work::Kind::dial:
          pool_.dial_succeeded(work.connection);
          break;
        case Pool::Work::Kind::close:
          pool_.closed(work.connection);
          break;
        case Pool::Work::Kind::assign:
          got = work.connection;
          break;
        case Pool::Work::Kind::dialing:
          break;
      }
    }
    return got;
  }
  void release(ConnectionId id) {
    pool_.release(id, true);
    Pool::Work work;
    while (pool_.next(work)) benchmark::DoNotOptimize(work);
  }

 private:
  Pool pool_;
  std::uint32_t turn_ = 0;
};

/// All connections are open, half of them busy. In each turn the connection that has been busy
/// longest is returned and another exchange takes one, so that all of that half passes through the
/// cache.
void acquire_release(benchmark::State& state) {
  const auto connections = static_cast<std::uint32_t>(state.range(0));
  const auto hosts = hosts_of(static_cast<std::size_t>(state.range(1)));
  Hand hand(connections);
  std::vector<ConnectionId> held;
  for (std::uint32_t i = 0; i < connections; ++i) {
    held.push_back(hand.acquire(i, hosts[i % hosts.size()]));
  }
  const std::uint32_t busy = connections / 2;
  for (std::uint32_t i = busy; i < connections; ++i) hand.release(held[i]);
  std::uint32_t at = 0;
  const bench::AllocationMeter meter;
  for ([[maybe_unused]] auto _ : state) {
    hand.release(held[at]);
    held[at] = hand.acquire(at, hosts[at % hosts.size()]);
    if (++at == busy) at = 0;
  }
  meter.report(state);
  state.SetLabel("budget 150 ns (Q6)");
}
BENCHMARK(acquire_release)
    ->ArgNames({"connections", "origins"})
    ->Args({50, 1})
    ->Args({1'000, 1})
    ->Args({10'000, 1})
    ->Args({1'000, 1'000})
    ->Args({10'000, 1'000});

/// More origins than connections: in each turn an idle connection of another origin is closed for a
/// dial.
void acquire_evicts(benchmark::State& state) {
  const auto connections = static_cast<std::uint32_t>(state.range(0));
  const auto hosts = hosts_of(static_cast<std::size_t>(state.range(1)));
  Hand hand(connections);
  std::size_t at = 0;
  for (; at < connections; ++at) hand.release(hand.acquire(0, hosts[at % hosts.size()]));
  const bench::AllocationMeter meter;
  for ([[maybe_unused]] auto _ : state) {
    hand.release(hand.acquire(0, hosts[at]));
    if (++at == hosts.size()) at = 0;
  }
  meter.report(state);
}
BENCHMARK(acquire_evicts)->ArgNames({"connections", "origins"})->Args({50, 1'000});

}  // namespace
