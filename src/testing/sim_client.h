// A client's driver in a virtual world: the simulation's driver with what a libuv loop adds
// (deferred and posted work, a report of the end). Owner: the world and the client together.
// Thread: the world's, except post().
//
// Invariants:
//  1. The world's queue can hold events for the driver as long as the world lives, so the world
//     keeps every SimClient until its own end, whether closed or not.
//  2. The client may outlive the world; all its calls are ignored then.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/driver.h"
#include "sim/driver.h"
#include "sim/world.h"

namespace holdfast::testing {

class SimClient final : public engine::Driver,
                        public std::enable_shared_from_this<SimClient>,
                        private engine::Listener {
 public:
  SimClient(sim::World& world, ClientOptions options)
      : world_(world), driver_(world, std::move(options), *this, profile()) {}
  SimClient(const SimClient&) = delete;
  SimClient& operator=(const SimClient&) = delete;

  /// The client's reference to this driver. When it is destroyed, the listener is detached.
  std::shared_ptr<engine::Driver> driver();

  void start(engine::Listener& listener) override { listener_ = &listener; }
  engine::ExchangeId submit(Request&& request, const engine::ExchangeSpec& spec) override;
  void cancel(engine::ExchangeId id) override;
  void pause(engine::ExchangeId id) override;
  void resume(engine::ExchangeId id) override;
  void body_ready(engine::ExchangeId id) override;
  void body_opened(engine::ExchangeId id, std::uint32_t attempt,
                   http::OpenedBody&& opened) override;
  void provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                    engine::Engine::BodyState state) override;
  void store_failed(engine::ExchangeId id, std::string detail) override;
  void prepared(engine::ExchangeId id, std::uint32_t attempt, engine::Engine::HookAnswer answer,
                Headers* fields, std::string detail) override;
  void close() override;
  void close_gracefully() override;
  bool letting_go() const override { return gone_ || ended_; }
  void defer(Function<void()> work) override;
  bool post(Function<void()> work) override;
  engine::Engine& engine() override { return driver_.engine(); }
  const engine::Engine& engine() const override { return driver_.engine(); }

  /// Whether a loop would stay alive for it (posted work included).
  bool busy();
  /// Turns posted work into events. Returns whether there was any.
  bool collect_posts();
  /// Called at the end of the world: informs the client and calls nothing of it afterwards.
  void world_ends();

  const std::vector<std::string>& violations() const { return driver_.violations(); }

 private:
  static sim::DriverProfile profile() {
    sim::DriverProfile profile;
    profile.audit = false;
    return profile;
  }

  void deliver(engine::Action& action) override { listener_->deliver(action); }
  void closed() override;

  void done_one();
  void tell_if_gone();

  sim::World& world_;  // not used after world_ends()
  engine::Listener* listener_ = nullptr;
  sim::Driver driver_;
  bool gone_ = false;        // the world has ended
  bool closing_ = false;     // close() or close_gracefully() was called
  bool ended_ = false;       // the driver has finished
  bool told_ = false;        // closed() of the listener was called
  std::size_t pending_ = 0;  // deferred work, and posts in the queue

  std::mutex mutex_;
  bool taking_ = true;                   // under mutex_
  std::vector<Function<void()>> posts_;  // under mutex_
};

}  // namespace holdfast::testing
