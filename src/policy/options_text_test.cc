#include "holdfast/options_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <stdlib.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include "policy/duration_text.h"
#include "policy/option_value.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using Options = ClientOptions;

struct OptionRow {
  const char* name;
  const char* value;
  bool (*shows)(const Options& o);  // false for the defaults, true once the row's value is set
};

// One row for each field that is not a struct of fields itself.
const OptionRow kRows[] = {
    {"base_url", "http://h/v1/", [](const Options& o) { return o.base_url == "http://h/v1/"; }},
    {"path_as_is", "yes", [](const Options& o) { return o.path_as_is; }},
    {"default_headers", "A: 1\r\nB: x:y",
     [](const Options& o) {
       return o.default_headers.get("a") == "1" && o.default_headers.get("B") == "x:y";
     }},
    {"user_agent", "me/1", [](const Options& o) { return o.user_agent == "me/1"; }},

    {"retry", "python_original", [](const Options& o) { return !o.retry.replay_stale; }},
    {"retry.max_attempts", "3", [](const Options& o) { return o.retry.max_attempts == 3; }},
    {"retry.non_idempotent", "keyed",
     [](const Options& o) { return o.retry.non_idempotent == NonIdempotent::keyed; }},
    {"retry.generate_idempotency_key", "true",
     [](const Options& o) { return o.retry.generate_idempotency_key; }},
    {"retry.statuses", "408, 500-502",
     [](const Options& o) {
       return o.retry.statuses == StatusSet{408, 500, 501, 502};
     }},
    {"retry.errors", "default+dns_not_found-pool_timeout",
     [](const Options& o) {
       return o.retry.errors.contains(ErrorCode::dns_not_found) &&
              !o.retry.errors.contains(ErrorCode::pool_timeout) &&
              o.retry.errors.contains(ErrorCode::read_timeout);
     }},
    {"retry.pushback_fields", "x-should-retry, x-retry",
     [](const Options& o) { return o.retry.pushback_fields.size() == 2; }},
    {"retry.rate_limit_hints", "off", [](const Options& o) { return !o.retry.rate_limit_hints; }},
    {"retry.retry_misdirected", "off", [](const Options& o) { return !o.retry.retry_misdirected; }},
    {"retry.replay_stale", "0", [](const Options& o) { return !o.retry.replay_stale; }},
    {"retry.backoff.base", "250ms", [](const Options& o) { return o.retry.backoff.base == 250ms; }},
    {"retry.backoff.max", "1m", [](const Options& o) { return o.retry.backoff.max == 60s; }},
    {"retry.backoff.jitter", "full",
     [](const Options& o) { return o.retry.backoff.jitter == Jitter::full; }},
    {"retry.backoff.jitter_low", "0.25",
     [](const Options& o) { return o.retry.backoff.jitter_low == 0.25; }},
    {"retry.backoff.jitter_high", "0.5",
     [](const Options& o) { return o.retry.backoff.jitter_high == 0.5; }},
    {"retry.retry_after_statuses", "none",
     [](const Options& o) { return o.retry.retry_after_statuses == StatusSet(); }},
    {"retry.max_retry_after", "off",
     [](const Options& o) { return o.retry.max_retry_after == kOff; }},
    {"retry.retry_after_jitter", "0.1",
     [](const Options& o) { return o.retry.retry_after_jitter == 0.1; }},
    {"retry.budget.ratio", "0.2", [](const Options& o) { return o.retry.budget.ratio == 0.2; }},
    {"retry.budget.burst", "10", [](const Options& o) { return o.retry.budget.burst == 10; }},

    {"timeouts.connect", "1.5s", [](const Options& o) { return o.timeouts.connect == 1500ms; }},
    {"timeouts.read", "7s", [](const Options& o) { return o.timeouts.read == 7s; }},
    {"timeouts.write", "off", [](const Options& o) { return o.timeouts.write == kOff; }},
    {"timeouts.pool", "10us", [](const Options& o) { return o.timeouts.pool == 10us; }},
    {"timeouts.total", "1h", [](const Options& o) { return o.timeouts.total == 1h; }},
    {"timeouts.first_byte", "3s", [](const Options& o) { return o.timeouts.first_byte == 3s; }},
    {"timeouts.attempt", "4s", [](const Options& o) { return o.timeouts.attempt == 4s; }},
    {"timeouts.expect_continue", "2s",
     [](const Options& o) { return o.timeouts.expect_continue == 2s; }},
    {"timeouts.min_bytes_per_second", "1KiB",
     [](const Options& o) { return o.timeouts.min_bytes_per_second == 1024; }},
    {"timeouts.throughput_window", "1d",
     [](const Options& o) { return o.timeouts.throughput_window == 24h; }},

    {"pool.max_connections", "9", [](const Options& o) { return o.pool.max_connections == 9; }},
    {"pool.max_idle", "8", [](const Options& o) { return o.pool.max_idle == 8; }},
    {"pool.idle_expiry", "7s", [](const Options& o) { return o.pool.idle_expiry == 7s; }},
    {"pool.max_per_origin", "6", [](const Options& o) { return o.pool.max_per_origin == 6; }},
    {"pool.max_lifetime", "5min", [](const Options& o) { return o.pool.max_lifetime == 300s; }},
    {"pool.lifetime_jitter", "0.4", [](const Options& o) { return o.pool.lifetime_jitter == 0.4; }},
    {"pool.max_requests_per_connection", "3",
     [](const Options& o) { return o.pool.max_requests_per_connection == 3; }},

    {"limits.max_head_bytes", "4KiB",
     [](const Options& o) { return o.limits.max_head_bytes == 4096; }},
    {"limits.max_header_count", "17",
     [](const Options& o) { return o.limits.max_header_count == 17; }},
    {"limits.max_body_bytes", "2GiB",
     [](const Options& o) { return o.limits.max_body_bytes == 2ULL << 30; }},
    {"limits.max_interim_bytes", "2KiB",
     [](const Options& o) { return o.limits.max_interim_bytes == 2048; }},
    {"limits.drain_bytes", "3MiB",
     [](const Options& o) { return o.limits.drain_bytes == 3U << 20; }},
    {"limits.drain_time", "30ms", [](const Options& o) { return o.limits.drain_time == 30ms; }},

    {"tls.ca_file", "/ca", [](const Options& o) { return o.tls.ca_file == "/ca"; }},
    {"tls.ca_pem", "CA", [](const Options& o) { return o.tls.ca_pem == "CA"; }},
    {"tls.also_system_trust", "yes", [](const Options& o) { return o.tls.also_system_trust; }},
    {"tls.certificate_file", "/c", [](const Options& o) { return o.tls.certificate_file == "/c"; }},
    {"tls.certificate_pem", "C", [](const Options& o) { return o.tls.certificate_pem == "C"; }},
    {"tls.key_file", "/k", [](const Options& o) { return o.tls.key_file == "/k"; }},
    {"tls.key_pem", "K", [](const Options& o) { return o.tls.key_pem == "K"; }},
    {"tls.pinned_keys", "sha256/A, sha256/B",
     [](const Options& o) {
       return o.tls.pinned_keys == std::vector<std::string>{"sha256/A", "sha256/B"};
     }},
    {"tls.min_version", "1.3",
     [](const Options& o) { return o.tls.min_version == TlsVersion::tls1_3; }},
    {"tls.resume_sessions", "false", [](const Options& o) { return !o.tls.resume_sessions; }},
    {"tls.insecure_skip_verification", "1",
     [](const Options& o) { return o.tls.insecure_skip_verification; }},

    {"http2.use", "prior_knowledge",
     [](const Options& o) { return o.http2.use == Http2::prior_knowledge; }},
    {"http2.max_streams", "100", [](const Options& o) { return o.http2.max_streams == 100; }},
    {"http2.stream_window_bytes", "1MiB",
     [](const Options& o) { return o.http2.stream_window_bytes == 1U << 20; }},
    {"http2.connection_window_bytes", "2MiB",
     [](const Options& o) { return o.http2.connection_window_bytes == 2U << 20; }},
    {"http2.ping_timeout", "9s", [](const Options& o) { return o.http2.ping_timeout == 9s; }},
    {"http2.flood_allowance", "500",
     [](const Options& o) { return o.http2.flood_allowance == 500; }},

    {"decode.enabled", "off", [](const Options& o) { return !o.decode.enabled; }},
    {"decode.max_ratio", "50", [](const Options& o) { return o.decode.max_ratio == 50; }},
    {"decode.ratio_grace_bytes", "10KiB",
     [](const Options& o) { return o.decode.ratio_grace_bytes == 10240; }},
    {"decode.max_window_bytes", "8MiB",
     [](const Options& o) { return o.decode.max_window_bytes == 8U << 20; }},

    {"redirects.follow", "on", [](const Options& o) { return o.redirects.follow; }},
    {"redirects.max_redirects", "4",
     [](const Options& o) { return o.redirects.max_redirects == 4; }},
    {"redirects.allow_downgrade", "on",
     [](const Options& o) { return o.redirects.allow_downgrade; }},
    {"redirects.resend_unsafe", "on", [](const Options& o) { return o.redirects.resend_unsafe; }},

    {"proxy", "environment",
     [](const Options& o) { return o.proxy.no_proxy == std::vector<std::string>{"here"}; }},
    {"proxy.http_proxy", "http://p",
     [](const Options& o) { return o.proxy.http_proxy == "http://p"; }},
    {"proxy.https_proxy", "http://q",
     [](const Options& o) { return o.proxy.https_proxy == "http://q"; }},
    {"proxy.check_on_use", "yes", [](const Options& o) { return o.proxy.check_on_use; }},
    {"proxy.no_proxy", "localhost,.example.org",
     [](const Options& o) {
       return o.proxy.no_proxy == std::vector<std::string>{"localhost", ".example.org"};
     }},

    {"cookies", "on", [](const Options& o) { return o.cookies != nullptr; }},
    {"unix_socket", "/run/s", [](const Options& o) { return o.unix_socket == "/run/s"; }},
    {"dns_cache_ttl", "0", [](const Options& o) { return o.dns_cache_ttl == 0s; }},
    {"dns_stale_ttl", "1s", [](const Options& o) { return o.dns_stale_ttl == 1s; }},
    {"dns_concurrency", "4", [](const Options& o) { return o.dns_concurrency == 4; }},
    {"resolve", "a:80:127.0.0.1, b:*:[::1]",
     [](const Options& o) {
       return o.resolve.size() == 2 && o.resolve[0].host == "a" && o.resolve[0].port == 80 &&
              o.resolve[0].address == "127.0.0.1" && o.resolve[1].host == "b" &&
              o.resolve[1].port == 0 && o.resolve[1].address == "::1";
     }},
    {"seed", "18446744073709551615",
     [](const Options& o) { return o.seed == std::numeric_limits<std::uint64_t>::max(); }},
    {"ignore_sigpipe", "no", [](const Options& o) { return !o.ignore_sigpipe; }},
};

