// What is retried, how long is waited, how long is hoped. Plain structs with the default beside the
// field; `validate()` returns every complaint at once; `explain()` says what a policy can cost.
// Thread: any (values). Rules R*, B*, T*, P* are those of the specification.
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

/// A set of status codes, 100 to 999; other numbers are never in it.
class StatusSet {
 public:
  constexpr StatusSet() = default;
  StatusSet(std::initializer_list<int> statuses) {
    for (int status : statuses) add(status);
  }
  void add(int status) {
    if (in_range(status)) bits_.set(static_cast<std::size_t>(status - 100));
  }
  void remove(int status) {
    if (in_range(status)) bits_.reset(static_cast<std::size_t>(status - 100));
  }
  bool contains(int status) const {
    return in_range(status) && bits_.test(static_cast<std::size_t>(status - 100));
  }
  friend bool operator==(const StatusSet&, const StatusSet&) = default;

 private:
  static constexpr bool in_range(int status) { return status >= 100 && status <= 999; }
  std::bitset<900> bits_;
};

/// A set of error codes. `ErrorCode::none` is never in it: adding it has no effect.
class ErrorSet {
 public:
  constexpr ErrorSet() = default;
  constexpr ErrorSet(std::initializer_list<ErrorCode> codes) {
    for (ErrorCode code : codes) add(code);
  }
  /// The failures that SPEC R4 lists: every code for which is_transient() is true.
  static constexpr ErrorSet transient() {
    ErrorSet set;
#define X(name, text, fault, transient) \
  if (transient) set.add(ErrorCode::name);
    HOLDFAST_ERROR_CODES(X)
#undef X
    return set;
  }
  constexpr void add(ErrorCode code) {
    if (code != ErrorCode::none) words_[word_of(code)] |= bit_of(code);
  }
  /// Adds all of `others`.
  constexpr void add(const ErrorSet& others) {
    for (unsigned i = 0; i < 4; ++i) words_[i] |= others.words_[i];
  }
  constexpr void remove(ErrorCode code) { words_[word_of(code)] &= ~bit_of(code); }
  constexpr bool contains(ErrorCode code) const {
    return (words_[word_of(code)] & bit_of(code)) != 0;
  }
  constexpr bool empty() const { return *this == ErrorSet(); }
  friend constexpr bool operator==(const ErrorSet&, const ErrorSet&) = default;

 private:
  static constexpr unsigned word_of(ErrorCode code) { return static_cast<unsigned>(code) / 64; }
  static constexpr std::uint64_t bit_of(ErrorCode code) {
    return std::uint64_t{1} << (static_cast<unsigned>(code) % 64);
  }
  std::uint64_t words_[4] = {};  // one bit for each value that an ErrorCode can hold
};
/// The set as set_option() reads it, the shorter of two forms: a list
/// ("read_timeout,dns_temporary", "none") or edits of ErrorSet::transient() ("default",
/// "default,dns_not_found,-pool_timeout").
HOLDFAST_EXPORT std::string to_string(const ErrorSet& errors);

/// How the computed backoff is spread (B2). `d` is the capped exponential delay.
enum class Jitter : std::uint8_t {
  proportional,  ///< U(jitter_low, jitter_high) · d: the default
  full,          ///< U(0, 1) · d
  equal,         ///< d/2 + U(0, 1) · d/2
  decorrelated,  ///< min(max, U(base, 3 · the previous delay))
  none,          ///< d
};

/// Delay before retry k (k = 1, 2, …): jitter over min(max, base · 2^(k-1)) (B1, B2).
struct BackoffPolicy {
  Duration base = std::chrono::seconds(1);
  Duration max = std::chrono::seconds(30);
  Jitter jitter = Jitter::proportional;
  double jitter_low = 0.8, jitter_high = 1.0;  ///< of Jitter::proportional; 0 ≤ low ≤ high ≤ 1
};

/// Whether POST, PATCH, CONNECT and unknown methods may ever be replayed (R2).
enum class NonIdempotent : std::uint8_t {
  never,   ///< at most one attempt hands a byte to a connection, whatever fails
  unsent,  ///< replayed on proof that no byte of it was processed (class A)
  keyed,   ///< replayed like an idempotent method when it carries an Idempotency-Key
};

/// A client-wide bound on retries: each first attempt earns `ratio` of a retry, up to `burst`
/// saved. Off when `burst` is 0. An attempt that may not be paid for is not made (R4: a pool
/// timeout spends budget like any other). A RequestPolicy cannot have a budget of its own: one that
/// differs from both the default and the client's is refused with `invalid_option`.
struct RetryBudget {
  double ratio = 0.1;  ///< retries earned by each first attempt, 0 < ratio ≤ 10 when on
  double burst = 0;    ///< retries that can be saved up, and that are there at the start
  friend bool operator==(const RetryBudget&, const RetryBudget&) = default;
};

