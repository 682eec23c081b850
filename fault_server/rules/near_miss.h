// Requests that no rule was for, and why: which rule came closest, and which of its conditions did
// not hold. The rulebook keeps the last such requests and asks here when somebody wants to know.
// Conditions are judged by match.h itself, one at a time, so this cannot disagree with what was
// decided. Pure; knows no cursor. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fault_server/script/match.h"

namespace fault {

/// A request that outlives its connection, as far as conditions look at it.
struct RequestCopy {
  explicit RequestCopy(const RequestView& request);
  /// Valid as long as this is neither changed nor moved.
  RequestView view() const;

  std::string method, target, path, query, version, listener, sni, alpn, peer;
  std::vector<std::pair<std::string, std::string>> headers;
  std::uint64_t connection = 0, exchange_on_connection = 0, declared_body = 0;
  holdfast::base::Instant since_start;
};

struct NearMiss {
  std::string rule;
  std::size_t held = 0;             // conditions that held
  std::vector<std::string> failed;  // "method: found GET, expected POST"
};

/// What one rule's conditions say of this request.
NearMiss near_miss(const std::string& rule, const Match& match, const RequestView& request,
                   std::uint64_t attempt);

/// The closest first: fewest conditions failed, then most held, then the order they came in.
void sort_by_closeness(std::vector<NearMiss>& misses);

/// A request that no rule served.
struct Unmatched {
  std::string key;
  std::string method, target, path;
  std::uint64_t attempt = 0;
  holdfast::base::Instant since_start;
  std::vector<NearMiss> nearest;  // by the rules as they are now
};

}  // namespace fault
