// The kinds of trouble that the field taught (docs/kinds.md), each in cases of its own where the
// outcome is certain: nothing goes wrong but the one thing. INVARIANTS 57 to 60 and 65.
#include <algorithm>
#include <string>

#include "fault_server/script/line.h"
#include "proptests/simulation/gen.h"
#include "proptests/simulation/reach.h"
#include "proptests/simulation/trial.h"

namespace proof {
namespace {

using holdfast::ErrorCode;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Transport any_transport() {
  static constexpr Transport kAll[] = {Transport::h1, Transport::h2_cleartext, Transport::h1_tls,
                                       Transport::h2_tls};
  return kAll[gen::number(0, 3)];
}

/// One attempt each, and time enough for it.
Case one_attempt(Transport transport) {
  Case c = gen::plain();
  c.transport = transport;
  c.options.retry.max_attempts = 1;
  c.options.timeouts.connect = seconds(20);
  c.options.timeouts.read = c.options.timeouts.write = seconds(20);
  c.options.timeouts.pool = holdfast::kOff;
  c.link.min_latency = microseconds(gen::number(0, 2000));
  c.link.max_latency = c.link.min_latency + microseconds(gen::number(0, 5000));
  c.driver = gen::driver();
  return c;
}

/// A request of any method whose response is due in this case.
RequestPlan get_or_post() {
  RequestPlan request;
  request.at = microseconds(gen::number(0, 100'000));
  request.path = "/p0";
  if (gen::one_in(2)) {
    request.method = "POST";
    request.body = gen::body();
    request.body.fails = false;
  }
  return request;
}

std::string outcome_of(const Seen& seen) {
  if (!seen.settled()) return "never ended";
  if (seen.error) return std::string(name(seen.error->code));
  return "status " + std::to_string(seen.response->status);
}

// --- 57 ------------------------------------------------------------------------------------------

Case early_uploads() {
  Case c = one_attempt(any_transport());
  c.options.pool = gen::pool_policy();
  if (is_h2(c.transport)) c.options.http2 = gen::http2_policy();
  c.options.http2.ping_timeout = seconds(20);
  if (gen::one_in(2)) c.link.send_buffer = static_cast<std::uint32_t>(gen::number(500, 8000));
  c.script = scenario_of(
      {"/p0 : " + gen::early_step("drain") + "; " + gen::early_step("drain") + "; loop"});
  for (fault::Rule& rule : c.script.rules) {
    for (fault::Step& step : rule.script.steps) {
      std::erase_if(step.extra, [](const auto& word) { return word.first == "says"; });
    }
  }
  c.requests = gen::requests(5, [] {
    RequestPlan request = get_or_post();
    request.method = gen::one_in(2) ? "POST" : "PUT";
    request.body = gen::upload();
    request.streaming = gen::one_in(3);
    request.storing = !request.streaming && gen::one_in(2);
    return request;
  });
  return c;
}

RC_GTEST_PROP(WholeRequest, inv_57_an_early_success_does_not_cut_the_upload, ()) {
  must_hold(gen::made(early_uploads), [](const Case&, const Report& report, auto& findings) {
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const Seen& seen = report.seen[i];
      if (seen.response && seen.response->is_success() && seen.response->request_complete) continue;
      findings.push_back("inv_57: " + name_of(i) + " did not complete: " + outcome_of(seen));
    }
  });
}

RC_GTEST_PROP(WholeRequest, inv_57_what_the_server_declines_is_not_sent, ()) {
  const Case c = gen::made([] {
    Case declined = early_uploads();
    declined.script = scenario_of({"/p0 : " + gen::early_step(gen::one_in(2) ? "close" : "reset")});
    return declined;
  });
  must_hold(c);
}

// --- 58 ------------------------------------------------------------------------------------------

Case stalled() {
  Case c = one_attempt(any_transport());
  c.options.timeouts.connect = c.options.timeouts.read = c.options.timeouts.write =
      gen::ms(500, 3000);
  c.options.http2.ping_timeout = gen::ms(500, 3000);
  if (gen::one_in(2)) c.options.timeouts.first_byte = gen::ms(500, 3000);
  c.options.pool.idle_expiry = seconds(60);
  c.hosts.front().named = gen::one_in(2);  // so that a dial has several steps
  c.link.max_latency = c.link.min_latency;
  if (gen::one_in(2)) {
    c.driver.stall_chance = 0.2;
    c.driver.max_stall = gen::ms(1, 8000);
  } else {
    c.driver.stall_turn = static_cast<std::uint64_t>(gen::number(1, 30));
    c.driver.stall = gen::ms(1, 8000);
  }
  c.script = scenario_of({"/p0 : 200 delay=0ms..100ms body=fill:3000; loop"});
  c.requests = gen::requests(8, [] {
    RequestPlan request = get_or_post();
    request.at = gen::ms(0, 3000);
    return request;
  });
  return c;
}

RC_GTEST_PROP(OwnTime, inv_58_no_request_fails_because_the_clients_loop_stood_still, ()) {
  must_hold(gen::made(stalled), [](const Case&, const Report& report, auto& findings) {
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      if (report.seen[i].response) continue;
      findings.push_back("inv_58: " + name_of(i) + " failed: " + outcome_of(report.seen[i]));
    }
  });
}

RC_GTEST_PROP(OwnTime, inv_58_a_fin_in_the_receive_buffer_fails_no_request, ()) {
  Case c = gen::made([] {
    Case quick = stalled();
    quick.transport = gen::one_in(2) ? Transport::h1 : Transport::h1_tls;
    quick.link.min_latency = quick.link.max_latency = milliseconds(1);
    return quick;
  });
  if (is_tls(c.transport)) {
    c.tls_script = "pass idle=200ms";
  } else {
    c.script = scenario_of({"/p0 : 200 body=text:hello", "connection : pass idle=200ms"});
  }
  must_hold(c, [](const Case& stalling, const Report& report, auto& findings) {
    const Duration race = 3 * stalling.link.max_latency + milliseconds(1);
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const Seen& seen = report.seen[i];
      if (seen.response || seen.timeline().size() == 0) continue;
      // A request that was submitted right behind a response on its connection goes without a look.
      const auto right_behind = [&](const Seen& other) {
        return other.ended && seen.submitted >= *other.ended &&
               seen.submitted - *other.ended < milliseconds(10);
      };
      if (std::any_of(report.seen.begin(), report.seen.end(), right_behind)) continue;
      // A close that crosses the request on its way is nobody's fault.
      const Instant sent = seen.submitted + seen.timeline().last().connected;
      const auto crosses = [&](const fault::Entry& entry) {
        const Duration apart = instant_of(entry) - sent;
        return entry.type == fault::EntryType::kConnClose && apart > -race && apart < race;
      };
      if (std::any_of(report.journal.begin(), report.journal.end(), crosses)) continue;
      findings.push_back("inv_58: " + name_of(i) +
                         " failed over a close that had long arrived: " + outcome_of(seen));
    }
  });
}

// --- 59 ------------------------------------------------------------------------------------------

Case hung_dial() {
  Case c = one_attempt(any_transport());
  c.options.timeouts.connect = gen::ms(200, 4000);
  if (gen::one_in(2))
    c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(1, 4));
  c.options.pool.max_idle = std::min(c.options.pool.max_idle, c.options.pool.max_connections);
  const std::string many = gen::one_in(3) ? " x2" : "";
  if (is_tls(c.transport)) {
    static constexpr const char* kHow[] = {"stall@tls", "reset@tls", "close@tls"};
    c.tls_script = kHow[gen::number(0, 2)] + many + "; pass";
  }
  c.script = scenario_of({"/p0 : 200 body=text:hello"});
  if (!is_tls(c.transport)) {
    c.script.connections = scenario_of({"connection : refuse" + many + "; pass"}).connections;
  }
  const Duration at = gen::ms(0, 50);
  c.requests = gen::requests(20, [at] {
    RequestPlan request = get_or_post();
    request.at = at + microseconds(gen::number(0, 500));
    return request;
  });
  return c;
}

