// What a client needs of the driver behind it: the seam between ClientState and a libuv loop
// (uv_backend) or a virtual world (src/testing). Owner: its ClientState. Thread: the driver's,
// except post().
//
// Manners that every backend has to keep, since users rely on them (SPEC F1):
//  1. The listener is called from the driver's own turns only, never inside a call of this
//     interface, and never by two frames at once.
//  2. What was ordered before a pause() or cancel() and not yet delivered is not delivered after
//     it, but for the end of the exchange.
//  3. closed() comes once, after everything else, deferred work included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "engine/listener.h"
#include "holdfast/function.h"

namespace holdfast::api {

class Backend {
 public:
  virtual ~Backend() = default;

  /// Before anything else, once. `listener` hears of everything from now on.
  virtual void start(engine::Listener& listener) = 0;

  /// Not after `letting_go()`: use defer() then.
  virtual engine::ExchangeId submit(Request&& request, const engine::ExchangeSpec& spec) = 0;
  virtual void cancel(engine::ExchangeId id) = 0;
  virtual void pause(engine::ExchangeId id) = 0;
  virtual void resume(engine::ExchangeId id) = 0;
  virtual void body_ready(engine::ExchangeId id) = 0;
  /// From within deliver(open_body) only.
  virtual void body_opened(engine::ExchangeId id, std::uint32_t attempt,
                           http::OpenedBody&& opened) = 0;
  /// From within deliver(need_body) only.
  virtual void provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                            engine::Engine::BodyState state) = 0;
  /// From within deliver(restart) and deliver(body) only.
  virtual void store_failed(engine::ExchangeId id, std::string detail) = 0;

  /// Answers deliver(prepare), from within it or later. Nothing is delivered inside.
  virtual void prepared(engine::ExchangeId id, std::uint32_t attempt,
                        engine::Engine::HookAnswer answer, Headers* fields, std::string detail) = 0;

  virtual void close() = 0;
  virtual void close_gracefully() = 0;
  /// The engine has finished, and what is left is being put away, or has been; or loop_lost().
  virtual bool letting_go() const = 0;
  /// Somebody else has closed the backend's handles: nothing is called any more, and nothing may be
  /// deferred.
  virtual bool loop_lost() const { return false; }
  /// After loop_lost(), once: runs work that was deferred or posted, now. The backend must not be
  /// destroyed after it. Says whether a deliver() is under way.
  virtual bool forsake() { return false; }

  /// Runs `work` on a later turn, whatever the state. For rare cases.
  virtual void defer(Function<void()> work) = 0;
  /// Any thread: runs `work` on the driver's; false once it is closed.
  virtual bool post(Function<void()> work) = 0;

  virtual engine::Engine& engine() = 0;
  virtual const engine::Engine& engine() const = 0;
};

}  // namespace holdfast::api
