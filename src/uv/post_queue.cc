#include "uv/post_queue.h"

#include <utility>

#include "base/check.h"

namespace holdfast::uv {

void PostQueue::open(uv_loop_t* loop) {
  // Cannot fail on an initialized loop: its wake-up descriptor exists since uv_loop_init().
  HF_CHECK(uv_async_init(loop, &async_, on_wake) == 0);
  async_.data = this;
  uv_unref(reinterpret_cast<uv_handle_t*>(&async_));
  const std::lock_guard lock(mutex_);
  taking_ = true;
}

bool PostQueue::post(Function<void()> work) {
  const std::lock_guard lock(mutex_);
  // Other code may have closed the handle, and since freed the loop. The flag read here changes on
  // the loop's thread without our lock; either value of it is fine.
  if (!taking_ || uv_is_closing(reinterpret_cast<uv_handle_t*>(&async_)) != 0) return false;
  work_.push_back(std::move(work));
  // Under the lock, so that close() cannot run in between.
  if (work_.size() == 1) uv_async_send(&async_);
  return true;
}

void PostQueue::keep_loop_alive(bool yes) {
  auto* handle = reinterpret_cast<uv_handle_t*>(&async_);
  if (yes) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
}

void PostQueue::close(Function<void()> closed) {
  stop_taking();
  closed_ = std::move(closed);
  auto* handle = reinterpret_cast<uv_handle_t*>(&async_);
  if (uv_is_closing(handle) != 0) {
    // libuv closes handles in order, so end_ is closed after the handle that is closing already.
    uv_timer_init(async_.loop, &end_);
    end_.data = this;
    handle = reinterpret_cast<uv_handle_t*>(&end_);
  }
  uv_close(handle, on_closed);
}

void PostQueue::stop_taking() {
  const std::lock_guard lock(mutex_);
  taking_ = false;
}

void PostQueue::forsake() {
  stop_taking();
  run();
}

void PostQueue::on_wake(uv_async_t* handle) noexcept {
  static_cast<PostQueue*>(handle->data)->run();
}

void PostQueue::on_closed(uv_handle_t* handle) noexcept {
  auto* self = static_cast<PostQueue*>(handle->data);
  self->run();
  // Moved out first, because the callee can destroy this object.
  const auto closed = std::make_unique<Function<void()>>(std::move(self->closed_));
  (*closed)();
}

void PostQueue::run() {
  std::vector<Function<void()>> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(work_);
  }
  for (Function<void()>& each : work) {
    each();
    each.reset();  // destroys its captures now, not after all others have run
  }
}

}  // namespace holdfast::uv
