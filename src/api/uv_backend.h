// The backend of every client but those of tests: a driver on the user's libuv loop. Owner: a
// ClientState. Thread: the loop's, except post().
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "api/backend.h"
#include "uv/driver.h"

namespace holdfast::api {

class UvBackend final : public Backend {
 public:
  UvBackend(uv_loop_t* loop, ClientOptions options) : loop_(loop), options_(std::move(options)) {}

  void start(engine::Listener& listener) override {
    driver_.emplace(loop_, std::move(options_), listener);
  }

  engine::ExchangeId submit(Request&& request, const engine::ExchangeSpec& spec) override {
    return driver_->submit(std::move(request), spec);
  }
  void cancel(engine::ExchangeId id) override { driver_->cancel(id); }
  void pause(engine::ExchangeId id) override { driver_->pause(id); }
  void resume(engine::ExchangeId id) override { driver_->resume(id); }
  void body_ready(engine::ExchangeId id) override { driver_->body_ready(id); }
  void body_opened(engine::ExchangeId id, std::uint32_t attempt,
                   http::OpenedBody&& opened) override {
    driver_->body_opened(id, attempt, std::move(opened));
  }
  void provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                    engine::Engine::BodyState state) override {
    driver_->provide_body(id, attempt, bytes, state);
  }
  void store_failed(engine::ExchangeId id, std::string detail) override {
    driver_->store_failed(id, std::move(detail));
  }

  void prepared(engine::ExchangeId id, std::uint32_t attempt, engine::Engine::HookAnswer answer,
                Headers* fields, std::string detail) override {
    driver_->prepared(id, attempt, answer, fields, std::move(detail));
  }

  void close() override { driver_->close(); }
  void close_gracefully() override { driver_->close_gracefully(); }
  bool letting_go() const override { return driver_->letting_go(); }

  bool loop_lost() const override { return driver_->loop_lost(); }
  bool forsake() override { return driver_->forsake(); }

  void defer(Function<void()> work) override { driver_->defer(std::move(work)); }
  bool post(Function<void()> work) override { return driver_->post(std::move(work)); }

  engine::Engine& engine() override { return driver_->engine(); }
  const engine::Engine& engine() const override { return driver_->engine(); }

 private:
  uv_loop_t* loop_;
  ClientOptions options_;  // the driver's, once it has started
  std::optional<uv::Driver> driver_;
};

}  // namespace holdfast::api
