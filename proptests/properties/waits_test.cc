// Invariants 21, 22, 24–28: when a client comes back, and when it gives up.
#include <algorithm>
#include <cmath>
#include <string>

#include "proptests/simulation/checks.h"
#include "proptests/simulation/gen.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/trial.h"

namespace proof {
namespace {

using holdfast::kOff;
using holdfast::StopReason;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLatency = milliseconds(1);

/// Every way takes the same time, so that gaps at the server are gaps at the client.
Case even_links() {
  Case c = gen::plain();
  c.link.min_latency = c.link.max_latency = kLatency;
  c.options.retry.max_attempts = static_cast<std::uint32_t>(gen::number(2, 6));
  return c;
}

void add_requests(Case& c, std::int64_t most) {
  const std::int64_t count = gen::number(1, most);
  for (std::int64_t i = 0; i < count; ++i) {
    RequestPlan request;
    request.at = microseconds(gen::number(0, 2'000'000));
    request.path = "/p0";
    c.requests.push_back(request);
  }
}

Case backoffs() {
  Case c = even_links();
  c.options.retry.backoff = gen::retry_policy().backoff;
  c.options.timeouts.pool = seconds(60);
  add_requests(c, 10);
  c.script = scenario_of({"/p0 : " + std::string(gen::one_in(2) ? "503" : "reset")});
  return c;
}

RC_GTEST_PROP(Waits, inv_21_backoff_bounds_hold_at_the_servers_clock, ()) {
  must_hold(gen::made(backoffs), [](const Case& c, const Report& report, auto& findings) {
    const WireView wire(report);
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const auto& attempts = wire.attempts_of(i);
      if (attempts.size() != c.options.retry.max_attempts) {
        findings.push_back(name_of(i) + " was not tried to the end");
      }
      for (std::size_t k = 1; k < attempts.size(); ++k) {
        const Range range = backoff_range(c.options.retry.backoff, static_cast<std::uint32_t>(k));
        const Duration gap = attempts[k]->at() - attempts[k - 1]->at();
        // There and back, and at most a new connection, which is two ways more.
        if (gap < range.low + 2 * kLatency || gap > range.high + 4 * kLatency + microseconds(1)) {
          findings.push_back("inv_21: " + name_of(i) + " came after " +
                             std::to_string(gap.count()) + "ns");
        }
      }
    }
  });
}

Case retry_afters() {
  static constexpr std::array<std::string_view, 26> kValues = {"0",
                                                               "1",
                                                               "2",
                                                               "120",
                                                               "007",
                                                               "1.5",
                                                               "299.997",
                                                               "-3",
                                                               "+3",
                                                               "1.",
                                                               "9223372037",
                                                               "1e10000",
                                                               "nan",
                                                               "past",
                                                               "neg",
                                                               "empty",
                                                               "two:1,2",
                                                               "two:3,1",
                                                               "list:1,2",
                                                               "date:imf+2s",
                                                               "date:rfc850+2s",
                                                               "date:asctime+3s",
                                                               "date:imf+400ms",
                                                               "date:imf-5s",
                                                               "400",
                                                               "date:imf+2s:leap"};
  Case c = even_links();
  c.options.retry.backoff.base = gen::ms(1, 500);
  c.options.retry.max_retry_after = gen::one_in(3) ? gen::ms(1000, 200'000) : seconds(300);
  c.options.retry.retry_after_jitter = gen::one_in(3) ? 0.5 : 0;
  add_requests(c, 6);
  const auto value = kValues.at(static_cast<std::size_t>(gen::number(0, kValues.size() - 1)));
  const std::string skew = gen::one_in(4)   ? " date_skew=1h"
                           : gen::one_in(4) ? " date_skew=-1h"
                                            : "";
  c.script = scenario_of({"/p0 : " + std::string(gen::one_in(2) ? "503" : "429") +
                          " ra=" + std::string(value) + skew + " x" +
                          std::to_string(gen::number(1, 3)) + "; 200"});
  if (gen::one_in(3)) c.wall_jumps.push_back({gen::ms(0, 3000), gen::ms(0, 7'200'000)});
  return c;
}

RC_GTEST_PROP(Waits, inv_22_nobody_comes_back_before_retry_after, ()) {
  must_hold(gen::made(retry_afters), [](const Case& c, const Report& report, auto& findings) {
    const WireView wire(report);
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      for (const WireAttempt* attempt : wire.attempts_of(i)) {
        const double asked = attempt->answer_head ? attempt->answer_head->retry_after_s : -1;
        const double limit = std::chrono::duration<double>(c.options.retry.max_retry_after).count();
        if (asked <= limit) continue;
        // More than the limit: given up at once, with the answer in hand.
        const Seen& seen = report.seen[i];
        if (attempt != wire.attempts_of(i).back()) findings.push_back("inv_22: was tried again");
        if (!seen.response || *seen.ended - attempt->answered_at() > 2 * kLatency) {
          findings.push_back("inv_22: was not given up at once");
        }
      }
    }
  });
}

Case quick_deadlines() {
  Case c = gen::anything();
  c.options.retry.max_attempts = 6;
  // The shortest limits of all phases, then the deadline somewhere above or below their sum.
  c.options.timeouts = {};
  const Duration most = gen::ms(5, 400);
  c.options.timeouts.connect = c.options.timeouts.read = c.options.timeouts.write = most;
  c.options.timeouts.pool = most;
  c.options.timeouts.total = most + gen::ms(1, 3000);
  gen::reconcile(c);
  return c;
}

RC_GTEST_PROP(Waits, inv_24_26_nothing_outlives_its_deadline, ()) {
  must_hold(gen::made(quick_deadlines));
}

Case phases() {
  Case c = gen::plain();
  c.options.retry.max_attempts = 2;
  c.link = gen::link();
  holdfast::TimeoutPolicy& timeouts = c.options.timeouts;
  timeouts.connect = gen::ms(50, 900);
  timeouts.read = gen::ms(50, 900);
  timeouts.write = gen::ms(50, 900);
  timeouts.pool = gen::ms(50, 900);
  if (gen::one_in(2)) timeouts.first_byte = gen::ms(50, 900);
  if (gen::one_in(2)) timeouts.attempt = gen::ms(900, 3000);
  c.driver = gen::driver();
  c.options.pool.max_connections = c.options.pool.max_idle =
      static_cast<std::uint32_t>(gen::number(1, 3));
  c.hosts.front().named = gen::one_in(2);
  if (gen::one_in(4)) c.hosts.front().addresses = {HostPlan::Door::black_hole};
  add_requests(c, 6);
  static constexpr std::array<std::string_view, 8> kScripts = {"200 read_rate=0",
                                                               "stall",
                                                               "stall@body:10",
                                                               "stall@accept",
                                                               "200 delay=2s",
                                                               "200 trickle=1/40ms",
                                                               "200 body=fill:500 chunk=1/30ms",
                                                               "stall@headers:20"};
  const auto script = kScripts.at(static_cast<std::size_t>(gen::number(0, kScripts.size() - 1)));
  if (script == kScripts.front()) {  // the system takes no more of the request at some time
    c.link.send_buffer = 1000;
    for (RequestPlan& request : c.requests) {
      request.method = "PUT";
      request.body.kind = BodyPlan::Kind::bytes;
      request.body.size = 5000;
    }
  }
  const bool of_connections = script == "stall@accept";
  c.script = scenario_of({(of_connections ? "connection : " : "/p0 : ") + std::string(script)});
  return c;
}

RC_GTEST_PROP(Waits, inv_25_each_phase_times_out_with_its_own_code, ()) {
  must_hold(gen::made(phases));
}

Case trickles() {
  Case c = even_links();
  c.options.retry.max_attempts = 1;
  const std::int64_t read_ms = gen::number(20, 300);
  const std::int64_t gap_ms = gen::number(read_ms / 2, read_ms - 10);
  const std::int64_t pieces = gen::number(5, 20);
  c.options.timeouts.read = milliseconds(read_ms);
  if (gen::one_in(2)) {  // long enough to be valid, too short for the body
    c.options.timeouts = {kOff, milliseconds(read_ms), kOff, kOff};
    c.options.timeouts.total = std::max(milliseconds(read_ms), milliseconds(gap_ms * pieces / 2));
    c.options.retry.backoff.base = milliseconds(1);
  }
  add_requests(c, 3);
  for (RequestPlan& request : c.requests) request.streaming = gen::one_in(2);
  const bool head = gen::one_in(3);
  c.script = scenario_of({"/p0 : 200 body=fill:" + std::to_string(pieces) +
                          (head ? " trickle=9/" : " chunk=1/") + std::to_string(gap_ms) + "ms"});
  return c;
}

RC_GTEST_PROP(Waits, inv_25_a_trickle_defeats_the_read_timeout_but_not_the_deadline, ()) {
  must_hold(gen::made(trickles), [](const Case& c, const Report& report, auto& findings) {
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const Seen& seen = report.seen[i];
      const bool bounded = c.options.timeouts.total != kOff;
      const bool fits =
          bounded ? seen.error && seen.error->code == holdfast::ErrorCode::deadline_exceeded
                  : seen.response.has_value();
      if (!fits) findings.push_back("inv_25_phase_timeouts: " + name_of(i) + " ended otherwise");
    }
  });
}

