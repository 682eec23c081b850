// Passes work from any thread to the loop's thread, and keeps the loop alive while the driver needs
// it. One uv_async_t does both: it is always active and costs nothing per turn. Owner: the driver.
// Thread: post() any, the rest the loop's.
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

  /// The handle is unreferenced at first.
  void open(uv_loop_t* loop);
  /// Returns false once closed; `work` is then destroyed on the calling thread.
  bool post(Function<void()> work);

  void keep_loop_alive(bool yes);

  /// Accepts no more work. Accepted work still runs on a later turn, before `closed` is called;
  /// after that there is no handle.
  void close(Function<void()> closed);

  /// The loop does not run any more: accepts no more work and runs the accepted work now.
  void forsake();

 private:
  static void on_wake(uv_async_t* handle) noexcept;
  static void on_closed(uv_handle_t* handle) noexcept;
  void run();
  void stop_taking();

  uv_async_t async_{};
  uv_timer_t end_{};  // replaces async_ when other code has closed that
  Function<void()> closed_;
  std::mutex mutex_;
  bool taking_ = false;                 // under mutex_
  std::vector<Function<void()>> work_;  // under mutex_
};

}  // namespace holdfast::uv
