// How each client behaved, as far as a judge can read it off the journal: attempts, gaps, whether
// Retry-After was honoured or undercut, what was repeated that may not be, and whether the promises
// that rules make about clients ("expect") were kept. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fault_server/report/series.h"
#include "fault_server/script/scenario.h"

namespace fault {

/// What became of the waits that answers asked for.
struct WaitsKept {
  std::uint64_t asked = 0;
  std::uint64_t honoured = 0;  // the next attempt came at the end or later
  std::uint64_t undercut = 0;  // at least one came before it
  std::uint64_t open = 0;      // no attempt has followed
  std::int64_t worst_early_ns = 0;
};
WaitsKept waits_kept(const Series& series);

/// Attempts that repeat a failed one although the method's effect may come twice, and no
/// Idempotency-Key says that it is the same request.
std::uint64_t unsafe_repeats(const Series& series);

/// One rule's "expect", of one series that it served.
struct Expectation {
  std::string rule;
  const Series* series = nullptr;
  std::vector<std::string> failures;  // empty: kept
};
std::vector<Expectation> judge_expectations(std::span<const Series> series,
                                            std::span<const Rule> rules);

/// All of it as a JSON document.
std::string conduct_json(const Journal& journal, std::span<const Rule> rules);

}  // namespace fault
