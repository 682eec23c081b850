// One request through the engine without sockets: submit, write, written, bytes, complete. Measures
// time and allocations (Q3: at most 4), also with many connections (Q5).
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/allocations.h"
#include "engine/engine.h"

namespace {

using namespace holdfast;
using engine::Action;
using engine::ConnectionId;

const std::string kAnswer =
    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 100\r\n\r\n" +
    std::string(100, 'x');
const std::string kRefusal = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

const PeerAddress kAddress{4, 8080, 0, {10, 0, 0, 1}};

ClientOptions options_for(std::uint32_t connections) {
  ClientOptions options;
  options.seed = 1;
  options.pool.max_connections = connections;
  options.pool.max_idle = connections;
  options.timeouts.pool = kOff;
  return options;
}

/// A driver that accepts every write at once and queues the connections that wait for a response.
class Hand {
 public:
  Hand(std::uint32_t connections, std::vector<std::string> urls)
      : engine_(options_for(connections), {}), urls_(std::move(urls)) {}
  Hand(std::uint32_t connections, std::size_t origins) : engine_(options_for(connections), {}) {
    for (std::size_t i = 0; i < origins; ++i) {
      urls_.push_back("http://10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) +
                      ":8080/bytes/100");
    }
  }

  void submit() {
    Request request;
    request.url = urls_[next_url_];
    if (++next_url_ == urls_.size()) next_url_ = 0;
    engine_.submit(std::move(request), {}, now_);
    drain();
  }
  /// Sends the response to the connection that has waited longest.
  void answer(std::string_view bytes) {
    const ConnectionId id = waiting_[answered_++];
    if (answered_ == waiting_.size() || answered_ == 4096) {
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(answered_));
      answered_ = 0;
    }
    now_.mono.ns += 1000;
    engine_.handle_bytes(id, bytes, now_);
    drain();
  }
  /// Moves time to the next deadline and fires it.
  void wait() {
    if (engine_.next_deadline() > now_.mono) now_.mono = engine_.next_deadline();
    engine_.handle_timeout(now_);
    drain();
  }
  /// A driver must not report facts between two polls: reports them here, until no order is left.
  void settle() {
    while (!unresolved_.empty() || !unconnected_.empty() || !unlooked_.empty() ||
           !unwritten_.empty()) {
      while (!unresolved_.empty()) {
        const ConnectionId id = unresolved_.back();
        unresolved_.pop_back();
        engine_.handle_resolved(id, {&kAddress, 1}, ErrorCode::none, 0, now_);
        drain();
      }
      while (!unconnected_.empty()) {
        const ConnectionId id = unconnected_.back();
        unconnected_.pop_back();
        engine_.handle_connected(id, now_);
        drain();
      }
      while (!unlooked_.empty()) {
        const ConnectionId id = unlooked_.back();
        unlooked_.pop_back();
        engine_.handle_looked(id, now_);
        drain();
      }
      while (!unwritten_.empty()) {
        const auto [id, bytes] = unwritten_.back();
        unwritten_.pop_back();
        waiting_.push_back(id);
        engine_.handle_written(id, bytes, now_);
        drain();
      }
    }
  }
  std::size_t waiting() const { return waiting_.size() - answered_; }
  std::uint64_t good() const { return good_; }

 private:
  void drain() {
    while (engine_.poll(action_, now_)) perform();
  }
  void perform() {
    switch (action_.kind) {
      case Action::Kind::connect:
        unconnected_.push_back(action_.connection);
        break;
      case Action::Kind::resolve:
        unresolved_.push_back(action_.connection);
        break;
      case Action::Kind::look:
        unlooked_.push_back(action_.connection);
        break;
      case Action::Kind::write:
        unwritten_.emplace_back(action_.connection, action_.head.size() + action_.body.size());
        break;
      case Action::Kind::complete: {
        if (action_.response == nullptr) break;
        const Response response = std::move(*action_.response);
        if (response.status == 200 && response.body.size() == 100) ++good_;
        break;
      }
      default:
        break;
    }
  }

