// Virtual time: a monotonic clock that advances only on request, and a wall clock that can jump.
// Owner: the world. Thread: one owner. Never reads a real clock.
#pragma once

#include "base/instant.h"

namespace holdfast::sim {

class Clock {
 public:
  /// 2026-01-01T00:00:00Z at one second of monotonic time. Neither starts at zero, so that a
  /// missing initialisation is noticed.
  static constexpr base::Instant kStart{1'000'000'000};
  static constexpr base::WallTime kWallAtStart{1'767'225'600'000'000'000};

  base::Now now() const {
    return {mono_, {kWallAtStart.ns + (mono_ - kStart).count() + wall_offset_.count()}};
  }
  base::Instant mono() const { return mono_; }

  /// Time never goes back: an earlier instant has no effect.
  void advance_to(base::Instant at) {
    if (at > mono_) mono_ = at;
  }
  /// Simulates code that runs for this long.
  void spend(Duration span) { mono_ = mono_ + span; }
  /// Moves the wall clock forwards or backwards; durations must not change.
  void jump_wall(Duration by) { wall_offset_ += by; }

 private:
  base::Instant mono_ = kStart;
  Duration wall_offset_{0};
};

}  // namespace holdfast::sim
