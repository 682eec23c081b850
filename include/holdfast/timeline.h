// The history of one request: a record per attempt (SPEC R11). Filled by the engine as plain
// values; the first attempt costs no allocation. Thread: any (values).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/export.h"
#include "holdfast/time.h"

namespace holdfast {

enum class ErrorCode : std::uint8_t;

/// Where in its life an attempt was when it ended.
enum class Phase : std::uint8_t {
  submit,   ///< before anything was tried (validation)
  prepare,  ///< the hook before the attempt, or the opening of its body's source
  pool,     ///< waiting for a slot
  dns,      ///< looking the host up
  connect,  ///< connecting
  tunnel,   ///< asking the proxy for a tunnel (CONNECT)
  tls,      ///< agreeing on TLS
  write,    ///< sending the request
  head,     ///< waiting for, or reading, the response head
  body,     ///< reading the response body
  backoff,  ///< waiting before the next attempt
  done,     ///< complete
};

/// How sure it is that the peer did not act on the attempt (SPEC R6), with A the surest.
enum class ReplayClass : std::uint8_t {
  unprocessed,  ///< A: proven: nothing was handed to the connection, or it was refused whole
  probably_unprocessed,  ///< B: a reused connection died before one response byte
  unknown,               ///< C
  processed,             ///< D: answered with a status
  response_started,      ///< E: the response had begun
  permanent,             ///< F: a retry cannot help
};

/// Which way an attempt went, or was to go (ProxyPolicy, ClientOptions::unix_socket).
enum class Way : std::uint8_t {
  direct,       ///< straight to the URL's host
  proxy,        ///< to a proxy, which was handed the whole request
  tunnel,       ///< through a tunnel that a proxy opened (CONNECT)
  unix_socket,  ///< to a Unix domain socket
};

/// Why the wait before an attempt was as long as it was.
enum class DelaySource : std::uint8_t {
  none,
  backoff,
  retry_after,  ///< the Retry-After field
  immediate,
  retry_after_ms,    ///< the retry-after-ms field (SPEC B8)
  rate_limit,        ///< the RateLimit field, draft-ietf-httpapi-ratelimit-headers (SPEC B8)
  rate_limit_reset,  ///< X-RateLimit-Reset or RateLimit-Reset (SPEC B8)
};

/// What became of the wait that the response asked for, by Retry-After or a field of SPEC B8
/// (B3–B6).
enum class RetryAfterNote : std::uint8_t {
  absent,
  used,
  past,           ///< zero or in the past: the backoff applies as the floor
  unparsable,     ///< ignored; the backoff applies
  over_limit,     ///< above `max_retry_after`: not waited for
  not_consulted,  ///< present, on a status that is not in `retry_after_statuses`
};

/// Why the last attempt was not followed by another.
enum class StopReason : std::uint8_t {
  success,                 ///< nothing to retry
  status_not_retryable,    ///< an error status outside the retried set
  permanent_error,         ///< SPEC R5, or a failure that `retry.errors` lacks
  method_not_replayable,   ///< SPEC R2
  body_not_replayable,     ///< SPEC R8
  response_delivered,      ///< a streaming caller already has part of the response
  attempts_exhausted,      ///< SPEC R1
  budget_exhausted,        ///< the client's retry budget is empty
  predicate,               ///< the user's predicate said stop (SPEC R10)
  retry_after_over_limit,  ///< SPEC B6
  deadline,                ///< the wait would end past `total`, or it was reached (SPEC B6, T2)
  cancelled,
  redirect_refused,      ///< a redirect that would send a method or body again (SPEC R2, R8)
  redirect_invalid,      ///< a redirect whose Location is missing, ambiguous or unparsable
  redirect_unsupported,  ///< a redirect to a scheme other than http and https
  redirect_downgrade,    ///< a redirect from https to http without `redirects.allow_downgrade`
  server_refused,        ///< the response forbids retries (`retry.pushback_fields`, SPEC R14)
};

HOLDFAST_EXPORT std::string_view name(Phase phase) noexcept;
HOLDFAST_EXPORT std::string_view name(ReplayClass replay) noexcept;
/// 'A' … 'F'.
HOLDFAST_EXPORT char letter(ReplayClass replay) noexcept;
HOLDFAST_EXPORT std::string_view name(Way way) noexcept;
HOLDFAST_EXPORT std::string_view name(DelaySource source) noexcept;
HOLDFAST_EXPORT std::string_view name(RetryAfterNote note) noexcept;
HOLDFAST_EXPORT std::string_view name(StopReason reason) noexcept;
/// An HTTP/2 error code as RFC 9113 §7 spells it, e.g. "REFUSED_STREAM"; "" for one it lacks.
HOLDFAST_EXPORT std::string_view h2_error_name(std::uint32_t code) noexcept;

/// An IP address and port, without sockets' headers.
struct HOLDFAST_EXPORT PeerAddress {
  std::uint8_t family = 0;  ///< 4, 6, or 0 for none
  std::uint16_t port = 0;   ///< host byte order
  std::uint32_t scope = 0;  ///< IPv6 scope id
  std::uint8_t bytes[16] = {};

