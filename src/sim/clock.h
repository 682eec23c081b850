// Virtual time: a monotonic count of nanoseconds that moves only when told, and a calendar clock
// beside it that may jump. Owner: the world. Thread: one owner. Never reads a real clock.
#pragma once

#include "base/instant.h"

namespace holdfast::sim {

class Clock {
 public:
  /// 2026-01-01T00:00:00Z at one second of monotonic time: neither starts at zero, so that a
  /// forgotten initialisation shows.
  static constexpr base::Instant kStart{1'000'000'000};
  static constexpr base::WallTime kWallAtStart{1'767'225'600'000'000'000};

  base::Now now() const {
    return {mono_, {kWallAtStart.ns + (mono_ - kStart).count() + wall_offset_.count()}};
  }
  base::Instant mono() const { return mono_; }

  /// Time never goes back: an instant in the past leaves it where it is.
  void advance_to(base::Instant at) {
    if (at > mono_) mono_ = at;
  }
  /// Somebody's code takes this long.
  void spend(Duration span) { mono_ = mono_ + span; }
  /// The calendar is set forward or back; durations must not notice.
  void jump_wall(Duration by) { wall_offset_ += by; }

 private:
  base::Instant mono_ = kStart;
  Duration wall_offset_{0};
};

}  // namespace holdfast::sim
