// Invariant 36 and all the others where requests go four ways at once: straight, through a proxy as
// one user or another, to a Unix domain socket. The proxy writes down what it could read.
//
// Proxies are not among the choices of gen::anything(): the rig has no timeouts and no journal of
// its own, so that with lost SYNs, hosts that vanish, chunked uploads or tiny buffers the general
// judges would be judging the rig.
#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include "holdfast/authorization.h"
#include "proptests/simulation/gen.h"
#include "proptests/simulation/trial.h"
#include "proptests/simulation/wire_view.h"

namespace proof {
namespace {

using holdfast::ErrorCode;
using holdfast::ProxyPolicy;
using holdfast::RequestPolicy;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// --- Ways ----------------------------------------------------------------------------------------

enum class Way : std::uint8_t { straight, as_a, as_b, unix_socket };

ProxyPolicy proxy_as(const std::string& user) {
  const std::string url = "http://" + user + ":pw@" + std::string(kProxy);
  return {url, url, {}};
}

/// The client's own way is as user a; requests say where theirs differs.
void send_by(Way way, RequestPlan& request) {
  if (way == Way::as_a) return;
  request.policy = RequestPolicy{};
  if (way == Way::straight) request.policy->proxy = ProxyPolicy{};
  if (way == Way::as_b) request.policy->proxy = proxy_as("b");
  if (way == Way::unix_socket) request.policy->unix_socket = socket_of(request.host);
}

Way way_of(const RequestPlan& request) {
  if (!request.policy) return Way::as_a;
  if (request.policy->unix_socket) return Way::unix_socket;
  return request.policy->proxy->empty() ? Way::straight : Way::as_b;
}

std::string_view listener_of(Transport transport, Way way) {
  static constexpr std::array<std::string_view, 4> kNames = {"h1", "via-a", "via-b", "via-unix"};
  if (way == Way::straight && is_tls(transport)) return "tls";
  return kNames.at(static_cast<std::size_t>(way));
}

// --- What must hold ------------------------------------------------------------------------------

bool is_proxy_authorization(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name == "proxy-authorization";
}

/// At the origin: every request came its own way, and without what is the proxy's.
void judge_origin(const Case& c, const Report& report, std::vector<std::string>& findings) {
  std::map<std::uint64_t, std::string_view> listeners;
  for (const fault::Entry& entry : report.journal) {
    if (entry.type == fault::EntryType::kConnOpen) listeners[entry.conn] = entry.listener;
    if (entry.type != fault::EntryType::kReqHead) continue;
    for (const auto& [field, value] : entry.headers) {
      if (is_proxy_authorization(field)) findings.emplace_back("the origin saw credentials");
    }
  }
  const WireView wire(report);
  for (std::size_t i = 0; i < report.seen.size(); ++i) {
    const Way way = way_of(c.requests[report.seen[i].plan]);
    for (const WireAttempt* attempt : wire.attempts_of(i)) {
      if (listeners[attempt->head->conn] == listener_of(c.transport, way)) continue;
      findings.push_back("inv_36: " + name_of(i) + " came by " +
                         std::string(listeners[attempt->head->conn]));
    }
  }
}

/// At the proxy: whose a connection is stays so; who asks is who should; nothing of https is read.
void judge_proxy(const Case& c, const Report& report, std::vector<std::string>& findings) {
  for (const std::string& complaint : report.proxy_complaints) {
    findings.push_back("the proxy complains: " + complaint);
  }
  std::map<std::uint64_t, std::string> users;
  for (const ProxyRig::Request& request : report.proxied) {
    const auto [at, fresh] = users.emplace(request.connection, request.authorization);
    if (!fresh && at->second != request.authorization) {
      findings.emplace_back("inv_36: one connection for two users");
    }
    if ((request.method == "CONNECT") != is_tls(c.transport)) {
      findings.push_back("the proxy was asked to " + request.method);
    }
    if (request.id.empty()) continue;
    const auto seen = static_cast<std::size_t>(std::stoul(request.id.substr(1)));
    const Way way = way_of(c.requests[report.seen[seen].plan]);
    const bool as_b = request.authorization == holdfast::basic_authorization("b", "pw");
    if (way != (as_b ? Way::as_b : Way::as_a)) findings.push_back(request.id + " asked as another");
  }
  if (!is_tls(c.transport)) return;
  for (const std::string_view secret : {"X-Request-Id", "PRI * HTTP/2.0", "GET /p0"}) {
    if (report.proxy_read.find(secret) != std::string::npos) {
      findings.push_back("the proxy could read " + std::string(secret));
    }
  }
}

void judge_ways(const Case& c, const Report& report, std::vector<std::string>& findings) {
  judge_origin(c, report, findings);
  judge_proxy(c, report, findings);
}

// --- Four ways at once ---------------------------------------------------------------------------

ProxyAct act() {
  // Relaying stands first, that failing cases shrink to it, and often, that something is relayed.
  static constexpr std::array<ProxyAct, 14> kActs = {
      ProxyAct::relays,        ProxyAct::relays,  ProxyAct::relays,
      ProxyAct::relays,        ProxyAct::relays,  ProxyAct::relays_in_pieces,
      ProxyAct::resets_later,  ProxyAct::refuses, ProxyAct::unavailable,
      ProxyAct::resets,        ProxyAct::closes,  ProxyAct::talks_garbage,
      ProxyAct::says_too_much, ProxyAct::stalls};
  return kActs.at(static_cast<std::size_t>(gen::number(0, kActs.size() - 1)));
}

Case four_ways(Transport transport) {
  Case c = gen::plain();
  c.transport = transport;
  c.options.proxy = proxy_as("a");
  c.options.retry.max_attempts = static_cast<std::uint32_t>(gen::number(1, 4));
  c.options.timeouts.connect = seconds(2);
  c.options.timeouts.pool = seconds(60);
  c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(3, 50));
  c.options.pool.max_idle = static_cast<std::uint32_t>(gen::number(0, 3));
  c.options.pool.idle_expiry = gen::ms(100, 30'000);
  c.link.max_read = gen::one_in(3) ? 7 : 64 * 1024;
  c.driver = gen::driver();
  c.proxy.emplace();
  for (std::int64_t i = gen::number(1, 6); i > 0; --i) c.proxy->acts.push_back(act());
  const std::int64_t hosts = gen::number(1, 2);
  c.hosts.assign(static_cast<std::size_t>(hosts), HostPlan{});
  for (HostPlan& host : c.hosts) host.named = gen::one_in(2);
  c.script = scenario_of({"/p0 : 200 body=random:2000", "/p1 : 503; 200 body=random:30; loop",
                          "/p2 : close; 200; loop", "/p3 : 200 says=close"});
  for (fault::Rule& rule : c.script.rules) rule.per = fault::Per::kRequest;
  c.requests = gen::requests(is_tls(transport) ? 10 : 25, [hosts] {
    RequestPlan request;
    request.at = microseconds(gen::number(0, 2'000'000));
    request.host = static_cast<std::uint32_t>(gen::number(0, hosts - 1));
    request.path = "/p" + std::to_string(gen::number(0, 3));
    if (gen::one_in(3)) request.method = gen::one_in(2) ? "POST" : "PUT";
    if (request.method != "GET") request.body.kind = BodyPlan::Kind::bytes;
    if (request.method != "GET")
      request.body.size = static_cast<std::uint32_t>(gen::number(0, 900));
    request.streaming = gen::one_in(4);
    send_by(static_cast<Way>(gen::number(0, 3)), request);
    return request;
  });
  return c;
}

RC_GTEST_PROP(Proxies, inv_36_four_ways_never_mix_in_cleartext, ()) {
  must_hold(gen::made([] { return four_ways(Transport::h1); }), judge_ways);
}

RC_GTEST_PROP(Proxies, inv_36_four_ways_never_mix_through_tunnels, ()) {
  must_hold(
      gen::made([] { return four_ways(gen::one_in(2) ? Transport::h2_tls : Transport::h1_tls); }),
      judge_ways);
}

// --- What a tunnel's failures mean ---------------------------------------------------------------

struct Expected {
  std::uint32_t attempts = 0;
  ErrorCode error = ErrorCode::none;
};

/// SPEC R1, R2, R4, R5 for a request that goes through tunnels which fail in these ways.
Expected expected(const Case& c) {
  const bool replayable = c.requests.front().method == "GET";
  const bool unsent = c.options.retry.non_idempotent == holdfast::NonIdempotent::unsent;
  Expected e;
  for (const ProxyAct act : c.proxy->acts) {
    ++e.attempts;
    e.error = ErrorCode::none;
    switch (act) {
      case ProxyAct::relays:
      case ProxyAct::relays_in_pieces:
        return e;
      case ProxyAct::refuses:
        e.error = ErrorCode::proxy_refused;
        return e;
      case ProxyAct::talks_garbage:
      case ProxyAct::says_too_much:
        e.error = ErrorCode::protocol_error;
        return e;
      case ProxyAct::unavailable:
        e.error = ErrorCode::proxy_unavailable;
        break;
      case ProxyAct::closes:
        e.error = ErrorCode::connection_closed;
        break;
      case ProxyAct::stalls:
        e.error = ErrorCode::connect_timeout;
        break;
      case ProxyAct::resets:
      case ProxyAct::resets_later:
        e.error = ErrorCode::connection_reset;
        break;
    }
    if (e.attempts == c.options.retry.max_attempts || (!replayable && !unsent)) return e;
  }
  return e;
}

Case one_through_a_tunnel() {
  Case c = gen::plain();
  c.transport = gen::one_in(2) ? Transport::h2_tls : Transport::h1_tls;
  c.options.proxy = proxy_as("a");
  c.options.timeouts.connect = milliseconds(500);
  c.options.retry.max_attempts = static_cast<std::uint32_t>(gen::number(1, 5));
  if (gen::one_in(2)) c.options.retry.non_idempotent = holdfast::NonIdempotent::unsent;
  c.proxy.emplace();
  while (c.proxy->acts.size() < 5) {
    const ProxyAct next = act();
    // It strikes while TLS is being agreed on only where that takes its time.
    if (next != ProxyAct::resets_later) c.proxy->acts.push_back(next);
  }
  c.script = scenario_of({"/p0 : 200"});
  RequestPlan request;
  request.path = "/p0";
  if (gen::one_in(2)) request.method = "POST";
  c.requests = {request};
  return c;
}

RC_GTEST_PROP(Proxies, a_tunnel_that_fails_is_retried_as_a_connection_that_was_not_made, ()) {
  must_hold(gen::made(one_through_a_tunnel), [](const Case& c, const Report& report, auto& found) {
    judge_ways(c, report, found);
    const Seen& seen = report.seen.front();
    const Expected e = expected(c);
    const ErrorCode error = seen.error ? seen.error->code : ErrorCode::none;
    if (error != e.error) {
      found.push_back("ended with " + std::string(name(error)) + " and not with " +
                      std::string(name(e.error)));
    }
    if (seen.timeline().attempts() != e.attempts) {
      found.push_back("made " + std::to_string(seen.timeline().attempts()) + " attempts and not " +
                      std::to_string(e.attempts));
    }
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      const holdfast::AttemptRecord& record = seen.timeline()[k];
      if (record.error == ErrorCode::none) continue;
      if (record.phase != holdfast::Phase::tunnel) found.emplace_back("failed in another phase");
      if (record.bytes_sent != 0) found.emplace_back("sent something of the request");
    }
  });
}

RC_GTEST_PROP(Proxies, a_burst_through_a_proxy_asks_for_one_tunnel_at_a_time, ()) {
  const bool opens = gen::one_in(2);
  const Case made = gen::made([opens] {
    Case c = gen::plain();
    c.transport = Transport::h2_tls;
    c.options.proxy = proxy_as("a");
    c.options.retry.max_attempts = 1;
    c.proxy.emplace();
    c.proxy->acts = {opens ? ProxyAct::relays : ProxyAct::refuses};
    c.script = scenario_of({"/p0 : 200 delay=0..20ms"});
    c.requests = gen::requests(60, [] {
      RequestPlan request;
      request.path = "/p0";
      request.at = microseconds(gen::number(0, 3));
      return request;
    });
    return c;
  });
  must_hold(made, [opens](const Case& c, const Report& report, auto& findings) {
    judge_ways(c, report, findings);
    // A tunnel that is refused costs the request whose dial it was (R12), and no other.
    if (report.proxied.size() != (opens ? 1 : report.seen.size())) {
      findings.emplace_back("inv_39: " + std::to_string(report.proxied.size()) + " tunnels");
    }
    for (const Seen& seen : report.seen) {
      const ErrorCode error = seen.error ? seen.error->code : ErrorCode::none;
      if (error != (opens ? ErrorCode::none : ErrorCode::proxy_refused)) {
        findings.push_back("ended with " + std::string(name(error)));
      }
    }
  });
}

}  // namespace
}  // namespace proof
