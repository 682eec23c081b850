// The one unit of time in the public face.
#pragma once

#include <chrono>

#include "holdfast/export.h"

namespace holdfast {

/// A span of time. Every option that is a time has this type, so any `std::chrono` literal fits:
/// `options.timeouts.connect = 250ms`. Resolution is one nanosecond; timers fire within one loop
/// turn after they are due and never before (SPEC T3).
using Duration = std::chrono::nanoseconds;

/// "Switched off" for any timeout or limit that is a Duration.
inline constexpr Duration kOff = Duration::max();

}  // namespace holdfast
