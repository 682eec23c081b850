#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "holdfast/options.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Duration kCentury = std::chrono::hours(24 * 36'500);

struct SpoiltRow {
  std::string option;
  std::string value;
  std::string remedy;  // a part of the remedy's text
  std::function<void(ClientOptions&)> spoil;
};

// Each mistake alone: exactly one complaint with the option, its value and the remedy.
class Validate : public testing::TestWithParam<SpoiltRow> {};

TEST_P(Validate, one_mistake_is_one_complaint_with_option_value_and_remedy) {
  ClientOptions options;
  GetParam().spoil(options);
  const std::vector<OptionError> complaints = options.validate();
  ASSERT_EQ(complaints.size(), 1U) << to_string(complaints);
  EXPECT_EQ(complaints[0].option, GetParam().option);
  EXPECT_EQ(complaints[0].value, GetParam().value);
  EXPECT_NE(complaints[0].remedy.find(GetParam().remedy), std::string::npos)
      << complaints[0].remedy;
}

#define SPOIL(statement) [](ClientOptions& o) { statement; }

std::vector<SpoiltRow> retry_rows() {
  return {
      {"retry.max_attempts", "0", "use 1 for no retries", SPOIL(o.retry.max_attempts = 0)},
      {"retry.max_attempts", "1001", "timeouts.total", SPOIL(o.retry.max_attempts = 1001)},
      {"retry.non_idempotent", "7", "named value",
       SPOIL(o.retry.non_idempotent = static_cast<NonIdempotent>(7))},
      {"retry.generate_idempotency_key", "true", "NonIdempotent::keyed",
       SPOIL(o.retry.generate_idempotency_key = true)},
      {"retry.statuses", "103", "interim", SPOIL(o.retry.statuses.add(103))},
      {"retry.statuses", "200", "400 to 999", SPOIL(o.retry.statuses.add(200))},
      {"retry.statuses", "304", "400 to 999", SPOIL(o.retry.statuses.add(304))},
      {"retry.retry_after_statuses", "104", "interim",
       SPOIL(o.retry.retry_after_statuses.add(104))},
      {"retry.retry_after_statuses", "301", "400 to 999",
       SPOIL(o.retry.retry_after_statuses.add(301))},
      {"retry.errors", "protocol_error", "violates the protocol",
       SPOIL(o.retry.errors.add(ErrorCode::protocol_error))},
      {"retry.errors", "stream_error", "violates the protocol",
       SPOIL(o.retry.errors.add(ErrorCode::stream_error))},
      {"retry.errors", "http2_error", "violates the protocol",
       SPOIL(o.retry.errors.add(ErrorCode::http2_error))},
      {"retry.errors", "cancelled", "the caller ended the request",
       SPOIL(o.retry.errors.add(ErrorCode::cancelled))},
      {"retry.errors", "deadline_exceeded", "raise timeouts.total",
       SPOIL(o.retry.errors.add(ErrorCode::deadline_exceeded))},
      {"retry.errors", "invalid_request", "the request itself is at fault",
       SPOIL(o.retry.errors.add(ErrorCode::invalid_request))},
      {"retry.errors", "status_error", "retry.statuses",
       SPOIL(o.retry.errors.add(ErrorCode::status_error))},
      {"retry.errors", "too_many_redirects", "redirects.max_redirects",
       SPOIL(o.retry.errors.add(ErrorCode::too_many_redirects))},
      {"retry.errors", "file_failed", "the same file",
       SPOIL(o.retry.errors.add(ErrorCode::file_failed))},
      {"retry.pushback_fields", "''", "x-should-retry", SPOIL(o.retry.pushback_fields = {""})},
      {"retry.pushback_fields", "'x y'", "name of a field",
       SPOIL(o.retry.pushback_fields.push_back("x y"))},
      {"retry.max_retry_after", "-1s", "0 for none", SPOIL(o.retry.max_retry_after = -1s)},
      {"retry.max_retry_after", "3153600000s", "unit", SPOIL(o.retry.max_retry_after = kCentury)},
      {"retry.retry_after_jitter", "-0.1", "0 to 1", SPOIL(o.retry.retry_after_jitter = -0.1)},
      {"retry.retry_after_jitter", "1.5", "0 to 1", SPOIL(o.retry.retry_after_jitter = 1.5)},
      {"retry.retry_after_jitter", "nan", "0 to 1", SPOIL(o.retry.retry_after_jitter = kNaN)},
      {"retry.backoff.base", "0s", "above zero", SPOIL(o.retry.backoff.base = 0s)},
      {"retry.backoff.base", "-1ms", "above zero", SPOIL(o.retry.backoff.base = -1ms)},
      {"retry.backoff.base", "off", "max_attempts to 1", SPOIL(o.retry.backoff.base = kOff)},
      {"retry.backoff.base", "3153600000s", "unit",
       SPOIL(o.retry.backoff.base = kCentury; o.retry.backoff.max = kOff)},
      {"retry.backoff.base", "20s", "timeouts.total, which is 10s",
       SPOIL(o.retry.backoff.base = 20s; o.timeouts.total = 10s)},
      {"retry.backoff.max", "0s", "not below", SPOIL(o.retry.backoff.max = 0s)},
      {"retry.backoff.max", "-2s", "not below", SPOIL(o.retry.backoff.max = -2s)},
      {"retry.backoff.max", "500ms", "retry.backoff.base, which is 1s",
       SPOIL(o.retry.backoff.max = 500ms)},
      {"retry.backoff.max", "3153600000s", "unit", SPOIL(o.retry.backoff.max = kCentury)},
      {"retry.backoff.jitter", "9", "named value",
       SPOIL(o.retry.backoff.jitter = static_cast<Jitter>(9))},
      {"retry.backoff.jitter_low", "-0.5", "0 to 1", SPOIL(o.retry.backoff.jitter_low = -0.5)},
      {"retry.backoff.jitter_low", "1.1", "0 to 1", SPOIL(o.retry.backoff.jitter_low = 1.1)},
      {"retry.backoff.jitter_low", "nan", "0 to 1", SPOIL(o.retry.backoff.jitter_low = kNaN)},
      {"retry.backoff.jitter_low", "0.8", "jitter_high", SPOIL(o.retry.backoff.jitter_high = 0.5)},
      {"retry.backoff.jitter_high", "1.2", "up to 1", SPOIL(o.retry.backoff.jitter_high = 1.2)},
      {"retry.backoff.jitter_high", "-1", "above 0", SPOIL(o.retry.backoff.jitter_high = -1)},
      {"retry.backoff.jitter_high", "inf", "up to 1",
       SPOIL(o.retry.backoff.jitter_high = kInfinity)},
      {"retry.backoff.jitter_high", "nan", "up to 1", SPOIL(o.retry.backoff.jitter_high = kNaN)},
      {"retry.backoff.jitter_high", "0", "every wait is zero",
       SPOIL(o.retry.backoff.jitter_low = o.retry.backoff.jitter_high = 0)},
      {"retry.budget.ratio", "-0.1", "0 to 10", SPOIL(o.retry.budget.ratio = -0.1)},
      {"retry.budget.ratio", "11", "0 to 10", SPOIL(o.retry.budget.ratio = 11)},
      {"retry.budget.ratio", "nan", "0 to 10", SPOIL(o.retry.budget.ratio = kNaN)},
      {"retry.budget.ratio", "0", "above 0", SPOIL(o.retry.budget = (RetryBudget{0, 5}))},
      {"retry.budget.burst", "-1", "switch the budget off", SPOIL(o.retry.budget.burst = -1)},
      {"retry.budget.burst", "nan", "switch the budget off", SPOIL(o.retry.budget.burst = kNaN)},
      {"retry.budget.burst", "inf", "switch the budget off",
       SPOIL(o.retry.budget.burst = kInfinity)},
      {"retry.budget.burst", "2e+09", "1e9", SPOIL(o.retry.budget.burst = 2e9)},
      {"retry.budget.burst", "0.5", "at least 1", SPOIL(o.retry.budget.burst = 0.5)},
  };
}

