// The fault server inside the simulation: the same sans-I/O peer that serves real sockets, with the
// virtual network for its kernel and virtual time for its clock. A script means here what it means
// there; refusals are asked for at each attempt to connect. Owner: a test. Thread: one owner. Must
// outlive the world's last event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ring.h"
#include "fault_server/peer/peer.h"
#include "sim/endpoint.h"
#include "sim/event_queue.h"
#include "sim/world.h"

namespace fault {

class PeerSim final : public holdfast::sim::Server, private holdfast::sim::EventTarget {
 public:
  using LinkId = holdfast::sim::LinkId;
  using PeerAddress = holdfast::PeerAddress;

  /// `seed` overrides the scenario's when not 0. A TLS listener without `certificates` shows some
  /// for CertificateWish's own names, with Ed25519 keys; many peers may share one kit.
  PeerSim(holdfast::sim::World& world, Scenario scenario, std::uint64_t seed = 0,
          std::shared_ptr<const CertificateKit> certificates = nullptr);
  PeerSim(const PeerSim&) = delete;
  PeerSim& operator=(const PeerSim&) = delete;

  /// The scenario's listener `listener` is reached at this address; one may have several.
  void listen(std::string_view listener, const PeerAddress& at);

  /// Other rules from now on (validated beforehand).
  void replace(Scenario scenario);

  Peer& peer() { return peer_; }
  Journal& journal() { return peer_.journal(); }

  bool refuses(const PeerAddress& local, const PeerAddress& remote) override;
  void accepted(LinkId link, const PeerAddress& local, const PeerAddress& remote) override;
  void bytes(LinkId link, std::string_view bytes) override;
  void sent(LinkId link, std::size_t bytes) override;
  void eof(LinkId link) override;
  void reset(LinkId link) override;

 private:
  struct Door {
    std::string listener;
    PeerAddress at;
  };
  struct Sent {
    PeerConnectionId id;
    std::size_t bytes = 0;
  };

  void fire(const holdfast::sim::Event& event) override;
  void drain();
  void perform(const Order& order);
  void arm_timer();
  std::string_view listener_at(const PeerAddress& at) const;
  PeerConnectionId connection_of(LinkId link) const { return of_link_[link.index]; }

  holdfast::sim::World& world_;
  std::shared_ptr<const CertificateKit> certificates_;
  Peer peer_;
  std::vector<Door> doors_;
  std::vector<PeerConnectionId> of_link_;  // by link index
  std::vector<LinkId> of_connection_;      // by the peer's connection index
  holdfast::base::Ring<Sent> sent_;        // taken at once, not yet reported
  holdfast::base::Instant timer_at_ = holdfast::base::Instant::never();
  std::uint32_t timer_token_ = 0;
};

}  // namespace fault
