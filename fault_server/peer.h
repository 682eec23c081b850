// The fault server without its sockets: facts go in by handle_*, orders come out by poll. The same
// object runs over libuv (server_uv) and inside the simulation (peer_sim), so one script means the
// same thing in both. It parses requests, asks the rulebook for a step, plays the step's plan, and
// writes the journal. It shares no belief with the client: no policy, wire or engine header.
//
// Contract. After every handle_* the shell drains poll() and re-arms one timer at next_deadline().
// A Send order's bytes live until the handle_sent that covers them. A stale connection id is
// ignored. Never calls out; never reads a clock. Thread: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/instant.h"
#include "base/slot_map.h"
#include "fault_server/journal.h"
#include "fault_server/scenario.h"

namespace fault {

struct PeerConnectionTag;
using PeerConnectionId = holdfast::base::SlotId<PeerConnectionTag>;

struct Order {
  enum class Kind : std::uint8_t {
    kSend,           // write `bytes` (in order); answer with handle_sent as the kernel takes them
    kShutdownWrite,  // FIN out after everything sent so far; keep reading
    kCloseFin,       // close after everything sent so far, input drained first (a clean FIN)
    kCloseRst,       // a real reset, at once
    kReadStop, kReadStart,
    kListen, kUnlisten,  // open / close the listening socket `listener` (refusals are real)
  };
  Kind kind = Kind::kSend;
  PeerConnectionId connection;
  std::string_view bytes;
  std::string_view listener;
};

class Peer {
 public:
  /// `seed` overrides the scenario's when not 0.
  Peer(Scenario scenario, std::uint64_t seed, holdfast::base::Now now);
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

  bool poll(Order& order);
  holdfast::base::Instant next_deadline() const;

  Journal& journal();
  class Rulebook& rulebook();
  std::size_t open_connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fault