/// What the user's predicate is told (R10). It is asked about every failed attempt whose failure is
/// not of R5's kind; a final status below 400 is no failure. A failure that R5 lists and that the
/// user has added to `RetryPolicy::errors` is not of R5's kind any more.
struct RetryQuestion {
  std::string_view method{};
  std::uint32_t attempt = 1;  ///< that has just ended, from 1 at each hop of a redirect
  ErrorCode error{};          ///< none if there was a status
  int status = 0;             ///< of the response, 400–999; also of a proxy that refused a tunnel
  ReplayClass replay{};
  bool would_retry = false;  ///< what the rules say without you
};
enum class RetryAdvice : std::uint8_t {
  defaults,  ///< go by the rules
  stop,      ///< do not retry
  retry,     ///< retry although the status (400–999) or transport failure is not in the retried
             ///< set; never wider than what method, attempts, body, deadline, R5 and R14 allow
};
/// A pure function on values; `context` is yours and must outlive the client.
using RetryPredicate = RetryAdvice (*)(const RetryQuestion& question, const void* context) noexcept;

struct RetryPolicy {
  std::uint32_t max_attempts = 5;  ///< in total, the first included; 1: no retries (R1)
  NonIdempotent non_idempotent = NonIdempotent::never;  ///< R2
  /// With `keyed`: give requests that have no Idempotency-Key one, the same for all attempts
  /// (a random UUID, RFC 9562 version 4, from the system's entropy whatever ClientOptions::seed
  /// is).
  bool generate_idempotency_key = false;
  /// R3. Statuses from 400 to 999. A proxy's response to CONNECT counts too. 104 is read as
  /// ECONNRESET: connection_reset is retried even where `errors` lacks it.
  StatusSet statuses = {408, 429, 500, 502, 503, 504};
  /// R4. The failures without a response that are retried; default: the codes for which
  /// is_transient() is true. Empty: none. `dns_not_found`, `tls_handshake_failed`,
  /// `certificate_rejected`, `proxy_refused` and the limits on a response may be added. validate()
  /// refuses the codes that no retry may follow (R5): protocol violations (`protocol_error`,
  /// `stream_error`, `http2_error`), and what the caller did (`cancelled`, `deadline_exceeded`, …).
  ErrorSet errors = ErrorSet::transient();
  /// R14. Response fields by which a server forbids retries (value `false`: the exchange ends with
  /// StopReason::server_refused) or asks for one (value `true`: a status of 400 or more is retried
  /// although `statuses` lacks it; method, attempts, body, deadline and budget still decide).
  /// `false` wins over `true`. Names are compared without case. Empty: off.
  std::vector<std::string> pushback_fields = {"x-should-retry"};
  /// 421 and 425 once on a fresh connection (R3).
  bool retry_misdirected = true;
  /// A class-B failure on a reused connection is replayed at once on a fresh one (R7).
  bool replay_stale = true;
  BackoffPolicy backoff{};
  StatusSet retry_after_statuses = {429, 503};  ///< B3; empty: no hint is used
  /// B8. On those statuses, and where the response has no valid Retry-After, wait as long as the
  /// fields retry-after-ms, RateLimit (without requests left), RateLimit-Reset or X-RateLimit-Reset
  /// say; the longest of several. A reset beside a RateLimit-Remaining or X-RateLimit-Remaining
  /// above 0 is ignored.
  bool rate_limit_hints = true;
  Duration max_retry_after = std::chrono::seconds(300);  ///< of any hint (B6); kOff: no limit
  /// Random extra above a hint, as a fraction of it; never below it (B3).
  double retry_after_jitter = 0;
  RetryBudget budget{};
  RetryPredicate predicate = nullptr;  ///< R10
  const void* predicate_context = nullptr;

  /// What the Python client promises from which these defaults come, to the letter: the same
  /// attempts, methods, statuses (104 among them), backoff windows and Retry-After, and nothing
  /// that it does not promise. So no wait is given up for its length, whether backoff or
  /// Retry-After, unless `total` ends it (set one); 421, 425 and stale connections have no retry of
  /// their own; and neither `pushback_fields` nor `rate_limit_hints` are on. Its timeouts and pool
  /// are the defaults of TimeoutPolicy and PoolPolicy.
  HOLDFAST_EXPORT static RetryPolicy original();
};

/// T1, T2. kOff switches one off.
struct TimeoutPolicy {
  Duration connect = std::chrono::seconds(5);  ///< DNS and all addresses tried included
  Duration read = std::chrono::seconds(10);    ///< between bytes received
  Duration write = std::chrono::seconds(5);    ///< between bytes accepted by the system
  Duration pool = std::chrono::seconds(2);     ///< waiting for a slot, once per attempt
  Duration total = kOff;       ///< everything, every retry and wait included: nothing outlives it
  Duration first_byte = kOff;  ///< from the last request byte to the first response byte
  Duration attempt = kOff;     ///< one attempt, from its start in the pool's queue
  /// Of requests with `expect_continue`: how long the body waits for 100 (Continue), RFC 9110
  /// §10.1.1. kOff: for ever (until another timeout strikes).
  Duration expect_continue = std::chrono::seconds(1);
  /// Fail when a response body arrives slower than this over `throughput_window`; 0: off.
  std::uint64_t min_bytes_per_second = 0;
  Duration throughput_window = std::chrono::seconds(10);
};