/// One of the rows reads the environment.
class OptionsText : public ::testing::Test {
 protected:
  OptionsText() { ::setenv("no_proxy", "here", 1); }
  ~OptionsText() override { ::unsetenv("no_proxy"); }
};

TEST_F(OptionsText, every_option_can_be_set_by_name_and_shows_in_its_field) {
  for (const OptionRow& row : kRows) {
    Options options;
    EXPECT_FALSE(row.shows(options)) << row.name << ": the row tests nothing";
    const auto complaint = set_option(options, row.name, row.value);
    EXPECT_FALSE(complaint.has_value()) << to_string({complaint.value_or(OptionError())});
    EXPECT_TRUE(row.shows(options)) << row.name;
  }
}

TEST_F(OptionsText, every_name_is_listed_once_and_tested_above) {
  std::set<std::string_view> tested;
  for (const OptionRow& row : kRows) tested.insert(row.name);
  EXPECT_EQ(tested.size(), std::size(kRows));
  const std::set<std::string_view> listed(option_names().begin(), option_names().end());
  EXPECT_EQ(listed.size(), option_names().size());
  EXPECT_EQ(listed, tested);
}

// --- Every field has a row -----------------------------------------------------------------------

/// Converts to any type. The largest number of these that can initialize an aggregate is the number
/// of its fields.
struct Anything {
  template <class T>
  operator T() const {  // NOLINT: implicit
    abort();            // never called: only its type matters
  }
};