std::vector<SpoiltRow> timeout_rows() {
  std::vector<SpoiltRow> rows = {
      {"timeouts.attempt", "6s", "timeouts.total, which is 5s",
       SPOIL(o.timeouts.attempt = 6s; o.timeouts.total = 5s)},
      {"timeouts.connect", "6s", "timeouts.total, which is 5s",
       SPOIL(o.timeouts.connect = 6s; o.timeouts.total = 5s)},
      {"timeouts.connect", "6s", "timeouts.attempt, which is 5s",
       SPOIL(o.timeouts.connect = 6s; o.timeouts.attempt = 5s; o.timeouts.total = 7s)},
      {"timeouts.read", "11s", "timeouts.total",
       SPOIL(o.timeouts.read = 11s; o.timeouts.total = 10s)},
      {"timeouts.write", "11s", "timeouts.total",
       SPOIL(o.timeouts.write = 11s; o.timeouts.total = 10s)},
      {"timeouts.pool", "11s", "timeouts.total",
       SPOIL(o.timeouts.pool = 11s; o.timeouts.total = 10s)},
      {"timeouts.first_byte", "11s", "timeouts.total",
       SPOIL(o.timeouts.first_byte = 11s; o.timeouts.total = 10s)},
      {"timeouts.expect_continue", "11s", "timeouts.total",
       SPOIL(o.timeouts.expect_continue = 11s; o.timeouts.total = 10s)},
      {"timeouts.throughput_window", "11s", "timeouts.total",
       SPOIL(o.timeouts.throughput_window = 11s; o.timeouts.total = 10s;
             o.timeouts.min_bytes_per_second = 1)},
      {"timeouts.throughput_window", "off", "min_bytes_per_second to 0",
       SPOIL(o.timeouts.throughput_window = kOff; o.timeouts.min_bytes_per_second = 1)},
      {"timeouts.min_bytes_per_second", "2199023255552", "1 TiB/s",
       SPOIL(o.timeouts.min_bytes_per_second = 1ULL << 41)},
  };
  using Member = Duration TimeoutPolicy::*;
  const std::pair<const char*, Member> limits[] = {
      {"timeouts.connect", &TimeoutPolicy::connect},
      {"timeouts.read", &TimeoutPolicy::read},
      {"timeouts.write", &TimeoutPolicy::write},
      {"timeouts.pool", &TimeoutPolicy::pool},
      {"timeouts.total", &TimeoutPolicy::total},
      {"timeouts.first_byte", &TimeoutPolicy::first_byte},
      {"timeouts.attempt", &TimeoutPolicy::attempt},
      {"timeouts.expect_continue", &TimeoutPolicy::expect_continue},
      {"timeouts.throughput_window", &TimeoutPolicy::throughput_window},
  };
  for (const auto& [option, member] : limits) {
    const Member m = member;
    rows.push_back({option, "0s", "kOff", [m](ClientOptions& o) { o.timeouts.*m = 0s; }});
    rows.push_back({option, "-3s", "kOff", [m](ClientOptions& o) { o.timeouts.*m = -3s; }});
    rows.push_back(
        {option, "3153600000s", "unit", [m](ClientOptions& o) { o.timeouts.*m = kCentury; }});
  }
  return rows;
}

