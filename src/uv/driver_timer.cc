// When the driver's only timer fires, and the poll of the sockets that precedes the judgement of a
// deadline (R6).
#include "uv/driver.h"

namespace holdfast::uv {

void Driver::on_timer(uv_timer_t* timer) noexcept {
  auto* self = static_cast<Driver*>(timer->data);
  self->armed_ = base::Instant::never();
  std::erase_if(self->slow_writers_, [&](Socket* socket) {
    self->tell_progress(*socket);
    socket->listed = socket->writing();
    return !socket->listed;
  });
  self->begin_turn();
  self->note_stall();
  if (self->engine_.next_deadline() <= self->now().mono) self->begin_judging();
  self->pump(true);
}

/// Reports a late timer: for that long the loop was blocked or the process stopped.
void Driver::note_stall() {
  const Duration late = now().mono - expected_;
  if (late >= kLate) engine_.handle_stalled(late, now());
}

void Driver::begin_judging() {
  if (judging_) return;
  polled_ = now().mono;
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&idle_)) != 0) {
    // Other code has closed the handles, the sockets included: there is nothing to read.
    engine_.handle_timeout(now());
    return;
  }
  judging_ = true;
  uv_idle_start(&idle_, [](uv_idle_t*) {});
  uv_check_start(&polled_check_, on_polled);
}

/// Called after a poll that began at polled_ or later and has read the sockets.
void Driver::on_polled(uv_check_t* check) noexcept {
  auto* self = static_cast<Driver*>(check->data);
  uv_check_stop(check);
  uv_idle_stop(&self->idle_);
  self->judging_ = false;
  // The poll also advanced the writes that libuv holds.
  for (Socket* socket : self->slow_writers_) self->tell_progress(*socket);
  self->begin_turn();
  if (self->engine_.next_deadline() <= self->polled_) {
    self->engine_.handle_timeout(self->now(), self->polled_);
  }
  self->pump(true);
}

void Driver::arm_timer() {
  if (judging_) return;
  base::Instant due = engine_.next_deadline();
  if (engine_.busy()) due = base::earlier(due, now_.mono + kHeartbeat);
  if (due >= armed_) return;
  armed_ = due;
  expected_ = due > now_.mono ? due : now_.mono;
  uv_timer_start(&timer_, on_timer, Clock::timer_delay_ms(loop_, due), 0);
}

void Driver::wake_soon() {
  if (pumping_ || letting_go_ || timer_closing_ || wake_due()) return;
  armed_ = kAtOnce;
  expected_ = now().mono;
  uv_timer_start(&timer_, on_timer, 0, 0);
  hold_loop();
}

void Driver::close_timer() {
  if (timer_closing_ || uv_is_closing(timer_handle()) != 0) return;
  timer_closing_ = true;
  uv_close(timer_handle(),
           [](uv_handle_t* handle) { static_cast<Driver*>(handle->data)->timer_closed(); });
}

void Driver::timer_closed() noexcept {
  if (!letting_go_) {
    begin_turn();
    pump(true);
  }
  if (letting_go_) return handle_gone();
  // The engine has not finished (a socket is still closing): continue with a new timer.
  uv_timer_init(loop_, &timer_);
  uv_unref(timer_handle());
  timer_closing_ = false;
  armed_ = base::Instant::never();
  settle();
}

}  // namespace holdfast::uv
