// The history of one request: one record per attempt (R11). The first attempt costs no allocation.
// Thread: any; plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/export.h"
#include "holdfast/time.h"

namespace holdfast {

enum class ErrorCode : std::uint8_t;

/// Where an attempt was when it ended.
enum class Phase : std::uint8_t {
  submit,   ///< validation, before any attempt
  prepare,  ///< the hook before the attempt, or opening the source of the body
  pool,     ///< in the pool's queue, without a connection
  dns,      ///< DNS lookup
  connect,  ///< connecting
  tunnel,   ///< asking the proxy for a tunnel (CONNECT)
  tls,      ///< TLS handshake
  write,    ///< sending the request
  head,     ///< waiting for or reading the response head
  body,     ///< reading the response body
  backoff,  ///< waiting before the next attempt
  done,     ///< complete
};

/// How certain it is that the peer did not act on the attempt (R6), A being certain. letter()
/// returns A to F.
enum class ReplayClass : std::uint8_t {
  unprocessed,  ///< A: proven; nothing was handed to the connection, or the peer refused it
                ///< unprocessed
  probably_unprocessed,  ///< B: a reused connection closed before one byte of the response
  unknown,               ///< C: anything else
  processed,             ///< D: the peer responded with a status
  response_started,      ///< E: the response had begun
  permanent,             ///< F: a retry cannot help
};

/// The route of an attempt (ProxyPolicy, ClientOptions::unix_socket).
enum class Route : std::uint8_t {
  direct,       ///< to the URL's host
  proxy,        ///< to a proxy, which received the whole request
  tunnel,       ///< through a tunnel opened by a proxy (CONNECT)
  unix_socket,  ///< to a Unix domain socket
};

/// What determined the wait before an attempt.
enum class DelaySource : std::uint8_t {
  none,              ///< no wait: the first attempt at a URL
  backoff,           ///< BackoffPolicy
  retry_after,       ///< the Retry-After field
  immediate,         ///< retried at once
  retry_after_ms,    ///< the retry-after-ms field (B8)
  rate_limit,        ///< the RateLimit field, draft-ietf-httpapi-ratelimit-headers (B8)
  rate_limit_reset,  ///< X-RateLimit-Reset or RateLimit-Reset (B8)
};

/// How the wait that a response asked for was handled (B3 to B6): its Retry-After, or a field of
/// B8.
enum class RetryAfterNote : std::uint8_t {
  absent,         ///< the response asked for none
  used,           ///< the retry waited that long
  past,           ///< zero or in the past; the backoff applied
  unparsable,     ///< ignored; the backoff applied
  over_limit,     ///< longer than RetryPolicy::max_retry_after; no retry
  not_consulted,  ///< Retry-After on a status that is not in RetryPolicy::retry_after_statuses
};

/// Why no attempt followed the last one.
enum class StopReason : std::uint8_t {
  success,                 ///< the response is not a failure
  status_not_retryable,    ///< an error status that RetryPolicy::statuses lacks
  permanent_error,         ///< a failure of R5, or one that RetryPolicy::errors lacks
  method_not_replayable,   ///< the method must not be sent twice (R2)
  body_not_replayable,     ///< the body cannot be sent again (R8)
  response_delivered,      ///< a streaming caller had received part of the response
  attempts_exhausted,      ///< RetryPolicy::max_attempts (R1)
  budget_exhausted,        ///< the client's retry budget was empty (RetryBudget)
  predicate,               ///< RetryPolicy::predicate returned `stop` (R10)
  retry_after_over_limit,  ///< the requested wait was longer than RetryPolicy::max_retry_after (B6)
  deadline,          ///< the wait would have ended after `total`, or `total` was reached (B6, T2)
  cancelled,         ///< the caller cancelled the request or closed the client
  redirect_refused,  ///< a redirect that would send a method or body again (R2, R8)
  redirect_invalid,  ///< a redirect whose Location is missing, ambiguous or invalid
  redirect_unsupported,  ///< a redirect to a scheme other than http and https
  redirect_downgrade,    ///< a redirect from https to http without RedirectPolicy::allow_downgrade
  server_refused,        ///< the response forbids retries (RetryPolicy::pushback_fields, R14)
};

/// Returns the enumerator's name. The view is static.
HOLDFAST_EXPORT std::string_view name(Phase phase) noexcept;
/// Returns the enumerator's name. The view is static.
HOLDFAST_EXPORT std::string_view name(ReplayClass replay) noexcept;
/// Returns 'A' to 'F'.
HOLDFAST_EXPORT char letter(ReplayClass replay) noexcept;
/// Returns the enumerator's name. The view is static.
HOLDFAST_EXPORT std::string_view name(Route route) noexcept;
/// Returns the enumerator's name. The view is static.
HOLDFAST_EXPORT std::string_view name(DelaySource source) noexcept;
/// Returns the enumerator's name. The view is static.
HOLDFAST_EXPORT std::string_view name(RetryAfterNote note) noexcept;
/// Returns the enumerator's name. The view is static.
HOLDFAST_EXPORT std::string_view name(StopReason reason) noexcept;
/// Returns an HTTP/2 error code's name in RFC 9113 §7, for example "REFUSED_STREAM"; "" for an
/// unknown code. The view is static.
HOLDFAST_EXPORT std::string_view h2_error_name(std::uint32_t code) noexcept;

/// An IP address and port. A type of its own, so that no socket header is needed.
struct HOLDFAST_EXPORT PeerAddress {
  std::uint8_t family = 0;      ///< 4, 6, or 0 for none
  std::uint16_t port = 0;       ///< in host byte order
  std::uint32_t scope = 0;      ///< scope id of an IPv6 address
  std::uint8_t bytes[16] = {};  ///< in network byte order; IPv4 uses the first four

