// Invariants 29, 31–35, 37: who gets which connection, and which must not be used again.
#include <algorithm>
#include <string>
#include <vector>

#include "proptests/simulation/checks.h"
#include "proptests/simulation/gen.h"
#include "proptests/simulation/trial.h"
#include "proptests/simulation/wire_view.h"

namespace proof {
namespace {

using holdfast::ErrorCode;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

RequestPlan get(Duration at, std::uint32_t host = 0, std::string path = "/p0") {
  RequestPlan request;
  request.at = at;
  request.host = host;
  request.path = std::move(path);
  return request;
}

Case in_line() {
  Case c = gen::plain();
  c.options.retry.max_attempts = 1;
  c.options.timeouts.pool = seconds(600);
  c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(1, 4));
  c.options.pool.max_idle = static_cast<std::uint32_t>(
      gen::number(0, static_cast<std::int64_t>(c.options.pool.max_connections)));
  c.link = gen::link();
  c.link.syn_lost = 0;
  c.driver = gen::driver();
  c.script = scenario_of({"/p0 : 200 delay=0..50ms; 404; 200 says=close; 204 delay=5ms; loop"});
  c.requests = gen::requests(40, [] { return get(microseconds(gen::number(0, 200'000))); });
  return c;
}

RC_GTEST_PROP(Connections, inv_31_waiters_of_an_origin_are_served_in_order, ()) {
  must_hold(gen::made(in_line), [](const Case& c, const Report& report, auto& findings) {
    Instant last{};
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const Seen& seen = report.seen[i];
      const Instant served = seen.submitted + seen.timeline().last().connected;
      if (served < last) findings.push_back("inv_31_fifo: " + name_of(i) + " overtook");
      last = served;
      if (!seen.response) findings.push_back(name_of(i) + " got no answer");
    }
    if (c.options.pool.max_connections != 1) return;
    const WireView wire(report);
    for (std::size_t i = 1; i < report.seen.size(); ++i) {
      if (wire.attempts_of(i).front()->head->seq < wire.attempts_of(i - 1).front()->head->seq) {
        findings.push_back("inv_31_fifo: " + name_of(i) + " overtook at the server");
      }
    }
  });
}

/// A burst beyond the pool at a healthy server: attempts fail by their wait in line alone.
Case burst() {
  Case c = gen::plain();
  c.options.retry.max_attempts = static_cast<std::uint32_t>(gen::number(2, 6));
  c.options.retry.backoff = gen::retry_policy().backoff;
  c.options.timeouts.pool = gen::ms(5, 500);
  c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(1, 4));
  c.options.pool.max_idle = c.options.pool.max_connections;
  c.link.min_latency = c.link.max_latency = microseconds(gen::number(0, 2000));
  c.driver = gen::driver();
  c.driver.stall_chance = 0;
  c.observed = gen::one_in(2);
  if (gen::one_in(3)) c.hook.kind = Case::HookPlan::Kind::signs;
  c.script = scenario_of({"/p0 : 200 delay=" + std::to_string(gen::number(10, 300)) + "ms"});
  // All of them or none, since a source is opened before its request enters the queue.
  const bool sourced = gen::one_in(3);
  c.requests = gen::requests(40, [sourced] {
    RequestPlan request = get(microseconds(gen::number(0, 20'000)));
    if (sourced) {
      request.method = "PUT";
      request.body.kind = BodyPlan::Kind::factory;
      request.body.size = 100;
    }
    if (gen::one_in(5)) {
      request.reactions = {{Reaction::When::later, Reaction::Act::cancel, gen::ms(0, 2000)}};
    }
    return request;
  });
  return c;
}

RC_GTEST_PROP(Connections, inv_31_a_burst_keeps_its_order_and_its_connections_busy, ()) {
  must_hold(gen::made(burst), [](const Case& c, const Report& report, auto& findings) {
    const Duration slack =
        Trial(c, report).lateness() + 4 * c.link.max_latency + c.driver.close_delay;
    const std::size_t connections = c.options.pool.max_connections;
    std::vector<Instant> given_back;  // by the requests that were served so far
    Instant last{};
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const Seen& seen = report.seen[i];
      const holdfast::AttemptRecord& record = seen.timeline().last();
      if (record.connected.count() < 0) {
        const bool patient = seen.timeline().attempts() == c.options.retry.max_attempts;
        if (!seen.cancelled && !patient) findings.push_back(name_of(i) + " gave up early");
        continue;
      }
      const Instant served = seen.submitted + record.connected;
      if (served < last) findings.push_back("inv_31_fifo: " + name_of(i) + " overtook");
      last = served;
      Instant due = seen.submitted;
      if (given_back.size() >= connections) {
        std::sort(given_back.begin(), given_back.end());
        due = std::max(due, given_back[given_back.size() - connections]);
      }
      if (served > due + slack) {
        findings.push_back("inv_31_fifo: " + name_of(i) + " stood in line for " +
                           std::to_string((served - due).count()) +
                           "ns while a connection was free");
      }
      given_back.push_back(*seen.ended);
    }
  });
}

Case good_and_bad_hosts() {
  Case c = gen::plain();
  c.options.retry.max_attempts = static_cast<std::uint32_t>(gen::number(1, 3));
  c.options.timeouts.connect = gen::ms(100, 2000);
  c.options.timeouts.pool = seconds(60);
  c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(2, 6));
  c.options.pool.max_idle = 2;
  c.hosts.resize(2);
  c.hosts[1].addresses = {static_cast<HostPlan::Door>(gen::number(1, 3))};
  c.requests = gen::requests(40, [] {
    return get(microseconds(gen::number(0, 100'000)),
               static_cast<std::uint32_t>(gen::number(0, 1)));
  });
  c.script = scenario_of({"/p0 : 200 delay=1ms"});
  return c;
}

RC_GTEST_PROP(Connections, inv_32_a_dead_origin_does_not_starve_another, ()) {
  must_hold(gen::made(good_and_bad_hosts), [](const Case& c, const Report& report, auto& findings) {
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const Seen& seen = report.seen[i];
      if (c.requests[seen.plan].host != 0) continue;
      // At worst every connection is a dial to the dead one when this request comes; the first that
      // gives up is the good one's, and 40 answers take 40 times a few milliseconds.
      if (!seen.response ||
          *seen.ended - seen.submitted > c.options.timeouts.connect + milliseconds(400)) {
        findings.push_back("inv_32_no_starve: " + name_of(i) + " waited too long");
      }
    }
  });
}

Case dirty_answers() {
  static constexpr std::array<std::string_view, 13> kDirty = {"200 length=-10 body=fill:100",
                                                              "200 says=close",
                                                              "200 poison=200",
                                                              "200 version=1.0",
                                                              "404 length=+5 body=fill:20",
                                                              "200 chunked=bad-size body=fill:90",
                                                              "200 length=none",
                                                              "204 force_body body=fill:10",
                                                              "200 early=stay",
                                                              "503 says=close",
                                                              "200 does=close",
                                                              "200 chunked=bad-crlf body=fill:40",
                                                              "200 does=reset"};
  Case c = gen::plain();
  c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(1, 3));
  c.options.pool.max_idle = c.options.pool.max_connections;
  c.options.limits.drain_bytes = static_cast<std::uint64_t>(gen::number(0, 3000));
  const auto dirty = [] {
    return std::string(kDirty.at(static_cast<std::size_t>(gen::number(0, kDirty.size() - 1))));
  };
  c.script = scenario_of({"/p0 : " + dirty() + "; " + dirty() + "; loop",
                          "/p1 : 503 body=fill:2000; 200 body=fill:100 chunked; loop"});
  c.requests = gen::requests(30, [] {
    RequestPlan request =
        get(microseconds(gen::number(0, 100'000)), 0, gen::one_in(2) ? "/p1" : "/p0");
    request.streaming = gen::one_in(3);
    request.reactions = gen::reactions();
    if (gen::one_in(4)) request.method = "HEAD";
    return request;
  });
  return c;
}

RC_GTEST_PROP(Connections, inv_33_dirty_connections_are_not_used_again, ()) {
  must_hold(gen::made(dirty_answers));
}

RC_GTEST_PROP(Connections, inv_34_an_unasked_answer_is_nobodys, ()) {
  const Case made = gen::made([] {
    Case c = gen::plain();
    const std::int64_t delay_ms = gen::number(0, 40);
    c.script = scenario_of(
        {"/p0 : 200 body=text:mine poison=" + std::string(gen::one_in(2) ? "200" : "503") +
         " poison_delay=" + std::to_string(delay_ms) + "ms"});
    c.link.min_latency = c.link.max_latency = microseconds(gen::number(0, 2000));
    // Each comes when the poison of the one before has arrived, so nothing can cross.
    const Duration gap = milliseconds(delay_ms) + 4 * c.link.max_latency + milliseconds(1);
    const std::int64_t count = gen::number(2, 8);
    for (std::int64_t i = 0; i < count; ++i) c.requests.push_back(get(i * gap));
    return c;
  });
  must_hold(made, [](const Case&, const Report& report, auto& findings) {
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      const Seen& seen = report.seen[i];
      if (!seen.response || seen.response->body != "mine" || seen.timeline().attempts() != 1 ||
          seen.timeline().last().reused) {
        findings.push_back("inv_34_unsolicited: " + name_of(i) + " met an unasked answer");
      }
    }
  });
}

RC_GTEST_PROP(Connections, inv_35_idle_connections_expire_and_are_not_handed_out, ()) {
  const Case made = gen::made([] {
    Case c = gen::plain();
    c.options.pool.idle_expiry = gen::ms(5, 300);
    const bool server_closes = gen::one_in(2);
    c.script = scenario_of({"/p0 : 200"});
    if (server_closes) c.script = scenario_of({"connection : pass idle=100ms", "/p0 : 200"});
    c.driver = gen::driver();
    c.requests = gen::requests(30, [] { return get(microseconds(gen::number(0, 3'000'000))); });
    return c;
  });
  must_hold(made, [](const Case&, const Report& report, auto& findings) {
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      if (!report.seen[i].response) findings.push_back(name_of(i) + " got no answer");
    }
  });
}

Case races() {
  Case c = gen::plain();
  c.options.retry.max_attempts = static_cast<std::uint32_t>(gen::number(2, 5));
  c.options.retry.replay_stale = !gen::one_in(5);
  c.link.min_latency = c.link.max_latency = microseconds(gen::number(0, 3000));
  c.link.lingering_close = gen::one_in(2);
  c.script = scenario_of({"/first : 200 race=" + std::string(gen::one_in(2) ? "fin" : "reset"),
                          "/p0 : 200 body=text:mine"});
  c.requests.push_back(get(Duration{0}, 0, "/first"));
  RequestPlan second = get(milliseconds(50));
  second.method = gen::one_in(2) ? "POST" : gen::one_in(2) ? "PUT" : "GET";
  if (second.method != "GET") second.body = gen::body();
  second.body.fails = false;
  c.requests.push_back(second);
  return c;
}

RC_GTEST_PROP(Connections, inv_37_a_race_with_the_close_is_replayed_once_if_it_may_be, ()) {
  must_hold(gen::made(races), [](const Case& c, const Report& report, auto& findings) {
    const Seen& seen = report.seen[1];
    const bool one_shot = c.requests[1].body.kind == BodyPlan::Kind::one_shot;
    const bool repeatable = c.requests[1].method != "POST" && !(one_shot && seen.first_read);
    if (!seen.timeline()[0].reused) findings.push_back("inv_37: the race did not take place");
    if (repeatable) {
      const bool at_once = seen.timeline().size() == 2 &&
                           seen.timeline()[1].delay_source == holdfast::DelaySource::immediate;
      if (!seen.response || seen.response->body != "mine" || seen.timeline().attempts() != 2 ||
          at_once != c.options.retry.replay_stale) {
        findings.push_back("inv_37_stale_race: was not replayed as it should be");
      }
    } else if (!seen.error || seen.timeline().attempts() != 1 ||
               is_transient(seen.error->code) == false ||
               seen.error->replay != holdfast::ReplayClass::probably_unprocessed) {
      findings.push_back("inv_37_stale_race: the POST was not surfaced as perhaps unprocessed");
    }
  });
}

Case crowds() {
  Case c = gen::anything();
  c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(1, 4));
  c.options.pool.max_per_origin = static_cast<std::uint32_t>(
      gen::number(0, static_cast<std::int64_t>(c.options.pool.max_connections)));
  c.options.pool.max_idle = static_cast<std::uint32_t>(
      gen::number(0, static_cast<std::int64_t>(c.options.pool.max_connections)));
  c.driver.close_delay = gen::ms(0, 50);  // closing ones count as well
  for (RequestPlan& request : c.requests) request.at /= 20;
  return c;
}

RC_GTEST_PROP(Connections, inv_29_limits_hold_at_every_instant, ()) {
  must_hold(gen::made(crowds));
}

}  // namespace
}  // namespace proof
