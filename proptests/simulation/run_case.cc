#include "proptests/simulation/run_case.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fault_server/sim/peer_sim.h"
#include "fault_server/tls/certificate_kit.h"
#include "holdfast/authorization.h"
#include "proptests/simulation/proxy_rig.h"
#include "proptests/simulation/user_code.h"
#include "sim/world.h"

namespace proof {

using holdfast::PeerAddress;
using holdfast::sim::Clock;
using holdfast::sim::Driver;
using holdfast::sim::End;
using holdfast::sim::NameAnswer;
using holdfast::sim::Network;
using holdfast::sim::Trace;
using holdfast::sim::World;

namespace {

/// A run that makes more events than this does not come to rest.
constexpr std::uint64_t kMostEvents = 20'000'000;

/// Where the proxy finds each host for its users, so that the journal shows whose connection it
/// was.
constexpr std::pair<const char*, std::uint16_t> kProxied[] = {{"via-a", 1001}, {"via-b", 1002}};

std::optional<PeerAddress> find_for_proxy(const Case& c, std::string_view authority,
                                          std::string_view authorization) {
  const std::string_view name = authority.substr(0, authority.find(':'));
  for (std::uint32_t host = 0; host < c.hosts.size(); ++host) {
    RequestPlan any;
    any.host = host;
    const std::string url = url_of(c, any);
    if (url.find("//" + std::string(name) + "/") == url.npos) continue;
    PeerAddress address = addresses_of(c, host).front();
    const bool is_a = authorization == holdfast::basic_authorization("a", "pw");
    if (!is_a && authorization != holdfast::basic_authorization("b", "pw")) return std::nullopt;
    address.port = kProxied[is_a ? 0 : 1].second;
    return address;
  }
  return std::nullopt;
}

void build_host(const Case& c, std::uint32_t host, World& world, fault::PeerSim& server) {
  const HostPlan& plan = c.hosts[host];
  const std::vector<PeerAddress> addresses = addresses_of(c, host);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    Network& network = world.network();
    switch (plan.addresses[i]) {
      case HostPlan::Door::serves:
        server.listen(is_tls(c.transport) ? "tls" : "h1", addresses[i]);
        break;
      case HostPlan::Door::refuses:
        break;
      case HostPlan::Door::unreachable:
        network.set_host(addresses[i], Network::HostState::unreachable);
        break;
      case HostPlan::Door::black_hole:
        network.set_host(addresses[i], Network::HostState::black_hole);
        break;
    }
  }
  if (c.proxy) {
    for (const auto& [listener, port] : kProxied) {
      PeerAddress inside = addresses.front();
      inside.port = port;
      server.listen(listener, inside);
    }
    server.listen("via-unix", world.network().door(socket_of(host)));
  }
  if (!plan.named) return;
  std::vector<NameAnswer> answers;
  for (const NameAnswer::Kind kind : plan.lookups) {
    answers.emplace_back();
    answers.back().kind = kind;
  }
  answers.emplace_back();
  answers.back().addresses = addresses;
  answers.back().max_latency = std::chrono::milliseconds(20);
  world.resolver().set_name("h" + std::to_string(host) + ".test", std::move(answers));
}

/// Everything that happens at a time of its own.
void schedule(const Case& c, World& world, Driver& driver, UserCode& user) {
  for (std::size_t i = 0; i < c.requests.size(); ++i) {
    world.at(Clock::kStart + c.requests[i].at, [&user, i] { user.send(i, false); });
  }
  for (const Case::WallJump& jump : c.wall_jumps) {
    world.at(Clock::kStart + jump.at, [&world, by = jump.by] { world.clock().jump_wall(by); });
  }
  if (c.host_lost_at) {
    world.at(Clock::kStart + *c.host_lost_at, [&world, &c] {
      world.network().set_host(addresses_of(c, 0).front(), Network::HostState::black_hole);
    });
  }
  if (c.shut_down_at) {
    world.at(Clock::kStart + *c.shut_down_at, [&driver, &user, gracefully = c.gracefully] {
      gracefully ? driver.shut_down_gracefully() : user.shut_down();
    });
  }
}

/// When the last request is sent that is sent at a time of its own.
Duration last_submit(const Case& c) {
  Duration last{0};
  for (const RequestPlan& request : c.requests) {
    last = std::max(last, request.at);
    for (const Reaction& reaction : request.reactions) {
      const bool sends = reaction.act == Reaction::Act::submit;
      if (sends && reaction.when == Reaction::When::later) {
        last = std::max(last, request.at + reaction.wait);
      }
    }
  }
  return last;
}

void run_to_the_end(const Case& c, World& world, Driver& driver, UserCode& user, Report& report) {
  const Instant horizon = Clock::kStart + c.horizon;
  const auto more = [&] { return world.events() < kMostEvents && world.queue().next() <= horizon; };
  const auto step = [&] {
    world.step();
    if (report.shut_down_at && !report.rested_at && driver.finished()) {
      report.rested_at = world.clock().mono();
    }
  };
  const Instant last = Clock::kStart + last_submit(c);
  while (more() && (user.under_way() != 0 || world.clock().mono() <= last)) step();
  report.settled_early = user.under_way() == 0;
  if (report.settled_early) {
    // Idle connections must leave by themselves.
    const Duration expiry =
        c.options.pool.idle_expiry == holdfast::kOff ? Duration{0} : c.options.pool.idle_expiry;
    const Duration rest = expiry + c.options.limits.drain_time + std::chrono::seconds(30);
    const Instant until = world.clock().mono() + rest;
    while (world.events() < kMostEvents && world.queue().next() <= until) step();
    world.clock().advance_to(until);
    report.open_when_settled = driver.stats().open;
  }
  user.shut_down();
  if (!report.rested_at && driver.finished()) report.rested_at = world.clock().mono();
  const Instant until = world.clock().mono() + std::chrono::minutes(1);
  while (world.events() < kMostEvents && world.queue().next() <= until) step();
}

}  // namespace

