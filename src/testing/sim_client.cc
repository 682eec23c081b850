#include "testing/sim_client.h"

namespace holdfast::testing {

/// What the ClientState owns. Keeps the SimClient, so that looking at the engine is always allowed.
class SimClient::Handle final : public api::Backend {
 public:
  explicit Handle(std::shared_ptr<SimClient> client) : client_(std::move(client)) {}
  ~Handle() override { client_->listener_ = nullptr; }

  void start(engine::Listener& listener) override { client_->listener_ = &listener; }

  engine::ExchangeId submit(Request&& request, const engine::ExchangeSpec& spec) override {
    return driver().submit(std::move(request), spec);
  }
  void cancel(engine::ExchangeId id) override {
    if (!client_->gone_) driver().cancel(id);
  }
  void pause(engine::ExchangeId id) override {
    if (!client_->gone_) driver().pause(id);
  }
  void resume(engine::ExchangeId id) override {
    if (!client_->gone_) driver().resume(id);
  }
  void body_ready(engine::ExchangeId id) override {
    if (!client_->gone_) driver().body_ready(id);
  }
  void body_opened(engine::ExchangeId id, std::uint32_t attempt,
                   http::OpenedBody&& opened) override {
    driver().body_opened(id, attempt, std::move(opened));
  }
  void provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                    engine::Engine::BodyState state) override {
    driver().provide_body(id, attempt, bytes, state);
  }
  void store_failed(engine::ExchangeId id, std::string detail) override {
    driver().store_failed(id, std::move(detail));
  }
  void prepared(engine::ExchangeId id, std::uint32_t attempt, engine::Engine::HookAnswer answer,
                Headers* fields, std::string detail) override {
    if (client_->gone_) return;
    driver().prepared(id, attempt, answer, fields, std::move(detail));
  }

  void close() override {
    if (client_->letting_go()) return;
    client_->closing_ = true;
    driver().shut_down();
  }
  void close_gracefully() override {
    if (client_->letting_go()) return;
    client_->closing_ = true;
    driver().shut_down_gracefully();
  }
  bool letting_go() const override { return client_->letting_go(); }

  void defer(Function<void()> work) override { client_->defer(std::move(work)); }
  bool post(Function<void()> work) override { return client_->post(std::move(work)); }

  engine::Engine& engine() override { return client_->driver_.engine(); }
  const engine::Engine& engine() const override { return client_->driver_.engine(); }

 private:
  sim::Driver& driver() { return client_->driver_; }

  std::shared_ptr<SimClient> client_;
};

std::unique_ptr<api::Backend> SimClient::backend() {
  return std::make_unique<Handle>(shared_from_this());
}

bool SimClient::busy() {
  if (pending_ != 0) return true;
  if (told_) return false;
  if (closing_ || driver_.engine().busy()) return true;
  const std::lock_guard lock(mutex_);
  return !posts_.empty();
}

// --- Work of its own -----------------------------------------------------------------------------

void SimClient::defer(Function<void()> work) {
  if (gone_) return;
  ++pending_;
  world_.after(Duration{0}, [this, call = std::move(work)]() mutable {
    call();
    call.reset();  // it may have held what keeps the client's state
    done_one();
  });
}

bool SimClient::post(Function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (!taking_) return false;
  posts_.push_back(std::move(work));
  return true;
}

bool SimClient::collect_posts() {
  std::vector<Function<void()>> posts;
  {
    const std::lock_guard lock(mutex_);
    posts.swap(posts_);
  }
  for (Function<void()>& work : posts) defer(std::move(work));
  return !posts.empty();
}

// --- The end -------------------------------------------------------------------------------------

void SimClient::closed() {
  ended_ = true;
  {
    const std::lock_guard lock(mutex_);
    taking_ = false;
  }
  collect_posts();  // what was taken is still run
  tell_if_gone();
}

void SimClient::done_one() {
  --pending_;
  tell_if_gone();
}

void SimClient::tell_if_gone() {
  if (!ended_ || pending_ != 0 || told_) return;
  told_ = true;
  listener_->closed();
}

void SimClient::world_ends() {
  std::vector<Function<void()>> posts;
  {
    const std::lock_guard lock(mutex_);
    taking_ = false;
    posts.swap(posts_);
  }
  gone_ = true;
  if (told_ || listener_ == nullptr) return;
  told_ = true;
  listener_->lost();
}

}  // namespace holdfast::testing