std::vector<SpoiltRow> pool_and_limit_rows() {
  return {
      {"pool.max_connections", "0", "at least 1", SPOIL(o.pool.max_connections = 0)},
      {"pool.max_connections", "2000000", "at most 1000000",
       SPOIL(o.pool.max_connections = 2'000'000)},
      {"pool.max_idle", "60", "which is 50", SPOIL(o.pool.max_idle = 60)},
      {"pool.max_per_origin", "51", "which is 50", SPOIL(o.pool.max_per_origin = 51)},
      {"pool.idle_expiry", "0s", "pool.max_idle to 0", SPOIL(o.pool.idle_expiry = 0s)},
      {"pool.idle_expiry", "-1s", "pool.max_idle to 0", SPOIL(o.pool.idle_expiry = -1s)},
      {"pool.idle_expiry", "3153600000s", "unit", SPOIL(o.pool.idle_expiry = kCentury)},
      {"pool.max_lifetime", "0s", "kOff", SPOIL(o.pool.max_lifetime = 0s)},
      {"pool.max_lifetime", "-1s", "kOff", SPOIL(o.pool.max_lifetime = -1s)},
      {"pool.max_lifetime", "3153600000s", "unit", SPOIL(o.pool.max_lifetime = kCentury)},
      {"pool.lifetime_jitter", "-0.1", "below 1", SPOIL(o.pool.lifetime_jitter = -0.1)},
      {"pool.lifetime_jitter", "1", "below 1", SPOIL(o.pool.lifetime_jitter = 1)},
      {"pool.lifetime_jitter", "nan", "below 1", SPOIL(o.pool.lifetime_jitter = kNaN)},
      {"limits.max_head_bytes", "0", "at least 64", SPOIL(o.limits.max_head_bytes = 0)},
      {"limits.max_head_bytes", "2147483648", "1 GiB", SPOIL(o.limits.max_head_bytes = 1ULL << 31)},
      {"limits.max_header_count", "0", "at least 1", SPOIL(o.limits.max_header_count = 0)},
      {"limits.max_body_bytes", "0", "UINT64_MAX", SPOIL(o.limits.max_body_bytes = 0)},
      {"limits.drain_time", "-1s", "drain_bytes to 0", SPOIL(o.limits.drain_time = -1s)},
      {"limits.drain_time", "0s", "drain_bytes to 0", SPOIL(o.limits.drain_time = 0s)},
      {"limits.drain_time", "off", "slot of the pool", SPOIL(o.limits.drain_time = kOff)},
  };
}

