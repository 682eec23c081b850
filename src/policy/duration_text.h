// Spans of time and numbers as people write them, for complaints and explanations. Exact: nothing
// is rounded away from a duration. Thread: any.
#pragma once

#include <string>

#include "holdfast/time.h"

namespace holdfast::policy {

/// "off" for kOff, else seconds, or the next smaller unit that avoids a leading zero: "1.5s",
/// "250ms", "-5s", "0s".
std::string duration_text(Duration time);

/// Six significant digits at most: "0.8", "1e+06", "nan".
std::string number_text(double number);

}  // namespace holdfast::policy
