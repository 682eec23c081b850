#include "cli/interrupt.h"

#include <utility>

namespace holdfast::cli {

Interrupt::Interrupt(uv_loop_t* loop, Function<void(int)> told)
    : told_(std::move(told)), handles_(new Handles) {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    uv_signal_t& handle = handles_->one[i];
    uv_signal_init(loop, &handle);
    ++handles_->open;
    handle.data = this;
    struct sigaction before {};
    if (::sigaction(kSignals[i], nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    uv_signal_start(
        &handle,
        [](uv_signal_t* which, int number) {
          auto* const self = static_cast<Interrupt*>(which->data);
          // From here on the signals have their usual effect again.
          self->stop();
          if (self->told_) std::exchange(self->told_, {})(number);
        },
        kSignals[i]);
    uv_unref(reinterpret_cast<uv_handle_t*>(&handle));
  }
}

void Interrupt::stop() {
  Handles* const handles = std::exchange(handles_, nullptr);
  if (handles == nullptr) return;
  for (uv_signal_t& handle : handles->one) {
    handle.data = handles;
    uv_close(reinterpret_cast<uv_handle_t*>(&handle), [](uv_handle_t* closed) {
      auto* const all = static_cast<Handles*>(closed->data);
      if (--all->open == 0) delete all;
    });
  }
}

}  // namespace holdfast::cli