template <class T, class... Fields>
constexpr std::size_t field_count() {
  if constexpr (requires { T{Fields{}..., Anything{}}; }) {
    return field_count<T, Fields..., Anything>();
  } else {
    return sizeof...(Fields);
  }
}

/// The number of option names that begin with `start` and have no further dot.
std::size_t named(std::string_view start) {
  const auto names = option_names();
  return static_cast<std::size_t>(
      std::count_if(names.begin(), names.end(), [&](std::string_view name) {
        return name.starts_with(start) && name.find('.', start.size()) == name.npos;
      }));
}

TEST_F(OptionsText, every_field_of_every_options_struct_has_a_name) {
  // backoff and budget are counted separately; the predicate and its context have no text.
  EXPECT_EQ(named("retry.") + 4, field_count<RetryPolicy>());
  EXPECT_EQ(named("retry.backoff."), field_count<BackoffPolicy>());
  EXPECT_EQ(named("retry.budget."), field_count<RetryBudget>());
  EXPECT_EQ(named("timeouts."), field_count<TimeoutPolicy>());
  EXPECT_EQ(named("pool."), field_count<PoolPolicy>());
  EXPECT_EQ(named("limits."), field_count<LimitPolicy>());
  EXPECT_EQ(named("tls."), field_count<TlsPolicy>());
  EXPECT_EQ(named("http2."), field_count<Http2Policy>());
  EXPECT_EQ(named("decode."), field_count<DecodePolicy>());
  EXPECT_EQ(named("redirects."), field_count<RedirectPolicy>());
  EXPECT_EQ(named("proxy."), field_count<ProxyPolicy>());
  // Seven policies have names for their fields only.
  EXPECT_EQ(named("") + 7, field_count<ClientOptions>());
}

