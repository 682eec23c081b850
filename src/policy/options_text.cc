// The options by name, one row each. options_text_test.cc counts the fields of every options struct
// and fails when one has no row.
#include "holdfast/options_text.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "policy/option_value.h"

namespace holdfast {
namespace {

using policy::Remedy;

template <auto... kPath>
Remedy put(ClientOptions& options, std::string_view text) {
  return policy::read_value(text, (options.*....*kPath));
}
template <auto... kPath>
Remedy put_bytes(ClientOptions& options, std::string_view text) {
  return policy::read_bytes(text, (options.*....*kPath));
}

struct Row {
  std::string_view name;
  Remedy (*put)(ClientOptions& options, std::string_view text);
};

using O = ClientOptions;
constexpr auto kRetry = &O::retry;
constexpr auto kBackoff = &RetryPolicy::backoff;
constexpr auto kBudget = &RetryPolicy::budget;

constexpr Row kRows[] = {
    {"base_url", put<&O::base_url>},
    {"path_as_is", put<&O::path_as_is>},
    {"default_headers", put<&O::default_headers>},
    {"user_agent", put<&O::user_agent>},

    {"retry", put<&O::retry>},
    {"retry.max_attempts", put<kRetry, &RetryPolicy::max_attempts>},
    {"retry.non_idempotent", put<kRetry, &RetryPolicy::non_idempotent>},
    {"retry.generate_idempotency_key", put<kRetry, &RetryPolicy::generate_idempotency_key>},
    {"retry.statuses", put<kRetry, &RetryPolicy::statuses>},
    {"retry.errors", put<kRetry, &RetryPolicy::errors>},
    {"retry.pushback_fields", put<kRetry, &RetryPolicy::pushback_fields>},
    {"retry.retry_misdirected", put<kRetry, &RetryPolicy::retry_misdirected>},
    {"retry.replay_stale", put<kRetry, &RetryPolicy::replay_stale>},
    {"retry.backoff.base", put<kRetry, kBackoff, &BackoffPolicy::base>},
    {"retry.backoff.max", put<kRetry, kBackoff, &BackoffPolicy::max>},
    {"retry.backoff.jitter", put<kRetry, kBackoff, &BackoffPolicy::jitter>},
    {"retry.backoff.jitter_low", put<kRetry, kBackoff, &BackoffPolicy::jitter_low>},
    {"retry.backoff.jitter_high", put<kRetry, kBackoff, &BackoffPolicy::jitter_high>},
    {"retry.retry_after_statuses", put<kRetry, &RetryPolicy::retry_after_statuses>},
    {"retry.rate_limit_hints", put<kRetry, &RetryPolicy::rate_limit_hints>},
    {"retry.max_retry_after", put<kRetry, &RetryPolicy::max_retry_after>},
    {"retry.retry_after_jitter", put<kRetry, &RetryPolicy::retry_after_jitter>},
    {"retry.budget.ratio", put<kRetry, kBudget, &RetryBudget::ratio>},
    {"retry.budget.burst", put<kRetry, kBudget, &RetryBudget::burst>},

    {"timeouts.connect", put<&O::timeouts, &TimeoutPolicy::connect>},
    {"timeouts.read", put<&O::timeouts, &TimeoutPolicy::read>},
    {"timeouts.write", put<&O::timeouts, &TimeoutPolicy::write>},
    {"timeouts.pool", put<&O::timeouts, &TimeoutPolicy::pool>},
    {"timeouts.total", put<&O::timeouts, &TimeoutPolicy::total>},
    {"timeouts.first_byte", put<&O::timeouts, &TimeoutPolicy::first_byte>},
    {"timeouts.attempt", put<&O::timeouts, &TimeoutPolicy::attempt>},
    {"timeouts.expect_continue", put<&O::timeouts, &TimeoutPolicy::expect_continue>},
    {"timeouts.min_bytes_per_second",
     put_bytes<&O::timeouts, &TimeoutPolicy::min_bytes_per_second>},
    {"timeouts.throughput_window", put<&O::timeouts, &TimeoutPolicy::throughput_window>},

    {"pool.max_connections", put<&O::pool, &PoolPolicy::max_connections>},
    {"pool.max_idle", put<&O::pool, &PoolPolicy::max_idle>},
    {"pool.idle_expiry", put<&O::pool, &PoolPolicy::idle_expiry>},
    {"pool.max_per_origin", put<&O::pool, &PoolPolicy::max_per_origin>},
    {"pool.max_lifetime", put<&O::pool, &PoolPolicy::max_lifetime>},
    {"pool.lifetime_jitter", put<&O::pool, &PoolPolicy::lifetime_jitter>},
    {"pool.max_requests_per_connection", put<&O::pool, &PoolPolicy::max_requests_per_connection>},

    {"limits.max_head_bytes", put_bytes<&O::limits, &LimitPolicy::max_head_bytes>},
    {"limits.max_header_count", put<&O::limits, &LimitPolicy::max_header_count>},
    {"limits.max_body_bytes", put_bytes<&O::limits, &LimitPolicy::max_body_bytes>},
    {"limits.max_interim_bytes", put_bytes<&O::limits, &LimitPolicy::max_interim_bytes>},
    {"limits.drain_bytes", put_bytes<&O::limits, &LimitPolicy::drain_bytes>},
    {"limits.drain_time", put<&O::limits, &LimitPolicy::drain_time>},

    {"tls.ca_file", put<&O::tls, &TlsPolicy::ca_file>},
    {"tls.ca_pem", put<&O::tls, &TlsPolicy::ca_pem>},
    {"tls.also_system_trust", put<&O::tls, &TlsPolicy::also_system_trust>},
    {"tls.certificate_file", put<&O::tls, &TlsPolicy::certificate_file>},
    {"tls.certificate_pem", put<&O::tls, &TlsPolicy::certificate_pem>},
    {"tls.key_file", put<&O::tls, &TlsPolicy::key_file>},
    {"tls.key_pem", put<&O::tls, &TlsPolicy::key_pem>},
    {"tls.pinned_keys", put<&O::tls, &TlsPolicy::pinned_keys>},
    {"tls.min_version", put<&O::tls, &TlsPolicy::min_version>},
    {"tls.resume_sessions", put<&O::tls, &TlsPolicy::resume_sessions>},
    {"tls.insecure_skip_verification", put<&O::tls, &TlsPolicy::insecure_skip_verification>},

    {"http2.use", put<&O::http2, &Http2Policy::use>},
    {"http2.max_streams", put<&O::http2, &Http2Policy::max_streams>},
    {"http2.stream_window_bytes", put_bytes<&O::http2, &Http2Policy::stream_window_bytes>},
    {"http2.connection_window_bytes", put_bytes<&O::http2, &Http2Policy::connection_window_bytes>},
    {"http2.ping_timeout", put<&O::http2, &Http2Policy::ping_timeout>},
    {"http2.flood_allowance", put<&O::http2, &Http2Policy::flood_allowance>},

    {"decode.enabled", put<&O::decode, &DecodePolicy::enabled>},
    {"decode.max_ratio", put<&O::decode, &DecodePolicy::max_ratio>},
    {"decode.ratio_grace_bytes", put_bytes<&O::decode, &DecodePolicy::ratio_grace_bytes>},
    {"decode.max_window_bytes", put_bytes<&O::decode, &DecodePolicy::max_window_bytes>},

    {"redirects.follow", put<&O::redirects, &RedirectPolicy::follow>},
    {"redirects.max_redirects", put<&O::redirects, &RedirectPolicy::max_redirects>},
    {"redirects.allow_downgrade", put<&O::redirects, &RedirectPolicy::allow_downgrade>},
    {"redirects.resend_unsafe", put<&O::redirects, &RedirectPolicy::resend_unsafe>},

    {"proxy", put<&O::proxy>},
    {"proxy.http_proxy", put<&O::proxy, &ProxyPolicy::http_proxy>},
    {"proxy.https_proxy", put<&O::proxy, &ProxyPolicy::https_proxy>},
    {"proxy.no_proxy", put<&O::proxy, &ProxyPolicy::no_proxy>},
    {"proxy.check_on_use", put<&O::proxy, &ProxyPolicy::check_on_use>},

    {"cookies", put<&O::cookies>},
    {"unix_socket", put<&O::unix_socket>},
    {"dns_cache_ttl", put<&O::dns_cache_ttl>},
    {"dns_stale_ttl", put<&O::dns_stale_ttl>},
    {"dns_concurrency", put<&O::dns_concurrency>},
    {"resolve", put<&O::resolve>},
    {"seed", put<&O::seed>},
    {"ignore_sigpipe", put<&O::ignore_sigpipe>},
};

const Row* find(std::string_view name) {
  const Row* row = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const Row& each) { return each.name == name; });
  return row == std::end(kRows) ? nullptr : row;
}

