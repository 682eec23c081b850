// One connection as the engine sees it: how its dial stands, what is being sent and read on it, and
// for whom. Plain data plus its response reader; the rules are in dial, transmit and receive. Slots
// and their buffers are reused for later connections.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "engine/ids.h"
#include "engine/pool.h"
#include "holdfast/timeline.h"
#include "wire/h1_reader.h"

namespace holdfast::engine {

/// The part that starts afresh with every attempt on the connection.
struct ConnectionRun {
  // Sending.
  std::uint64_t outstanding = 0;  ///< bytes ordered and not yet accepted
  std::uint64_t handed = 0;       ///< bytes accepted for this attempt
  std::uint64_t body_given = 0;   ///< bytes the source has given
  bool body_open = false;         ///< the source has more to give
  bool chunked = false;
  bool last_chunk_due = false;  ///< the piece being written is the last: its end follows
  bool sent = false;            ///< the whole request was accepted
  bool upload_stopped = false;  ///< an early final response: the rest is not sent
  // Receiving.
  bool head_done = false;      ///< the final head was handled
  std::uint64_t received = 0;  ///< bytes for this attempt
  std::uint64_t drained = 0;
  std::uint64_t window_bytes = 0;  ///< in the throughput measure's window
  base::Instant last_accepted;     ///< the write timeout counts from here
  base::Instant last_received;     ///< the read timeout counts from here: last byte, or all sent
  base::Instant sent_at;
  base::Instant drain_until;
  base::Instant window_start;
};

struct Connection : ConnectionRun {
  enum class State : std::uint8_t {
    resolving,
    connecting,
    idle,
    busy,      ///< an exchange's
    draining,  ///< nobody's: the rest of an unwanted response is read to save it (P6)
    closing,
  };

  State state = State::resolving;
  ConnectionId id;
  ExchangeId exchange;  ///< busy: whose
  std::uint64_t serial = 0;
  PeerAddress peer;

  // Dial (see dial.cc).
  std::vector<PeerAddress> addresses;
  std::size_t next_address = 0;
  base::Instant dial_deadline;     ///< of the whole dial (T1 connect)
  base::Instant address_deadline;  ///< of the address being tried: its share of the rest
  ErrorCode last_error{};
  int last_os_error = 0;

  // Life.
  base::Instant retire_at;  ///< max_lifetime, jittered
  base::Instant idle_until;
  Duration idle_allowed{0};         ///< idle_expiry, or less by the peer's Keep-Alive: timeout=
  std::uint32_t requests_left = 0;  ///< by max_requests_per_connection and Keep-Alive: max=

  std::string out;  ///< head or chunk framing being written
  wire::H1Reader reader;
  LimitPolicy own_limits;      ///< copy, where the request brought limits of its own
  std::string_view input;      ///< bytes not yet parsed: of the current fact, or in `stash`
  std::string stash;           ///< input kept while the consumer pauses
  std::size_t stash_used = 0;  ///< of `stash`, parsed
  bool read_stopped = false;
  bool eof = false;         ///< the peer closed its side
  bool in_pending = false;  ///< stands in the core's list of connections to parse on
};

}  // namespace holdfast::engine
