// The mistakes in policies that validate() finds (T4). validate_test.cc has a row for each.
#include <array>
#include <cstddef>

#include "holdfast/headers.h"
#include "holdfast/policy.h"
#include "policy/check_budget.h"
#include "policy/complaints.h"
#include "policy/error_set.h"

namespace holdfast {
namespace {

using policy::Complaints;
using policy::duration_text;
using policy::is_too_long;
using policy::kYear;

// Written so that NaN is outside.
bool within(double value, double low, double high) { return value >= low && value <= high; }

void check_too_long(Complaints& complaints, const char* option, Duration time) {
  complaints.check(is_too_long(time), option, time,
                   "use at most a year (8760h), or holdfast::kOff for no limit; check the unit");
}

/// A timeout or other limit in time must be positive or off.
void check_limit(Complaints& complaints, const char* option, Duration time) {
  complaints.check(time <= Duration::zero(), option, time,
                   "use a time above zero, or holdfast::kOff to switch it off");
  check_too_long(complaints, option, time);
}

void check_statuses(Complaints& complaints, const char* option, const StatusSet& statuses,
                    bool with_reset) {
  for (int status = 100; status < 400; ++status) {
    if (!statuses.contains(status) || (with_reset && status == 104)) continue;
    complaints.add(option, std::to_string(status),
                   status < 200 ? "remove it: an interim response never ends a request (RFC 9110 "
                                  "§15.2), so only 400 to 999 can be listed"
                                : "remove it: only failures are retried, 400 to 999");
  }
}

void check_errors(Complaints& complaints, const ErrorSet& errors) {
#define X(code, text, fault, transient)                                   \
  if (errors.contains(ErrorCode::code)) {                                 \
    const char* remedy = policy::why_unlistable(ErrorCode::code);         \
    if (remedy != nullptr) complaints.add("retry.errors", #code, remedy); \
  }
  HOLDFAST_ERROR_CODES(X)
#undef X
}

void check_pushback(Complaints& complaints, const std::vector<std::string>& fields) {
  for (const std::string& field : fields) {
    complaints.check(!is_token(field), "retry.pushback_fields", "'" + field + "'",
                     "use the name of a field, like x-should-retry (RFC 9110 §5.1)");
  }
}

void check_backoff(Complaints& complaints, const BackoffPolicy& backoff) {
  complaints.check(backoff.base <= Duration::zero(), "retry.backoff.base", backoff.base,
                   "use a time above zero: retries without a wait make an outage worse");
  complaints.check(backoff.base == kOff, "retry.backoff.base", backoff.base,
                   "use a finite time; for no retries set retry.max_attempts to 1");
  check_too_long(complaints, "retry.backoff.base", backoff.base);
  complaints.check(backoff.max <= Duration::zero(), "retry.backoff.max", backoff.max,
                   "use a time not below retry.backoff.base");
  check_too_long(complaints, "retry.backoff.max", backoff.max);
  if (backoff.max > Duration::zero() && backoff.max < backoff.base && backoff.base != kOff) {
    complaints.add("retry.backoff.max", duration_text(backoff.max),
                   "use at least retry.backoff.base, which is " + duration_text(backoff.base));
  }
  complaints.check(backoff.jitter > Jitter::none, "retry.backoff.jitter",
                   static_cast<std::uint64_t>(backoff.jitter), "use a named value of Jitter");
  complaints.check(!within(backoff.jitter_low, 0, 1), "retry.backoff.jitter_low",
                   backoff.jitter_low, "use 0 to 1");
  complaints.check(!within(backoff.jitter_high, 0, 1), "retry.backoff.jitter_high",
                   backoff.jitter_high, "use a number above 0, up to 1");
  complaints.check(backoff.jitter_high == 0, "retry.backoff.jitter_high", backoff.jitter_high,
                   "use a number above 0, up to 1: otherwise every wait is zero");
  complaints.check(within(backoff.jitter_low, 0, 1) && backoff.jitter_high > 0 &&
                       backoff.jitter_low > backoff.jitter_high,
                   "retry.backoff.jitter_low", backoff.jitter_low,
                   "use at most retry.backoff.jitter_high");
}

void check_budget(Complaints& complaints, const RetryBudget& budget) {
  constexpr double kMostRatio = 10;
  constexpr double kMostBurst = 1e9;  // above it, adding a ratio is lost in rounding
  complaints.check(!within(budget.ratio, 0, kMostRatio), "retry.budget.ratio", budget.ratio,
                   "use the retries each first attempt earns, 0 to 10, for example 0.1");
  complaints.check(!within(budget.burst, 0, kMostBurst), "retry.budget.burst", budget.burst,
                   "use 0 to switch the budget off, or 1 to 1e9");
  complaints.check(budget.burst > 0 && budget.burst < 1, "retry.budget.burst", budget.burst,
                   "use at least 1, the cost of a retry, or 0 to switch the budget off");
  complaints.check(budget.ratio == 0 && budget.burst > 0, "retry.budget.ratio", budget.ratio,
                   "use a number above 0: otherwise the budget is never refilled");
}

void check_retry(Complaints& complaints, const RetryPolicy& retry) {
  complaints.check(retry.max_attempts == 0, "retry.max_attempts", std::uint64_t{0},
                   "use 1 for no retries, or the number of attempts with the first included");
  complaints.check(retry.non_idempotent > NonIdempotent::keyed, "retry.non_idempotent",
                   static_cast<std::uint64_t>(retry.non_idempotent),
                   "use a named value of NonIdempotent");
  if (retry.generate_idempotency_key && retry.non_idempotent != NonIdempotent::keyed) {
    complaints.add("retry.generate_idempotency_key", "true",
                   "set retry.non_idempotent to NonIdempotent::keyed: other values ignore keys");
  }
  check_statuses(complaints, "retry.statuses", retry.statuses, true);
  check_errors(complaints, retry.errors);
  check_pushback(complaints, retry.pushback_fields);
  check_statuses(complaints, "retry.retry_after_statuses", retry.retry_after_statuses, false);
  complaints.check(retry.max_retry_after < Duration::zero(), "retry.max_retry_after",
                   retry.max_retry_after,
                   "use the longest Retry-After to wait for; 0 for none; to ignore the field, "
                   "empty retry.retry_after_statuses");
  check_too_long(complaints, "retry.max_retry_after", retry.max_retry_after);
  complaints.check(!within(retry.retry_after_jitter, 0, 1), "retry.retry_after_jitter",
                   retry.retry_after_jitter, "use 0 to 1: the fraction that may be added");
  check_backoff(complaints, retry.backoff);
  check_budget(complaints, retry.budget);
}

struct Limit {
  const char* option;
  Duration value;
  Duration preset;  // its default
};

/// `inner` can never take effect when `outer` always takes effect first.
void check_inside(Complaints& complaints, const Limit& inner, const Limit& outer) {
  if (inner.value == kOff || inner.value == inner.preset || inner.value <= outer.value) return;
  if (outer.value <= Duration::zero() || is_too_long(inner.value)) return;  // has its own complaint
  complaints.add(inner.option, duration_text(inner.value),
                 std::string("use at most ") + outer.option + ", which is " +
                     duration_text(outer.value) + ", or raise that");
}

void check_timeouts(Complaints& complaints, const TimeoutPolicy& timeouts) {
  static const TimeoutPolicy kDefault;
  const std::array<Limit, 7> phases = {{
      {"timeouts.connect", timeouts.connect, kDefault.connect},
      {"timeouts.read", timeouts.read, kDefault.read},
      {"timeouts.write", timeouts.write, kDefault.write},
      {"timeouts.pool", timeouts.pool, kDefault.pool},
      {"timeouts.first_byte", timeouts.first_byte, kDefault.first_byte},
      {"timeouts.expect_continue", timeouts.expect_continue, kDefault.expect_continue},
      {"timeouts.throughput_window", timeouts.throughput_window, kDefault.throughput_window},
  }};
  const Limit attempt = {"timeouts.attempt", timeouts.attempt, kDefault.attempt};
  const Limit total = {"timeouts.total", timeouts.total, kDefault.total};

  for (const Limit& phase : phases) check_limit(complaints, phase.option, phase.value);
  check_limit(complaints, attempt.option, attempt.value);
  check_limit(complaints, total.option, total.value);
  check_inside(complaints, attempt, total);
  for (const Limit& phase : phases) {
    if (&phase == &phases.back() && timeouts.min_bytes_per_second == 0) continue;
    check_inside(complaints, phase, attempt.value < total.value ? attempt : total);
  }
  complaints.check(timeouts.min_bytes_per_second > 0 && timeouts.throughput_window == kOff,
                   "timeouts.throughput_window", timeouts.throughput_window,
                   "use a finite time, or set timeouts.min_bytes_per_second to 0");
  complaints.check(timeouts.min_bytes_per_second > (1ULL << 40), "timeouts.min_bytes_per_second",
                   timeouts.min_bytes_per_second,
                   "use at most 1099511627776 (1 TiB/s), or 0 to switch it off");
}

/// Complains about retries that do not fit before the deadline, or that nothing limits.
void check_retry_within_timeouts(Complaints& complaints, const RetryPolicy& retry,
                                 const TimeoutPolicy& timeouts) {
  constexpr std::uint32_t kMostWithoutDeadline = 1000;
  complaints.check(retry.max_attempts > kMostWithoutDeadline && timeouts.total == kOff,
                   "retry.max_attempts", std::uint64_t{retry.max_attempts},
                   "use at most 1000, or set timeouts.total");
  if (retry.max_attempts > 1) {
    check_inside(complaints, {"retry.backoff.base", retry.backoff.base, BackoffPolicy().base},
                 {"timeouts.total", timeouts.total, kOff});
  }
}

void check_pool(Complaints& complaints, const PoolPolicy& pool) {
  static const PoolPolicy kDefault;
  complaints.check(pool.max_connections == 0, "pool.max_connections", std::uint64_t{0},
                   "use at least 1");
  complaints.check(pool.max_connections > 1'000'000, "pool.max_connections",
                   std::uint64_t{pool.max_connections}, "use at most 1000000");
  if (pool.max_idle > pool.max_connections && pool.max_idle != kDefault.max_idle) {
    complaints.add(
        "pool.max_idle", std::to_string(pool.max_idle),
        "use at most pool.max_connections, which is " + std::to_string(pool.max_connections));
  }
  if (pool.max_per_origin > pool.max_connections) {
    complaints.add("pool.max_per_origin", std::to_string(pool.max_per_origin),
                   "use at most pool.max_connections, which is " +
                       std::to_string(pool.max_connections) + ", or 0 for no limit of its own");
  }
  complaints.check(pool.idle_expiry <= Duration::zero(), "pool.idle_expiry", pool.idle_expiry,
                   "use a time above zero; to keep no idle connection set pool.max_idle to 0");
  check_too_long(complaints, "pool.idle_expiry", pool.idle_expiry);
  check_limit(complaints, "pool.max_lifetime", pool.max_lifetime);
  complaints.check(!(pool.lifetime_jitter >= 0 && pool.lifetime_jitter < 1), "pool.lifetime_jitter",
                   pool.lifetime_jitter,
                   "use 0 to below 1: the fraction by which a lifetime may be shorter");
}

void check_limits(Complaints& complaints, const LimitPolicy& limits) {
  complaints.check(limits.max_head_bytes < 64, "limits.max_head_bytes",
                   std::uint64_t{limits.max_head_bytes},
                   "use at least 64: a status line needs as much");
  complaints.check(limits.max_head_bytes > (1ULL << 30), "limits.max_head_bytes",
                   std::uint64_t{limits.max_head_bytes}, "use at most 1073741824 (1 GiB)");
  complaints.check(limits.max_header_count == 0, "limits.max_header_count", std::uint64_t{0},
                   "use at least 1: nearly every response has header fields");
  complaints.check(limits.max_body_bytes == 0, "limits.max_body_bytes", std::uint64_t{0},
                   "use the largest body to accept, or UINT64_MAX for no limit");
  complaints.check(limits.drain_time < Duration::zero(), "limits.drain_time", limits.drain_time,
                   "use a time above zero; to drain nothing set limits.drain_bytes to 0");
  complaints.check(limits.drain_time == Duration::zero() && limits.drain_bytes > 0,
                   "limits.drain_time", limits.drain_time,
                   "use a time above zero; to drain nothing set limits.drain_bytes to 0");
  complaints.check(limits.drain_time > kYear, "limits.drain_time", limits.drain_time,
                   "use a short time: a draining connection takes up a slot of the pool");
}

}  // namespace

void policy::check_own_budget(std::vector<OptionError>& found, const RetryBudget& own,
                              const RetryBudget& clients) {
  static const RetryBudget kDefault;
  if (own == clients || own == kDefault) return;
  found.push_back(
      {"retry.budget", "ratio " + number_text(own.ratio) + ", burst " + number_text(own.burst),
       "remove it from the request's policy and set it for the client: a client has one "
       "budget"});
}

std::vector<OptionError> validate(const RetryPolicy& retry, const TimeoutPolicy& timeouts,
                                  const PoolPolicy& pool, const LimitPolicy& limits) {
  Complaints complaints;
  check_retry(complaints, retry);
  check_timeouts(complaints, timeouts);
  check_retry_within_timeouts(complaints, retry, timeouts);
  check_pool(complaints, pool);
  check_limits(complaints, limits);
  return complaints.take();
}

std::string to_string(const std::vector<OptionError>& complaints) {
  std::string text;
  for (const OptionError& complaint : complaints) {
    if (!text.empty()) text += "; ";
    text += complaint.option + " is " + complaint.value + ": " + complaint.remedy;
  }
  return text;
}

}  // namespace holdfast
