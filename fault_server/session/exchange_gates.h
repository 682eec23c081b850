// What an exchange meets between its head and its answer, whatever the protocol that carries it:
// the rules, limiters, an overload model, the built-in paths. Works on the exchange it is given and
// on what the peer shares; writes no bytes and no journal. Thread: one owner.
#pragma once

#include <string_view>

#include "fault_server/session/exchange.h"
#include "fault_server/session/peer_shared.h"

namespace fault {

/// Where a request came in.
struct RequestOrigin {
  std::string_view listener, peer, version;  // "HTTP/2"
  std::uint64_t nth_connection = 0;          // of its listener
  std::string_view sni, alpn;                // "" without TLS
};

/// Chooses the exchange's step and advances the cursor of the rule that matched.
void ask_rules(PeerShared& shared, Exchange& exchange, const RequestOrigin& origin, Now now);

/// A limit step, or a built-in /limit path, admits or turns the step into a refusal.
void pass_limiters(PeerShared& shared, Exchange& exchange, Now now);

/// True when the overload model lets it be answered now (served, or shed); false while it waits.
bool enter_overload(PeerShared& shared, PeerConnectionId id, Exchange& exchange, Now now);

/// The exchange is over, answered or not: its place in limiters and models is free again.
void leave_gates(PeerShared& shared, Exchange& exchange);

/// What would be answered without a fault: the built-in path's answer where the step does not
/// describe one itself.
Answer answer_for(const Exchange& exchange);

}  // namespace fault
