#include "holdfast/stats.h"

namespace holdfast {

std::string_view name(CloseCause cause) noexcept {
  switch (cause) {
    case CloseCause::idle_expiry:
      return "idle_expiry";
    case CloseCause::idle_limit:
      return "idle_limit";
    case CloseCause::by_peer:
      return "by_peer";
    case CloseCause::by_error:
      return "by_error";
    case CloseCause::not_reusable:
      return "not_reusable";
    case CloseCause::evicted:
      return "evicted";
    case CloseCause::lifetime:
      return "lifetime";
    case CloseCause::shutdown:
      return "shutdown";
    case CloseCause::connect_failed:
      return "connect_failed";
  }
  return "unknown";
}

std::uint64_t PoolStats::closed(CloseCause cause) const noexcept {
  switch (cause) {
    case CloseCause::idle_expiry:
      return closed_idle_expiry;
    case CloseCause::idle_limit:
      return closed_idle_limit;
    case CloseCause::by_peer:
      return closed_by_peer;
    case CloseCause::by_error:
      return closed_by_error;
    case CloseCause::not_reusable:
      return closed_not_reusable;
    case CloseCause::evicted:
      return closed_evicted;
    case CloseCause::lifetime:
      return closed_lifetime;
    case CloseCause::shutdown:
      return closed_shutdown;
    case CloseCause::connect_failed:
      return connect_failed;
  }
  return 0;
}

}  // namespace holdfast
