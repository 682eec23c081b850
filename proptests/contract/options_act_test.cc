// Options that no other test sees act from outside: each is changed, and wire, trace or outcome
// change with it. The table of which test shows which option is in options_covered_test.cc.
#include <gtest/gtest.h>
#include <uv.h>

#include <array>
#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "holdfast/client.h"
#include "proptests/simulation/case.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/wire_view.h"

namespace proof {
namespace {

using holdfast::ClientOptions;
using holdfast::DelaySource;
using holdfast::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<Transport, 4> kTransports = {Transport::h1, Transport::h1_tls,
                                                  Transport::h2_tls, Transport::h2_cleartext};

Case one(const std::string& script, Transport transport = Transport::h1) {
  Case c;
  c.transport = transport;
  c.script = scenario_of({"/p0 : " + script});
  RequestPlan request;
  request.path = "/p0";
  c.requests = {request};
  return c;
}

std::size_t connections(const Report& report) {
  std::set<std::uint64_t> serials;
  for (const fault::Entry& entry : report.journal) {
    if (entry.type == fault::EntryType::kConnOpen) serials.insert(entry.conn);
  }
  return serials.size();
}

/// What the first request ended with: none if it was answered.
ErrorCode error_of(const Case& c) {
  const Report report = run_case(c);
  const Seen& seen = report.seen.front();
  EXPECT_TRUE(seen.settled());
  return seen.error ? seen.error->code : ErrorCode::none;
}

TEST(OptionsAct, a_fixed_address_is_of_one_host_and_port) {
  Case c = one("200");
  c.hosts.front().named = true;
  c.hosts.front().lookups.assign(4, holdfast::sim::NameAnswer::Kind::not_found);
  EXPECT_EQ(error_of(c), ErrorCode::dns_not_found);
  c.options.resolve = {{"h0.test", 80, "10.0.1.1"}};
  EXPECT_EQ(error_of(c), ErrorCode::none);
  c.options.resolve = {{"h0.test", 0, "10.0.1.1"}};
  EXPECT_EQ(error_of(c), ErrorCode::none);
  c.options.resolve = {{"h0.test", 81, "10.0.1.1"}};
  EXPECT_EQ(error_of(c), ErrorCode::dns_not_found);
  c.options.resolve = {{"h1.test", 80, "10.0.1.1"}};
  EXPECT_EQ(error_of(c), ErrorCode::dns_not_found);
  c.options.resolve = {{"h0.test", 80, "10.0.9.9"}};
  EXPECT_EQ(error_of(c), ErrorCode::connect_refused);
}

TEST(OptionsAct, retry_after_is_heeded_on_the_statuses_that_are_named) {
  Case c = one("500 ra=7; 200");
  const auto source = [&] { return run_case(c).seen.front().timeline()[1].delay_source; };
  EXPECT_EQ(source(), DelaySource::backoff);
  c.options.retry.retry_after_statuses = {500};
  EXPECT_EQ(source(), DelaySource::retry_after);
}

TEST(OptionsAct, errors_are_retried_that_are_added_and_not_those_taken_away) {
  Case c = one("200");
  c.hosts.front().named = true;
  c.hosts.front().lookups = {holdfast::sim::NameAnswer::Kind::not_found};
  EXPECT_EQ(error_of(c), ErrorCode::dns_not_found);
  c.options.retry.errors.add(ErrorCode::dns_not_found);
  EXPECT_EQ(error_of(c), ErrorCode::none);

  Case full = one("200 delay=3s");
  full.options.pool.max_connections = 1;
  full.requests.resize(2, full.requests.front());
  EXPECT_FALSE(run_case(full).seen.back().error);
  full.options.retry.errors.remove(ErrorCode::pool_timeout);
  const Report report = run_case(full);
  ASSERT_TRUE(report.seen.back().error);
  EXPECT_EQ(report.seen.back().error->code, ErrorCode::pool_timeout);
  EXPECT_EQ(report.seen.back().timeline().attempts(), 1U);
}

TEST(OptionsAct, a_budget_bounds_the_retries_of_all_requests_together) {
  Case c = one("503");
  c.requests.resize(6, c.requests.front());
  const auto retries = [&] {
    const Report report = run_case(c);
    const WireView wire(report);
    std::size_t n = 0;
    for (std::size_t i = 0; i < report.seen.size(); ++i) n += wire.attempts_of(i).size() - 1;
    return n;
  };
  EXPECT_EQ(retries(), 6U * 4);
  c.options.retry.budget.burst = 3;
  c.options.retry.budget.ratio = 0.001;
  EXPECT_EQ(retries(), 3U);
  for (std::size_t i = 0; i < 6; ++i) c.requests[i].at = seconds(100 * i);
  EXPECT_EQ(retries(), 3U);
  c.options.retry.budget.ratio = 0.5;
  EXPECT_EQ(retries(), 5U);  // the first of six finds it full, the others earn two and a half
}

TEST(OptionsAct, fields_are_counted_on_every_transport) {
  for (const Transport transport : kTransports) {
    Case c = one("200 bad=many:100", transport);
    EXPECT_EQ(error_of(c), ErrorCode::none);
    c.options.limits.max_header_count = 50;
    EXPECT_EQ(error_of(c), ErrorCode::head_too_large);
  }
}

TEST(OptionsAct, interim_responses_are_counted_on_every_transport) {
  for (const Transport transport : kTransports) {
    Case c = one("200 interim=103x5", transport);
    EXPECT_EQ(error_of(c), ErrorCode::none);
    c.options.limits.max_interim_bytes = 50;
    EXPECT_EQ(error_of(c), ErrorCode::interim_too_large);
    c.options.limits.max_interim_bytes = 1000;
    EXPECT_EQ(error_of(c), ErrorCode::none);
  }
}

TEST(OptionsAct, streams_beyond_ours_go_to_another_connection) {
  Case c = one("200 delay=100ms", Transport::h2_cleartext);
  c.requests.resize(4, c.requests.front());
  EXPECT_EQ(connections(run_case(c)), 1U);
  c.options.http2.max_streams = 2;
  EXPECT_EQ(connections(run_case(c)), 2U);
}

TEST(OptionsAct, a_ratio_counts_once_its_grace_is_used_up) {
  Case c = one("200 body=fill:500000 coding=gzip");  // some five hundred to one
  EXPECT_EQ(error_of(c), ErrorCode::none);
  c.options.decode.max_ratio = 10;
  EXPECT_EQ(error_of(c), ErrorCode::none);
  c.options.decode.ratio_grace_bytes = 10'000;
  EXPECT_EQ(error_of(c), ErrorCode::expansion_too_large);
  c.options.decode.max_ratio = 0;
  EXPECT_EQ(error_of(c), ErrorCode::none);
}

/// Bytes that a server could send to readers who took nothing of them.
std::uint64_t sent_to_paused(std::uint32_t of_stream, std::uint32_t of_connection, int readers) {
  Case c = one("200 body=random:900000", Transport::h2_cleartext);
  c.options.http2.stream_window_bytes = of_stream;
  c.options.http2.connection_window_bytes = of_connection;
  RequestPlan& request = c.requests.front();
  request.streaming = true;
  request.reactions = {{Reaction::When::on_head, Reaction::Act::pause, seconds(60)}};
  // Whoever ends a stream gives its window back, and others are sent more: the line is cut first.
  c.host_lost_at = seconds(5);
  c.shut_down_at = seconds(6);
  c.requests.resize(static_cast<std::size_t>(readers), c.requests.front());
  return run_case(c).bytes_carried;
}

TEST(OptionsAct, windows_bound_what_a_paused_reader_is_sent) {
  constexpr std::uint64_t kHeads = 10'000;  // and frames, both ways
  const auto within = [](std::uint64_t bytes, std::uint64_t window) {
    EXPECT_GE(bytes, window);
    EXPECT_LE(bytes, window + kHeads);
  };
  within(sent_to_paused(65'535, 1 << 22, 1), 65'535);
  within(sent_to_paused(300'000, 1 << 22, 1), 300'000);
  within(sent_to_paused(300'000, 1 << 22, 3), 900'000);
  // What paused readers hold is not taken from the connection's window (invariant 60).
  within(sent_to_paused(300'000, 400'000, 3), 900'000);
}

TEST(OptionsAct, the_window_of_a_connection_bounds_what_is_under_way) {
  const auto took = [](std::uint32_t window) {
    Case c = one("200 body=random:900000", Transport::h2_cleartext);
    c.link.min_latency = c.link.max_latency = milliseconds(50);
    c.options.http2.stream_window_bytes = 1 << 20;
    c.options.http2.connection_window_bytes = window;
    const Seen seen = run_case(c).seen.front();
    return *seen.ended - seen.submitted;
  };
  EXPECT_LT(took(1 << 22), milliseconds(700));
  EXPECT_GT(took(65'535), seconds(1));
}

TEST(OptionsAct, a_suspect_has_the_time_of_a_ping) {
  const auto closed_after = [](Duration ping_timeout) {
    Case c = one("200; h2.silent", Transport::h2_cleartext);
    c.options.retry.max_attempts = 1;
    c.options.timeouts.read = seconds(1);
    c.options.http2.ping_timeout = ping_timeout;
    c.requests.resize(2, c.requests.front());
    c.requests.back().at = seconds(1);
    const Report report = run_case(c);
    EXPECT_EQ(report.seen.back().error->code, ErrorCode::read_timeout);
    for (const fault::Entry& entry : report.journal) {
      if (entry.type != fault::EntryType::kConnClose) continue;
      EXPECT_EQ(entry.closed_by, fault::ClosedBy::kClient);
      return Duration(entry.t_ns) - seconds(2);  // when the read timeout came
    }
    ADD_FAILURE() << "it was never closed";
    return Duration{0};
  };
  for (const Duration time : {Duration(milliseconds(200)), Duration(seconds(7))}) {
    EXPECT_GE(closed_after(time), time);
    EXPECT_LE(closed_after(time), time + milliseconds(10));
  }
}

TEST(OptionsAct, frames_without_content_are_counted) {
  Case c = one("h2.ping count=1000; 200", Transport::h2_cleartext);
  c.options.retry.max_attempts = 1;
  EXPECT_EQ(error_of(c), ErrorCode::none);
  c.options.http2.flood_allowance = 500;
  EXPECT_EQ(error_of(c), ErrorCode::peer_flooding);
}

TEST(OptionsAct, the_signal_is_left_alone_where_it_is_asked_to) {
  const auto handler_with = [](bool ignore) {
    std::signal(SIGPIPE, SIG_DFL);
    uv_loop_t loop;
    uv_loop_init(&loop);
    {
      ClientOptions options;
      options.ignore_sigpipe = ignore;
      holdfast::Client client(&loop, options);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop), 0);
    return std::signal(SIGPIPE, SIG_IGN);
  };
  EXPECT_EQ(handler_with(false), SIG_DFL);
  EXPECT_EQ(handler_with(true), SIG_IGN);
}

}  // namespace
}  // namespace proof
