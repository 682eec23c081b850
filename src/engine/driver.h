// Carries the engine's orders out and hands what is for the user to a listener: on a libuv loop
// (uv/driver.h) or in a virtual world (testing/sim_client.h). Owner: the client's state. Thread:
// the driver's own, except post().
//
// What every driver keeps, since users rely on it (F1):
//  1. The listener is called from the driver's own turns only, never inside a call of this
//     interface, and never by two frames at once.
//  2. What was ordered before a pause() or cancel() and not yet delivered is not delivered after
//     it, except the end of the exchange.
//  3. closed() comes once, after everything else, deferred work included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "engine/listener.h"
#include "holdfast/function.h"

namespace holdfast::engine {

class Driver {
 public:
  virtual ~Driver() = default;

  /// Called once, before everything else. `listener` must outlive closed().
  virtual void start(Listener& listener) = 0;

  /// Not after `letting_go()`: use defer() then.
  virtual ExchangeId submit(Request&& request, const ExchangeSpec& spec) = 0;
  virtual void cancel(ExchangeId id) = 0;
  virtual void pause(ExchangeId id) = 0;
  virtual void resume(ExchangeId id) = 0;
  virtual void body_ready(ExchangeId id) = 0;
  /// From within deliver(open_body) only.
  virtual void body_opened(ExchangeId id, std::uint32_t attempt, http::OpenedBody&& opened) = 0;
  /// From within deliver(need_body) only.
  virtual void provide_body(ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                            Engine::BodyState state) = 0;
  /// From within deliver(restart) and deliver(body) only.
  virtual void store_failed(ExchangeId id, std::string detail) = 0;

  /// Answers deliver(prepare), from within it or later. Nothing is delivered inside.
  virtual void prepared(ExchangeId id, std::uint32_t attempt, Engine::HookAnswer answer,
                        Headers* fields, std::string detail) = 0;

  virtual void close() = 0;
  virtual void close_gracefully() = 0;
  /// The engine has finished and handles are being closed, or are closed; or loop_lost().
  virtual bool letting_go() const = 0;
  /// The driver's handles were closed from outside (uv_walk and uv_close at the end of a program):
  /// nothing is called any more, and nothing may be deferred.
  virtual bool loop_lost() const { return false; }
  /// After loop_lost(), once: runs deferred and posted work at once. The driver must not be
  /// destroyed afterwards. Returns whether a deliver() is under way.
  virtual bool forsake() { return false; }

  /// Runs `work` on a later turn, whatever the state. Meant for rare cases.
  virtual void defer(Function<void()> work) = 0;
  /// Runs `work` on the driver's thread. Thread: any. Returns false once the driver is closed.
  virtual bool post(Function<void()> work) = 0;

  virtual Engine& engine() = 0;
  virtual const Engine& engine() const = 0;
};

}  // namespace holdfast::engine
