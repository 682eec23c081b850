// The unit of time in the public headers.
#pragma once

#include <chrono>

#include "holdfast/export.h"

namespace holdfast {

/// A span of time in nanoseconds. Every option that is a time has this type, so any `std::chrono`
/// literal fits: `options.timeouts.connect = 250ms`. A timer never fires early, and fires within
/// one loop turn after it is due (T3).
using Duration = std::chrono::nanoseconds;

/// Switches off a timeout or a limit that is a Duration.
inline constexpr Duration kOff = Duration::max();

}  // namespace holdfast
