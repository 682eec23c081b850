// Work for a later turn of the loop, for rare cases: each piece has its own zero timer. Owner: the
// driver. Thread: the loop's.
#pragma once

#include <uv.h>

#include <list>
#include <memory>

#include "holdfast/function.h"

namespace holdfast::uv {

class Deferrals {
 public:
  Deferrals() = default;
  Deferrals(const Deferrals&) = delete;
  Deferrals& operator=(const Deferrals&) = delete;

  /// Runs `work` on a later turn, then calls `gone` once its handle is closed. `work` is destroyed
  /// after `gone`, so it may hold the last reference to the owner of this object.
  void add(uv_loop_t* loop, Function<void()> work, Function<void()> gone);
  /// Runs all remaining work now, because the loop does not run any more.
  void run_all();

 private:
  struct Item {
    uv_timer_t timer{};
    Deferrals* owner = nullptr;
    Function<void()> work, gone;
    bool ran = false;
    std::list<std::unique_ptr<Item>>::iterator at;
  };

  static void on_due(uv_timer_t* timer) noexcept;
  static void on_closed(uv_handle_t* handle) noexcept;

  std::list<std::unique_ptr<Item>> items_;
};

}  // namespace holdfast::uv
