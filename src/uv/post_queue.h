// Work handed to the loop's thread from any thread, and the handle that keeps the loop alive while
// the driver wants it to: one uv_async_t does both, since it is active at all times and costs
// nothing per turn. Owner: the driver. Thread: post() any, the rest the loop's.
#pragma once

#include <uv.h>

#include <memory>
#include <mutex>
#include <vector>

#include "holdfast/function.h"

namespace holdfast::uv {

class PostQueue {
 public:
  PostQueue() = default;
  PostQueue(const PostQueue&) = delete;
  PostQueue& operator=(const PostQueue&) = delete;

  /// Unreferenced at first.
  void open(uv_loop_t* loop);
  /// False once closed: `work` was not taken (it is destroyed on the calling thread).
  bool post(Function<void()> work);

  void keep_loop_alive(bool yes);

  /// Takes nothing more. Work already taken is still run, before `closed` is called, on a later
  /// turn; after that there is no handle.
  void close(Function<void()> closed);

  /// The loop runs no more: takes nothing more, and runs what was taken, now.
  void forsake();

 private:
  static void on_wake(uv_async_t* handle) noexcept;
  static void on_closed(uv_handle_t* handle) noexcept;
  void run();
  void stop_taking();

  uv_async_t async_{};
  uv_timer_t end_{};  // stands in for async_ where somebody else has closed that
  Function<void()> closed_;
  std::mutex mutex_;
  bool taking_ = false;                 // under mutex_
  std::vector<Function<void()>> work_;  // under mutex_
};

}  // namespace holdfast::uv
