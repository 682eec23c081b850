// What a client can be asked at any time: gauges and counters, always on, and their rendering for
// Prometheus (SPEC P8). Counters only grow, from 0 when the client was made. Thread: any (values).
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
  idle_expiry,     ///< idle for PoolPolicy::idle_expiry, or for as long as its peer allows
  idle_limit,      ///< more than PoolPolicy::max_idle would have been idle
  by_peer,         ///< the peer closed it
  by_error,        ///< it broke, or its peer violated the protocol
  not_reusable,    ///< its request left it in no state for another
  evicted,         ///< it gave way to another origin
  lifetime,        ///< PoolPolicy::max_lifetime, or as many requests as it may carry
  shutdown,        ///< the client was closed
  connect_failed,  ///< it never opened: look-up, connecting or TLS failed
};
HOLDFAST_EXPORT std::string_view name(CloseCause cause) noexcept;

/// Gauges and counters of the pool (SPEC P8).
struct PoolStats {
  std::uint32_t idle = 0, busy = 0, opening = 0, closing = 0, waiting = 0;
  std::uint64_t opened = 0, reused = 0;
  std::uint64_t closed_idle_expiry = 0, closed_idle_limit = 0, closed_by_peer = 0,
                closed_by_error = 0, closed_not_reusable = 0, closed_evicted = 0,
                closed_lifetime = 0, closed_shutdown = 0, connect_failed = 0;

  HOLDFAST_EXPORT std::uint64_t closed(CloseCause cause) const noexcept;
};

/// One counter for each ErrorCode.
class ErrorCounts {
 public:
  std::uint64_t operator[](ErrorCode code) const noexcept {
    return counts_[static_cast<std::size_t>(code)];
  }
  void add(ErrorCode code) noexcept { ++counts_[static_cast<std::size_t>(code)]; }
  std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return sum;
  }
  /// How many codes there are, `none` among them.
#define X(name, text, fault, transient) , ErrorCode::name
  static constexpr std::size_t kCodes =
      std::initializer_list<ErrorCode>{ErrorCode::none HOLDFAST_ERROR_CODES(X)}.size();
#undef X

 private:
  std::array<std::uint64_t, kCodes> counts_{};
};

/// How long requests took, in the buckets that OpenTelemetry advises for
/// http.client.request.duration.
struct DurationHistogram {
  static constexpr std::size_t kBounds = 14;
  /// Upper bounds, each included in its bucket.
  static constexpr std::array<std::int64_t, kBounds> kBoundsMs = {
      5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10'000};

  std::array<std::uint64_t, kBounds + 1> counts{};  ///< not cumulative; the last: above all bounds
  Duration sum{0};

  void add(Duration took) noexcept {
    std::size_t bucket = 0;
    while (bucket < kBounds && took.count() > kBoundsMs[bucket] * 1'000'000) ++bucket;
    ++counts[bucket];
    sum += took;
  }
  std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const std::uint64_t one : counts) all += one;
    return all;
  }
};

/// Everything counted about a client. What the observer's events (observe.h) add up to.
struct ClientStats : PoolStats {
  // Requests. submitted = succeeded + failed + cancelled + in_flight, always.
  std::uint64_t submitted = 0;
  std::uint64_t succeeded = 0;  ///< ended with a response, whatever its status
  std::uint64_t failed = 0;     ///< ended with an error other than `cancelled`
  std::uint64_t cancelled = 0;
  std::uint64_t in_flight = 0;    ///< a gauge
  ErrorCounts request_errors{};   ///< by what ended a request; `none`: a response
  DurationHistogram durations{};  ///< of ended requests, their attempts and waits included

  // Attempts, counted as they begin; retries, as they are decided on (a request that ends during
  // the wait before its retry has made one attempt fewer than that).
  std::uint64_t attempts = 0;
  // retries_retry_after counts those that waited as a response asked, by any field (B3, B8).
  std::uint64_t retries_backoff = 0, retries_retry_after = 0, retries_immediate = 0;
  std::uint64_t stale_replays = 0;  ///< of retries_immediate: SPEC R7's
  ErrorCounts attempt_errors{};     ///< by what ended an attempt; `none`: those that were answered
  ErrorCounts retries_by_error{};   ///< by what ended the attempt before; `none`: its status
  std::uint64_t budget_refusals = 0;  ///< retries not made since the retry budget was empty

  // Bytes that the system took from us and gave to us, TLS and framing included.
  std::uint64_t bytes_sent = 0, bytes_received = 0;

  // Waiting in the pool's line for a slot (SPEC T1's pool timeout), not for a dial of one's own.
  std::uint64_t pool_waits = 0;  ///< waits that are over
  Duration pool_wait_time{0};    ///< of these, together

  std::uint64_t retries() const noexcept {
    return retries_backoff + retries_retry_after + retries_immediate;
  }
  /// Attempts that ended by one of the timeouts; of deadline_exceeded, requests that did.
  std::uint64_t timeouts(ErrorCode which) const noexcept {
    return which == ErrorCode::deadline_exceeded ? request_errors[which] : attempt_errors[which];
  }
};

struct OriginStats {
  std::string origin{};  ///< "http://host:port"; " via " and the proxy or socket where there is one
  std::uint32_t idle = 0, busy = 0, opening = 0, waiting = 0;
};

/// The Prometheus text exposition format, version 0.0.4 (Content-Type "text/plain; version=0.0.4").
/// Names and labels are OpenTelemetry's where it has some (http_client_request_duration_seconds,
/// http_client_active_requests, http_client_open_connections; error_type,
/// http_connection_state, server_address, server_port), and holdfast_… otherwise. With `origins`
/// the open connections are told by origin: their number is up to the URLs that are asked for, so
/// leave them out where users choose those. `labels` stand on every sample, to tell clients apart;
/// characters that their names may not have become "_". The histogram has no attributes (method,
/// status): who needs them observes (observe.h).
HOLDFAST_EXPORT std::string to_prometheus(const ClientStats& stats,
                                          const std::vector<OriginStats>& origins = {},
                                          const Parameters& labels = {});

}  // namespace holdfast
