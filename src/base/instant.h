// Points in time as plain values. Nothing in here reads a clock: a `Now` is always an argument,
// which is what makes a run repeatable. Thread: any (values).
#pragma once

#include <cstdint>
#include <limits>

#include "holdfast/time.h"

namespace holdfast::base {

/// A point on the monotonic clock, in nanoseconds since an arbitrary start.
struct Instant {
  std::int64_t ns = 0;

  static constexpr Instant never() { return {std::numeric_limits<std::int64_t>::max()}; }
  constexpr bool is_never() const { return ns == std::numeric_limits<std::int64_t>::max(); }

  friend constexpr bool operator==(Instant a, Instant b) { return a.ns == b.ns; }
  friend constexpr auto operator<=>(Instant a, Instant b) { return a.ns <=> b.ns; }
};

/// Saturating: "never" stays never, and a wait of kOff never ends. `wait` is not negative.
constexpr Instant operator+(Instant at, Duration wait) {
  if (at.is_never() || wait.count() >= Instant::never().ns - at.ns) return Instant::never();
  return {at.ns + wait.count()};
}
constexpr Duration operator-(Instant a, Instant b) { return Duration(a.ns - b.ns); }
constexpr Instant earlier(Instant a, Instant b) { return a < b ? a : b; }

/// A point on the calendar's clock: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not
/// counted. Only Retry-After dates and certificates look at it.
struct WallTime {
  std::int64_t ns = 0;

  friend constexpr bool operator==(WallTime a, WallTime b) { return a.ns == b.ns; }
  friend constexpr auto operator<=>(WallTime a, WallTime b) { return a.ns <=> b.ns; }
};

/// What a driver passes with every fact.
struct Now {
  Instant mono;
  WallTime wall;
};

}  // namespace holdfast::base
