// What a client can be asked at any time: gauges and counters, always on, and their rendering for
// Prometheus (SPEC P8). Part of holdfast.h, where the rules stand. Thread: the loop's; nothing
// changes between two questions of one callback.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/error.h"
#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Counters only grow, from 0 when the client was made. Gauges are marked as such.
typedef enum holdfast_stat HOLDFAST_OPEN_ENUM {
  // The pool's connections, and why they were closed.
  HOLDFAST_STAT_IDLE = 0,  ///< a gauge, as the next four
  HOLDFAST_STAT_BUSY = 1,
  HOLDFAST_STAT_OPENING = 2,
  HOLDFAST_STAT_CLOSING = 3,
  HOLDFAST_STAT_WAITING = 4,  ///< requests without a connection
  HOLDFAST_STAT_OPENED = 5,
  HOLDFAST_STAT_REUSED = 6,
  HOLDFAST_STAT_CLOSED_IDLE_EXPIRY = 7,
  HOLDFAST_STAT_CLOSED_IDLE_LIMIT = 8,
  HOLDFAST_STAT_CLOSED_BY_PEER = 9,
  HOLDFAST_STAT_CLOSED_BY_ERROR = 10,
  HOLDFAST_STAT_CLOSED_NOT_REUSABLE = 11,
  HOLDFAST_STAT_CLOSED_EVICTED = 12,
  HOLDFAST_STAT_CLOSED_LIFETIME = 13,
  HOLDFAST_STAT_CLOSED_SHUTDOWN = 14,
  HOLDFAST_STAT_CONNECT_FAILED = 15,
  // Requests. submitted = succeeded + failed + cancelled + in_flight, always.
  HOLDFAST_STAT_SUBMITTED = 16,
  HOLDFAST_STAT_SUCCEEDED = 17,  ///< ended with a response, whatever its status
  HOLDFAST_STAT_FAILED = 18,     ///< ended with an error other than HOLDFAST_CANCELLED
  HOLDFAST_STAT_CANCELLED = 19,
  HOLDFAST_STAT_IN_FLIGHT = 20,     ///< a gauge
  HOLDFAST_STAT_DURATION_SUM = 21,  ///< ns that all ended requests took
  // Attempts, counted as they begin; retries, as they are decided on.
  HOLDFAST_STAT_ATTEMPTS = 22,
  HOLDFAST_STAT_RETRIES_BACKOFF = 23,
  HOLDFAST_STAT_RETRIES_RETRY_AFTER = 24,
  HOLDFAST_STAT_RETRIES_IMMEDIATE = 25,
  HOLDFAST_STAT_STALE_REPLAYS = 26,    ///< of these: SPEC R7's
  HOLDFAST_STAT_BUDGET_REFUSALS = 27,  ///< retries not made since the retry budget was empty
  // Bytes that the system took and gave, TLS and framing included.
  HOLDFAST_STAT_BYTES_SENT = 28,
  HOLDFAST_STAT_BYTES_RECEIVED = 29,
  // Waiting in the pool's line for a slot, not for a dial of one's own.
  HOLDFAST_STAT_POOL_WAITS = 30,     ///< waits that are over
  HOLDFAST_STAT_POOL_WAIT_TIME = 31  ///< ns of these, together
} holdfast_stat;

/// 0 for what this version does not know.
HOLDFAST_EXPORT uint64_t holdfast_client_stat(const holdfast_client* client, holdfast_stat which);
/// Counters for each holdfast_code.
typedef enum holdfast_tally HOLDFAST_OPEN_ENUM {
  HOLDFAST_TALLY_REQUESTS = 0,  ///< by what ended a request; HOLDFAST_OK: a response
  HOLDFAST_TALLY_ATTEMPTS = 1,  ///< by what ended an attempt; HOLDFAST_OK: it was answered
  HOLDFAST_TALLY_RETRIES = 2    ///< by what ended the attempt before; HOLDFAST_OK: its status
} holdfast_tally;
/// 0 for what this version does not know.
HOLDFAST_EXPORT uint64_t holdfast_client_tally(const holdfast_client* client, holdfast_tally which,
                                               holdfast_code code);

/// How long requests took, attempts and waits included. Buckets count from 0; each has its upper
/// bound in it, in milliseconds; -1 for the last, which has what is above all bounds, and beyond.
/// Their counts are not cumulative.
HOLDFAST_EXPORT int64_t holdfast_duration_bound_ms(size_t bucket);
HOLDFAST_EXPORT uint64_t holdfast_client_durations(const holdfast_client* client, size_t bucket);

/// All of it in the Prometheus text format, version 0.0.4; until the next call of this function.
/// Not 0 for `by_origin`: open connections are told by origin; their number is up to the URLs that
/// are asked for. `labels`: names and values in turn, a null pointer behind the last, on every
/// sample; null: none. holdfast/stats.h says how things are called. Null when out of memory.
HOLDFAST_EXPORT const char* holdfast_client_prometheus(holdfast_client* client, int by_origin,
                                                       const char* const* labels);

/// The gauges of one origin, "http://host:port". Calls `call` for each, before it returns.
typedef void (*holdfast_on_origin)(void* context, const char* origin, uint32_t idle, uint32_t busy,
                                   uint32_t opening, uint32_t waiting);
HOLDFAST_EXPORT void holdfast_client_each_origin(const holdfast_client* client,
                                                 holdfast_on_origin call, void* context);

#ifdef __cplusplus
}
#endif