  /// Returns "127.0.0.1:80" or "[::1]:80"; "" for none.
  std::string to_string() const;
  /// Returns whether both are the same address and port.
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

/// One attempt. Times count from the sending of the request by the caller; the time of a phase that
/// was not reached is negative.
struct AttemptRecord {
  std::uint32_t number = 0;                      ///< from 1, over all redirects
  std::uint16_t status = 0;                      ///< final status received, 0 if none
  std::uint16_t hop = 0;                         ///< redirects followed before it
  ErrorCode error{};                             ///< what ended it; `none` if it got a response
  Phase phase = Phase::submit;                   ///< where it ended
  ReplayClass replay = ReplayClass::permanent;   ///< whether the peer may have acted on it (R6)
  DelaySource delay_source = DelaySource::none;  ///< what determined `delay`
  RetryAfterNote retry_after_note = RetryAfterNote::absent;  ///< how `retry_after` was handled
  bool reused = false;             ///< the connection had served a request before
  std::uint8_t http_major = 0,     ///< version of the response, 0.0 if none
      http_minor = 0;              ///< version of the response
  std::uint8_t tls_minor = 0;      ///< 2 or 3 for TLS 1.2 or 1.3, 0 for none
  bool tls_resumed = false;        ///< the TLS handshake resumed an earlier session
  bool tls_unverified = false;     ///< TlsPolicy::insecure_skip_verification was set
  Route route = Route::direct;     ///< the route it took
  int os_error = 0;                ///< as in Error
  std::uint32_t h2_error = 0;      ///< as in Error
  std::uint32_t h2_stream_id = 0;  ///< RFC 9113 §5.1.1; 0 if no stream was opened
  /// Last stream id of the connection's latest GOAWAY; negative if there was none.
  std::int64_t goaway_last_id = -1;
  /// Wait before this attempt. Less than the backoff if a connection became free after a pool
  /// timeout (P3).
  Duration delay{0};
  /// Wait that the response asked for by Retry-After or a field of B8, also a proxy's response to
  /// CONNECT; negative if none.
  Duration retry_after{-1};
  std::uint64_t connection_id = 0;  ///< number of the connection in this client, 0 if none
  PeerAddress peer{};               ///< address connected to; the proxy's if there is one
  Duration started{-1};             ///< the attempt began
  Duration connected{-1};           ///< it got a connection
  Duration sent{-1};                ///< the system accepted the last byte of the request
  Duration first_byte{-1};          ///< the first byte of the response was received
  Duration ended{-1};               ///< the attempt ended
  std::uint64_t bytes_sent = 0,     ///< bytes of the request
      bytes_received = 0;           ///< bytes of the response
};

/// Returns the record as one line of English.
HOLDFAST_EXPORT std::string to_string(const AttemptRecord& record);

/// The attempts of one request, oldest first. At most `kKept` records are kept, the newest;
/// dropped() counts the others.
class HOLDFAST_EXPORT Timeline {
 public:
  /// Most records kept.
  static constexpr std::size_t kKept = 32;

  /// Appends a record. For the client.
  void add(const AttemptRecord& record) {
    if (count_ != 0) keep_last();
    last_ = record;
    ++count_;
  }
  /// Removes all records. For the client.
  void clear() noexcept {
    earlier_.clear();
    count_ = 0;
    stop_ = StopReason::success;
  }

  /// Returns the number of attempts made, kept or not.
  std::uint32_t attempts() const noexcept { return count_; }
  /// Returns the number of records kept.
  std::size_t size() const noexcept { return count_ == 0 ? 0 : earlier_.size() + 1; }
  /// Returns a kept record; 0 is the oldest.
  const AttemptRecord& operator[](std::size_t i) const {
    return i < earlier_.size() ? earlier_[i] : last_;
  }
  /// Returns the newest record. Undefined if there is none.
  AttemptRecord& last() { return last_; }
  /// As above.
  const AttemptRecord& last() const { return last_; }
  /// Returns how many records were not kept.
  std::uint32_t dropped() const noexcept { return count_ - static_cast<std::uint32_t>(size()); }

  /// Returns why no attempt followed the last one.
  StopReason stop_reason() const noexcept { return stop_; }
  /// Sets why no attempt followed. For the client.
  void set_stop_reason(StopReason reason) noexcept { stop_ = reason; }

  /// Returns one line of English per attempt, and why no retry followed.
  std::string to_string() const;

 private:
  void keep_last();

  AttemptRecord last_;
  std::vector<AttemptRecord> earlier_;
  std::uint32_t count_ = 0;
  StopReason stop_ = StopReason::success;
};

}  // namespace holdfast
