// Durations and numbers as text for complaints and explanations. Exact: durations are not rounded.
// Thread: any.
#pragma once

#include <string>

#include "holdfast/time.h"

namespace holdfast::policy {

/// "off" for kOff, else seconds, or the next smaller unit when seconds would begin with a zero:
/// "1.5s", "250ms", "-5s", "0s".
std::string duration_text(Duration time);

/// Six significant digits at most: "0.8", "1e+06", "nan".
std::string number_text(double number);

}  // namespace holdfast::policy
