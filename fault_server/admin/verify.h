// POST /__fault/verify: what a test says about the requests that were seen, judged from the
// journal. Also for in-process tests. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/journal/journal.h"

namespace fault {

struct Verification {
  std::string problem;                // the question itself is malformed
  std::uint64_t count = 0;            // of matching requests
  std::vector<std::string> failures;  // empty: all that was said holds
};

/// `question`: { "match": {"method", "path" (glob), "key", "header": {name: value}},
///   "count": {"min", "max"}, "gaps": {"min": "1s", "max": "2s"} (between arrivals),
///   "order": ["/a", "/b"] (globs of the paths, in sequence, others may lie between),
///   "same_connection": true, "body_identical": true }
Verification verify_journal(const Journal& journal, std::string_view question);

}  // namespace fault
