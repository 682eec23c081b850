#include "fault_server/sim/peer_sim.h"

#include <algorithm>
#include <utility>

namespace fault {

using holdfast::base::Instant;
using holdfast::sim::End;

namespace {

std::string host_of(const holdfast::PeerAddress& address) {
  std::string text = address.to_string();
  text.resize(text.rfind(':'));
  return text;
}

std::shared_ptr<const CertificateKit> kit_for(const Scenario& scenario,
                                              std::shared_ptr<const CertificateKit> given,
                                              holdfast::base::Now now) {
  const auto secure = [](const Listener& one) { return !one.tls_cert.empty(); };
  if (given || std::none_of(scenario.listeners.begin(), scenario.listeners.end(), secure)) {
    return given;
  }
  CertificateWish wish;
  wish.key = CertificateKey::kEd25519;
  wish.now = now.wall;
  return std::make_shared<CertificateKit>(wish);
}

}  // namespace

PeerSim::PeerSim(holdfast::sim::World& world, Scenario scenario, std::uint64_t seed,
                 std::shared_ptr<const CertificateKit> certificates)
    : world_(world),
      certificates_(kit_for(scenario, std::move(certificates), world.now())),
      peer_(std::move(scenario), seed, world.now(), Refusals::kByQuestion, certificates_) {
  drain();
}

void PeerSim::listen(std::string_view listener, const PeerAddress& at) {
  doors_.push_back({std::string(listener), at});
  world_.network().listen(at, *this);
}

void PeerSim::replace(Scenario scenario) {
  peer_.replace(std::move(scenario), world_.now());
  drain();
}

std::string_view PeerSim::listener_at(const PeerAddress& at) const {
  for (const Door& door : doors_) {
    if (door.at == at) return door.listener;
  }
  return {};
}

// --- Facts ---------------------------------------------------------------------------------------

bool PeerSim::refuses(const PeerAddress& local, const PeerAddress& remote) {
  const bool refused = peer_.refuse_connect(listener_at(local), host_of(remote), world_.now());
  drain();
  return refused;
}

void PeerSim::accepted(LinkId link, const PeerAddress& local, const PeerAddress& remote) {
  const PeerConnectionId id =
      peer_.handle_accept(listener_at(local), host_of(remote), world_.now());
  if (of_link_.size() <= link.index) of_link_.resize(link.index + 1);
  of_link_[link.index] = id;
  if (of_connection_.size() <= id.index) of_connection_.resize(id.index + 1);
  of_connection_[id.index] = link;
  drain();
}

void PeerSim::bytes(LinkId link, std::string_view bytes) {
  peer_.handle_bytes(connection_of(link), bytes, world_.now());
  drain();
}

void PeerSim::sent(LinkId link, std::size_t bytes) {
  peer_.handle_sent(connection_of(link), bytes, world_.now());
  drain();
}

void PeerSim::eof(LinkId link) {
  peer_.handle_eof(connection_of(link), world_.now());
  drain();
}

void PeerSim::reset(LinkId link) {
  peer_.handle_reset(connection_of(link), world_.now());
  world_.network().close(link, End::server);
  drain();
}

// --- Time ----------------------------------------------------------------------------------------

/// An earlier deadline re-arms at once; a later one is found out when the timer fires.
void PeerSim::arm_timer() {
  const Instant deadline = peer_.next_deadline();
  if (deadline >= timer_at_) return;
  timer_at_ = deadline;
  holdfast::sim::Event event;
  event.at = deadline;
  event.target = this;
  event.generation = ++timer_token_;
  world_.queue().push(event);
}

void PeerSim::fire(const holdfast::sim::Event& event) {
  if (event.generation != timer_token_) return;
  timer_at_ = Instant::never();
  if (peer_.next_deadline() > world_.clock().mono()) return arm_timer();
  peer_.handle_timeout(world_.now());
  drain();
}

// --- Orders --------------------------------------------------------------------------------------

void PeerSim::drain() {
  Order order;
  for (;;) {
    while (peer_.poll(order)) perform(order);
    if (sent_.empty()) break;
    const Sent sent = sent_.pop();
    peer_.handle_sent(sent.id, sent.bytes, world_.now());
  }
  arm_timer();
}

void PeerSim::perform(const Order& order) {
  holdfast::sim::Network& network = world_.network();
  if (order.kind == Order::Kind::kListen || order.kind == Order::Kind::kUnlisten) {
    for (const Door& door : doors_) {
      if (door.listener != order.listener) continue;
      network.set_listening(door.at, order.kind == Order::Kind::kListen);
    }
    return;
  }
  const LinkId link = of_connection_[order.connection.index];
  switch (order.kind) {
    case Order::Kind::kSend: {
      const std::size_t taken = network.write(link, End::server, order.bytes);
      if (taken != 0) sent_.push({order.connection, taken});
      break;
    }
    case Order::Kind::kShutdownWrite:
      network.shut_down_write(link, End::server);
      break;
    case Order::Kind::kCloseFin:
      network.finish(link, End::server);
      break;
    case Order::Kind::kCloseRst:
      network.reset(link, End::server);
      break;
    case Order::Kind::kReadStop:
      network.read_stop(link, End::server);
      break;
    case Order::Kind::kReadStart:
      network.read_start(link, End::server);
      break;
    case Order::Kind::kListen:
    case Order::Kind::kUnlisten:
      break;
  }
}

}  // namespace fault
