// Retry, timeout, pool and limit policies. Plain structs; each field's initializer is its default.
// validate() returns every mistake at once, explain() computes the worst case of a policy. The
// rules R, B, T, P and H that comments cite are in docs/rules.md. Thread: any; plain values.
#pragma once

#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/decode.h"
#include "holdfast/error.h"
#include "holdfast/export.h"
#include "holdfast/http2.h"
#include "holdfast/proxy.h"
#include "holdfast/redirect.h"
#include "holdfast/time.h"

namespace holdfast {

/// A set of status codes from 100 to 999. Other numbers are ignored.
class StatusSet {
 public:
  /// The empty set.
  constexpr StatusSet() = default;
  /// A set of these statuses: `{429, 503}`.
  StatusSet(std::initializer_list<int> statuses) {
    for (int status : statuses) add(status);
  }
  /// Adds a status.
  void add(int status) {
    if (in_range(status)) bits_.set(static_cast<std::size_t>(status - 100));
  }
  /// Removes a status.
  void remove(int status) {
    if (in_range(status)) bits_.reset(static_cast<std::size_t>(status - 100));
  }
  /// Returns whether the status is in the set.
  bool contains(int status) const {
    return in_range(status) && bits_.test(static_cast<std::size_t>(status - 100));
  }
  /// Returns whether both sets hold the same statuses.
  friend bool operator==(const StatusSet&, const StatusSet&) = default;

 private:
  static constexpr bool in_range(int status) { return status >= 100 && status <= 999; }
  std::bitset<900> bits_;
};

/// A set of error codes. It never contains `ErrorCode::none`: adding that has no effect.
class ErrorSet {
 public:
  /// The empty set.
  constexpr ErrorSet() = default;
  /// A set of these codes.
  constexpr ErrorSet(std::initializer_list<ErrorCode> codes) {
    for (ErrorCode code : codes) add(code);
  }
  /// Returns the failures that R4 lists: every code for which is_transient() is true. To extend it:
  ///
  ///     policy.errors = ErrorSet::transient();
  ///     policy.errors.add(ErrorCode::dns_not_found);
  static constexpr ErrorSet transient() {
    ErrorSet set;
#define X(name, text, fault, transient) \
  if (transient) set.add(ErrorCode::name);
    HOLDFAST_ERROR_CODES(X)
#undef X
    return set;
  }
  /// Adds a code.
  constexpr void add(ErrorCode code) {
    if (code != ErrorCode::none) words_[word_of(code)] |= bit_of(code);
  }
  /// Adds all codes of `others`.
  constexpr void add(const ErrorSet& others) {
    for (unsigned i = 0; i < 4; ++i) words_[i] |= others.words_[i];
  }
  /// Removes a code.
  constexpr void remove(ErrorCode code) { words_[word_of(code)] &= ~bit_of(code); }
  /// Returns whether the code is in the set.
  constexpr bool contains(ErrorCode code) const {
    return (words_[word_of(code)] & bit_of(code)) != 0;
  }
  /// Returns whether no code is in the set.
  constexpr bool empty() const { return *this == ErrorSet(); }
  /// Returns whether both sets hold the same codes.
  friend constexpr bool operator==(const ErrorSet&, const ErrorSet&) = default;

