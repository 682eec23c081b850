// Writes ClientStats in Prometheus's text exposition format 0.0.4. Each metric is one HELP line,
// one TYPE line and its samples, in a fixed order.
#include <array>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <optional>

#include "holdfast/stats.h"

namespace holdfast {

namespace {

/// The format allows escapes for the backslash, the line feed and, in label values, the quote only.
std::string escaped_label(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

std::string label_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (digit && out.empty()) out += '_';
    out += letter || digit ? c : '_';
  }
  return out.empty() ? "_" : out;
}

std::string plain_seconds(Duration span) {
  char text[32];
  std::snprintf(text, sizeof text, "%" PRId64 ".%09" PRId64,
                static_cast<std::int64_t>(span.count() / 1'000'000'000),
                static_cast<std::int64_t>(span.count() % 1'000'000'000));
  std::string trimmed = text;
  trimmed.erase(trimmed.find_last_not_of('0') + 1);
  if (trimmed.back() == '.') trimmed.pop_back();
  return trimmed;
}

struct Label {
  std::string_view name, value;
};

class Page {
 public:
  explicit Page(const Parameters& labels) {
    for (const Parameter& label : labels) {
      common_ += label_name(label.name) + "=\"" + escaped_label(label.value) + "\",";
    }
  }

  void begin(std::string_view name, std::string_view type, std::string_view help) {
    metric_ = name;
    text_ += "# HELP " + metric_ + " " + std::string(help) + "\n# TYPE " + metric_ + " " +
             std::string(type) + "\n";
  }
  void sample(std::string_view value, std::initializer_list<Label> labels = {},
              std::string_view suffix = {}) {
    std::string all = common_;
    for (const Label& label : labels) {
      all += std::string(label.name) + "=\"" + escaped_label(label.value) + "\",";
    }
    text_ += metric_;
    text_ += suffix;
    if (!all.empty()) text_ += "{" + all.substr(0, all.size() - 1) + "}";
    text_.append(" ").append(value).append("\n");
  }
  void sample(std::uint64_t value, std::initializer_list<Label> labels = {},
              std::string_view suffix = {}) {
    sample(std::to_string(value), labels, suffix);
  }
  void single(std::string_view name, std::string_view type, std::uint64_t value,
              std::string_view help) {
    begin(name, type, help);
    sample(value);
  }
  /// One sample for each error code with a count.
  void by_error(std::string_view name, std::string_view help, const ErrorCounts& counts,
                std::string_view none) {
    begin(name, "counter", help);
    for (std::size_t i = 0; i < ErrorCounts::kCodes; ++i) {
      const auto code = static_cast<ErrorCode>(i);
      if (code == ErrorCode::none && none.empty()) continue;
      if (counts[code] == 0) continue;
      sample(counts[code], {{"error_type", code == ErrorCode::none ? none : holdfast::name(code)}});
    }
  }
  std::string take() { return std::move(text_); }

 private:
  std::string common_, metric_, text_;
};

void requests(Page& page, const ClientStats& stats) {
  page.begin("http_client_request_duration_seconds", "histogram",
             "Requests that ended, from sending to end, attempts and waits included.");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < DurationHistogram::kBounds; ++i) {
    below += stats.durations.counts[i];
    const Duration bound = std::chrono::milliseconds(DurationHistogram::kBoundsMs[i]);
    page.sample(below, {{"le", plain_seconds(bound)}}, "_bucket");
  }
  const std::uint64_t all = stats.durations.count();
  page.sample(all, {{"le", "+Inf"}}, "_bucket");
  page.sample(plain_seconds(stats.durations.sum), {}, "_sum");
  page.sample(all, {}, "_count");
  page.single("http_client_active_requests", "gauge", stats.in_flight, "Requests under way.");
  page.begin("holdfast_requests_total", "counter", "Requests that ended, by how.");
  page.sample(stats.succeeded, {{"outcome", "response"}});
  page.sample(stats.failed, {{"outcome", "error"}});
  page.sample(stats.cancelled, {{"outcome", "cancelled"}});
  page.by_error("holdfast_request_errors_total", "Requests that ended with an error.",
                stats.request_errors, {});
}

void attempts(Page& page, const ClientStats& stats) {
  page.single("holdfast_attempts_total", "counter", stats.attempts, "Attempts begun.");
  page.by_error("holdfast_attempt_errors_total", "Attempts that ended with an error.",
                stats.attempt_errors, {});
  page.begin("holdfast_retries_total", "counter",
             "Retries decided on, by where their wait is from.");
  page.sample(stats.retries_backoff, {{"delay_source", "backoff"}});
  page.sample(stats.retries_retry_after, {{"delay_source", "retry_after"}});
  page.sample(stats.retries_immediate, {{"delay_source", "immediate"}});
  page.by_error("holdfast_retry_causes_total",
                "Retries decided on, by what the attempt ended with.", stats.retries_by_error,
                "status");
  page.single("holdfast_stale_replays_total", "counter", stats.stale_replays,
              "Immediate retries of requests that met a stale connection.");
  page.single("holdfast_budget_refusals_total", "counter", stats.budget_refusals,
              "Retries not made since the retry budget was empty.");
  static constexpr std::array<std::pair<std::string_view, ErrorCode>, 8> kTimeouts = {{
      {"pool", ErrorCode::pool_timeout},
      {"connect", ErrorCode::connect_timeout},
      {"write", ErrorCode::write_timeout},
      {"first_byte", ErrorCode::first_byte_timeout},
      {"read", ErrorCode::read_timeout},
      {"throughput", ErrorCode::throughput_too_low},
      {"attempt", ErrorCode::attempt_timeout},
      {"total", ErrorCode::deadline_exceeded},
  }};
  page.begin("holdfast_timeouts_total", "counter",
             "Attempts, or of total requests, that timed out.");
  for (const auto& [timeout, code] : kTimeouts) {
    page.sample(stats.timeouts(code), {{"timeout", timeout}});
  }
  page.single("holdfast_sent_bytes_total", "counter", stats.bytes_sent,
              "Bytes that the system took, TLS and framing included.");
  page.single("holdfast_received_bytes_total", "counter", stats.bytes_received,
              "Bytes that the system gave, TLS and framing included.");
}

/// Splits "http://host:port"; nullopt for other text.
std::optional<std::pair<std::string_view, std::string_view>> address_of(std::string_view origin) {
  const std::size_t host = origin.find("://");
  const std::size_t colon = origin.rfind(':');
  if (host == origin.npos || colon == host) return std::nullopt;
  std::string_view address = origin.substr(host + 3, colon - host - 3);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  return std::pair{address, origin.substr(colon + 1)};
}

void open_connections(Page& page, const PoolStats& stats, const std::vector<OriginStats>& origins) {
  page.begin("http_client_open_connections", "gauge", "Open connections.");
  if (origins.empty()) {
    page.sample(stats.busy, {{"http_connection_state", "active"}});
    page.sample(stats.idle, {{"http_connection_state", "idle"}});
    return;
  }
  // `origins` has an entry for each route and each kind of connection of an origin. They are added
  // up, because Prometheus refuses a page with a duplicate sample.
  struct Sum {
    std::uint64_t busy = 0, idle = 0;
  };
  std::map<std::string, Sum> sums;
  for (const OriginStats& one : origins) {
    Sum& sum = sums[one.origin.substr(0, one.origin.find(" via "))];
    sum.busy += one.busy;
    sum.idle += one.idle;
  }
  for (const auto& [origin, sum] : sums) {
    const auto address = address_of(origin);
    if (!address) continue;
    const std::string_view scheme = std::string_view(origin).substr(0, origin.find(':'));
    for (const bool active : {true, false}) {
      page.sample(active ? sum.busy : sum.idle,
                  {{"http_connection_state", active ? "active" : "idle"},
                   {"server_address", address->first},
                   {"server_port", address->second},
                   {"url_scheme", scheme}});
    }
  }
}

void connections(Page& page, const ClientStats& stats, const std::vector<OriginStats>& origins) {
  open_connections(page, stats, origins);
  page.single("holdfast_connections_opening", "gauge", stats.opening, "Connections being opened.");
  page.single("holdfast_connections_closing", "gauge", stats.closing, "Connections being closed.");
  page.single("holdfast_connections_opened_total", "counter", stats.opened, "Connections opened.");
  page.single("holdfast_connections_reused_total", "counter", stats.reused,
              "Attempts given to a connection that had been given one before.");
  page.begin("holdfast_connections_closed_total", "counter", "Connections closed, by why.");
  for (auto cause = CloseCause::idle_expiry; cause <= CloseCause::connect_failed;
       cause = static_cast<CloseCause>(static_cast<int>(cause) + 1)) {
    page.sample(stats.closed(cause), {{"cause", name(cause)}});
  }
  page.single("holdfast_pool_waiting", "gauge", stats.waiting,
              "Attempts in line for a connection, or for their dial.");
  page.begin("holdfast_pool_wait_seconds", "summary", "Waits for a slot in the pool.");
  page.sample(plain_seconds(stats.pool_wait_time), {}, "_sum");
  page.sample(stats.pool_waits, {}, "_count");
}

}  // namespace

std::string to_prometheus(const ClientStats& stats, const std::vector<OriginStats>& origins,
                          const Parameters& labels) {
  Page page(labels);
  requests(page, stats);
  attempts(page, stats);
  connections(page, stats, origins);
  return page.take();
}

}  // namespace holdfast
