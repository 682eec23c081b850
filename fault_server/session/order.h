// What a peer asks of its shell, and how a connection is named and ended. Values. Thread: any.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/slot_map.h"

namespace fault {

struct PeerConnectionTag;
using PeerConnectionId = holdfast::base::SlotId<PeerConnectionTag>;

struct Order {
  enum class Kind : std::uint8_t {
    kSend,           // write `bytes` (in order); answer with handle_sent as the kernel takes them
    kShutdownWrite,  // FIN out after everything sent so far; keep reading
    kCloseFin,       // close after everything sent so far, input drained first (a clean FIN)
    kCloseRst,       // a real reset, at once
    kReadStop,
    kReadStart,
    kListen,
    kUnlisten,  // open / close the listening socket `listener` (refusals are real)
  };
  Kind kind = Kind::kSend;
  PeerConnectionId connection;
  std::string_view bytes;
  std::string_view listener;
  /// kCloseFin from a session to its TlsLine: how TLS ends before the FIN. Means nothing to a
  /// shell.
  enum class TlsEnd : std::uint8_t { kNotify, kCut, kAlert } tls_end = TlsEnd::kNotify;
  std::uint8_t alert = 0;  // of kAlert
};

/// How the address of a client on a Unix domain socket begins; the socket's path follows. Such a
/// socket knows no reset: where one is asked for, the connection is closed, and the journal says
/// so.
inline constexpr std::string_view kLocalPeer = "unix:";

/// How an operator ends a connection.
enum class KillHow : std::uint8_t { kFin, kRst, kGoaway, kTlsAlert };

}  // namespace fault