// --- Requests ------------------------------------------------------------------------------------

TEST_F(OptionsText, a_request_keeps_of_the_client_what_it_does_not_name) {
  Options client;
  client.retry.max_attempts = 9;
  client.timeouts.read = 3s;
  RequestPolicy policy;
  EXPECT_FALSE(set_option(policy, client, "timeouts.total", "2s").has_value());
  EXPECT_FALSE(set_option(policy, client, "timeouts.connect", "1s").has_value());
  ASSERT_TRUE(policy.timeouts.has_value());
  EXPECT_EQ(policy.timeouts->read, 3s);
  EXPECT_EQ(policy.timeouts->connect, 1s);
  EXPECT_EQ(policy.timeouts->total, 2s);
  EXPECT_FALSE(policy.retry.has_value());  // none of its fields was named
}

TEST_F(OptionsText, a_request_may_set_exactly_what_its_policy_has) {
  for (const OptionRow& row : kRows) {
    RequestPolicy policy;
    const Options client;
    const auto complaint = set_option(policy, client, row.name, row.value);
    Options merged;
    if (policy.retry) merged.retry = *policy.retry;
    if (policy.timeouts) merged.timeouts = *policy.timeouts;
    if (policy.limits) merged.limits = *policy.limits;
    if (policy.decode) merged.decode = *policy.decode;
    if (policy.redirects) merged.redirects = *policy.redirects;
    if (policy.proxy) merged.proxy = *policy.proxy;
    if (policy.http2) merged.http2.use = *policy.http2;
    if (policy.unix_socket) merged.unix_socket = *policy.unix_socket;
    if (policy.path_as_is) merged.path_as_is = *policy.path_as_is;
    const std::string_view name = row.name;
    const bool budget = name.starts_with("retry.budget.");
    const bool a_requests = (name.starts_with("retry") && !budget) ||
                            name.starts_with("timeouts.") || name.starts_with("limits.") ||
                            name.starts_with("decode.") || name.starts_with("redirects.") ||
                            name.starts_with("proxy") || name == "http2.use" ||
                            name == "unix_socket" || name == "path_as_is";
    EXPECT_EQ(row.shows(merged), a_requests) << name;
    EXPECT_EQ(complaint.has_value(), !a_requests) << name;
    if (!complaint) continue;
    EXPECT_EQ(complaint->remedy, "set it when the client is made");
  }
  EXPECT_EQ(field_count<RequestPolicy>(), 9U) << "set_option() does not know all parts";
}

