// Invariants 24 and 25: a response that trickles in, each piece well within the read timeout, is
// never taken for a silent one, however long it takes in all; `total` alone ends it.
#include <string>

#include "proptests/simulation/gen.h"
#include "proptests/simulation/trial.h"

namespace proof {
namespace {

Case trickle() {
  Case c = gen::plain();
  c.options.retry.max_attempts = 1;
  c.driver = gen::driver();
  const std::int64_t gap_ms = gen::number(5, 200);
  // Latency, slack and the loop's coarseness all fit into what is left of the timeout.
  c.options.timeouts.read = std::chrono::milliseconds(gap_ms + 500);
  c.options.timeouts.total = holdfast::kOff;
  const std::int64_t pieces = gen::number(20, 200);
  c.script = scenario_of({"/p0 : 200 body=fill:" + std::to_string(pieces) + " chunk=1/" +
                          std::to_string(gap_ms) + "ms"});
  RequestPlan request;
  request.path = "/p0";
  request.streaming = gen::one_in(2);
  c.requests = {request};
  return c;
}

RC_GTEST_PROP(Trickle, inv_25_progress_restarts_the_read_timeout, ()) {
  must_hold(gen::made(trickle), [](const Case&, const Report& report, auto& findings) {
    for (const Seen& seen : report.seen) {
      if (!seen.response) findings.emplace_back("inv_25: a trickling response was given up");
    }
  });
}

RC_GTEST_PROP(Trickle, inv_24_the_total_deadline_ends_it, ()) {
  Case c = gen::made(trickle);
  c.options.timeouts.total = c.options.timeouts.read + std::chrono::milliseconds(1);
  c.options.timeouts.connect = c.options.timeouts.write = c.options.timeouts.pool =
      c.options.timeouts.read;
  c.script = scenario_of({"/p0 : 200 body=fill:1000 chunk=1/40ms"});
  must_hold(c, [](const Case&, const Report& report, auto& findings) {
    for (const Seen& seen : report.seen) {
      if (!seen.error || seen.error->code != holdfast::ErrorCode::deadline_exceeded) {
        findings.emplace_back("inv_24: it outlived its deadline");
      }
    }
  });
}

}  // namespace
}  // namespace proof
