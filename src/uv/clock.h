// The only reader of clocks in src: everything else is told the time. One per driver. Thread: the
// loop's. Never sleeps, never arms anything.
#pragma once

#include <cstdint>

#include "base/instant.h"

struct uv_loop_s;

namespace holdfast::uv {

class Clock {
 public:
  /// Monotonic time, and the calendar's. The calendar is read once per second of monotonic time and
  /// carried on in between: a wall clock that jumps is noticed within that second.
  base::Now now();

  /// What to give uv_timer_start so that the timer is due at `at` and never before it (T3). libuv
  /// adds the delay to its cached time, which counts whole milliseconds of the same clock: aiming
  /// at the absolute millisecond that `at` rounds up to stays right however stale the cache is, so
  /// neither an extra millisecond nor uv_update_time is needed.
  static std::uint64_t timer_delay_ms(const uv_loop_s* loop, base::Instant at);

  /// A seed from the system's entropy, never 0.
  static std::uint64_t entropy();

 private:
  std::int64_t wall_read_at_ns_ = 0;  // monotonic
  std::int64_t wall_offset_ns_ = 0;   // wall - monotonic
  bool wall_known_ = false;
};

}  // namespace holdfast::uv
