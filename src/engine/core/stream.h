// One slot on a connection: what is being sent and read there, and for whom. HTTP/1.1 connections
// have one, HTTP/2 connections as many as they carry requests. Plain data; the rules are in
// transmit, receive and h2_streams.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.h"
#include "engine/ids.h"

namespace holdfast::engine {

/// The part that starts afresh with every attempt.
struct StreamRun {
  // Sending.
  std::uint64_t outstanding = 0;  ///< bytes ordered and not yet accepted
  std::uint64_t handed = 0;       ///< bytes accepted for this attempt
  std::uint64_t body_given = 0;   ///< bytes the source has given
  bool body_open = false;         ///< the source has more to give
  bool framed = false;            ///< HTTP/2: begun, so that bytes may have been accepted
  bool chunked = false;
  bool last_chunk_due = false;  ///< the piece being written is the last: its end follows
  bool sent = false;            ///< the whole request was accepted
  bool upload_stopped = false;  ///< an early final response: the rest is not sent
  bool withheld = false;        ///< the body waits for 100 (Continue)
  bool continued = false;       ///< that came before all of the head was accepted
  bool reused = false;          ///< the connection had answered before
  // Receiving.
  bool head_done = false;       ///< the final head was handled
  bool response_whole = false;  ///< all of the response is delivered, the upload goes on (R13)
  bool surplus = false;         ///< bytes followed the response
  std::uint64_t received = 0;   ///< bytes for this attempt
  std::uint64_t drained = 0;
  std::uint64_t drain_bytes = 0;   ///< the request's own bound on `drained`
  std::uint64_t window_bytes = 0;  ///< in the throughput measure's window
  base::Instant last_accepted;     ///< the write timeout counts from here
  base::Instant last_received;     ///< the read timeout counts from here: last byte, or all sent
  base::Instant sent_at;
  base::Instant continue_at = base::Instant::never();  ///< the withheld body is sent by then
  base::Instant drain_until;
  base::Instant window_start;
};

struct Stream : StreamRun {
  ExchangeId exchange;  ///< whose; none: nobody's any more
};

}  // namespace holdfast::engine