/// P1. Limits of the client's one pool.
struct PoolPolicy {
  std::uint32_t max_connections = 50;  ///< open and opening
  std::uint32_t max_idle = 20;
  Duration idle_expiry = std::chrono::seconds(30);
  /// 0: only the total counts. Connections of requests that must use HTTP/1.1
  /// (RequestPolicy::http2, HTTP_1_1_REQUIRED) and those of another route are counted apart.
  std::uint32_t max_per_origin = 0;
  Duration max_lifetime = kOff;  ///< a connection older than this takes no further request
  double lifetime_jitter = 0.1;  ///< each connection's own lifetime is up to this much shorter
  std::uint32_t max_requests_per_connection = 0;  ///< 0: no limit
};

/// What a response may cost (H1, P6).
struct LimitPolicy {
  /// Bytes of one head: status line, fields and the response's trailers. Interim heads count each
  /// on its own.
  std::size_t max_head_bytes = 64 * 1024;
  std::uint32_t max_header_count = 256;
  /// Of a buffered response, decoded; those streamed or downloaded to a file: no limit.
  std::uint64_t max_body_bytes = 64ULL << 20;
  /// Bytes of the interim (1xx) heads of one response together; beyond it the response fails with
  /// interim_too_large. 0 refuses every interim response.
  std::uint64_t max_interim_bytes = 256 * 1024;
  std::uint64_t drain_bytes = 64 * 1024;  ///< of an unread body, to save the connection
  Duration drain_time = std::chrono::seconds(1);
};

/// What one request may set apart from its client; absent parts are the client's (R10).
struct RequestPolicy {
  std::optional<RetryPolicy> retry{};
  std::optional<TimeoutPolicy> timeouts{};
  std::optional<LimitPolicy> limits{};
  std::optional<DecodePolicy> decode{};
  std::optional<RedirectPolicy> redirects{};
  std::optional<ProxyPolicy> proxy{};
  std::optional<Http2> http2{};              ///< of Http2Policy: which HTTP is spoken
  std::optional<std::string> unix_socket{};  ///< empty: none, though the client has one
  std::optional<bool> path_as_is{};          ///< of ClientOptions
};

/// One thing wrong with the options: which, what it was, what to do.
struct Complaint {
  std::string option{};  ///< "retry.max_attempts"
  std::string value{};   ///< as found
  std::string remedy{};  ///< "use 1 for no retries, …"
};

/// All that is nonsensical, alone or together (T4); empty when all is well. A limit that another
/// one makes moot (connect > total) is a complaint only where it was set to other than its default:
/// who sets nothing but `total` has not contradicted himself. No time but kOff may be longer than a
/// year: that is a slip of the unit.
HOLDFAST_EXPORT std::vector<Complaint> validate(const RetryPolicy& retry,
                                                const TimeoutPolicy& timeouts,
                                                const PoolPolicy& pool, const LimitPolicy& limits);
/// One line for all complaints; empty for none.
HOLDFAST_EXPORT std::string to_string(const std::vector<Complaint>& complaints);

/// The most a policy can cost one request with an idempotent method, in latency and in requests.
///
/// The model, with n attempts (max_attempts, or less where nothing is retried) at each of h places
/// (1, and max_redirects more where redirects are followed), and the sums over the n - 1 waits
/// between the attempts at one place; every addition saturates at kOff:
///   worst_requests  = h · n
///   worst_backoff   = h · Σ most(k), the upper end of retry k's jitter (B1, B2)
///   stalled_latency = h · n · min(attempt, pool + connect + write + min(read, first_byte))
///                     + worst_backoff, but never above `total`: a server that accepts each request
///                     at the last moment and then says nothing (nearly: it does redirect)
///   worst_latency   = h · (n · attempt + Σ max(most(k), longest Retry-After heeded with its
///                     jitter)), but never above `total`. `read` and `write` are measured from
///                     byte to byte, so a server that trickles is bounded by `attempt` and `total`
///                     only; without either this is kOff.
/// With the defaults: n = 5, h = 1, worst_backoff = 1 + 2 + 4 + 8 = 15 s, stalled_latency =
/// 5 · (2 + 5 + 5 + 10) + 15 = 125 s, worst_latency = kOff.
struct Explanation {
  Duration worst_latency{0};         ///< kOff if nothing bounds it
  Duration stalled_latency{0};       ///< kOff if a phase has no limit
  Duration worst_backoff{0};         ///< waiting between attempts without Retry-After
  std::uint32_t worst_requests = 0;  ///< requests a server may see for one of the user's
  std::string text{};                ///< the same for people, several lines
};
/// Of a policy that validate() has no complaint about.
HOLDFAST_EXPORT Explanation explain(const RetryPolicy& retry, const TimeoutPolicy& timeouts,
                                    const RedirectPolicy& redirects = {});

}  // namespace holdfast
