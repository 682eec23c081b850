// The journal drawn: one row per series of attempts, a bar per attempt from its arrival to the end
// of its answer, and the spans in which Retry-After forbids a next one. A standalone SVG that also
// stands inside HTML; nothing in it runs or loads. Pure. Thread: any.
#pragma once

#include <span>
#include <string>

#include "fault_server/report/series.h"

namespace fault {

/// Draws at most some 300 series and 5,000 attempts, the latest, and says what it left out.
std::string timeline_svg(std::span<const Series> series);

}  // namespace fault