RC_GTEST_PROP(Isolation, inv_59_a_dial_that_fails_costs_its_owner_alone, ()) {
  must_hold(gen::made(hung_dial), [](const Case& c, const Report& report, auto& findings) {
    const std::string script =
        c.tls_script + (c.script.connections.empty()
                            ? std::string()
                            : fault::print_script(c.script.connections[0].script));
    const std::size_t may_fail = script.find("x2") == script.npos ? 1 : 2;
    std::size_t failed = 0;
    for (const Seen& seen : report.seen) failed += seen.response ? 0U : 1U;
    if (failed <= may_fail) return;
    findings.push_back("inv_59: " + std::to_string(may_fail) + " dials failed, and " +
                       std::to_string(failed) + " requests with them");
  });
}

// --- 60 ------------------------------------------------------------------------------------------

Case paused_consumers() {
  Case c = one_attempt(gen::one_in(2) ? Transport::h2_cleartext : Transport::h2_tls);
  c.options.timeouts.pool = seconds(2);
  c.options.timeouts.read = gen::ms(1000, 5000);
  c.options.http2 = gen::http2_policy();
  c.options.http2.ping_timeout = seconds(2);
  // More than a stream's window, and together more than the connection's.
  const bool small = c.options.http2.stream_window_bytes < 100'000;
  c.script = scenario_of({"/large : 200 body=fill:" + std::string(small ? "80000" : "300000"),
                          "/p0 : 200 body=fill:2000"});
  const std::int64_t paused = gen::number(1, small ? 18 : 5);
  for (std::int64_t i = 0; i < paused; ++i) {
    RequestPlan request;
    request.at = microseconds(gen::number(0, 100'000));
    request.path = "/large";
    request.streaming = true;
    request.reactions = {{gen::one_in(2) ? Reaction::When::on_head : Reaction::When::on_body,
                          Reaction::Act::pause, seconds(60)},
                         {Reaction::When::later, Reaction::Act::cancel, seconds(30)}};
    c.requests.push_back(request);
  }
  const std::int64_t others = gen::number(1, 8);
  for (std::int64_t i = 0; i < others; ++i) {
    RequestPlan request;
    request.at = milliseconds(500) + microseconds(gen::number(0, 1'000'000));
    request.path = "/p0";
    request.streaming = gen::one_in(3);
    c.requests.push_back(request);
  }
  return c;
}

RC_GTEST_PROP(Starvation, inv_60_paused_consumers_starve_nobody, ()) {
  must_hold(gen::made(paused_consumers), [](const Case& c, const Report& report, auto& findings) {
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const Seen& seen = report.seen[i];
      if (c.requests[seen.plan].path == "/large" || seen.response) continue;
      findings.push_back("inv_60: " + name_of(i) + " was starved: " + outcome_of(seen));
    }
  });
}

// --- 65 ------------------------------------------------------------------------------------------

Case leaving() {
  Case c = gen::anything(any_transport());
  for (HostPlan& host : c.hosts) {
    host.named = true;
    if (gen::one_in(2)) host.lookups = {holdfast::sim::NameAnswer::Kind::silence};
  }
  c.hook.kind = gen::one_in(2) ? Case::HookPlan::Kind::waits : Case::HookPlan::Kind::none;
  c.hook.most = milliseconds(500);
  c.hook.forgets = static_cast<std::uint32_t>(gen::number(1, 3));
  for (RequestPlan& request : c.requests) {
    request.storing = !request.streaming && gen::one_in(2);
    Reaction reaction;
    reaction.wait = microseconds(gen::number(0, 2'000'000));
    if (gen::one_in(2)) request.reactions.push_back(reaction);
  }
  c.shut_down_at = gen::ms(500, 8000);
  c.gracefully = false;
  if (gen::one_in(2)) gen::add_slow_disks(c);
  return c;
}

RC_GTEST_PROP(Exits, inv_65_a_cancel_a_deadline_and_a_shutdown_act_at_once, ()) {
  must_hold(gen::made(leaving));
}

// --- The table -----------------------------------------------------------------------------------

/// Runs last: the properties above have met each kind often enough to prove something. With few
/// cases (HOLDFAST_PROP_N) nothing is asked.
TEST(KindsMet, each_kind_was_met_often_enough) {
  const Reach& reach = Reach::instance();
  if (reach.runs() < 1500) return;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Reached::count_); ++i) {
    const auto kind = static_cast<Reached>(i);
    // What the simulation meets elsewhere: content_test, frames_test and redirects_test.
    if (kind == Reached::coding_left || kind == Reached::redirect_left) continue;
    EXPECT_GE(reach[kind], 3U) << name(kind);
  }
}

}  // namespace
}  // namespace proof
