// Invariant 54, and invariant 12 with a hook: observing changes nothing and tells the truth, and
// what a hook writes is all that differs between attempts.
#include <string>
#include <vector>

#include "proptests/simulation/gen.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/trial.h"
#include "proptests/simulation/wire_view.h"

namespace proof {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Transport transport() {
  static constexpr Transport kAll[] = {Transport::h1, Transport::h2_cleartext, Transport::h1_tls,
                                       Transport::h2_tls};
  return kAll[gen::number(0, 3)];
}

Case watched() {
  Case c = gen::anything(transport());
  c.observed = true;
  return c;
}

RC_GTEST_PROP(Observing, inv_54_counters_events_and_journal_agree, ()) {
  must_hold(gen::made(watched));
}

RC_GTEST_PROP(Observing, an_observer_changes_nothing, ()) {
  Case c = gen::made(watched);
  const Report with = run_case(c, holdfast::sim::Trace::Mode::off);
  c.observed = false;
  const Report without = run_case(c, holdfast::sim::Trace::Mode::off);
  RC_ASSERT(with.seen.size() == without.seen.size());
  for (std::size_t i = 0; i < with.seen.size(); ++i) {
    RC_ASSERT(with.seen[i].ended == without.seen[i].ended);
    RC_ASSERT(with.seen[i].events == without.seen[i].events);
  }
  RC_ASSERT(with.journal.size() == without.journal.size());
  RC_ASSERT(with.bytes_carried == without.bytes_carried);
  RC_ASSERT(with.stats.attempts == without.stats.attempts);
}

/// Statuses are all that goes wrong, so that every attempt reaches the server and every byte its
/// destination.
Case orderly() {
  Case c = gen::plain();
  c.transport = gen::one_in(2) ? Transport::h2_cleartext : Transport::h1;
  c.observed = true;
  c.driver = gen::driver();
  c.link.min_latency = c.link.max_latency = milliseconds(1);
  c.options.retry = gen::retry_policy();
  c.options.timeouts.pool = seconds(3600);
  c.options.pool = gen::pool_policy();
  c.options.pool.max_lifetime = holdfast::kOff;
  c.options.retry.max_retry_after = seconds(300);
  const std::size_t hosts = gen::one_in(2) ? 2 : 1;
  c.hosts.resize(hosts);
  c.requests = gen::requests(20, [hosts] {
    RequestPlan request = gen::request(hosts, 1);
    request.path = "/p0";
    if (request.method == "post") request.method = "POST";  // the server reads no such method
    request.reactions.clear();
    request.policy.reset();
    request.body.fails = false;
    return request;
  });
  c.script =
      scenario_of({"/p0 : 503 body=text:busy x" + std::to_string(gen::number(1, 3)) +
                   "; 429 ra=1; 500; 200 body=fill:" + std::to_string(gen::number(0, 3000))});
  if (gen::one_in(2)) {
    c.hook.kind = gen::one_in(2) ? Case::HookPlan::Kind::waits : Case::HookPlan::Kind::signs;
    c.hook.most = gen::ms(0, 500);
  }
  return c;
}

RC_GTEST_PROP(Observing, inv_54_every_number_is_the_journals_when_nothing_gets_lost, ()) {
  must_hold(gen::made(orderly), [](const Case& c, const Report& report, auto& findings) {
    const auto same = [&](const char* what, std::uint64_t counted, std::uint64_t journal) {
      if (counted == journal) return;
      findings.push_back(std::string("inv_54: ") + what + ": " + std::to_string(counted) +
                         ", and in the journal " + std::to_string(journal));
    };
    const WireView wire(report);
    std::uint64_t opened = 0, bytes_in = 0, bytes_out = 0, heads = 0, reused = 0, again = 0;
    for (const fault::Entry& entry : report.journal) {
      if (entry.type == fault::EntryType::kConnOpen) ++opened;
      if (entry.type != fault::EntryType::kConnClose) continue;
      bytes_in += entry.bytes_in;
      bytes_out += entry.bytes_out;
    }
    for (const auto& [serial, carried] : wire.connections()) {
      heads += carried.size();
      reused += carried.size() - 1;
    }
    for (std::size_t i = 0; i < report.seen.size(); ++i) again += wire.attempts_of(i).size() - 1;
    same("connections", report.stats.opened, opened);
    same("attempts", report.stats.attempts, heads);
    same("reused", report.stats.reused, reused);
    same("retries", report.stats.retries(), again);
    same("bytes received", report.stats.bytes_received, bytes_out);
    if (c.transport == Transport::h1) {
      same("bytes sent", report.stats.bytes_sent, bytes_in);
    } else {
      // A farewell (GOAWAY, RFC 9113 §6.8) leaves with the close, and is not waited for.
      constexpr std::uint64_t kGoaway = 9 + 8;
      const std::uint64_t least = bytes_in - kGoaway * opened;
      if (report.stats.bytes_sent < least || report.stats.bytes_sent > bytes_in) {
        same("bytes sent, but for farewells", report.stats.bytes_sent, bytes_in);
      }
    }
    if (c.hook.kind == Case::HookPlan::Kind::none) return;
    for (std::size_t i = 0; i < report.seen.size(); ++i) {
      std::size_t number = 0;
      for (const WireAttempt* attempt : wire.attempts_of(i)) {
        if (attempt->asked("X-Attempt") == std::to_string(++number)) continue;
        findings.push_back("inv_12: " + name_of(i) + " was signed otherwise than it was counted");
      }
    }
  });
}

Case hooked() {
  Case c = gen::anything(transport());
  c.observed = gen::one_in(2);
  c.hook.kind = gen::one_in(3) ? Case::HookPlan::Kind::signs : Case::HookPlan::Kind::waits;
  c.hook.most = gen::ms(0, 3000);
  if (gen::one_in(3)) c.hook.refuses = static_cast<std::uint32_t>(gen::number(1, 6));
  if (c.options.timeouts.attempt != holdfast::kOff && gen::one_in(2)) {
    c.hook.forgets = static_cast<std::uint32_t>(gen::number(1, 6));
    // Only the client's own timeouts are known to end what the hook forgets.
    for (RequestPlan& request : c.requests) request.policy.reset();
  }
  return c;
}

RC_GTEST_PROP(Observing, inv_12_a_hook_that_takes_its_time_breaks_no_promise, ()) {
  must_hold(gen::made(hooked));
}

}  // namespace
}  // namespace proof
