// Implements holdfast.h: a client's counters.
#include "holdfast/stats.h"
#include "c/types.h"

using holdfast::DurationHistogram;
using holdfast::c::guarded;
using holdfast::c::view;

uint64_t holdfast_client_stat(const holdfast_client* client, holdfast_stat which) {
  const holdfast::ClientStats stats = client->state->stats();
  switch (which) {
    case HOLDFAST_STAT_IDLE:
      return stats.idle;
    case HOLDFAST_STAT_BUSY:
      return stats.busy;
    case HOLDFAST_STAT_OPENING:
      return stats.opening;
    case HOLDFAST_STAT_CLOSING:
      return stats.closing;
    case HOLDFAST_STAT_WAITING:
      return stats.waiting;
    case HOLDFAST_STAT_OPENED:
      return stats.opened;
    case HOLDFAST_STAT_REUSED:
      return stats.reused;
    case HOLDFAST_STAT_CLOSED_IDLE_EXPIRY:
      return stats.closed_idle_expiry;
    case HOLDFAST_STAT_CLOSED_IDLE_LIMIT:
      return stats.closed_idle_limit;
    case HOLDFAST_STAT_CLOSED_BY_PEER:
      return stats.closed_by_peer;
    case HOLDFAST_STAT_CLOSED_BY_ERROR:
      return stats.closed_by_error;
    case HOLDFAST_STAT_CLOSED_NOT_REUSABLE:
      return stats.closed_not_reusable;
    case HOLDFAST_STAT_CLOSED_EVICTED:
      return stats.closed_evicted;
    case HOLDFAST_STAT_CLOSED_LIFETIME:
      return stats.closed_lifetime;
    case HOLDFAST_STAT_CLOSED_SHUTDOWN:
      return stats.closed_shutdown;
    case HOLDFAST_STAT_CONNECT_FAILED:
      return stats.connect_failed;
    case HOLDFAST_STAT_SUBMITTED:
      return stats.submitted;
    case HOLDFAST_STAT_SUCCEEDED:
      return stats.succeeded;
    case HOLDFAST_STAT_FAILED:
      return stats.failed;
    case HOLDFAST_STAT_CANCELLED:
      return stats.cancelled;
    case HOLDFAST_STAT_IN_FLIGHT:
      return stats.in_flight;
    case HOLDFAST_STAT_DURATION_SUM:
      return static_cast<uint64_t>(stats.durations.sum.count());
    case HOLDFAST_STAT_ATTEMPTS:
      return stats.attempts;
    case HOLDFAST_STAT_RETRIES_BACKOFF:
      return stats.retries_backoff;
    case HOLDFAST_STAT_RETRIES_RETRY_AFTER:
      return stats.retries_retry_after;
    case HOLDFAST_STAT_RETRIES_IMMEDIATE:
      return stats.retries_immediate;
    case HOLDFAST_STAT_STALE_REPLAYS:
      return stats.stale_replays;
    case HOLDFAST_STAT_BUDGET_REFUSALS:
      return stats.budget_refusals;
    case HOLDFAST_STAT_BYTES_SENT:
      return stats.bytes_sent;
    case HOLDFAST_STAT_BYTES_RECEIVED:
      return stats.bytes_received;
    case HOLDFAST_STAT_POOL_WAITS:
      return stats.pool_waits;
    case HOLDFAST_STAT_POOL_WAIT_TIME:
      return static_cast<uint64_t>(stats.pool_wait_time.count());
  }
  return 0;  // the program was built against a later version
}

uint64_t holdfast_client_tally(const holdfast_client* client, holdfast_tally which,
                               holdfast_code code) {
  if (static_cast<unsigned>(code) >= holdfast::ErrorCounts::kCodes) return 0;
  const auto error = static_cast<holdfast::ErrorCode>(code);
  const holdfast::ClientStats stats = client->state->stats();
  switch (which) {
    case HOLDFAST_TALLY_REQUESTS:
      return stats.request_errors[error];
    case HOLDFAST_TALLY_ATTEMPTS:
      return stats.attempt_errors[error];
    case HOLDFAST_TALLY_RETRIES:
      return stats.retries_by_error[error];
  }
  return 0;
}

int64_t holdfast_duration_bound_ms(size_t bucket) {
  return bucket < DurationHistogram::kBounds ? DurationHistogram::kBoundsMs[bucket] : -1;
}
uint64_t holdfast_client_durations(const holdfast_client* client, size_t bucket) {
  if (bucket > DurationHistogram::kBounds) return 0;
  return client->state->stats().durations.counts[bucket];
}

const char* holdfast_client_prometheus(holdfast_client* client, int by_origin,
                                       const char* const* labels) {
  return guarded<>(static_cast<const char*>(nullptr), [&] {
    holdfast::Parameters named;
    for (const char* const* at = labels; at != nullptr && *at != nullptr; at += 2) {
      named.push_back({at[0], std::string(view(at[1]))});
      if (at[1] == nullptr) break;  // the last name has no value
    }
    std::vector<holdfast::OriginStats> origins;
    if (by_origin != 0) origins = client->state->origin_stats();
    client->prometheus = to_prometheus(client->state->stats(), origins, named);
    return client->prometheus.c_str();
  });
}

void holdfast_client_each_origin(const holdfast_client* client, holdfast_on_origin call,
                                 void* context) {
  guarded(false, [&] {
    for (const holdfast::OriginStats& each : client->state->origin_stats()) {
      holdfast::c::call_user(call, context, each.origin.c_str(), each.idle, each.busy, each.opening,
                             each.waiting);
    }
    return true;
  });
}
