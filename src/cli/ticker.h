// Something to do every so often while the loop has other work: it never keeps the loop from
// ending. Thread: the loop's.
#pragma once

#include <uv.h>

#include <cstdint>

#include "holdfast/function.h"

namespace holdfast::cli {

class Ticker {
 public:
  /// Begins stopped.
  Ticker(uv_loop_t* loop, Function<void()> tick);
  /// The loop has to run once more after this.
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  void start(std::uint64_t period_ms);
  void stop();

 private:
  Function<void()> tick_;
  uv_timer_t* timer_;  ///< of the loop's until it has closed
};

/// Seconds on a clock that only goes forward.
double now_s();

}  // namespace holdfast::cli
