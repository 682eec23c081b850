// Ctrl-C and its kin as events of the loop, so that what is under way is called off and
// half-written files go. A second one ends the process at once, as without us; one that is ignored
// already (nohup's) stays ignored. Thread: the loop's.
#pragma once

#include <uv.h>

#include <csignal>
#include <iterator>

#include "holdfast/function.h"

namespace holdfast::cli {

class Interrupt {
 public:
  /// `told` hears the signal's number, once. Does not keep the loop from ending.
  Interrupt(uv_loop_t* loop, Function<void(int)> told);
  /// The loop has to run once more after this, or after stop().
  ~Interrupt() { stop(); }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  void stop();

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

  // Of the loop's until closed: outlives this object by then.
  struct Handles {
    uv_signal_t one[std::size(kSignals)];
    int open = 0;
  };

  Function<void(int)> told_;
  Handles* handles_ = nullptr;
};

}  // namespace holdfast::cli
