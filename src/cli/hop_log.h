// What was asked at each hop of the request under way, which a client tells its observers only.
// Thread: the loop's.
#pragma once

#include <utility>
#include <vector>

#include "cli/json_report.h"
#include "holdfast/observe.h"

namespace holdfast::cli {

class HopLog final : public Observer {
 public:
  void on_attempt_started(const AttemptStarted& event) override {
    if (event.hop < hops_.size() || event.request.url == nullptr) return;
    hops_.push_back({std::string(event.request.method), event.request.url->redacted()});
  }
  /// All of the request that has ended; begins anew.
  std::vector<Hop> take() { return std::exchange(hops_, {}); }

 private:
  std::vector<Hop> hops_;
};

}  // namespace holdfast::cli
