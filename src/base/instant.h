// Points in time as plain values. No code here reads a clock: a `Now` is always an argument, which
// makes runs repeatable. Thread: any (values).
#pragma once

#include <cstdint>
#include <limits>

#include "holdfast/time.h"

namespace holdfast::base {

/// A point in time of the monotonic clock, in nanoseconds since an arbitrary start.
struct Instant {
  std::int64_t ns = 0;

  static constexpr Instant never() { return {std::numeric_limits<std::int64_t>::max()}; }
  constexpr bool is_never() const { return ns == std::numeric_limits<std::int64_t>::max(); }

  friend constexpr bool operator==(Instant a, Instant b) { return a.ns == b.ns; }
  friend constexpr auto operator<=>(Instant a, Instant b) { return a.ns <=> b.ns; }
};

/// Saturates: "never" plus anything is never, and so is any instant plus kOff. `wait` must not be
/// negative.
constexpr Instant operator+(Instant at, Duration wait) {
  if (at.is_never() || wait.count() >= Instant::never().ns - at.ns) return Instant::never();
  return {at.ns + wait.count()};
}
constexpr Duration operator-(Instant a, Instant b) { return Duration(a.ns - b.ns); }
constexpr Instant earlier(Instant a, Instant b) { return a < b ? a : b; }

/// A point in time of the wall clock: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
/// Used only for the dates of Retry-After, cookies and certificates.
struct WallTime {
  std::int64_t ns = 0;

  friend constexpr bool operator==(WallTime a, WallTime b) { return a.ns == b.ns; }
  friend constexpr auto operator<=>(WallTime a, WallTime b) { return a.ns <=> b.ns; }
};

/// The time, which a driver passes with every fact.
struct Now {
  Instant mono;
  WallTime wall;
};

}  // namespace holdfast::base
