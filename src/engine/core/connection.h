// One connection as the engine sees it: how its dial stands, what protocols it speaks, and, where
// that is HTTP/1.1, its one stream. Plain data plus its protocols' state; the rules are in dial,
// secure, transmit and receive. Slots and their buffers are reused for later connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "engine/core/h2_link.h"
#include "engine/core/outbox.h"
#include "engine/core/stream.h"
#include "engine/ids.h"
#include "engine/pool/pool.h"
#include "holdfast/timeline.h"
#include "wire/h1/reader.h"
#include "wire/tls/session.h"

namespace holdfast::engine {

struct Connection : Stream {
  enum class State : std::uint8_t {
    resolving,
    connecting,
    tunneling,  ///< asking the proxy for a tunnel
    securing,   ///< agreeing on TLS
    idle,
    busy,      ///< an exchange's, or several (HTTP/2)
    draining,  ///< nobody's: the rest of an unwanted response is read to save it (P6)
    closing,
  };

  State state = State::resolving;
  ConnectionId id;
  std::uint64_t serial = 0;
  PeerAddress peer;

  policy::RoutePtr via;  ///< null: straight to the origin

  // Dial (see dial.cc).
  std::vector<PeerAddress> addresses;
  std::vector<std::string>
      zones;  ///< names of interfaces, one for each address; empty: none has one
  std::size_t next_address = 0;
  base::Instant dialed_at;
  base::Instant dial_deadline;     ///< of the whole dial (T1 connect)
  base::Instant slow_at;           ///< never: it has told what it carries, or cannot be shared
  base::Instant address_deadline;  ///< of the address being tried: its share of the rest
  ErrorCode last_error{};
  int last_os_error = 0;

  // Life.
  base::Instant opened_at;  ///< never: it has not
  base::Instant retire_at;  ///< max_lifetime, jittered
  base::Instant idle_until;
  Duration idle_allowed{0};         ///< idle_expiry, or less by the peer's Keep-Alive: timeout=
  std::uint32_t requests_left = 0;  ///< by max_requests_per_connection and Keep-Alive: max=

  /// TLS: null in cleartext.
  std::unique_ptr<wire::TlsSession> tls;
  std::string_view sealed;   ///< ciphertext not yet opened: of the current fact, or `sealed_stash`
  std::string sealed_stash;  ///< ciphertext kept while a consumer pauses
  bool tls_closed = false;   ///< close_notify came
  bool tls_failed = false;   ///< nothing but an alert may leave any more
  /// HTTP/2: null for HTTP/1.1.
  std::unique_ptr<H2Link> h2;
  Outbox outbox;            ///< TLS or HTTP/2
  base::Instant last_read;  ///< HTTP/2: anything at all came

  std::string out;  ///< head or chunk framing being written
  wire::H1Reader reader;
  LimitPolicy own_limits;      ///< copy, where the request brought limits of its own
  std::string_view input;      ///< bytes not yet parsed: of the current fact, or in `stash`
  std::string stash;           ///< input kept while the consumer pauses
  std::size_t stash_used = 0;  ///< of `stash`, parsed
  /// Exchanges that have been given the connection and wait until its socket has been looked at.
  std::vector<ExchangeId> looking;
  bool read_stopped = false;
  bool eof = false;         ///< the peer closed its side
  bool to_arm = false;      ///< stands in the core's list of those whose deadlines may be new
  bool in_pending = false;  ///< stands in the core's list of connections to parse on

  /// Bytes are made before they are written.
  bool has_outbox() const { return tls != nullptr || h2 != nullptr; }
  /// What its protocol has to say may leave.
  bool may_speak() const { return tls == nullptr || (tls->established() && !tls_failed); }
};

}  // namespace holdfast::engine
