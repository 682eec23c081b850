// Invariants 36, 41, 42 and 44: connections are shared only by those who may share them, answers of
// a smuggler's shape end their connection, floods cost what the limits say and no more, and a
// cancelled answer takes nothing away from a connection's window.
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "proptests/simulation/gen.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/trial.h"
#include "proptests/simulation/wire_view.h"

namespace proof {
namespace {

using holdfast::ErrorCode;
using holdfast::Http2;
using std::chrono::milliseconds;
using std::chrono::seconds;

RequestPlan get(Duration at) {
  RequestPlan request;
  request.at = at;
  request.path = "/p0";
  return request;
}

template <std::size_t N>
std::string one_of(const std::array<std::string_view, N>& choices) {
  return std::string(choices.at(static_cast<std::size_t>(gen::number(0, N - 1))));
}

std::map<std::uint64_t, const fault::Entry*> closes_of(const Report& report) {
  std::map<std::uint64_t, const fault::Entry*> closes;
  for (const fault::Entry& entry : report.journal) {
    if (entry.type == fault::EntryType::kConnClose) closes[entry.conn] = &entry;
  }
  return closes;
}

// --- 36 ------------------------------------------------------------------------------------------

/// Two names at one address, with certificates that are good for both, and requests that want
/// HTTP/2 or do not: all the same to the network, and not to each other.
Case neighbours() {
  Case c = gen::plain();
  c.transport = gen::one_in(3) ? Transport::h1 : Transport::h2_tls;
  c.script = scenario_of({"/p0 : 200 delay=0..30ms body=text:hello"});
  c.hosts.assign(2, HostPlan{});
  c.hosts[0].named = c.hosts[1].named = true;
  c.options.resolve = {{"h0.test", 0, "10.0.1.1"}, {"h1.test", 0, "10.0.1.1"}};
  c.options.timeouts.pool = seconds(60);
  c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(1, 6));
  c.options.pool.max_idle = c.options.pool.max_connections;
  c.requests = gen::requests(20, [] {
    RequestPlan request = get(milliseconds(gen::number(0, 300)));
    request.host = static_cast<std::uint32_t>(gen::number(0, 1));
    if (gen::one_in(3)) {
      request.policy.emplace();
      request.policy->http2 = Http2::off;
    }
    return request;
  });
  return c;
}

RC_GTEST_PROP(Hostile, inv_36_connections_are_shared_within_one_key_only, ()) {
  must_hold(gen::made(neighbours), [](const Case& c, const Report& report, auto& findings) {
    const WireView wire(report);
    for (const auto& [serial, carried] : wire.connections()) {
      for (const WireAttempt* attempt : carried) {
        if (attempt->asked("Host") != carried.front()->asked("Host")) {
          findings.emplace_back("inv_36: two hosts on one connection");
        }
      }
    }
    for (const Seen& seen : report.seen) {
      const RequestPlan& plan = c.requests[seen.plan];
      const bool plain = plan.policy && plan.policy->http2 == Http2::off;
      const int wanted = c.transport == Transport::h2_tls && !plain ? 2 : 1;
      if (!seen.response || seen.response->http_major != wanted) {
        findings.emplace_back("inv_36: answered over a connection of the other protocol");
      }
    }
  });
}

// --- 41 ------------------------------------------------------------------------------------------

std::string smuggled() {
  static constexpr std::array<std::string_view, 20> kShapes = {"framing=same-lengths",
                                                               "framing=conflicting-lengths",
                                                               "framing=list-length",
                                                               "framing=length-and-chunked",
                                                               "framing=te-identity",
                                                               "framing=te-gzip",
                                                               "framing=te-unknown",
                                                               "framing=te-twice",
                                                               "framing=te-not-last",
                                                               "framing=te-space-before-colon",
                                                               "bad=nul",
                                                               "bad=bare-lf",
                                                               "bad=bare-cr",
                                                               "bad=no-colon",
                                                               "bad=space-before-colon",
                                                               "chunked=bad-size",
                                                               "chunked=negative-size",
                                                               "chunked=huge-size",
                                                               "chunked=bad-crlf",
                                                               "chunked=bare-lf"};
  return "200 " + one_of(kShapes) + " body=fill:" + std::to_string(gen::number(20, 2000));
}

Case smuggler() {
  Case c = gen::plain();
  c.transport = gen::one_in(2) ? Transport::h1 : Transport::h1_tls;
  c.script = scenario_of({"/p0 : " + smuggled() + "; 200 body=text:clean"});
  c.script.rules.front().per = fault::Per::kGlobal;
  c.link = gen::link();
  c.link.syn_lost = 0;
  c.requests = {get(Duration{0}), get(seconds(100))};
  c.requests.front().streaming = gen::one_in(3);
  return c;
}

RC_GTEST_PROP(Hostile, inv_41_a_smugglers_answer_is_an_error_and_the_end_of_its_connection, ()) {
  must_hold(gen::made(smuggler), [](const Case&, const Report& report, auto& findings) {
    const Seen& first = report.seen.front();
    if (!first.error || first.error->code != ErrorCode::protocol_error) {
      findings.emplace_back("inv_41: it was believed");
      return;
    }
    if (first.timeline().attempts() != 1) findings.emplace_back("inv_41: it was tried again");
    const auto closes = closes_of(report);
    const auto found = closes.find(1);
    if (found == closes.end() || instant_of(*found->second) > *first.ended + seconds(1)) {
      findings.emplace_back("inv_41: the connection was not closed at once");
    }
    const Seen& second = report.seen.back();
    if (!second.response || second.body() != "clean" || second.timeline()[0].reused) {
      findings.emplace_back("inv_41: the next request did not start anew");
    }
  });
}

/// RFC 9112 §6.1: an HTTP/1.0 message with Transfer-Encoding may be delivered, but its connection
/// is not to be trusted any further.
TEST(Hostile, inv_41_a_coded_answer_of_http_1_0_costs_its_connection) {
  Case c;
  c.script = scenario_of({"/p0 : 200 framing=te-http10 body=fill:20"});
  c.requests = {get(Duration{0}), get(seconds(1))};
  const Report report = run_case(c);
  EXPECT_FALSE(report.seen.back().timeline()[0].reused);
}

// --- 42 ------------------------------------------------------------------------------------------

struct Flood {
  const char* script;
  ErrorCode code;
  unsigned where;  ///< 1: HTTP/1.1, 2: HTTP/2
  ErrorCode or_else = code;
};

Flood flood() {
  static constexpr std::array<Flood, 10> kFloods = {
      {{"200 bad=endless", ErrorCode::head_too_large, 3},
       {"200 bad=huge:100M", ErrorCode::head_too_large, 1},
       {"200 bad=many:100000", ErrorCode::head_too_large, 3},
       {"200 interim=103xendless", ErrorCode::interim_too_large, 3, ErrorCode::head_too_large},
       {"200 body=fill:100M", ErrorCode::body_too_large, 3},
       {"h2.continuation kind=endless", ErrorCode::head_too_large, 2},
       {"h2.continuation kind=flood count=100000", ErrorCode::head_too_large, 2},
       {"h2.hpack kind=bomb", ErrorCode::head_too_large, 2},
       {"h2.settings count=100000", ErrorCode::peer_flooding, 2},
       {"h2.ping count=100000", ErrorCode::peer_flooding, 2}}};
  return kFloods.at(static_cast<std::size_t>(gen::number(0, kFloods.size() - 1)));
}

RC_GTEST_PROP(Hostile, inv_42_a_flood_costs_what_the_limits_say, ()) {
  const Flood what = *rc::gen::exec([] { return flood(); });
  Case c = gen::plain();
  const bool h2 = what.where == 2 || (what.where == 3 && gen::one_in(2));
  c.transport = h2 ? Transport::h2_cleartext : Transport::h1;
  if (gen::one_in(2)) c.transport = h2 ? Transport::h2_tls : Transport::h1_tls;
  c.script = scenario_of({std::string("/p0 : ") + what.script});
  c.options.limits.max_head_bytes = static_cast<std::size_t>(gen::number(1000, 64 * 1024));
  c.options.limits.max_body_bytes = static_cast<std::uint64_t>(gen::number(1, 1 << 20));
  c.options.retry.max_attempts = 1;  // peer_flooding is retried: a peer may be ill for a while
  c.requests = {get(Duration{0})};
  must_hold(c, [&](const Case& a, const Report& report, auto& findings) {
    const Seen& seen = report.seen.front();
    if (!seen.error || (seen.error->code != what.code && seen.error->code != what.or_else)) {
      findings.push_back(std::string("inv_42: ") + what.script + " was told otherwise");
      return;
    }
    // What was taken from the wire before it was cut off: the limit, and what was in the way.
    const std::uint64_t limit = what.code == ErrorCode::body_too_large
                                    ? a.options.limits.max_body_bytes
                                    : a.options.limits.max_head_bytes;
    constexpr std::uint64_t kUnderWay = 1 << 20;
    if (report.bytes_carried > limit + kUnderWay) {
      findings.push_back(std::string("inv_42: ") + what.script + " was let in for " +
                         std::to_string(report.bytes_carried) + " bytes");
    }
  });
}

// --- 44 ------------------------------------------------------------------------------------------

/// Answers that together are many times the connection's window, each cancelled on the way, and
/// then one that is wanted.
Case cancelled_downloads() {
  Case c = gen::plain();
  c.transport = gen::one_in(2) ? Transport::h2_cleartext : Transport::h2_tls;
  c.script = scenario_of({"/p0 : 200 body=random:150000"});
  c.options.http2.stream_window_bytes = c.options.http2.connection_window_bytes = 65'535;
  c.link.max_latency = milliseconds(gen::number(1, 20));
  for (int i = 0; i < 12; ++i) {
    RequestPlan request = get(milliseconds(200 * i));
    request.streaming = gen::one_in(2);
    Reaction reaction;
    reaction.when = request.streaming ? Reaction::When::on_body : Reaction::When::later;
    reaction.act = Reaction::Act::cancel;
    reaction.wait = milliseconds(gen::number(1, 120));
    request.reactions = {reaction};
    c.requests.push_back(request);
  }
  c.requests.push_back(get(seconds(10)));
  return c;
}

RC_GTEST_PROP(Hostile, inv_44_cancelled_answers_take_nothing_from_the_connections_window, ()) {
  must_hold(gen::made(cancelled_downloads), [](const Case&, const Report& report, auto& findings) {
    const Seen& last = report.seen.back();
    if (!last.response || last.body().size() != 150'000) {
      findings.emplace_back("inv_44: the last download did not get through");
    } else if (last.timeline().attempts() != 1) {
      findings.emplace_back("inv_44: the last download was held up");
    }
    std::set<std::uint64_t> serials;
    for (const fault::Entry& entry : report.journal) serials.insert(entry.conn);
    if (serials.size() != 1) findings.emplace_back("inv_44: a cancel cost the connection");
  });
}

}  // namespace
}  // namespace proof