TEST_F(OptionsText, a_bad_value_leaves_the_requests_policy_empty) {
  RequestPolicy policy;
  const Options client;
  EXPECT_TRUE(set_option(policy, client, "retry.max_attempts", "many").has_value());
  EXPECT_TRUE(set_option(policy, client, "http2.use", "3").has_value());
  EXPECT_FALSE(policy.retry.has_value());
  EXPECT_FALSE(policy.http2.has_value());
}

// --- Complaints ----------------------------------------------------------------------------------

struct Refused {
  const char* name;
  const char* value;
  const char* text;
};

const Refused kRefused[] = {
    {"retry.max_attempts", "three",
     "retry.max_attempts is 'three': write a whole number, 0 to 4294967295"},
    {"retry.max_attempts", "-1", "is '-1': write a whole"},
    {"retry.max_attempts", "+1", "is '+1': write a whole"},
    {"retry.max_attempts", "", "is '': write a whole"},
    {"retry.max_attempts", "4294967296", "write a whole number, 0 to 4294967295"},
    {"retry.max_attempts", "3 ", "write a whole"},
    {"timeouts.total", "2500", "timeouts.total is '2500': write a time with its unit"},
    {"timeouts.total", "-1s", "write a time"},
    {"timeouts.total", "1.s", "write a time"},
    {"timeouts.total", ".5s", "write a time"},
    {"timeouts.total", "1.5.5s", "write a time"},
    {"timeouts.total", "1.5ns", "write a time"},
    {"timeouts.total", "1 s", "write a time"},
    {"timeouts.total", "1week", "write a time"},
    {"timeouts.total", "9223372036.854775807s", "write a time"},  // would be kOff
    {"timeouts.total", "106752d", "write a time"},                // 292 years and more
    {"timeouts.total", "OFF", "write a time"},
    {"redirects.follow", "maybe", "redirects.follow is 'maybe': write true or false"},
    {"retry.statuses", "99", "write statuses from 100 to 999"},
    {"retry.statuses", "1000", "write statuses"},
    {"retry.errors", "read_timeouts", "write error codes like read_timeout,dns_temporary"},
    {"retry.errors", "-pool_timeout", "write error codes"},  // there is no set to remove it from
    {"retry.errors", "+dns_not_found", "write error codes"},
    {"retry.errors", "none,dns_not_found", "write error codes"},
    {"retry.errors", "default,-default", "write error codes"},
    {"retry.errors", "default,", "write error codes"},
    {"retry.errors", "default,,dns_not_found", "write error codes"},
    {"retry.errors", "default--pool_timeout", "write error codes"},
    {"retry.errors", "read_timeout write_timeout", "write error codes"},
    {"retry.statuses", "504-500", "write statuses"},
    {"retry.statuses", "408,,429", "write statuses"},
    {"retry.statuses", "4xx", "write statuses"},
    {"retry.statuses", "500-", "write statuses"},
    {"retry.budget.ratio", "inf", "write a number like 0.25"},
    {"retry.budget.ratio", "0,25", "write a number"},
    {"retry.backoff.jitter", "some", "write proportional, full, equal, decorrelated or none"},
    {"retry.non_idempotent", "always", "write never, unsent or keyed"},
    {"tls.min_version", "1.1", "write 1.2 or 1.3"},
    {"tls.pinned_keys", "a,,b", "write a list like a,b,c"},
    {"proxy", "http://p", "write environment or none"},
    {"retry", "3", "write default or python_original"},
    {"cookies", "yes please", "write true or false"},
    {"http2.use", "on", "write negotiate, off or prior_knowledge"},
    {"http2.stream_window_bytes", "4GiB", "write a number of bytes below 4 GiB"},
    {"limits.max_body_bytes", "64kb", "write a number of bytes"},
    {"limits.max_body_bytes", "17179869184GiB", "write a number of bytes"},
    {"resolve", "a:80", "write HOST:PORT:ADDRESS"},
    {"resolve", "a:70000:::1", "write HOST:PORT:ADDRESS"},
    {"retry.max_attempt", "3",
     "'retry.max_attempt' is not an option: did you mean "
     "retry.max_attempts?"},
    {"max_attempts", "3", "did you mean retry.max_attempts?"},
    {"timeout.total", "3", "did you mean timeouts.total?"},
    {"", "3", "use a name like retry.max_attempts"},
    {"the weather", "fine", "use a name like retry.max_attempts"},
};