  std::string to_string() const;  ///< "127.0.0.1:80", "[::1]:80", "" for none
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

/// One try. Times are spans since the request was submitted; a phase never reached is negative.
struct AttemptRecord {
  std::uint32_t number = 0;     ///< from 1, through all hops
  std::uint16_t status = 0;     ///< final status received, 0 if none
  std::uint16_t hop = 0;        ///< redirects followed before it
  ErrorCode error{};            ///< what ended it; none if it was answered
  Phase phase = Phase::submit;  ///< where it ended
  ReplayClass replay = ReplayClass::permanent;
  DelaySource delay_source = DelaySource::none;  ///< of `delay`
  RetryAfterNote retry_after_note = RetryAfterNote::absent;
  bool reused = false;                          ///< the connection had served a request before
  std::uint8_t http_major = 0, http_minor = 0;  ///< version of the response, 0.0 if none
  std::uint8_t tls_minor = 0;                   ///< 2 or 3 for TLS 1.2 and 1.3, 0 for none
  bool tls_resumed = false;     ///< the connection's handshake resumed an earlier session
  bool tls_unverified = false;  ///< TlsPolicy::insecure_skip_verification was on
  Way way = Way::direct;
  int os_error = 0;
  std::uint32_t h2_error = 0;        ///< as in Error
  std::uint32_t h2_stream_id = 0;    ///< RFC 9113 §5.1.1; 0 before a stream was opened
  std::int64_t goaway_last_id = -1;  ///< of the connection's latest GOAWAY; negative if none came
  Duration delay{0};                 ///< waited *before* this attempt
  Duration retry_after{-1};          ///< asked for by this attempt's response; negative if not
                                     ///< (Retry-After, SPEC B8; also a proxy's to CONNECT)
  std::uint64_t connection_id = 0;   ///< serial of the connection in this client, 0 if none
  PeerAddress peer{};                ///< the proxy's where there is one
  Duration started{-1};              ///< attempt began: entered the pool's queue
  Duration connected{-1};            ///< had its connection
  Duration sent{-1};                 ///< last request byte accepted by the system
  Duration first_byte{-1};           ///< first response byte
  Duration ended{-1};
  std::uint64_t bytes_sent = 0, bytes_received = 0;
};

/// The record as one line, for people.
HOLDFAST_EXPORT std::string to_string(const AttemptRecord& record);

/// The attempts of one request, oldest first. At most `kKept` records are kept, the newest ones;
/// `dropped()` counts the rest.
class HOLDFAST_EXPORT Timeline {
 public:
  static constexpr std::size_t kKept = 32;

  void add(const AttemptRecord& record) {
    if (count_ != 0) keep_last();
    last_ = record;
    ++count_;
  }
  void clear() noexcept {
    earlier_.clear();
    count_ = 0;
    stop_ = StopReason::success;
  }

  /// All attempts made, kept or not.
  std::uint32_t attempts() const noexcept { return count_; }
  std::size_t size() const noexcept { return count_ == 0 ? 0 : earlier_.size() + 1; }
  const AttemptRecord& operator[](std::size_t i) const {
    return i < earlier_.size() ? earlier_[i] : last_;
  }
  AttemptRecord& last() { return last_; }
  const AttemptRecord& last() const { return last_; }
  std::uint32_t dropped() const noexcept { return count_ - static_cast<std::uint32_t>(size()); }

  StopReason stop_reason() const noexcept { return stop_; }
  void set_stop_reason(StopReason reason) noexcept { stop_ = reason; }

  /// One line per attempt, for people.
  std::string to_string() const;

 private:
  void keep_last();

  AttemptRecord last_;
  std::vector<AttemptRecord> earlier_;
  std::uint32_t count_ = 0;
  StopReason stop_ = StopReason::success;
};

}  // namespace holdfast
