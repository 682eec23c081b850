// What the pool can be asked at any time (SPEC P8). Thread: any (values).
#pragma once

#include <cstdint>
#include <string>

namespace holdfast {

/// Gauges and counters of the pool (SPEC P8).
struct PoolStats {
  std::uint32_t idle = 0, busy = 0, opening = 0, closing = 0, waiting = 0;
  std::uint64_t opened = 0, reused = 0;
  std::uint64_t closed_idle_expiry = 0, closed_idle_limit = 0, closed_by_peer = 0,
                closed_by_error = 0, closed_not_reusable = 0, closed_evicted = 0,
                closed_lifetime = 0, closed_shutdown = 0, connect_failed = 0;
};

struct OriginStats {
  std::string origin;  ///< "http://host:port"
  std::uint32_t idle = 0, busy = 0, opening = 0, waiting = 0;
};

}  // namespace holdfast
