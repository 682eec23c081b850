// How many exchanges a second of one core the simulation makes (SPEC Q6: at least 200,000): what
// properties over thousands of runs cost. Keep-alive GETs of one client against a server that
// answers at once, in virtual time.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>

#include "bench/allocations.h"
#include "sim/driver.h"
#include "sim/network_test_ends.h"

namespace {

using namespace holdfast;

/// Sends the next request from each answer.
class ClosedLoop final : public sim::User {
 public:
  explicit ClosedLoop(sim::World& world, bool audit) : driver_(world, {}, *this, profile(audit)) {}

  void run(std::uint64_t count, std::uint32_t at_once) {
    left_ = count;
    for (std::uint32_t i = 0; i < at_once && left_ != 0; ++i) send();
  }
  void on_complete(void*, Response* response, Error*) override {
    if (response != nullptr && response->body.size() == 100) ++good_;
    if (left_ != 0) send();
  }
  std::uint64_t good() const { return good_; }
  sim::Driver& driver() { return driver_; }

 private:
  static sim::DriverProfile profile(bool audit) {
    sim::DriverProfile chosen;
    chosen.audit = audit;
    return chosen;
  }
  void send() {
    --left_;
    Request request;
    request.url = "http://10.0.0.1/";
    driver_.submit(std::move(request), nullptr);
  }

  std::uint64_t left_ = 0, good_ = 0;
  sim::Driver driver_;
};

constexpr std::uint64_t kBatch = 1000;
constexpr std::uint32_t kAtOnce = 50;

void exchanges(benchmark::State& state, bool audit, sim::Trace::Mode trace) {
  sim::World world(11);
  world.trace().set_mode(trace);
  sim::AnsweringServer server(
      world, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'));
  world.network().listen(sim::ip(1), server);
  ClosedLoop loop(world, audit);
  const auto batch = [&](std::uint64_t count) {
    const std::uint64_t wanted = loop.good() + count;
    loop.run(count, kAtOnce);
    while (loop.good() < wanted && world.step()) {
    }
    return loop.good() == wanted;
  };
  bool fine = batch(kBatch);
  const bench::AllocationMeter meter;
  while (state.KeepRunningBatch(kBatch)) fine = batch(kBatch) && fine;
  meter.report(state);
  if (!fine || !loop.driver().violations().empty()) return state.SkipWithError("it went wrong");
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetLabel("budget 200k items a second (Q6)");
  loop.driver().shut_down();
  world.run_dry();
}
BENCHMARK_CAPTURE(exchanges, audited_untraced, true, sim::Trace::Mode::off);
BENCHMARK_CAPTURE(exchanges, audited_and_hashed, true, sim::Trace::Mode::hash);
BENCHMARK_CAPTURE(exchanges, bare, false, sim::Trace::Mode::off);

}  // namespace
