// The fault server without its sockets: facts go in by handle_*, orders come out by poll. The same
// object runs over libuv (server_uv) and inside the simulation (peer_sim), so one script means the
// same thing in both. It parses requests, asks the rulebook for a step, plays the step's plan, and
// writes the journal. It shares no belief with the client: no policy, wire or engine header.
//
// Contract. After construction and after every handle_* the shell drains poll() and re-arms one
// timer at next_deadline(). A Send order's bytes live until the handle_sent that covers them, at
// most one per connection is unanswered, and kCloseFin comes only when every Send was answered
// (kill() aside). A stale connection id is ignored. After handle_reset, kCloseFin and kCloseRst the
// connection is gone: no order comes for it, and the shell closes its end. Never calls out; never
// reads a clock. Thread: one owner.
//
// Refusals. A shell that sees every attempt to connect asks refuse_connect() before accepting
// (Refusals::kByQuestion). A shell that does not (a kernel refuses in silence) is told to close the
// listening socket for as long as a refused attempt is due (kUnlisten), and again to open it
// (kListen) when kRefusalWindow has passed for each refusal: an attempt in that time is one
// refusal, or several.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "fault_server/journal/journal.h"
#include "fault_server/script/scenario.h"
#include "fault_server/session/order.h"
#include "fault_server/tls/certificate_kit.h"

namespace fault {

struct PeerShared;

enum class Refusals : std::uint8_t { kByListener, kByQuestion };
inline constexpr Duration kRefusalWindow{250'000'000};

/// What a person may want to know about an open connection.
struct ConnectionInfo {
  PeerConnectionId id;
  std::uint64_t serial = 0;
  std::string listener, peer;
  std::uint64_t requests = 0, bytes_in = 0, bytes_out = 0;
};

class Peer {
 public:
  /// `seed` overrides the scenario's when not 0. TLS listeners show `certificates`; without, some
  /// for CertificateWish's own names are made when first needed.
  Peer(Scenario scenario, std::uint64_t seed, holdfast::base::Now now,
       Refusals refusals = Refusals::kByListener,
       std::shared_ptr<const CertificateKit> certificates = nullptr);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  PeerConnectionId handle_accept(std::string_view listener, std::string_view peer_address,
                                 holdfast::base::Now now);
  void handle_bytes(PeerConnectionId id, std::string_view bytes, holdfast::base::Now now);
  void handle_sent(PeerConnectionId id, std::size_t bytes, holdfast::base::Now now);
  void handle_eof(PeerConnectionId id, holdfast::base::Now now);
  /// The client reset it, or a write failed.
  void handle_reset(PeerConnectionId id, holdfast::base::Now now);
  void handle_timeout(holdfast::base::Now now);

  /// Whether the attempt to connect that is being made now is refused; it then counts as one of
  /// the listener's connections and is in the journal. Only with Refusals::kByQuestion.
  bool refuse_connect(std::string_view listener, std::string_view peer_address,
                      holdfast::base::Now now);

  bool poll(Order& order);
  holdfast::base::Instant next_deadline() const;

  /// What clients of the TLS listeners have to trust, among others; made now if need be.
  const CertificateKit& certificates();

  Journal& journal();
  class Rulebook& rulebook();
  std::size_t open_connections() const;
  std::vector<ConnectionInfo> connections() const;
  /// Ends one from outside. What its protocol does not have becomes the nearest that it has.
  void kill(PeerConnectionId id, KillHow how, holdfast::base::Now now);
  /// Puts other rules in place (validated beforehand); open connections keep what they began.
  void replace(Scenario scenario, holdfast::base::Now now);
  /// Cursors, limiters and overload models begin anew; the journal is emptied.
  void reset(holdfast::base::Now now);

  /// For the admin interface (admin/admin.h), which puts its door there.
  PeerShared& shared();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fault
