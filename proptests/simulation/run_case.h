// Plays a case: a client, its user's code, the fault server and the world between them. Thread: one
// owner.
#pragma once

#include "proptests/simulation/case.h"
#include "proptests/simulation/report.h"
#include "sim/trace.h"

namespace proof {

Report run_case(const Case& c, holdfast::sim::Trace::Mode trace = holdfast::sim::Trace::Mode::hash);

}  // namespace proof