/// The Levenshtein distance: how many letters to add, drop or change.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

/// The name that was probably meant: one that ends in `name`, else the nearest if it is near.
std::string_view nearest(std::string_view name) {
  constexpr std::size_t kLongest = 64;  // no longer name is near, and its table would be large
  constexpr std::size_t kNear = 5;
  if (name.empty() || name.size() > kLongest) return {};
  std::string_view best;
  std::size_t least = kNear;
  for (const Row& row : kRows) {
    if (row.name.ends_with("." + std::string(name))) return row.name;
    const std::size_t far = distance(name, row.name);
    if (far >= least) continue;
    least = far;
    best = row.name;
  }
  return best;
}

std::string shown(std::string_view value) {
  constexpr std::size_t kMost = 40;
  return "'" + std::string(value.substr(0, kMost)) + (value.size() > kMost ? "…'" : "'");
}

OptionError unknown(std::string_view name) {
  const std::string_view meant = nearest(name);
  return {shown(name), "not an option",
          meant.empty() ? "use a name like retry.max_attempts or timeouts.total"
                        : "did you mean " + std::string(meant) + "?"};
}

std::optional<OptionError> put_row(const Row& row, ClientOptions& options, std::string_view value) {
  const Remedy remedy = row.put(options, value);
  if (remedy == nullptr) return std::nullopt;
  // Of the options that can be malformed, only header fields can hold secrets (H4).
  const bool secret = row.name == "default_headers";
  return OptionError{std::string(row.name), secret ? "not valid" : shown(value), remedy};
}

