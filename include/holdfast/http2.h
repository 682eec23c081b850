// The use of HTTP/2 (H2). A plain struct; each field's initializer is its default. Thread: any;
// plain values.
#pragma once

#include <chrono>
#include <cstdint>

#include "holdfast/export.h"
#include "holdfast/time.h"

namespace holdfast {

/// When HTTP/2 is used.
enum class Http2 : std::uint8_t {
  negotiate,        ///< over TLS if the server selects it (ALPN); HTTP/1.1 over cleartext
  off,              ///< never; HTTP/1.1 only
  prior_knowledge,  ///< as `negotiate`, and always over cleartext (RFC 9113 §3.3)
};

/// When HTTP/2 is used, and its limits.
struct Http2Policy {
  /// When HTTP/2 is used. RequestPolicy::http2 sets it for one request.
  Http2 use = Http2::negotiate;
  /// Most concurrent requests on one connection; the peer's SETTINGS_MAX_CONCURRENT_STREAMS can be
  /// lower. Above it another connection is opened, within the pool's limits.
  std::uint32_t max_streams = 250;
  /// Flow-control window of each response (RFC 9113 §5.2), in bytes: how much the peer may send
  /// before the consumer has taken it, and so the memory that one paused consumer can hold.
  std::uint32_t stream_window_bytes = 256 * 1024;
  /// Flow-control window of the connection, in bytes. Bytes held by paused consumers are not
  /// charged to it, so that they delay no other response; their bound is `stream_window_bytes`
  /// times the number of streams.
  std::uint32_t connection_window_bytes = 4 * 1024 * 1024;
  /// How long to wait for a sign of life after a PING. A PING is sent only when a request timed out
  /// and its connection has received nothing since the request's last progress. Such a connection
  /// gets no further request, and is closed when nothing is received within this time.
  Duration ping_timeout = std::chrono::seconds(2);
  /// Frames without content that the peer may send on a connection beyond what useful work accounts
  /// for (RFC 9113 §10.5): PING, SETTINGS, WINDOW_UPDATE, RST_STREAM, PRIORITY, empty DATA and
  /// unknown types. A SETTINGS frame counts once more for each 32 settings in it. Useful work is
  /// each request, each DATA frame with content in either direction, and each 128 bytes of that
  /// content. What was used of this allowance returns at 200 frames a second. When the peer exceeds
  /// it, the connection is closed and its requests fail with `peer_flooding`, which is retried
  /// (R4). At least 100.
  std::uint32_t flood_allowance = 4000;
};

}  // namespace holdfast
