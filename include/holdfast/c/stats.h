// Gauges and counters of a client, always on, and their rendering for Prometheus (P8). The rules
// are in holdfast.h. Thread: the loop's; the values do not change during a callback.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/error.h"
#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Gauges and counters. Counters grow from 0 and are never reset; gauges are marked. Always
/// submitted = succeeded + failed + cancelled + in_flight. Retries are counted when they are
/// scheduled.
typedef enum holdfast_stat HOLDFAST_OPEN_ENUM {
  HOLDFAST_STAT_IDLE = 0,                ///< gauge: connections that carry no request
  HOLDFAST_STAT_BUSY = 1,                ///< gauge: connections that carry requests
  HOLDFAST_STAT_OPENING = 2,             ///< gauge: connections being opened
  HOLDFAST_STAT_CLOSING = 3,             ///< gauge: connections being closed
  HOLDFAST_STAT_WAITING = 4,             ///< gauge: requests that wait for a connection
  HOLDFAST_STAT_OPENED = 5,              ///< connections opened
  HOLDFAST_STAT_REUSED = 6,              ///< requests given to a connection that had one before
  HOLDFAST_STAT_CLOSED_IDLE_EXPIRY = 7,  ///< closed: idle too long, by pool.idle_expiry or the peer
  HOLDFAST_STAT_CLOSED_IDLE_LIMIT = 8,   ///< closed: pool.max_idle
  HOLDFAST_STAT_CLOSED_BY_PEER = 9,      ///< closed by the peer
  HOLDFAST_STAT_CLOSED_BY_ERROR = 10,    ///< closed: failed, or the peer violated the protocol
  HOLDFAST_STAT_CLOSED_NOT_REUSABLE = 11,  ///< closed: its last request leaves it unusable
  HOLDFAST_STAT_CLOSED_EVICTED = 12,       ///< closed to make room for another origin
  HOLDFAST_STAT_CLOSED_LIFETIME = 13,  ///< closed: pool.max_lifetime, max_requests_per_connection
  HOLDFAST_STAT_CLOSED_SHUTDOWN = 14,  ///< closed with the client
  HOLDFAST_STAT_CONNECT_FAILED = 15,   ///< never open: DNS, connecting or TLS failed
  HOLDFAST_STAT_SUBMITTED = 16,        ///< requests sent by the caller
  HOLDFAST_STAT_SUCCEEDED = 17,        ///< ended with a response, whatever its status
  HOLDFAST_STAT_FAILED = 18,           ///< ended with an error other than HOLDFAST_CANCELLED
  HOLDFAST_STAT_CANCELLED = 19,        ///< ended with HOLDFAST_CANCELLED
  HOLDFAST_STAT_IN_FLIGHT = 20,        ///< gauge: not ended
  HOLDFAST_STAT_DURATION_SUM = 21,     ///< ns that all ended requests took
  HOLDFAST_STAT_ATTEMPTS = 22,         ///< attempts begun
  HOLDFAST_STAT_RETRIES_BACKOFF = 23,  ///< retries after the backoff
  HOLDFAST_STAT_RETRIES_RETRY_AFTER = 24,  ///< retries after a wait that a response asked for
  HOLDFAST_STAT_RETRIES_IMMEDIATE = 25,    ///< retries without a wait
  HOLDFAST_STAT_STALE_REPLAYS = 26,        ///< of RETRIES_IMMEDIATE: those of R7
  HOLDFAST_STAT_BUDGET_REFUSALS = 27,      ///< retries not made because the retry budget was empty
  HOLDFAST_STAT_BYTES_SENT = 28,      ///< bytes that the system accepted, TLS and framing included
  HOLDFAST_STAT_BYTES_RECEIVED = 29,  ///< bytes that the system delivered, TLS and framing included
  HOLDFAST_STAT_POOL_WAITS = 30,      ///< ended waits in the pool's queue, not for a dial
  HOLDFAST_STAT_POOL_WAIT_TIME = 31   ///< ns of these waits
} holdfast_stat;

/// Returns a gauge or counter; 0 if this version does not know it.
HOLDFAST_EXPORT uint64_t holdfast_client_stat(const holdfast_client* client, holdfast_stat which);
/// Counters per holdfast_code.
typedef enum holdfast_tally HOLDFAST_OPEN_ENUM {
  HOLDFAST_TALLY_REQUESTS = 0,  ///< requests by the error that ended them; HOLDFAST_OK: a response
  HOLDFAST_TALLY_ATTEMPTS = 1,  ///< attempts by the error that ended them; HOLDFAST_OK: a response
  HOLDFAST_TALLY_RETRIES = 2    ///< retries by the error of the attempt before; HOLDFAST_OK: status
} holdfast_tally;
/// Returns a counter for one code; 0 if this version does not know it.
HOLDFAST_EXPORT uint64_t holdfast_client_tally(const holdfast_client* client, holdfast_tally which,
                                               holdfast_code code);

/// Returns the inclusive upper bound of a bucket of request durations in milliseconds, from 0; -1
/// for the last bucket, which is above all bounds, and beyond it.
HOLDFAST_EXPORT int64_t holdfast_duration_bound_ms(size_t bucket);
/// Returns how many ended requests had a duration in this bucket, attempts and waits included. Not
/// cumulative.
HOLDFAST_EXPORT uint64_t holdfast_client_durations(const holdfast_client* client, size_t bucket);

/// Returns all of it in the Prometheus text format, version 0.0.4. It lives until the next call of
/// this function. `by_origin` not 0: open connections are listed per origin; their number depends
/// on the URLs requested. `labels`: names and values in turn, ended by a null pointer, added to
/// every sample; null: none. holdfast/stats.h has the names of the metrics. Returns null when out
/// of memory.
HOLDFAST_EXPORT const char* holdfast_client_prometheus(holdfast_client* client, int by_origin,
                                                       const char* const* labels);

/// Receives the gauges of one origin, "http://host:port".
typedef void (*holdfast_on_origin)(void* context, const char* origin, uint32_t idle, uint32_t busy,
                                   uint32_t opening, uint32_t waiting);
/// Calls `call` for each origin, before it returns.
HOLDFAST_EXPORT void holdfast_client_each_origin(const holdfast_client* client,
                                                 holdfast_on_origin call, void* context);

#ifdef __cplusplus
}
#endif
