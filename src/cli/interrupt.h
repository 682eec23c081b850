// Ctrl-C and its kin as an event of the loop, so that what is under way is called off and
// half-written files are removed. Thread: the loop's.
#pragma once

#include <uv.h>

#include <atomic>

#include "cli/watchdog.h"
#include "holdfast/function.h"

namespace holdfast::cli {

class Interrupt {
 public:
  /// `told` is called on the loop with the number of the first signal, once. Does not keep the loop
  /// from ending. When the loop is blocked, or a second signal comes, `watchdog` ends the process.
  Interrupt(uv_loop_t* loop, Watchdog& watchdog, Function<void(int)> told);
  /// The loop has to run once more after this, or after stop().
  ~Interrupt() { stop(); }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// From here on a signal ends the process at once.
  void stop();

 private:
  struct Handle {
    uv_async_t async{};
    std::atomic<int> number{0};
    Interrupt* owner = nullptr;
  };

  Watchdog& watchdog_;
  Function<void(int)> told_;
  Handle* handle_ = nullptr;  ///< the loop's until it has closed
};

}  // namespace holdfast::cli