/// Sets one part of a request's policy with the rows of the client's options.
template <class Part>
std::optional<OptionError> put_part(const Row& row, std::string_view value,
                                    const std::optional<Part>& own, const Part& clients,
                                    std::optional<Part>& into, Part ClientOptions::*field) {
  ClientOptions scratch;
  scratch.*field = own ? *own : clients;
  std::optional<OptionError> complaint = put_row(row, scratch, value);
  if (!complaint) into = std::move(scratch.*field);
  return complaint;
}

}  // namespace

std::optional<OptionError> set_option(ClientOptions& options, std::string_view name,
                                      std::string_view value) {
  const Row* row = find(name);
  return row == nullptr ? unknown(name) : put_row(*row, options, value);
}

std::optional<OptionError> set_option(RequestPolicy& policy, const ClientOptions& client,
                                      std::string_view name, std::string_view value) {
  const Row* row = find(name);
  if (row == nullptr) return unknown(name);
  const auto part = [&](auto RequestPolicy::*own, auto ClientOptions::*clients) {
    return put_part(*row, value, policy.*own, client.*clients, policy.*own, clients);
  };
  using P = RequestPolicy;
  const OptionError clients{std::string(name), "the client's", "set it when the client is made"};
  if (name.starts_with("retry.budget.")) return clients;
  if (name == "retry" || name.starts_with("retry.")) return part(&P::retry, &O::retry);
  if (name.starts_with("timeouts.")) return part(&P::timeouts, &O::timeouts);
  if (name.starts_with("limits.")) return part(&P::limits, &O::limits);
  if (name.starts_with("decode.")) return part(&P::decode, &O::decode);
  if (name.starts_with("redirects.")) return part(&P::redirects, &O::redirects);
  if (name == "proxy" || name.starts_with("proxy.")) return part(&P::proxy, &O::proxy);
  if (name == "unix_socket") return part(&P::unix_socket, &O::unix_socket);
  if (name != "http2.use" && name != "path_as_is") return clients;
  ClientOptions scratch;
  std::optional<OptionError> complaint = put_row(*row, scratch, value);
  if (complaint) return complaint;
  if (name == "http2.use") policy.http2 = scratch.http2.use;
  if (name == "path_as_is") policy.path_as_is = scratch.path_as_is;
  return std::nullopt;
}

std::span<const std::string_view> option_names() noexcept {
  static constexpr auto kNames = [] {
    std::array<std::string_view, std::size(kRows)> names;
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = kRows[i].name;
    return names;
  }();
  return kNames;
}

}  // namespace holdfast
