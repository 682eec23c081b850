// Invariant 9: what is reported is what happened. One fault is injected into every attempt of one
// request; whatever the link, the transport, the method and the number of attempts, each attempt's
// record names that fault's code and phase, and so does the error in the end.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "proptests/simulation/gen.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/trial.h"

namespace proof {
namespace {

using holdfast::ErrorCode;
using holdfast::Phase;
using holdfast::sim::NameAnswer;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr unsigned kH1 = 1, kH1Tls = 2, kH2Tls = 4, kH2 = 8;
constexpr unsigned kAll = 15, kTls = kH1Tls | kH2Tls, kPlain = kH1 | kH2, kOnlyH1 = kH1 | kH1Tls,
                   kOnlyH2 = kH2 | kH2Tls;
constexpr std::array<std::pair<unsigned, Transport>, 4> kTransports = {
    {{kH1, Transport::h1},
     {kH1Tls, Transport::h1_tls},
     {kH2Tls, Transport::h2_tls},
     {kH2, Transport::h2_cleartext}}};

struct Fault {
  std::string script = {};
  ErrorCode code{};
  std::vector<Phase> phases;  ///< where it may be noticed
  unsigned where = kAll;
  std::string connection = {};  ///< a rule for connections
  std::string handshake = {};
  HostPlan::Door door = HostPlan::Door::serves;
  std::optional<NameAnswer::Kind> lookup = {};
  std::uint32_t upload = 0;  ///< a PUT of so many bytes

