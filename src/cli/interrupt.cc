#include "cli/interrupt.h"

#include <utility>

namespace holdfast::cli {

Interrupt::Interrupt(uv_loop_t* loop, Watchdog& watchdog, Function<void(int)> told)
    : watchdog_(watchdog), told_(std::move(told)) {
  auto* const handle = new Handle;
  const auto on_signal = [](uv_async_t* async) {
    auto* const self = static_cast<Handle*>(async->data)->owner;
    const int number = static_cast<Handle*>(async->data)->number;
    if (self == nullptr || number == 0) return;
    self->stop();
    if (self->told_) std::exchange(self->told_, {})(number);
  };
  if (uv_async_init(loop, &handle->async, on_signal) != 0) {
    delete handle;  // no descriptor is left: a signal ends the process at once
    return;
  }
  handle_ = handle;
  handle->owner = this;
  handle->async.data = handle;
  uv_unref(reinterpret_cast<uv_handle_t*>(&handle->async));
  watchdog_.on_signal([handle](int number) {
    handle->number = number;
    uv_async_send(&handle->async);
  });
}

void Interrupt::stop() {
  Handle* const handle = std::exchange(handle_, nullptr);
  if (handle == nullptr) return;
  // First of all: after this the watchdog's thread does not touch the handle.
  watchdog_.on_signal({});
  handle->owner = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle->async), [](uv_handle_t* closed) {
    delete static_cast<Handle*>(reinterpret_cast<uv_async_t*>(closed)->data);
  });
}

}  // namespace holdfast::cli
