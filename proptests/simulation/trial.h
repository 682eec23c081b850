// Holding a case to every invariant: it is run twice (one seed, one trace: 53), judged, and, when
// it fails, run once more to say what happened. Counts the exchanges that were generated and prints
// the count when the program ends. Thread: one owner.
//
// Each property tries 300 cases; HOLDFAST_PROP_N or RC_PARAMS="max_success=…" set another number.
//
// Replaying: rapidcheck prints `seed=…` at the start and `reproduce=…` with a failure;
// `make replay SEED=<either> [PROP=name]` sets RC_PARAMS and HOLDFAST_TRACE=1, upon which the whole
// trace of the (smallest) failing case is printed, or of the last case if none fails.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proptests/simulation/case.h"
#include "proptests/simulation/report.h"

namespace proof {

/// What a property of its own wants to see in a run, beside the invariants.
using Expectation =
    std::function<void(const Case& c, const Report& report, std::vector<std::string>& findings)>;

/// Fails the property (rapidcheck's way) with the findings, the case and the last lines of its
/// trace. Gives the report back for further questions.
Report must_hold(const Case& c, const Expectation& expectation = {});

}  // namespace proof