std::vector<SpoiltRow> client_rows() {
  return {
      {"base_url", "'example.org/api'", "absolute URL", SPOIL(o.base_url = "example.org/api")},
      {"default_headers", "not valid", "", SPOIL(o.default_headers.add("X-A", "1\r\nX-B: 2"))},
      {"default_headers", "not valid", "", SPOIL(o.default_headers.add("bad name", "1"))},
      {"default_headers", "with Content-Length", "single request",
       SPOIL(o.default_headers.add("content-length", "3"))},
      {"default_headers", "with Transfer-Encoding", "single request",
       SPOIL(o.default_headers.add("Transfer-Encoding", "chunked"))},
      {"default_headers", "with Idempotency-Key", "single request",
       SPOIL(o.default_headers.add("Idempotency-Key", "k"))},
      {"decode.max_window_bytes", "0", "decode.enabled to false",
       SPOIL(o.decode.max_window_bytes = 0)},
      {"decode.max_window_bytes", "4294967296", "at most",
       SPOIL(o.decode.max_window_bytes = 1ULL << 32)},
      {"user_agent", "not valid", "CR, LF", SPOIL(o.user_agent = "a\r\nb")},
      {"dns_cache_ttl", "-1s", "or 0", SPOIL(o.dns_cache_ttl = -1s)},
      {"dns_cache_ttl", "3153600000s", "unit", SPOIL(o.dns_cache_ttl = kCentury)},
      {"dns_stale_ttl", "-1s", "or 0", SPOIL(o.dns_stale_ttl = -1s)},
      {"dns_stale_ttl", "3153600000s", "unit", SPOIL(o.dns_stale_ttl = kCentury)},
      {"dns_concurrency", "0", "at least 1", SPOIL(o.dns_concurrency = 0)},
      {"dns_concurrency", "2000", "at most 1024", SPOIL(o.dns_concurrency = 2000)},
  };
}

INSTANTIATE_TEST_SUITE_P(Retry, Validate, testing::ValuesIn(retry_rows()));
INSTANTIATE_TEST_SUITE_P(Timeouts, Validate, testing::ValuesIn(timeout_rows()));
INSTANTIATE_TEST_SUITE_P(PoolAndLimits, Validate, testing::ValuesIn(pool_and_limit_rows()));
INSTANTIATE_TEST_SUITE_P(Client, Validate, testing::ValuesIn(client_rows()));

class Accept : public testing::TestWithParam<std::function<void(ClientOptions&)>> {};

TEST_P(Accept, sensible_options_meet_no_complaint) {
  ClientOptions options;
  GetParam()(options);
  EXPECT_EQ(to_string(options.validate()), "");
}

