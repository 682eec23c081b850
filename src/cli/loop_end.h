// Lets the loop end when its work is done, but not wait for what cannot be interrupted: a name
// lookup in a thread of libuv's keeps it for as long as the name server likes (SPEC C3). Thread:
// the loop's.
#pragma once

#include <uv.h>

#include "cli/ticker.h"

namespace holdfast::cli {

class LoopEnd {
 public:
  explicit LoopEnd(uv_loop_t* loop) : stop_(loop, [loop] { uv_stop(loop); }) {}

  /// The client has been asked to close: uv_run() returns at most a quarter of a second from now.
  void begin() { stop_.start(kPatience_ms); }

 private:
  static constexpr std::uint64_t kPatience_ms = 250;
  Ticker stop_;
};

}  // namespace holdfast::cli
