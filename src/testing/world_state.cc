#include "testing/world_state.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "api/client_maker.h"
#include "http/ip_address.h"

namespace holdfast::testing::detail {

namespace {

/// The most events at one instant before a run counts as an endless loop.
constexpr std::uint64_t kMostAtOnce = 1'000'000;
constexpr std::size_t kTraceLines = 2000;

Url origin_of(std::string_view text) {
  Result<Url> url = Url::parse(text);
  if (!url.ok()) throw std::invalid_argument("the origin: " + url.error().message());
  if (url->target() != "/" || !url->userinfo().empty()) {
    throw std::invalid_argument("the origin \"" + url->redacted() +
                                "\": expected a scheme, a host and perhaps a port, no more");
  }
  return *std::move(url);
}

sim::Network::HostState state_of(Host host) {
  switch (host) {
    case Host::unreachable:
      return sim::Network::HostState::unreachable;
    case Host::silent:
      return sim::Network::HostState::black_hole;
    case Host::up:
    case Host::refuses:
      break;
  }
  return sim::Network::HostState::up;
}

sim::NameAnswer answer_of(Lookup lookup, const PeerAddress& address) {
  sim::NameAnswer answer;
  switch (lookup) {
    case Lookup::found:
      answer.addresses = {address};
      break;
    case Lookup::not_found:
      answer.kind = sim::NameAnswer::Kind::not_found;
      break;
    case Lookup::temporary:
      answer.kind = sim::NameAnswer::Kind::temporary;
      break;
    case Lookup::silent:
      answer.kind = sim::NameAnswer::Kind::silence;
      break;
  }
  return answer;
}

}  // namespace

WorldState::WorldState(std::uint64_t seed) : world_(seed) {
  world_.trace().set_mode(sim::Trace::Mode::text);
  world_.trace().keep(kTraceLines);
}

void WorldState::end() {
  for (const std::shared_ptr<SimClient>& client : clients_) client->world_ends();
}

// --- Servers and machines ------------------------------------------------------------------------

WorldState::Machine& WorldState::machine_of(const std::string& host) {
  const auto known = machines_.find(host);
  if (known != machines_.end()) return known->second;
  Machine machine;
  if (const auto literal = http::parse_ip(host, 0)) {
    machine.address = *literal;
  } else {
    const std::uint32_t nth = named_++;
    machine.address = PeerAddress{
        4,
        0,
        0,
        {10, 77, static_cast<std::uint8_t>(nth / 250), static_cast<std::uint8_t>(nth % 250 + 1)}};
    world_.resolver().set_name(host, std::vector<PeerAddress>{machine.address});
  }
  return machines_.emplace(host, machine).first->second;
}

VirtualServer* WorldState::find(std::string_view origin) const {
  for (const auto& server : servers_) {
    if (server->origin() == origin) return server.get();
  }
  return nullptr;
}

const VirtualServer& WorldState::server(std::string_view origin) const {
  const VirtualServer* found = find(origin_of(origin).origin());
  if (found == nullptr) {
    throw std::invalid_argument("nothing is served at \"" + std::string(origin) +
                                "\": call serve() first");
  }
  return *found;
}

void WorldState::serve(std::string_view origin, fault::Scenario scenario,
                       const ServerOptions& options) {
  const Url url = origin_of(origin);
  if (VirtualServer* known = find(url.origin())) return known->replace(std::move(scenario));
  const Machine& machine = machine_of(url.host());
  PeerAddress address = machine.address;
  address.port = url.port();
  servers_.push_back(
      std::make_unique<VirtualServer>(world_, url, std::move(scenario), options, address));
  if (servers_.back()->is_secure()) world_.trace().set_ciphertext(true);
  if (machine.state != Host::up) apply(machine);
}

/// Applies the machine's state to the network and to the servers on the machine.
void WorldState::apply(const Machine& machine) {
  world_.network().set_host(machine.address, state_of(machine.state));
  for (const auto& server : servers_) {
    PeerAddress address = machine.address;
    address.port = server->address().port;
    if (address != server->address()) continue;
    world_.network().set_listening(address, machine.state != Host::refuses);
  }
}

void WorldState::set_host(std::string_view host, Host state) {
  const auto machine = machines_.find(host);
  if (machine == machines_.end()) {
    throw std::invalid_argument("nothing is served at the host \"" + std::string(host) +
                                "\": call serve() first, and leave out scheme and port");
  }
  machine->second.state = state;
  apply(machine->second);
}

void WorldState::fail_lookups(std::string_view host, const std::vector<Lookup>& answers) {
  const std::string name(host);
  if (http::parse_ip(name, 0)) {
    throw std::invalid_argument("\"" + name + "\" is an address: it is never looked up");
  }
  const auto machine = machines_.find(name);
  const PeerAddress address = machine == machines_.end() ? PeerAddress{} : machine->second.address;
  std::vector<sim::NameAnswer> script;
  for (const Lookup answer : answers) {
    if (answer == Lookup::found && machine == machines_.end()) {
      throw std::invalid_argument("nothing is served at \"" + name + "\": it can not be found");
    }
    script.push_back(answer_of(answer, address));
  }
  script.push_back(
      answer_of(machine == machines_.end() ? Lookup::not_found : Lookup::found, address));
  world_.resolver().set_name(name, std::move(script));
}

// --- Clients -------------------------------------------------------------------------------------

Client WorldState::client(ClientOptions options) {
  if (options.seed == 0) {
    options.seed = base::mix64(world_.seed() + clients_.size() * 0x9E3779B97F4A7C15ULL) | 1;
  }
  if (options.tls.ca_file.empty() && options.tls.ca_pem.empty()) {
    for (const auto& server : servers_) {
      if (server->is_secure()) options.tls.ca_pem += server->certificates().ca_pem;
    }
  }
  clients_.push_back(std::make_shared<SimClient>(world_, std::move(options)));
  return api::ClientMaker::make(clients_.back()->driver());
}

std::vector<std::string> WorldState::violations() const {
  std::vector<std::string> all;
  for (const std::shared_ptr<SimClient>& client : clients_) {
    all.insert(all.end(), client->violations().begin(), client->violations().end());
  }
  return all;
}

// --- Time ----------------------------------------------------------------------------------------

std::uint64_t WorldState::after(Duration wait, Function<void()> work) {
  const std::uint64_t timer = ++last_timer_;
  timers_.emplace(timer, std::move(work));
  world_.after(wait, [this, timer] {
    auto due = timers_.extract(timer);  // gone if cancelled
    if (!due.empty() && due.mapped()) due.mapped()();
  });
  return timer;
}

bool WorldState::busy() {
  return !timers_.empty() || std::any_of(clients_.begin(), clients_.end(),
                                         [](const auto& client) { return client->busy(); });
}

bool WorldState::run_until(Function<bool()> done, Duration at_most) {
  const base::Instant end = world_.clock().mono() + at_most;
  base::Instant last = world_.clock().mono();
  std::uint64_t at_once = 0;
  while (!done()) {
    for (std::size_t i = 0; i < clients_.size(); ++i) clients_[i]->collect_posts();
    if (world_.queue().empty()) return false;
    if (world_.queue().next() > end) {
      world_.clock().advance_to(end);
      return false;
    }
    if (++at_once > kMostAtOnce) return false;
    world_.step();
    if (world_.clock().mono() != last) {
      last = world_.clock().mono();
      at_once = 0;
    }
  }
  return true;
}

}  // namespace holdfast::testing::detail
