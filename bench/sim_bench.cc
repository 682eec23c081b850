// How many simple exchanges per second the virtual world performs, which limits the number of cases
// that a property can try. One core, trace off, one client with always 50 requests running.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>

#include "fault_server/sim/peer_sim.h"
#include "sim/driver.h"
#include "sim/network_ends_rig.h"

namespace {

using holdfast::Request;
using holdfast::sim::Driver;
using holdfast::sim::DriverProfile;
using holdfast::sim::User;
using holdfast::sim::World;

constexpr std::uint64_t kAtOnce = 50;

/// Sends the next request whenever one has ended.
class Endless final : public User {
 public:
  void use(Driver& driver) { driver_ = &driver; }
  void send() {
    Request request;
    request.url = "http://10.0.0.1/bytes/100";
    driver_->submit(std::move(request), nullptr);
  }
  void on_complete(void*, holdfast::Response* response, holdfast::Error*) override {
    if (response != nullptr && response->status == 200) ++answered;
    if (more) send();
  }
  std::uint64_t answered = 0;
  bool more = true;

 private:
  Driver* driver_ = nullptr;
};

void carry(benchmark::State& state, World& world) {
  Endless user;
  DriverProfile profile;
  profile.audit = false;
  Driver driver(world, {}, user, profile);
  user.use(driver);
  for (std::uint64_t i = 0; i < kAtOnce; ++i) user.send();
  while (user.answered < 1000) world.step();  // warm-up
  const std::uint64_t warm = user.answered;
  for ([[maybe_unused]] auto _ : state) {
    const std::uint64_t until = user.answered + 100;
    while (user.answered < until) world.step();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(user.answered - warm));
  user.more = false;
  driver.shut_down();
  world.run_until(world.now().mono + std::chrono::seconds(1));
}

void plain_server(benchmark::State& state) {
  World world(1);
  holdfast::sim::AnsweringServer server(
      world, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'));
  world.network().listen(holdfast::sim::ip(1), server);
  carry(state, world);
}
BENCHMARK(plain_server)->Unit(benchmark::kMicrosecond);

void fault_server(benchmark::State& state) {
  World world(1);
  fault::PeerSim server(world, fault::Scenario{});
  server.listen("h1", holdfast::sim::ip(1));
  carry(state, world);
}
BENCHMARK(fault_server)->Unit(benchmark::kMicrosecond);

}  // namespace
