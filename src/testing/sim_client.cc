#include "testing/sim_client.h"

namespace holdfast::testing {

std::shared_ptr<engine::Driver> SimClient::driver() {
  return {static_cast<engine::Driver*>(this),
          [self = shared_from_this()](engine::Driver*) { self->listener_ = nullptr; }};
}

engine::ExchangeId SimClient::submit(Request&& request, const engine::ExchangeSpec& spec) {
  return driver_.submit(std::move(request), spec);
}
void SimClient::cancel(engine::ExchangeId id) {
  if (!gone_) driver_.cancel(id);
}
void SimClient::pause(engine::ExchangeId id) {
  if (!gone_) driver_.pause(id);
}
void SimClient::resume(engine::ExchangeId id) {
  if (!gone_) driver_.resume(id);
}
void SimClient::body_ready(engine::ExchangeId id) {
  if (!gone_) driver_.body_ready(id);
}
void SimClient::body_opened(engine::ExchangeId id, std::uint32_t attempt,
                            http::OpenedBody&& opened) {
  driver_.body_opened(id, attempt, std::move(opened));
}
void SimClient::provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                             engine::Engine::BodyState state) {
  driver_.provide_body(id, attempt, bytes, state);
}
void SimClient::store_failed(engine::ExchangeId id, std::string detail) {
  driver_.store_failed(id, std::move(detail));
}
void SimClient::prepared(engine::ExchangeId id, std::uint32_t attempt,
                         engine::Engine::HookAnswer answer, Headers* fields, std::string detail) {
  if (!gone_) driver_.prepared(id, attempt, answer, fields, std::move(detail));
}

void SimClient::close() {
  if (letting_go()) return;
  closing_ = true;
  driver_.shut_down();
}
void SimClient::close_gracefully() {
  if (letting_go()) return;
  closing_ = true;
  driver_.shut_down_gracefully();
}

bool SimClient::busy() {
  if (pending_ != 0) return true;
  if (told_) return false;
  if (closing_ || driver_.engine().busy()) return true;
  const std::lock_guard lock(mutex_);
  return !posts_.empty();
}

// --- Deferred and posted work --------------------------------------------------------------------

void SimClient::defer(Function<void()> work) {
  if (gone_) return;
  ++pending_;
  world_.after(Duration{0}, [this, call = std::move(work)]() mutable {
    call();
    call.reset();  // it can hold the client's state alive
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
  collect_posts();  // accepted posts still run
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