 private:
  static constexpr unsigned word_of(ErrorCode code) { return static_cast<unsigned>(code) / 64; }
  static constexpr std::uint64_t bit_of(ErrorCode code) {
    return std::uint64_t{1} << (static_cast<unsigned>(code) % 64);
  }
  std::uint64_t words_[4] = {};  // one bit for each value that an ErrorCode can hold
};
/// Returns the set as text for set_option(), in the shorter of two forms: a list of names
/// ("read_timeout,dns_temporary", "none"), or changes to ErrorSet::transient() ("default",
/// "default,dns_not_found,-pool_timeout").
HOLDFAST_EXPORT std::string to_string(const ErrorSet& errors);

/// How the backoff is randomised (B2). `d` is the capped exponential delay, U(a, b) a random number
/// between a and b.
enum class Jitter : std::uint8_t {
  proportional,  ///< U(jitter_low, jitter_high) · d; the default
  full,          ///< U(0, 1) · d
  equal,         ///< d/2 + U(0, 1) · d/2
  decorrelated,  ///< min(max, U(base, 3 · the previous delay))
  none,          ///< d
};

/// The delay before retry k (k = 1, 2, …): min(max, base · 2^(k-1)), with jitter (B1, B2). With the
/// defaults 0.8 to 1 s, 1.6 to 2 s, 3.2 to 4 s, 6.4 to 8 s.
struct BackoffPolicy {
  Duration base = std::chrono::seconds(1);  ///< delay before the first retry, before jitter
  Duration max = std::chrono::seconds(30);  ///< upper bound of every delay, before jitter
  Jitter jitter = Jitter::proportional;     ///< how the delay is randomised
  double jitter_low = 0.8,  ///< of Jitter::proportional; 0 ≤ jitter_low ≤ jitter_high
      jitter_high = 1.0;    ///< of Jitter::proportional; 0 < jitter_high ≤ 1
};

/// When POST, PATCH, CONNECT and unknown methods may be sent again (R2).
enum class NonIdempotent : std::uint8_t {
  never,   ///< never: at most one attempt hands a byte to a connection
  unsent,  ///< on proof that no byte of the request was processed (class A)
  keyed,   ///< like an idempotent method, if the request has an Idempotency-Key
};

/// A bound on the retries of the whole client. Each first attempt adds `ratio` to the budget, up to
/// `burst`; each retry takes 1. When the budget is empty, the retry is not attempted
/// (StopReason::budget_exhausted). A pool timeout's retry takes 1 like any other (R4). The client
/// has one budget: a RequestPolicy whose budget differs from both the default and the client's
/// fails the request with `invalid_option`.
struct RetryBudget {
  double ratio = 0.1;  ///< retries added by each first attempt, 0 < ratio ≤ 10 when on
  double burst = 0;    ///< most retries in the budget, and its start; at least 1, or 0: no budget
  /// Returns whether both budgets are the same.
  friend bool operator==(const RetryBudget&, const RetryBudget&) = default;
};

/// The failed attempt that a RetryPredicate decides about (R10). The predicate is called for every
/// failed attempt, except for failures that R5 excludes and that were not added to
/// `RetryPolicy::errors`. A final status below 400 is not a failure.
struct RetryQuestion {
  std::string_view method{};  ///< of the request; the view lives until the predicate returns
  std::uint32_t attempt = 1;  ///< number of the failed attempt, from 1 at each hop of a redirect
  ErrorCode error{};          ///< `none` if there was a status
  int status = 0;             ///< of the response, 400–999; also of a proxy that refused a tunnel
  ReplayClass replay{};       ///< whether the peer may have acted on the attempt (R6)
  bool would_retry = false;   ///< what happens with RetryAdvice::defaults
};
/// The decision of a RetryPredicate.
enum class RetryAdvice : std::uint8_t {
  defaults,  ///< apply the policy
  stop,      ///< do not retry (StopReason::predicate)
  retry,     ///< retry a status (400–999) or failure that the policy does not list; method,
             ///< attempts, body, deadline, budget, R5 and R14 can still forbid it
};
/// Decides whether a failed attempt is retried. A pure function: it depends on its arguments only
/// and must not call the client. `context` must outlive the client.
using RetryPredicate = RetryAdvice (*)(const RetryQuestion& question, const void* context) noexcept;

/// Which failures are retried, how often, and after which delay.
struct RetryPolicy {
  std::uint32_t max_attempts = 5;  ///< in total, the first included; 1: no retries (R1)
  /// When POST, PATCH, CONNECT and unknown methods may be sent again (R2).
  NonIdempotent non_idempotent = NonIdempotent::never;
  /// With `keyed`: adds an Idempotency-Key to requests that have none, the same for all attempts. A
  /// random UUID (RFC 9562 version 4) from the system's entropy, whatever ClientOptions::seed is.
  bool generate_idempotency_key = false;
  /// Statuses that are retried, 400 to 999 (R3); also those of a proxy's response to CONNECT. 104
  /// stands for ECONNRESET: with it, `connection_reset` is retried even if `errors` lacks it.
  StatusSet statuses = {408, 429, 500, 502, 503, 504};
  /// Failures without a response that are retried (R4). Empty: none. The default can be extended by
  /// `dns_not_found`, `tls_handshake_failed`, `certificate_rejected`, `proxy_refused` and the
  /// limits on a response. validate() refuses what is never retried (R5): protocol violations
  /// (`protocol_error`, `stream_error`, `http2_error`) and decisions of the caller (`cancelled`,
  /// `deadline_exceeded`, …).
  ErrorSet errors = ErrorSet::transient();
  /// Response fields with which a server controls retries (R14); names are compared without case.
  /// Value `false`: no retry (StopReason::server_refused). Value `true`: a status from 400 on is
  /// retried even if `statuses` lacks it; method, attempts, body, deadline and budget still apply.
  /// `false` wins over `true`. Empty: off.
  std::vector<std::string> pushback_fields = {"x-should-retry"};
  /// Retry 421 and 425 once, on a fresh connection (R3).
  bool retry_misdirected = true;
  /// Replay a request at once, on a fresh connection, when a reused connection turned out to be
  /// closed (class B, R7).
  bool replay_stale = true;
  /// The delays between attempts.
  BackoffPolicy backoff{};
  /// Statuses whose Retry-After replaces the backoff (B3). Empty: no wait hint is used.
  StatusSet retry_after_statuses = {429, 503};
  /// On those statuses, without a valid Retry-After, wait as long as retry-after-ms, RateLimit
  /// (with no requests left), RateLimit-Reset or X-RateLimit-Reset ask for (B8); the longest of
  /// several. A reset next to a RateLimit-Remaining or X-RateLimit-Remaining above 0 is ignored.
  bool rate_limit_hints = true;
  /// Longest wait that any of these fields can ask for. A longer one is not waited for: the request
  /// ends at once, with StopReason::retry_after_over_limit (B6). kOff: no limit.
  Duration max_retry_after = std::chrono::seconds(300);
  /// Random addition to such a wait, as a fraction of it, 0 to 1 (B3). The wait is never shortened.
  double retry_after_jitter = 0;
  /// The client's bound on retries.
  RetryBudget budget{};
  RetryPredicate predicate = nullptr;       ///< called for each failed attempt (R10); null: none
  const void* predicate_context = nullptr;  ///< passed to `predicate`

