// The page compared with its golden text, and parsed by an independent parser.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>

#include "holdfast/stats.h"

namespace holdfast {
namespace {

using std::chrono::milliseconds;

/// Maps the left side of every sample to its value; checks that the page is well-formed.
std::map<std::string, double> parse(const std::string& page) {
  std::map<std::string, double> samples;
  std::set<std::string> seen;
  std::istringstream in(page);
  std::string metric, type;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("# HELP ")) {
      metric = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(seen.insert(metric).second) << metric << " occurs twice";
      continue;
    }
    if (line.starts_with("# TYPE ")) {
      EXPECT_EQ(line.substr(7, metric.size()), metric);
      type = line.substr(8 + metric.size());
      EXPECT_TRUE(type == "counter" || type == "gauge" || type == "histogram" || type == "summary");
      EXPECT_EQ(type == "counter", metric.ends_with("_total")) << metric;
      continue;
    }
    const std::size_t space = line.rfind(' ');
    if (space == line.npos) {
      ADD_FAILURE() << line;
      continue;
    }
    EXPECT_TRUE(line.starts_with(metric)) << line;
    EXPECT_TRUE(samples.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second)
        << line << " occurs twice";
  }
  return samples;
}

ClientStats some_stats() {
  ClientStats stats;
  stats.submitted = 7;
  stats.succeeded = 4;
  stats.failed = 1;
  stats.cancelled = 1;
  stats.in_flight = 1;
  stats.request_errors.add(ErrorCode::deadline_exceeded);
  stats.durations.add(milliseconds(5));
  stats.durations.add(milliseconds(6));
  stats.durations.add(milliseconds(60'000));
  stats.attempts = 9;
  stats.attempt_errors.add(ErrorCode::none);
  stats.attempt_errors.add(ErrorCode::connection_reset);
  stats.attempt_errors.add(ErrorCode::read_timeout);
  stats.retries_backoff = 2;
  stats.retries_retry_after = 1;
  stats.retries_immediate = 1;
  stats.stale_replays = 1;
  stats.retries_by_error.add(ErrorCode::none);
  stats.retries_by_error.add(ErrorCode::connection_reset);
  stats.budget_refusals = 3;
  stats.bytes_sent = 1234;
  stats.bytes_received = 5678;
  stats.pool_waits = 2;
  stats.pool_wait_time = milliseconds(1500);
  stats.idle = 3;
  stats.busy = 4;
  stats.opening = 5;
  stats.closing = 6;
  stats.waiting = 7;
  stats.opened = 20;
  stats.reused = 30;
  stats.closed_by_peer = 8;
  stats.connect_failed = 9;
  return stats;
}

TEST(Prometheus, everything_counted_can_be_read_back) {
  auto samples = parse(to_prometheus(some_stats()));
  EXPECT_EQ(samples.at("http_client_request_duration_seconds_bucket{le=\"0.005\"}"), 1);
  EXPECT_EQ(samples.at("http_client_request_duration_seconds_bucket{le=\"0.01\"}"), 2);
  EXPECT_EQ(samples.at("http_client_request_duration_seconds_bucket{le=\"2.5\"}"), 2);
  EXPECT_EQ(samples.at("http_client_request_duration_seconds_bucket{le=\"10\"}"), 2);
  EXPECT_EQ(samples.at("http_client_request_duration_seconds_bucket{le=\"+Inf\"}"), 3);
  EXPECT_EQ(samples.at("http_client_request_duration_seconds_count"), 3);
  EXPECT_DOUBLE_EQ(samples.at("http_client_request_duration_seconds_sum"), 60.011);
  EXPECT_EQ(samples.at("http_client_active_requests"), 1);
  EXPECT_EQ(samples.at("holdfast_requests_total{outcome=\"response\"}"), 4);
  EXPECT_EQ(samples.at("holdfast_requests_total{outcome=\"error\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_requests_total{outcome=\"cancelled\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_request_errors_total{error_type=\"deadline_exceeded\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_attempts_total"), 9);
  EXPECT_EQ(samples.at("holdfast_attempt_errors_total{error_type=\"read_timeout\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_retries_total{delay_source=\"backoff\"}"), 2);
  EXPECT_EQ(samples.at("holdfast_retries_total{delay_source=\"retry_after\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_retries_total{delay_source=\"immediate\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_retry_causes_total{error_type=\"status\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_retry_causes_total{error_type=\"connection_reset\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_stale_replays_total"), 1);
  EXPECT_EQ(samples.at("holdfast_budget_refusals_total"), 3);
  EXPECT_EQ(samples.at("holdfast_timeouts_total{timeout=\"read\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_timeouts_total{timeout=\"total\"}"), 1);
  EXPECT_EQ(samples.at("holdfast_timeouts_total{timeout=\"pool\"}"), 0);
  EXPECT_EQ(samples.at("holdfast_sent_bytes_total"), 1234);
  EXPECT_EQ(samples.at("holdfast_received_bytes_total"), 5678);
  EXPECT_EQ(samples.at("http_client_open_connections{http_connection_state=\"active\"}"), 4);
  EXPECT_EQ(samples.at("http_client_open_connections{http_connection_state=\"idle\"}"), 3);
  EXPECT_EQ(samples.at("holdfast_connections_opening"), 5);
  EXPECT_EQ(samples.at("holdfast_connections_closing"), 6);
  EXPECT_EQ(samples.at("holdfast_connections_opened_total"), 20);
  EXPECT_EQ(samples.at("holdfast_connections_reused_total"), 30);
  EXPECT_EQ(samples.at("holdfast_connections_closed_total{cause=\"by_peer\"}"), 8);
  EXPECT_EQ(samples.at("holdfast_connections_closed_total{cause=\"connect_failed\"}"), 9);
  EXPECT_EQ(samples.at("holdfast_pool_waiting"), 7);
  EXPECT_EQ(samples.at("holdfast_pool_wait_seconds_count"), 2);
  EXPECT_EQ(samples.at("holdfast_pool_wait_seconds_sum"), 1.5);
}

TEST(Prometheus, the_text_is_what_it_was) {
  const std::string page = to_prometheus(some_stats());
  const std::string begin =
      "# HELP holdfast_retries_total Retries decided on, by where their wait is from.\n"
      "# TYPE holdfast_retries_total counter\n"
      "holdfast_retries_total{delay_source=\"backoff\"} 2\n"
      "holdfast_retries_total{delay_source=\"retry_after\"} 1\n"
      "holdfast_retries_total{delay_source=\"immediate\"} 1\n"
      "# HELP holdfast_retry_causes_total Retries decided on, by what the attempt ended with.\n"
      "# TYPE holdfast_retry_causes_total counter\n"
      "holdfast_retry_causes_total{error_type=\"status\"} 1\n"
      "holdfast_retry_causes_total{error_type=\"connection_reset\"} 1\n"
      "# HELP holdfast_stale_replays_total Immediate retries of requests that met a stale "
      "connection.\n"
      "# TYPE holdfast_stale_replays_total counter\n"
      "holdfast_stale_replays_total 1\n";
  EXPECT_NE(page.find(begin), page.npos) << page;
  EXPECT_EQ(page.back(), '\n');
  EXPECT_EQ(page.find("\n\n"), page.npos);
}

TEST(Prometheus, labels_stand_on_every_sample_escaped) {
  const auto samples =
      parse(to_prometheus(some_stats(), {}, {{"client", "a\"b\\c\nd"}, {"9 bad-name", "x"}}));
  for (const auto& [sample, value] : samples) {
    EXPECT_NE(sample.find("{client=\"a\\\"b\\\\c\\nd\",_9_bad_name=\"x\""), sample.npos) << sample;
  }
}

TEST(Prometheus, origins_are_told_by_server_address_and_port) {
  std::vector<OriginStats> origins;
  origins.push_back({"http://example.org:80", 1, 2, 3, 4});
  origins.push_back({"https://[::1]:8443", 5, 6, 7, 8});
  const auto samples = parse(to_prometheus(some_stats(), origins));
  EXPECT_EQ(samples.at("http_client_open_connections{http_connection_state=\"idle\","
                       "server_address=\"example.org\",server_port=\"80\",url_scheme=\"http\"}"),
            1);
  EXPECT_EQ(samples.at("http_client_open_connections{http_connection_state=\"active\","
                       "server_address=\"::1\",server_port=\"8443\",url_scheme=\"https\"}"),
            6);
  EXPECT_EQ(samples.count("http_client_open_connections{http_connection_state=\"idle\"}"), 0U);
}

TEST(Prometheus, an_origin_with_several_ways_to_it_is_one_sample) {
  std::vector<OriginStats> origins;
  origins.push_back({"http://example.org:80", 1, 2, 0, 0});
  origins.push_back({"http://example.org:80", 10, 20, 0, 0});  // of another kind of connection
  origins.emplace_back();
  origins.back().origin = "http://example.org:80 via http://proxy.test:8080";
  origins.back().idle = 100;
  origins.back().busy = 200;
  const auto samples = parse(to_prometheus(some_stats(), origins));
  EXPECT_EQ(samples.at("http_client_open_connections{http_connection_state=\"idle\","
                       "server_address=\"example.org\",server_port=\"80\",url_scheme=\"http\"}"),
            111);
}

TEST(Prometheus, a_new_client_has_nothing_but_zeros) {
  for (const auto& [sample, value] : parse(to_prometheus({}))) EXPECT_EQ(value, 0) << sample;
}

}  // namespace
}  // namespace holdfast
