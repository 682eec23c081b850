// One server of a virtual world: the fault server's peer at an origin, and its journal in the types
// of the public API. Owner: the world's state. Thread: one owner. Outlives the world's last event.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/sim/peer_sim.h"
#include "fault_server/tls/certificate_kit.h"
#include "holdfast/testing.h"
#include "holdfast/url.h"
#include "sim/world.h"

namespace holdfast::testing {

class VirtualServer {
 public:
  /// `scenario` is valid; its listeners are ignored. Serves at `at`.
  VirtualServer(sim::World& world, const Url& origin, fault::Scenario scenario,
                const ServerOptions& options, const PeerAddress& at);
  VirtualServer(const VirtualServer&) = delete;
  VirtualServer& operator=(const VirtualServer&) = delete;

  /// "https://api.example:443".
  const std::string& origin() const { return origin_; }
  const PeerAddress& address() const { return at_; }
  bool is_secure() const { return kit_ != nullptr; }
  Certificates certificates() const;

  /// Replaces the rules from now on.
  void replace(fault::Scenario scenario);

  /// Appends the requests that match.
  void append_seen(std::string_view method, std::string_view path, std::vector<Seen>& to) const;
  std::uint64_t count(fault::EntryType type) const;
  const fault::Journal& journal() const { return peer_->journal(); }

 private:
  fault::Scenario with_listener(fault::Scenario scenario) const;

  std::string origin_;
  PeerAddress at_;
  ServerOptions options_;
  std::shared_ptr<const fault::CertificateKit> kit_;  // https only
  Duration began_;                                    // of the world's time
  std::unique_ptr<fault::PeerSim> peer_;
};

/// The scenario of these lines, or of a JSON document; throws what is wrong with it.
fault::Scenario scenario_of(const std::vector<std::string>& rules);
fault::Scenario scenario_of(std::string_view json);

}  // namespace holdfast::testing
