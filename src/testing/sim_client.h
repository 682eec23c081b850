// A client's backend in a virtual world: the simulation's driver behind api::Backend, with what a
// libuv loop has besides (work deferred and posted, an end that is told). Owner: the world and the
// client together. Thread: the world's, except post().
//
// Invariants:
//  1. The world's queue may hold events for the driver as long as the world lives, so the world
//     keeps every SimClient to its end, ended or not.
//  2. The client may outlive the world: everything it asks for is then ignored.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "api/backend.h"
#include "sim/driver.h"
#include "sim/world.h"

namespace holdfast::testing {

class SimClient final : public std::enable_shared_from_this<SimClient>, private engine::Listener {
 public:
  SimClient(sim::World& world, ClientOptions options)
      : world_(world), driver_(world, std::move(options), *this, profile()) {}
  SimClient(const SimClient&) = delete;
  SimClient& operator=(const SimClient&) = delete;

  /// What becomes the client's own.
  std::unique_ptr<api::Backend> backend();

  /// Whether a loop would have to go on for it (work posted included).
  bool busy();
  /// Turns what was posted into events. Says whether there was any.
  bool collect_posts();
  /// The world ends: the client is told, and nothing of it is called any more.
  void world_ends();

  const std::vector<std::string>& violations() const { return driver_.violations(); }

 private:
  class Handle;

  static sim::DriverProfile profile() {
    sim::DriverProfile profile;
    profile.audit = false;
    return profile;
  }

  void deliver(engine::Action& action) override { listener_->deliver(action); }
  void closed() override;

  void defer(Function<void()> work);
  bool post(Function<void()> work);
  bool letting_go() const { return gone_ || ended_; }
  void done_one();
  void tell_if_gone();

  sim::World& world_;  // not after world_ends()
  engine::Listener* listener_ = nullptr;
  sim::Driver driver_;
  bool gone_ = false;        // the world is
  bool closing_ = false;     // close() or close_gracefully() was called
  bool ended_ = false;       // the driver has finished
  bool told_ = false;        // and the listener knows
  std::size_t pending_ = 0;  // deferred, and posts on their way

  std::mutex mutex_;
  bool taking_ = true;                   // under mutex_
  std::vector<Function<void()>> posts_;  // under mutex_
};

}  // namespace holdfast::testing