  /// Returns exactly the documented behaviour of the Python client that the defaults come from: its
  /// attempts, methods, statuses (with 104), backoff windows and Retry-After. Everything that it
  /// does not document is off: `retry_misdirected`, `replay_stale`, `pushback_fields`,
  /// `rate_limit_hints`, and every upper bound on a delay, so set TimeoutPolicy::total. Its
  /// timeouts and pool are the defaults of TimeoutPolicy and PoolPolicy.
  HOLDFAST_EXPORT static RetryPolicy python_original();
};

/// Timeouts (T1, T2). Each is above 0; kOff switches it off. Only `total` ends the request; after
/// the others the attempt has failed and can be retried.
struct TimeoutPolicy {
  /// Longest time to open a connection: DNS, all addresses tried, proxy tunnel and TLS. Each
  /// address gets at least 2 s of it, or two fifths if that is less. Fails with `connect_timeout`.
  Duration connect = std::chrono::seconds(5);
  /// Longest time without a byte of the response, once the request is sent. Stands still while the
  /// consumer pauses. Fails with `read_timeout`.
  Duration read = std::chrono::seconds(10);
  /// Longest time in which the system accepts no byte of the request. Fails with `write_timeout`.
  Duration write = std::chrono::seconds(5);
  /// Longest time in the pool's queue, in each attempt. Waiting for the request's own dial does not
  /// count; `connect` bounds that. Fails with `pool_timeout`. Its retry keeps its place in the
  /// queue during its backoff, is served as soon as a connection is free, and gets this time again
  /// after the backoff (P3): with the defaults a request stands there for 22 to 25 s before it
  /// fails.
  Duration pool = std::chrono::seconds(2);
  /// The deadline of the request, with all its attempts and waits. Fails with `deadline_exceeded`.
  Duration total = kOff;
  /// Longest time from the last byte of the request to the first byte of the response. Fails with
  /// `first_byte_timeout`.
  Duration first_byte = kOff;
  /// Longest duration of one attempt, the hook and the pool's queue included. Fails with
  /// `attempt_timeout`.
  Duration attempt = kOff;
  /// How long a request with `expect_continue` waits for 100 (Continue) before it sends its body
  /// (RFC 9110 §10.1.1). No error. Meanwhile only `attempt` and `total` run. kOff: no limit.
  Duration expect_continue = std::chrono::seconds(1);
  /// Least bytes per second of a response body, as the average of each `throughput_window`. Fails
  /// with `throughput_too_low`. 0: off.
  std::uint64_t min_bytes_per_second = 0;
  /// The span over which `min_bytes_per_second` is measured.
  Duration throughput_window = std::chrono::seconds(10);
};

/// Limits of the client's connection pool (P1). A request that finds no free connection waits in
/// its queue; see TimeoutPolicy::pool.
struct PoolPolicy {
  std::uint32_t max_connections = 50;  ///< most connections, open and opening
  std::uint32_t max_idle = 20;         ///< most idle connections; those beyond are closed
  Duration idle_expiry = std::chrono::seconds(30);  ///< an idle connection is closed after this
  /// Most connections to one origin. 0: only `max_connections` counts. Connections for requests
  /// that must use HTTP/1.1 (RequestPolicy::http2, HTTP_1_1_REQUIRED) and connections by another
  /// route are counted separately.
  std::uint32_t max_per_origin = 0;
  Duration max_lifetime = kOff;  ///< a connection older than this gets no further request
  double lifetime_jitter = 0.1;  ///< fraction by which each connection's lifetime may be shorter
  std::uint32_t max_requests_per_connection = 0;  ///< 0: no limit
};

/// Limits on a response (H1, P6).
struct LimitPolicy {
  /// Most bytes of one head: status line, fields and trailers. Each interim head has this limit of
  /// its own. Above it the response fails with `head_too_large`.
  std::size_t max_head_bytes = 64 * 1024;
  std::uint32_t max_header_count = 256;  ///< most fields of one head; above: `head_too_large`
  /// Most bytes of a buffered body, decoded; above it the response fails with `body_too_large`. No
  /// limit for streamed responses and downloads.
  std::uint64_t max_body_bytes = 64ULL << 20;
  /// Most bytes of all interim (1xx) heads of one response; above it the response fails with
  /// `interim_too_large`. 0 refuses every interim response.
  std::uint64_t max_interim_bytes = 256 * 1024;
  /// Most bytes of an unread body that are read and dropped so that the connection can be reused
  /// (P6). Beyond it the connection is closed. 0: always closed.
  std::uint64_t drain_bytes = 64 * 1024;
  /// Longest time for that.
  Duration drain_time = std::chrono::seconds(1);
};

/// Policies of a single request. Absent members are the client's (R10). A member replaces the
/// client's whole struct: to change one timeout, start from a copy of ClientOptions::timeouts.
struct RequestPolicy {
  std::optional<RetryPolicy> retry{};         ///< replaces ClientOptions::retry
  std::optional<TimeoutPolicy> timeouts{};    ///< replaces ClientOptions::timeouts
  std::optional<LimitPolicy> limits{};        ///< replaces ClientOptions::limits
  std::optional<DecodePolicy> decode{};       ///< replaces ClientOptions::decode
  std::optional<RedirectPolicy> redirects{};  ///< replaces ClientOptions::redirects
  std::optional<ProxyPolicy> proxy{};         ///< replaces ClientOptions::proxy
  std::optional<Http2> http2{};               ///< replaces Http2Policy::use
  std::optional<std::string> unix_socket{};   ///< replaces ClientOptions::unix_socket; empty: none
  std::optional<bool> path_as_is{};           ///< replaces ClientOptions::path_as_is
};

/// A mistake in the options.
struct OptionError {
  std::string option{};  ///< its name: "retry.max_attempts"
  std::string value{};   ///< the value found
  std::string remedy{};  ///< "use 1 for no retries, …"
};

/// Returns every mistake in these policies, alone or in combination (T4); empty if there is none. A
/// timeout that can never fire because another one is shorter (connect > total) is a mistake only
/// if it differs from its default, so that setting `total` alone is valid. A finite time longer
/// than a year is a mistake, most likely in the unit.
HOLDFAST_EXPORT std::vector<OptionError> validate(const RetryPolicy& retry,
                                                  const TimeoutPolicy& timeouts,
                                                  const PoolPolicy& pool,
                                                  const LimitPolicy& limits);
/// Returns all mistakes in one line; empty if there is none.
HOLDFAST_EXPORT std::string to_string(const std::vector<OptionError>& complaints);

/// The worst case of a policy: how long one request with an idempotent method can take, and how
/// many requests it can become.
///
/// With n attempts (max_attempts, or fewer if nothing is retried) at each of h hops (1, plus
/// max_redirects if redirects are followed), and sums over the n - 1 waits between the attempts of
/// one hop; every addition saturates at kOff:
///
///     worst_requests  = h · n
///     worst_backoff   = h · Σ most(k), the upper end of retry k's jitter (B1, B2)
///     stalled_latency = h · n · min(attempt, pool + connect + write + min(read, first_byte))
///                       + worst_backoff, at most `total`
///     worst_latency   = h · (n · attempt + Σ max(most(k), longest wait that a response can ask
///                       for, with its jitter)), at most `total`
///
/// stalled_latency is that of a server that accepts each request at the last moment and then sends
/// nothing, apart from redirects. worst_latency adds a server that sends a byte just before each
/// timeout: `read` and `write` restart with every byte, so only `attempt` and `total` bound it, and
/// without both it is kOff.
///
/// With the defaults n = 5, h = 1, worst_backoff = 1 + 2 + 4 + 8 = 15 s, stalled_latency =
/// 5 · (2 + 5 + 5 + 10) + 15 = 125 s, worst_latency = kOff.
struct Explanation {
  Duration worst_latency{0};         ///< kOff if nothing bounds it
  Duration stalled_latency{0};       ///< kOff if a phase has no timeout
  Duration worst_backoff{0};         ///< all waits between attempts, without Retry-After
  std::uint32_t worst_requests = 0;  ///< requests that servers can receive for this one
  std::string text{};                ///< the same in several lines of English
};
/// Computes the worst case of a policy. The policy must be valid: see validate().
HOLDFAST_EXPORT Explanation explain(const RetryPolicy& retry, const TimeoutPolicy& timeouts,
                                    const RedirectPolicy& redirects = {});

}  // namespace holdfast
