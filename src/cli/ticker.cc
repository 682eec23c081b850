#include "cli/ticker.h"

#include <utility>

namespace holdfast::cli {

Ticker::Ticker(uv_loop_t* loop, Function<void()> tick)
    : tick_(std::move(tick)), timer_(new uv_timer_t) {
  uv_timer_init(loop, timer_);
  timer_->data = this;
  uv_unref(reinterpret_cast<uv_handle_t*>(timer_));
}

Ticker::~Ticker() {
  uv_close(reinterpret_cast<uv_handle_t*>(timer_),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_timer_t*>(closed); });
}

void Ticker::start(std::uint64_t period_ms) {
  uv_timer_start(
      timer_, [](uv_timer_t* timer) { static_cast<Ticker*>(timer->data)->tick_(); }, period_ms,
      period_ms);
}

void Ticker::stop() { uv_timer_stop(timer_); }

double now_s() { return static_cast<double>(uv_hrtime()) / 1e9; }

}  // namespace holdfast::cli