RC_GTEST_PROP(Waits, inv_27_wall_jumps_change_no_duration, ()) {
  Case c = gen::made([] {
    Case made = gen::anything();
    // The calendar reaches the client by dates alone: none here, and no poison that races.
    made.script = scenario_of({"/p0 : 503 ra=1; 429 ra=2; 200; reset@body; loop",
                               "/p1 : 503; stall@body; 200", "/p2 : 200 delay=50ms"});
    return made;
  });
  c.wall_jumps.clear();
  const Report straight = must_hold(c);
  const std::int64_t jumps = gen::number(1, 4);
  for (std::int64_t i = 0; i < jumps; ++i) {
    c.wall_jumps.push_back({gen::ms(0, 6000), milliseconds(gen::number(-90'000'000, 90'000'000))});
  }
  const Report jumped = must_hold(c);
  RC_ASSERT(straight.seen.size() == jumped.seen.size());
  for (std::size_t i = 0; i < straight.seen.size(); ++i) {
    RC_ASSERT(straight.seen[i].ended == jumped.seen[i].ended);
    RC_ASSERT(straight.seen[i].timeline().attempts() == jumped.seen[i].timeline().attempts());
  }
}

Case coarse_loops() {
  Case c = gen::anything();
  c.link.min_latency = std::chrono::nanoseconds(gen::number(1, 999'999));
  c.link.max_latency = c.link.min_latency + std::chrono::nanoseconds(gen::number(0, 999'999));
  c.driver.timer_granularity = milliseconds(1);
  c.driver.timer_slack = std::chrono::nanoseconds(gen::number(0, 999'999));
  c.driver.callback_time = microseconds(gen::number(0, 3000));
  return c;
}

RC_GTEST_PROP(Waits, inv_28_no_timer_is_early_on_a_coarse_and_busy_loop, ()) {
  must_hold(gen::made(coarse_loops));
}

}  // namespace
}  // namespace proof
