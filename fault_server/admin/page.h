// The live page under /__fault/: one HTML text with its style and its script inside, and the policy
// that forbids it to load, run or speak to anything else. Pure. Thread: any.
#pragma once

#include <string>

namespace fault {

struct LivePage {
  std::string html;
  /// Content-Security-Policy: names the one script and the one style by their digests, so that no
  /// text of a hostile client's could ever run as one.
  std::string policy;
};

/// Put together at the first use.
const LivePage& live_page();

}  // namespace fault
