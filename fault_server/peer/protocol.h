// Which protocol a new connection speaks. Thread: one owner.
#pragma once

#include <memory>

#include "fault_server/session/peer_shared.h"
#include "fault_server/session/session.h"

namespace fault {

/// The one place where a protocol is chosen: on TLS by what ALPN agreed on, in clear text by the
/// first bytes (RFC 9113 §3.4), for which the session waits unless a fault strikes before any.
std::unique_ptr<Session> make_session(PeerShared& shared, Accepted accepted);

}  // namespace fault