namespace {

/// Certificates for every host there can be. One kit for all runs: making it costs milliseconds.
std::shared_ptr<const fault::CertificateKit> certificates() {
  static const auto* const kKit = [] {
    fault::CertificateWish wish;
    wish.names.clear();
    for (int host = 0; host < 4; ++host) {
      wish.names.push_back("h" + std::to_string(host) + ".test");
      wish.names.push_back("10.0." + std::to_string(host + 1) + ".1");
    }
    wish.key = fault::CertificateKey::kEd25519;
    wish.now = Clock().now().wall;
    return new std::shared_ptr<const fault::CertificateKit>(
        std::make_shared<fault::CertificateKit>(wish));
  }();
  return *kKit;
}

/// The case's options, speaking the case's protocols.
holdfast::ClientOptions options_of(const Case& c) {
  holdfast::ClientOptions options = c.options;
  using holdfast::Http2;
  options.http2.use = c.transport == Transport::h2_cleartext ? Http2::prior_knowledge
                      : c.transport == Transport::h2_tls     ? Http2::negotiate
                                                             : Http2::off;
  // A jar remembers: each run of a case begins with an empty one.
  if (options.cookies) options.cookies = std::make_shared<holdfast::CookieJar>();
  if (is_tls(c.transport)) options.tls.ca_pem = certificates()->ca_pem();
  return options;
}

/// The case's script, with the listener that the transport needs.
fault::Scenario script_of(const Case& c) {
  fault::Scenario script = c.script;
  fault::Listener first;
  if (is_tls(c.transport)) {
    first.id = "tls";
    first.tls_cert = "good";
    first.alpn = {"h2", "http/1.1"};
  }
  script.listeners = {first};
  for (const char* const id : {"via-a", "via-b", "via-unix"}) {
    if (!c.proxy) break;
    first.id = id;
    script.listeners.push_back(first);
  }
  if (!is_tls(c.transport)) return script;
  if (const auto wrong = c.tls_script.empty()
                             ? std::nullopt
                             : fault::add_rule_line(script, "connection : " + c.tls_script)) {
    std::cerr << "malformed: " << fault::to_string(*wrong) << '\n';
    std::abort();
  }
  return script;
}

}  // namespace

Report run_case(const Case& c, Trace::Mode mode) {
  Report report;
  World world(c.seed);
  world.trace().set_mode(mode);
  world.trace().set_ciphertext(is_tls(c.transport));
  world.network().set_profile(c.link);
  fault::PeerSim server(world, script_of(c), c.seed | 1,
                        is_tls(c.transport) ? certificates() : nullptr);
  for (std::uint32_t host = 0; host < c.hosts.size(); ++host) build_host(c, host, world, server);
  std::optional<ProxyRig> proxy;
  if (c.proxy) {
    proxy.emplace(world, PeerAddress{4, 8080, 0, {10, 1, 0, 1}}, c.proxy->acts, c.proxy->words,
                  [&c](std::string_view authority, std::string_view authorization) {
                    return find_for_proxy(c, authority, authorization);
                  });
  }
  UserCode user(c, world, report);
  Driver driver(world, options_of(c), user, c.driver);
  user.use(driver);
  driver.engine().set_notes(c.observed);
  driver.engine().set_hook(c.hook.kind != Case::HookPlan::Kind::none);
  schedule(c, world, driver, user);
  run_to_the_end(c, world, driver, user, report);

  report.driver = driver.stats();
  report.stood_still = driver.stood_still();
  report.violations = driver.violations();
  report.stats = driver.engine().stats();
  report.came_to_rest = driver.finished() && world.events() < kMostEvents;
  report.client_sockets_left = world.network().open_sockets(End::client);
  report.lookups_left = world.resolver().under_way();
  report.world_events = world.events();
  report.bytes_carried = world.network().bytes_carried();
  report.most_overdue = world.most_overdue();
  report.crowded_instant = world.crowded_instant();
  report.ended = world.clock().mono();
  const auto& entries = server.journal().entries();
  report.journal.assign(entries.begin(), entries.end());
  report.journal_dropped = server.journal().dropped();
  if (proxy) {
    report.proxied = proxy->requests();
    report.proxy_read = proxy->read();
    report.proxy_complaints = proxy->complaints();
  }
  report.hash = world.trace().hash();
  if (mode == Trace::Mode::text) {
    for (const std::string& line : world.trace().lines()) report.trace += line + "\n";
  }
  return report;
}

}  // namespace proof