TEST_F(OptionsText, what_is_refused_says_value_and_remedy_and_changes_nothing) {
  for (const Refused& row : kRefused) {
    Options options;
    const auto complaint = set_option(options, row.name, row.value);
    ASSERT_TRUE(complaint.has_value()) << row.name << "=" << row.value;
    const std::string text = to_string({*complaint});
    EXPECT_NE(text.find(row.text), text.npos) << text;
    for (const OptionRow& each : kRows) EXPECT_FALSE(each.shows(options)) << each.name;
  }
}

TEST_F(OptionsText, a_header_field_that_is_refused_is_not_repeated) {
  Options options;
  const auto complaint = set_option(options, "default_headers", "Authorization Basic c2VjcmV0");
  ASSERT_TRUE(complaint.has_value());
  EXPECT_EQ(to_string({*complaint}), "default_headers is not valid: write lines like Name: value");
}

TEST_F(OptionsText, a_set_of_errors_is_a_list_or_edits_of_one) {
  ErrorSet edited = ErrorSet::transient();
  edited.add(ErrorCode::dns_not_found);
  edited.remove(ErrorCode::pool_timeout);
  const struct {
    const char* text;
    ErrorSet expected;
  } rows[] = {
      {"", {}},
      {"none", {}},
      {"default", ErrorSet::transient()},
      {" read_timeout , dns_temporary ", {ErrorCode::read_timeout, ErrorCode::dns_temporary}},
      {"read_timeout+dns_temporary", {ErrorCode::read_timeout, ErrorCode::dns_temporary}},
      {"read_timeout,write_timeout,-read_timeout", {ErrorCode::write_timeout}},
      {"default,dns_not_found,-pool_timeout", edited},
      {"default, +dns_not_found, -pool_timeout", edited},
      {"default+dns_not_found-pool_timeout", edited},
      {"dns_not_found,default-pool_timeout", edited},
      {"default-dns_not_found", ErrorSet::transient()},
  };
  for (const auto& row : rows) {
    Options options;
    options.retry.errors = {ErrorCode::body_too_large};
    const auto complaint = set_option(options, "retry.errors", row.text);
    EXPECT_FALSE(complaint.has_value()) << row.text;
    EXPECT_EQ(to_string(options.retry.errors), to_string(row.expected)) << row.text;
  }
}

RC_GTEST_PROP(OptionsTextProperty, a_time_reads_back_as_duration_text_wrote_it, ()) {
  const Duration time(*rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 5'000'000'000),
                                      rc::gen::inRange<std::int64_t>(0, Duration::max().count()),
                                      rc::gen::just(Duration::max().count())));
  Duration read{-1};
  RC_ASSERT(policy::read_value(policy::duration_text(time), read) == nullptr);
  RC_ASSERT(read == time);
}

RC_GTEST_PROP(OptionsTextProperty, any_text_is_taken_or_refused_without_a_crash, ()) {
  const auto names = option_names();
  const auto name = *rc::gen::elementOf(std::vector<std::string_view>(names.begin(), names.end()));
  const auto letters = rc::gen::elementOf(std::string("0159.,:-[]mshKiB\n% "));
  const auto value = *rc::gen::container<std::string>(letters);
  Options options;
  const auto complaint = set_option(options, name, value);
  if (complaint) RC_ASSERT(complaint->option == name && !complaint->remedy.empty());
}

}  // namespace
}  // namespace holdfast
