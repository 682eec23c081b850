// The run in one HTML file to keep or to attach to a build: facts, conduct, time line, promises,
// rules and the end of the journal. Self-contained: nothing in it loads or runs. Pure.
// Thread: any.
#pragma once

#include <cstdint>
#include <string>

#include "fault_server/journal/journal.h"
#include "fault_server/report/conduct.h"
#include "fault_server/report/series.h"
#include "fault_server/report/timeline.h"
#include "fault_server/script/scenario.h"

namespace fault {

struct ReportFacts {
  const Scenario* scenario = nullptr;
  const Journal* journal = nullptr;
  Duration uptime{0};
  std::uint64_t generation = 0;
};

std::string report_html(const ReportFacts& facts);

}  // namespace fault