  engine::Engine engine_;
  base::Now now_{{1'000'000'000}, {784'111'777'000'000'000}};
  Action action_;
  std::vector<std::string> urls_;
  std::size_t next_url_ = 0;
  std::vector<ConnectionId> unresolved_, unconnected_, unlooked_, waiting_;
  std::vector<std::pair<ConnectionId, std::size_t>> unwritten_;
  std::size_t answered_ = 0;
  std::uint64_t good_ = 0;
};

/// Keeps `connections` requests running all the time.
void keep_busy(benchmark::State& state, Hand& hand, std::uint32_t connections) {
  const std::int64_t before = bench::heap_bytes();
  for (std::uint32_t i = 0; i < connections; ++i) {
    hand.submit();
    hand.settle();
  }
  const auto turn = [&hand] {
    hand.answer(kAnswer);
    hand.submit();
    hand.settle();
  };
  for (std::uint32_t i = 0; i < 2 * connections; ++i) turn();
  const std::uint64_t good = hand.good();
  const bench::AllocationMeter meter;
  for ([[maybe_unused]] auto _ : state) turn();
  meter.report(state);
  if (hand.good() - good != static_cast<std::uint64_t>(state.iterations())) {
    return state.SkipWithError("requests went wrong");
  }
  while (hand.waiting() != 0) hand.answer(kAnswer);
  // Of a connection and of the exchange that ran on it: the engine keeps both slots.
  state.counters["idle_bytes"] =
      static_cast<double>(bench::heap_bytes() - before) / static_cast<double>(connections);
  state.SetLabel("budget 4 allocations (Q3)");
}

void keep_alive_get(benchmark::State& state) {
  const auto connections = static_cast<std::uint32_t>(state.range(0));
  Hand hand(connections, static_cast<std::size_t>(state.range(1)));
  keep_busy(state, hand, connections);
}
BENCHMARK(keep_alive_get)
    ->ArgNames({"connections", "origins"})
    ->Args({1, 1})
    ->Args({10, 1})
    ->Args({50, 1})
    ->Args({1'000, 1})
    ->Args({10'000, 1})
    ->Args({1'000, 997})
    ->Args({10'000, 997});

/// URLs with names, paths and queries of realistic length, none of which fits into a std::string's
/// own buffer; `urls` of them in turn. With a single URL every request repeats the URL of its
/// slot's last request; with many (a number that is not a multiple of 50) none does.
void keep_alive_get_long_urls(benchmark::State& state) {
  constexpr std::uint32_t kConnections = 50;
  std::vector<std::string> urls;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    urls.push_back("http://inventory.internal.example.com:8080/v1/warehouses/" +
                   std::to_string(1000 + i) + "/items?state=available");
  }
  Hand hand(kConnections, std::move(urls));
  keep_busy(state, hand, kConnections);
}
BENCHMARK(keep_alive_get_long_urls)->ArgName("urls")->Arg(1)->Arg(997);

/// A 503 response, then a 200: the cost of a retry without the waiting time.
void get_refused_once(benchmark::State& state) {
  Hand hand(50, std::size_t{1});
  const auto turn = [&hand] {
    hand.submit();
    hand.settle();
    hand.answer(kRefusal);
    while (hand.waiting() == 0) {
      hand.wait();
      hand.settle();
    }
    hand.answer(kAnswer);
  };
  turn();
  const std::uint64_t good = hand.good();
  const bench::AllocationMeter meter;
  for ([[maybe_unused]] auto _ : state) turn();
  meter.report(state);
  if (hand.good() - good != static_cast<std::uint64_t>(state.iterations())) {
    state.SkipWithError("requests went wrong");
  }
}
BENCHMARK(get_refused_once);

}  // namespace
