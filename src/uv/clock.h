// Reads the clocks; all other code in src gets the time as an argument. One per driver. Thread: the
// loop's. Never sleeps and starts no timer.
#pragma once

#include <cstdint>

#include "base/instant.h"

struct uv_loop_s;

namespace holdfast::uv {

class Clock {
 public:
  /// The monotonic time and the wall clock. The wall clock is read once per second of monotonic
  /// time and extrapolated in between, so a jump of it is noticed within a second.
  base::Now now();

  /// The delay for uv_timer_start() that makes the timer fire at or after `at` (T3). libuv adds the
  /// delay to its cached time, which counts whole milliseconds of the same clock. The delay is
  /// therefore the difference to `at` rounded up to a whole millisecond; this is correct however
  /// stale the cache is, without an extra millisecond or uv_update_time().
  static std::uint64_t timer_delay_ms(const uv_loop_s* loop, base::Instant at);

  /// A seed from the system's entropy, never 0.
  static std::uint64_t entropy();

 private:
  std::int64_t wall_read_at_ns_ = 0;  // monotonic
  std::int64_t wall_offset_ns_ = 0;   // wall - monotonic
  bool wall_known_ = false;
};

}  // namespace holdfast::uv
