// How HTTP/2 is used (SPEC H2). A plain struct with the default beside the field. Thread: any
// (values).
#pragma once

#include <chrono>
#include <cstdint>

#include "holdfast/export.h"
#include "holdfast/time.h"

namespace holdfast {

enum class Http2 : std::uint8_t {
  negotiate,        ///< over TLS if the server picks it (ALPN); cleartext is HTTP/1.1
  off,              ///< HTTP/1.1 only
  prior_knowledge,  ///< cleartext is HTTP/2 too, without asking (RFC 9113 §3.3)
};

struct Http2Policy {
  Http2 use = Http2::negotiate;
  /// Requests at once on one connection, further bounded by the peer's
  /// SETTINGS_MAX_CONCURRENT_STREAMS. Beyond it another connection is opened (within the pool's
  /// limits).
  std::uint32_t max_streams = 250;
  /// How many bytes of one response the peer may send before the consumer has taken them (RFC 9113
  /// §5.2): what one paused consumer can cost in memory.
  std::uint32_t stream_window_bytes = 256 * 1024;
  /// How many bytes of all responses of a connection may be under way. Bytes that paused consumers
  /// hold do not count, so that they never hold up other responses: they are bounded by
  /// `stream_window_bytes` times the streams.
  std::uint32_t connection_window_bytes = 4 * 1024 * 1024;
  /// A stream that timed out on a connection from which nothing has come since makes the connection
  /// a suspect: it takes no further request, a PING is sent, and if nothing comes back within this,
  /// it is closed. PINGs are sent at no other time.
  Duration ping_timeout = std::chrono::seconds(2);
  /// Frames without content (PING, SETTINGS, WINDOW_UPDATE, RST_STREAM, PRIORITY, empty DATA,
  /// unknown types) that a peer may send on a connection beyond those that its useful work accounts
  /// for (RFC 9113 §10.5). Useful work adds to it: each request, each DATA frame with content in
  /// either direction, and each 128 bytes of it; so do 200 frames a second while fewer than this
  /// are left. A peer that sends more loses the connection: its requests fail with peer_flooding,
  /// which is retried (SPEC R4). At least 100.
  std::uint32_t flood_allowance = 4000;
};

}  // namespace holdfast