INSTANTIATE_TEST_SUITE_P(
    SetsOfFailures, Accept,
    testing::Values(SPOIL(o.retry.statuses.add(999); o.retry.retry_after_statuses.add(999)),
                    SPOIL(o.retry.errors = {}), SPOIL(o.retry.errors = {ErrorCode::read_timeout}),
                    SPOIL(o.retry.errors.add(ErrorCode::dns_not_found);
                          o.retry.errors.add(ErrorCode::tls_handshake_failed);
                          o.retry.errors.add(ErrorCode::proxy_refused)),
                    SPOIL(o.retry.pushback_fields.clear()),
                    SPOIL(o.retry.pushback_fields.push_back("x-retry"))));

INSTANTIATE_TEST_SUITE_P(
    Sensible, Accept,
    testing::Values(SPOIL((void)o), SPOIL(o.retry.max_attempts = 1),
                    SPOIL(o.retry.max_attempts = 1'000'000; o.timeouts.total = 60s),
                    // Only `total` was set: the user did not choose the defaults that it overrides.
                    SPOIL(o.timeouts.total = 500ms), SPOIL(o.timeouts.attempt = 500ms),
                    SPOIL(o.pool.max_connections = 4), SPOIL(o.pool.max_idle = 0),
                    SPOIL(o.retry.statuses.add(104)), SPOIL(o.retry.statuses.add(600)),
                    SPOIL(o.retry.statuses = {}), SPOIL(o.retry.retry_after_statuses = {}),
                    SPOIL(o.retry.max_retry_after = 0s), SPOIL(o.retry.max_retry_after = kOff),
                    SPOIL(o.retry.backoff.max = kOff),
                    SPOIL(o.retry.non_idempotent = NonIdempotent::keyed;
                          o.retry.generate_idempotency_key = true),
                    SPOIL(o.retry.budget = (RetryBudget{0.1, 10})),
                    SPOIL(o.timeouts = (TimeoutPolicy{kOff, kOff, kOff, kOff, kOff, kOff, kOff})),
                    SPOIL(o.timeouts.connect = o.timeouts.attempt = o.timeouts.total = 3s),
                    SPOIL(o.limits.drain_bytes = 0; o.limits.drain_time = 0s),
                    SPOIL(o.limits.max_interim_bytes = 0),
                    SPOIL(o.limits.max_body_bytes = UINT64_MAX),
                    SPOIL(o.base_url = "http://example.org/api/"), SPOIL(o.user_agent.clear()),
                    SPOIL(o.default_headers.add("Accept", "application/json")),
                    SPOIL(o.dns_cache_ttl = 0s; o.dns_stale_ttl = 0s)));

TEST(ValidateTogether, every_complaint_comes_at_once_and_in_one_line) {
  RetryPolicy retry;
  retry.max_attempts = 0;
  retry.backoff.base = -1s;
  TimeoutPolicy timeouts;
  timeouts.read = 0s;
  PoolPolicy pool;
  pool.max_connections = 0;
  LimitPolicy limits;
  limits.max_body_bytes = 0;
  const std::vector<OptionError> complaints = validate(retry, timeouts, pool, limits);
  std::set<std::string> options;
  for (const OptionError& complaint : complaints) options.insert(complaint.option);
  EXPECT_EQ(options,
            (std::set<std::string>{"retry.max_attempts", "retry.backoff.base", "timeouts.read",
                                   "pool.max_connections", "limits.max_body_bytes"}));
  const std::string line = to_string(complaints);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find("retry.max_attempts is 0: use 1 for no retries"), 0U) << line;
  EXPECT_NE(line.find("; timeouts.read is 0s: "), std::string::npos) << line;
}

TEST(ValidateTogether, no_secret_is_repeated) {
  ClientOptions options;
  options.base_url = "htp://user:hunter2@example.org/?token=sesame";
  options.default_headers.add("Authorization", "Bearer sesame\n");
  const std::string line = to_string(options.validate());
  EXPECT_NE(line, "");
  EXPECT_EQ(line.find("hunter2"), std::string::npos) << line;
  EXPECT_EQ(line.find("sesame"), std::string::npos) << line;
}

TEST(ValidateTogether, no_complaints_are_no_text) {
  EXPECT_EQ(to_string(std::vector<OptionError>()), "");
}

}  // namespace
}  // namespace holdfast