  std::string text() const { return script + connection + handshake; }
};

using enum Phase;
using Door = HostPlan::Door;

std::vector<Fault> faults_unsent() {
  return {
      {.code = ErrorCode::connect_refused, .phases = {connect}, .door = Door::refuses},
      {.code = ErrorCode::connect_unreachable, .phases = {connect}, .door = Door::unreachable},
      {.code = ErrorCode::connect_timeout, .phases = {connect}, .door = Door::black_hole},
      {.code = ErrorCode::dns_not_found, .phases = {dns}, .lookup = NameAnswer::Kind::not_found},
      {.code = ErrorCode::dns_temporary, .phases = {dns}, .lookup = NameAnswer::Kind::temporary},
      {.code = ErrorCode::connect_timeout, .phases = {dns}, .lookup = NameAnswer::Kind::silence},
      {.code = ErrorCode::connection_reset,
       .phases = {write, head},
       .where = kPlain,
       .connection = "reset@accept"},
      {.code = ErrorCode::connection_closed,
       .phases = {write, head},
       .where = kPlain,
       .connection = "close@accept"},
  };
}

std::vector<Fault> faults_in_the_handshake() {
  return {
      {.code = ErrorCode::connection_reset,
       .phases = {tls},
       .where = kTls,
       .handshake = "reset@tls"},
      {.code = ErrorCode::connection_closed,
       .phases = {tls},
       .where = kTls,
       .handshake = "close@tls"},
      {.code = ErrorCode::connect_timeout,
       .phases = {tls},
       .where = kTls,
       .handshake = "tls.stall"},
      {.code = ErrorCode::tls_handshake_failed,
       .phases = {tls},
       .where = kTls,
       .handshake = "tls.alert"},
      {.code = ErrorCode::tls_handshake_failed,
       .phases = {tls},
       .where = kTls,
       .handshake = "tls.plain"},
      {.code = ErrorCode::tls_handshake_failed,
       .phases = {tls},
       .where = kTls,
       .handshake = "tls.version version=1.1"},
      {.code = ErrorCode::certificate_rejected,
       .phases = {tls},
       .where = kTls,
       .handshake = "tls.cert cert=expired"},
      {.code = ErrorCode::certificate_rejected,
       .phases = {tls},
       .where = kTls,
       .handshake = "tls.cert cert=wrong-host"},
  };
}

std::vector<Fault> faults_while_sending() {
  return {
      {.script = "stall@reqbody:100",
       .code = ErrorCode::write_timeout,
       .phases = {write},
       .where = kOnlyH1,
       .upload = 3'000'000},
      {.code = ErrorCode::write_timeout,
       .phases = {write},
       .where = kOnlyH2,
       .connection = "h2.window kind=closed",
       .upload = 3'000'000},
      {.script = "reset@reqbody:100",
       .code = ErrorCode::connection_reset,
       .phases = {write},
       .where = kOnlyH1,
       .upload = 3'000'000},
  };
}

std::vector<Fault> faults_in_the_head() {
  return {
      {.script = "reset", .code = ErrorCode::connection_reset, .phases = {head}},
      {.script = "close", .code = ErrorCode::connection_closed, .phases = {head}},
      {.script = "stall", .code = ErrorCode::read_timeout, .phases = {head}},
      {.script = "reset@headers:10",
       .code = ErrorCode::connection_reset,
       .phases = {head},
       .where = kOnlyH1},
      {.script = "close@headers:10",
       .code = ErrorCode::response_truncated,
       .phases = {head},
       .where = kOnlyH1},
      {.script = "stall@headers:10",
       .code = ErrorCode::read_timeout,
       .phases = {head},
       .where = kOnlyH1},
      {.script = "garbage", .code = ErrorCode::protocol_error, .phases = {head}, .where = kOnlyH1},
      {.script = "200 framing=conflicting-lengths body=fill:20",
       .code = ErrorCode::protocol_error,
       .phases = {head},
       .where = kOnlyH1},
      {.script = "200 bad=huge:100k",
       .code = ErrorCode::head_too_large,
       .phases = {head},
       .where = kOnlyH1},
      {.script = "200 bad=many:5000", .code = ErrorCode::head_too_large, .phases = {head}},
      {.script = "rst code=REFUSED_STREAM",
       .code = ErrorCode::stream_refused,
       .phases = {head},
       .where = kOnlyH2},
      {.script = "rst code=CANCEL",
       .code = ErrorCode::stream_reset,
       .phases = {head},
       .where = kOnlyH2},
      {.script = "rst code=PROTOCOL_ERROR",
       .code = ErrorCode::stream_error,
       .phases = {head},
       .where = kOnlyH2},
      {.script = "goaway code=PROTOCOL_ERROR",
       .code = ErrorCode::http2_error,
       .phases = {head},
       .where = kOnlyH2},
      {.script = "h2.nostatus",
       .code = ErrorCode::protocol_error,
       .phases = {head},
       .where = kOnlyH2},
  };
}

std::vector<Fault> faults_in_the_body() {
  return {
      {.script = "reset@body:50% body=random:3000",
       .code = ErrorCode::connection_reset,
       .phases = {body}},
      {.script = "close@body:50% body=random:3000",
       .code = ErrorCode::response_truncated,
       .phases = {body}},
      {.script = "truncate body=random:3000",
       .code = ErrorCode::response_truncated,
       .phases = {body}},
      {.script = "stall@body:50% body=random:3000",
       .code = ErrorCode::read_timeout,
       .phases = {body}},
      {.script = "200 chunked=bad-size body=fill:100",
       .code = ErrorCode::protocol_error,
       .phases = {body},
       .where = kOnlyH1},
      {.script = "200 body=random:60000",
       .code = ErrorCode::body_too_large,
       .phases = {head, body}},
      {.script = "rst@body:50% code=INTERNAL_ERROR body=random:3000",
       .code = ErrorCode::stream_reset,
       .phases = {body},
       .where = kOnlyH2},
      {.script = "tls.truncate@body:50% body=random:3000 length=none",
       .code = ErrorCode::response_truncated,
       .phases = {body},
       .where = kH1Tls},
  };
}

const std::vector<Fault>& faults() {
  static const std::vector<Fault> kFaults = [] {
    std::vector<Fault> all = faults_unsent();
    for (const auto& more : {faults_in_the_handshake(), faults_while_sending(),
                             faults_in_the_head(), faults_in_the_body()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kFaults;
}

/// One request that meets the fault at each of its attempts.
Case meeting(const Fault& fault, Transport transport) {
  Case c;
  c.transport = transport;
  c.options.retry.max_attempts = 3;
  c.options.limits.max_body_bytes = 50'000;
  std::vector<std::string> lines = {"/p0 : " + (fault.script.empty() ? "200" : fault.script)};
  if (!fault.connection.empty()) lines.push_back("connection : " + fault.connection);
  c.script = scenario_of(lines);
  c.tls_script = fault.handshake;
  HostPlan& host = c.hosts.front();
  host.addresses = {fault.door};
  if (fault.lookup) {
    host.named = true;
    host.lookups.assign(5, *fault.lookup);
    c.options.dns_cache_ttl = c.options.dns_stale_ttl = Duration{0};
  }
  RequestPlan request;
  request.path = "/p0";
  if (fault.upload != 0) {
    request.method = "PUT";
    request.body = {.kind = BodyPlan::Kind::bytes};
    request.body.size = fault.upload;
  }
  c.requests = {request};
  return c;
}

void expect_cause(const Fault& fault, const Case& c, const Report& report,
                  std::vector<std::string>& findings) {
  const Seen& seen = report.seen.front();
  if (!seen.error) {
    findings.push_back("inv_09: '" + fault.text() + "' was no error");
    return;
  }
  const bool again = is_transient(fault.code) && c.requests.front().method != "POST" && !seen.head;
  const std::uint32_t attempts = again ? c.options.retry.max_attempts : 1;
  if (seen.error->attempts() != attempts) {
    findings.push_back("inv_09: '" + fault.text() + "' was met " +
                       std::to_string(seen.error->attempts()) + " times");
  }
  const auto told = [&](ErrorCode code, Phase phase, const std::string& whose) {
    const bool fits =
        std::find(fault.phases.begin(), fault.phases.end(), phase) != fault.phases.end();
    if (code == fault.code && fits) return;
    findings.push_back("inv_09: '" + fault.text() + "' is told as " + std::string(name(code)) +
                       " in " + std::string(name(phase)) + " by " + whose);
  };
  for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
    told(seen.timeline()[k].error, seen.timeline()[k].phase, "an attempt");
  }
  told(seen.error->code, seen.error->phase, "the error");
}

TEST(Causes, inv_09_every_fault_is_told_as_what_it_is_over_every_transport) {
  for (const Fault& fault : faults()) {
    for (const auto& [bit, transport] : kTransports) {
      if ((fault.where & bit) == 0) continue;
      const Case c = meeting(fault, transport);
      std::vector<std::string> findings;
      expect_cause(fault, c, run_case(c), findings);
      for (const std::string& finding : findings) ADD_FAILURE() << finding << " over " << bit;
    }
  }
}

RC_GTEST_PROP(Causes, inv_09_a_fault_is_told_as_what_it_is_whatever_is_around_it, ()) {
  const auto last = static_cast<std::int64_t>(faults().size()) - 1;
  const Fault fault = faults().at(static_cast<std::size_t>(gen::number(0, last)));
  std::vector<Transport> choice;
  for (const auto& [bit, transport] : kTransports) {
    if ((fault.where & bit) != 0) choice.push_back(transport);
  }
  // By value: rapidcheck comes back to it when this call is long over.
  const Case c = gen::made([fault, choice] {
    const auto most = static_cast<std::int64_t>(choice.size()) - 1;
    Case made = meeting(fault, choice.at(static_cast<std::size_t>(gen::number(0, most))));
    made.seed = gen::seed();
    made.options.retry.max_attempts = static_cast<std::uint32_t>(gen::number(1, 4));
    if (fault.upload == 0) {
      made.link = gen::link();
      made.link.syn_lost = 0;
      made.link.reset_overtakes = 0;  // else a reset in the body may be one before the head
    }
    made.driver = gen::driver();
    RequestPlan& request = made.requests.front();
    if (fault.upload == 0 && gen::one_in(3)) request.method = gen::one_in(2) ? "POST" : "DELETE";
    request.streaming = gen::one_in(3);
    return made;
  });
  must_hold(c, [&](const Case& a, const Report& report, auto& findings) {
    expect_cause(fault, a, report, findings);
  });
}

}  // namespace
}  // namespace proof
