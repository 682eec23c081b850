// Gauges and counters of a client, always on, and their rendering for Prometheus (P8). Counters
// grow from 0 and are never reset. Thread: any; plain values.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/error.h"
#include "holdfast/export.h"
#include "holdfast/time.h"
#include "holdfast/url.h"

namespace holdfast {

/// Why a connection was closed.
enum class CloseCause : std::uint8_t {
  idle_expiry,     ///< idle for PoolPolicy::idle_expiry, or as long as its peer allows
  idle_limit,      ///< PoolPolicy::max_idle
  by_peer,         ///< closed by the peer
  by_error,        ///< it failed, or the peer violated the protocol
  not_reusable,    ///< its last request left it in a state that allows no other
  evicted,         ///< closed to make room for another origin
  lifetime,        ///< PoolPolicy::max_lifetime or max_requests_per_connection
  shutdown,        ///< the client was closed
  connect_failed,  ///< never open: DNS, connecting or TLS failed
};
/// Returns the enumerator's name. The view is static.
HOLDFAST_EXPORT std::string_view name(CloseCause cause) noexcept;

/// Gauges and counters of the connection pool (P8).
struct PoolStats {
  std::uint32_t idle = 0,                ///< gauge: connections that carry no request
      busy = 0,                          ///< gauge: connections that carry requests
      opening = 0,                       ///< gauge: connections being opened
      closing = 0,                       ///< gauge: connections being closed
      waiting = 0;                       ///< gauge: requests that wait for a connection
  std::uint64_t opened = 0,              ///< connections opened
      reused = 0;                        ///< requests given to a connection that had one before
  std::uint64_t closed_idle_expiry = 0,  ///< connections closed for CloseCause::idle_expiry
      closed_idle_limit = 0,             ///< … for `idle_limit`
      closed_by_peer = 0,                ///< … for `by_peer`
      closed_by_error = 0,               ///< … for `by_error`
      closed_not_reusable = 0,           ///< … for `not_reusable`
      closed_evicted = 0,                ///< … for `evicted`
      closed_lifetime = 0,               ///< … for `lifetime`
      closed_shutdown = 0,               ///< … for `shutdown`
      connect_failed = 0;                ///< … for `connect_failed`

  /// Returns the counter of one cause.
  HOLDFAST_EXPORT std::uint64_t closed(CloseCause cause) const noexcept;
};

/// A counter for each ErrorCode.
class ErrorCounts {
 public:
  /// Returns the counter of a code.
  std::uint64_t operator[](ErrorCode code) const noexcept {
    return counts_[static_cast<std::size_t>(code)];
  }
  /// Increments the counter of a code. For the client.
  void add(ErrorCode code) noexcept { ++counts_[static_cast<std::size_t>(code)]; }
  /// Returns the sum of all counters.
  std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return sum;
  }
#define X(name, text, fault, transient) , ErrorCode::name
  /// The number of codes, `none` included.
  static constexpr std::size_t kCodes =
      std::initializer_list<ErrorCode>{ErrorCode::none HOLDFAST_ERROR_CODES(X)}.size();
#undef X

 private:
  std::array<std::uint64_t, kCodes> counts_{};
};

/// A histogram of request durations, in the buckets that OpenTelemetry recommends for
/// http.client.request.duration.
struct DurationHistogram {
  /// The number of bounds.
  static constexpr std::size_t kBounds = 14;
  /// Upper bounds of the buckets in milliseconds, each inclusive.
  static constexpr std::array<std::int64_t, kBounds> kBoundsMs = {
      5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10'000};

  /// Durations per bucket, not cumulative; the last bucket is above all bounds.
  std::array<std::uint64_t, kBounds + 1> counts{};
  Duration sum{0};  ///< of all durations

  /// Adds a duration. For the client.
  void add(Duration took) noexcept {
    std::size_t bucket = 0;
    while (bucket < kBounds && took.count() > kBoundsMs[bucket] * 1'000'000) ++bucket;
    ++counts[bucket];
    sum += took;
  }
  /// Returns the number of durations added.
  std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const std::uint64_t one : counts) all += one;
    return all;
  }
};

/// All gauges and counters of a client: the sums of the events of observe.h. A retry is counted
/// when it is scheduled; a request that ends during the wait has made one attempt fewer.
struct ClientStats : PoolStats {
  /// Requests sent by the caller. Always submitted = succeeded + failed + cancelled + in_flight.
  std::uint64_t submitted = 0;
  std::uint64_t succeeded = 0;    ///< ended with a response, whatever its status
  std::uint64_t failed = 0;       ///< ended with an error other than `cancelled`
  std::uint64_t cancelled = 0;    ///< ended with `cancelled`
  std::uint64_t in_flight = 0;    ///< not ended; a gauge
  ErrorCounts request_errors{};   ///< requests by the error that ended them; `none`: a response
  DurationHistogram durations{};  ///< of ended requests, attempts and waits included

  std::uint64_t attempts = 0;         ///< attempts begun
  std::uint64_t retries_backoff = 0,  ///< retries after the backoff
      retries_retry_after = 0,        ///< retries after a wait that a response asked for (B3, B8)
      retries_immediate = 0;          ///< retries without a wait
  std::uint64_t stale_replays = 0;    ///< of `retries_immediate`: those of R7
  ErrorCounts attempt_errors{};       ///< attempts by the error that ended them; `none`: a response
  /// Retries by the error of the attempt before; `none`: its status.
  ErrorCounts retries_by_error{};
  std::uint64_t budget_refusals = 0;  ///< retries not made because the retry budget was empty

  std::uint64_t bytes_sent = 0,  ///< bytes that the system accepted, TLS and framing included
      bytes_received = 0;        ///< bytes that the system delivered, TLS and framing included

  /// Waits in the pool's queue that have ended. Waiting for the request's own dial is not counted
  /// (T1), nor is the backoff after a pool timeout (P3).
  std::uint64_t pool_waits = 0;
  Duration pool_wait_time{0};  ///< the sum of these waits

  /// Returns the number of all retries.
  std::uint64_t retries() const noexcept {
    return retries_backoff + retries_retry_after + retries_immediate;
  }
  /// Returns the number of attempts that ended with this timeout; for `deadline_exceeded`, of
  /// requests.
  std::uint64_t timeouts(ErrorCode which) const noexcept {
    return which == ErrorCode::deadline_exceeded ? request_errors[which] : attempt_errors[which];
  }
};

/// Gauges of the connections to one origin.
struct OriginStats {
  std::string origin{};    ///< "http://host:port"; with a proxy or socket also " via " and its name
  std::uint32_t idle = 0,  ///< as in PoolStats
      busy = 0,            ///< as in PoolStats
      opening = 0,         ///< as in PoolStats
      waiting = 0;         ///< as in PoolStats
};

/// Returns the Prometheus text exposition format, version 0.0.4 (Content-Type "text/plain;
/// version=0.0.4").
///
/// Metrics and labels have OpenTelemetry's names if it defines one
/// (http_client_request_duration_seconds, http_client_active_requests,
/// http_client_open_connections; error_type, http_connection_state, server_address, server_port),
/// otherwise names that begin with holdfast_. With `origins`, open connections are listed per
/// origin; their number depends on the URLs requested, so leave it empty if users choose these.
/// `labels` are added to every sample, to tell clients apart; characters that are invalid in a
/// label's name become "_". The histogram is not split by method or status: for that use an
/// observer (observe.h).
HOLDFAST_EXPORT std::string to_prometheus(const ClientStats& stats,
                                          const std::vector<OriginStats>& origins = {},
                                          const Parameters& labels = {});

}  // namespace holdfast
