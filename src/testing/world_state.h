// The implementation of World: the simulated world, its servers and clients, the user's timers, the
// names. Owner: the World. Thread: one owner, except posts to a client.
//
// Invariant: servers and clients live until the world's end, because its queue can hold events for
// them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/testing.h"
#include "holdfast/url.h"
#include "sim/world.h"
#include "testing/sim_client.h"
#include "testing/virtual_server.h"

namespace holdfast::testing::detail {

class WorldState {
 public:
  explicit WorldState(std::uint64_t seed);
  WorldState(const WorldState&) = delete;
  WorldState& operator=(const WorldState&) = delete;

  void serve(std::string_view origin, fault::Scenario scenario, const ServerOptions& options);
  Client client(ClientOptions options);
  /// Informs every client that the world has ended.
  void end();

  void set_host(std::string_view host, Host state);
  void fail_lookups(std::string_view host, const std::vector<Lookup>& answers);

  std::uint64_t after(Duration wait, Function<void()> work);
  bool cancel(std::uint64_t timer) { return timers_.erase(timer) != 0; }
  Duration now() const { return world_.now().mono - sim::Clock::kStart; }
  /// Steps until `done` returns true, no event is left, `at_most` has passed, or the run is an
  /// endless loop. Returns whether `done` did.
  bool run_until(Function<bool()> done, Duration at_most);
  /// Whether a loop would stay alive.
  bool busy();

  /// The server of this origin; throws if the origin is invalid or has none.
  const VirtualServer& server(std::string_view origin) const;
  const std::vector<std::unique_ptr<VirtualServer>>& servers() const { return servers_; }
  /// Breaches of the engine's contract that the simulation recorded; there must be none.
  std::vector<std::string> violations() const;

  sim::World& world() { return world_; }

 private:
  struct Machine {
    PeerAddress address;  // port 0
    Host state = Host::up;
  };

  Machine& machine_of(const std::string& host);
  VirtualServer* find(std::string_view origin) const;
  void apply(const Machine& machine);

  sim::World world_;
  std::map<std::string, Machine, std::less<>> machines_;  // by host
  std::uint32_t named_ = 0;                               // machines with a generated address
  std::vector<std::unique_ptr<VirtualServer>> servers_;
  std::vector<std::shared_ptr<SimClient>> clients_;
  std::map<std::uint64_t, Function<void()>> timers_;
  std::uint64_t last_timer_ = 0;
};

}  // namespace holdfast::testing::detail
