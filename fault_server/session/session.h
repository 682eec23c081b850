// One accepted connection above its transport, whatever the protocol: HTTP/1.1 (Connection) or
// HTTP/2 (H2Connection). Owned by Peer, which tells it what comes in; speaks in orders, always in
// plaintext: where the listener does TLS, TlsLine stands between it and the wire and translates
// both ways. Never calls out, never reads a clock.
//
// The rules that hold for every session: at most one Send is unanswered and its bytes do not change
// until it is; conn.close is journalled exactly once, by the session, and no order comes after the
// close it orders.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "fault_server/journal/journal.h"
#include "fault_server/rules/rulebook.h"
#include "fault_server/session/order.h"

namespace fault {

struct PeerShared;

/// What is known of a connection when its session begins: from accept(), and from the TLS handshake
/// where there was one. conn.open has been journalled under `serial`.
struct Accepted {
  PeerConnectionId id;
  std::uint64_t serial = 0;
  std::string listener, peer;
  std::uint64_t nth = 0;         // of its listener
  holdfast::base::Instant at;    // when it was accepted
  std::optional<Choice> choice;  // what the rules for connections said, unless TLS has played it
  bool tls = false;
  std::string alpn, sni;  // as negotiated; "" if not
};

class Session {
 public:
  explicit Session(Accepted accepted) : accepted_(std::move(accepted)) {}
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Once, before everything else.
  virtual void open(holdfast::base::Now now) = 0;
  virtual void handle_bytes(std::string_view bytes, holdfast::base::Now now) = 0;
  virtual void handle_sent(std::size_t bytes, holdfast::base::Now now) = 0;
  virtual void handle_eof(holdfast::base::Now now) = 0;
  virtual void handle_reset(holdfast::base::Now now) = 0;
  virtual void handle_timeout(holdfast::base::Now now) = 0;
  /// An overload model has served this exchange.
  virtual void handle_served(std::uint64_t ticket, holdfast::base::Now now) = 0;
  /// The journal has grown and this connection is a watcher.
  virtual void handle_news(holdfast::base::Now now) = 0;
  /// From outside: an operator ends it. HTTP/1.1 takes KillHow::kGoaway for kFin; kTlsAlert is
  /// TlsLine's business and comes here as kRst.
  virtual void kill(KillHow how, holdfast::base::Now now) = 0;

  virtual bool closed() const = 0;
  /// When it next wants handle_timeout; never while something else has to happen first.
  virtual holdfast::base::Instant deadline(holdfast::base::Now now) const = 0;
  virtual std::uint64_t requests() const = 0;
  virtual std::uint64_t bytes_in() const = 0;
  virtual std::uint64_t bytes_out() const = 0;

  PeerConnectionId id() const { return accepted_.id; }
  std::uint64_t serial() const { return accepted_.serial; }
  const std::string& peer() const { return accepted_.peer; }
  const std::string& listener() const { return accepted_.listener; }

 protected:
  /// What can be done of what was asked for (kLocalPeer).
  CloseHow possible(ClosedBy by, CloseHow how) const {
    const bool local = by != ClosedBy::kClient && accepted_.peer.starts_with(kLocalPeer);
    return local && how == CloseHow::kRst ? CloseHow::kFin : how;
  }

  Accepted accepted_;
};

/// Whether this step for connections strikes before any byte has come, whatever is spoken: then
/// there is nothing to wait for, and no handshake.
bool strikes_at_accept(const Step& step);

/// Makes the session of a connection, which chooses its protocol (peer/protocol.h).
using SessionMaker = std::unique_ptr<Session> (*)(PeerShared& shared, Accepted accepted);

}  // namespace fault
