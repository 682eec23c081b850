// One HTTP/2 connection, client side, without its socket: bytes to events and requests to frames
// (SPEC H2, RFC 9113), by nghttp2. Sans-I/O: bytes are pushed in pieces of any size, one event
// comes back per call; frames are taken when there is room to write. Decides nothing about retries
// and times nothing: how the peer misbehaved is said as an ErrorCode, and floods are measured
// against the instants given. Thread: one owner. Does not move.
//
// Invariants: 1. A body event's view points into the bytes just given. 2. Of a stream come, in this
// order, interim*, head, body*, then exactly one of end and reset; after reset() or either of these
// nothing, except that a reset may follow end where the request's body has not ended. 3. After
// `error` nothing but take() is possible (the GOAWAY that tells the peer).
// 4. Bytes delivered are charged to the windows until consume() gives them back; those of a stream
// that is reset by either side, or not delivered, are given back here. 5. What was given by give()
// is only looked at until Progress::drained, or until the stream is over.
//
// Weakness of nghttp2: a field of which the name or the value has more than 64 KiB ends the
// connection (COMPRESSION_ERROR), not just its stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "holdfast/error.h"
#include "holdfast/headers.h"
#include "holdfast/http2.h"
#include "holdfast/policy.h"
#include "holdfast/response.h"

namespace holdfast::wire {

/// Names are sent in lower case; Host becomes :authority. Fields have been validated before they
/// come here (h1_writer.h's request_complaint).
struct H2RequestHead {
  std::string_view method;
  std::string_view scheme;
  std::string_view authority;  ///< unless the fields, else the defaults, carry a Host
  std::string_view target;
  const Headers* fields = nullptr;
  const Headers* defaults =
      nullptr;                       ///< sent where `fields` has no field of the same name; or null
  std::string_view user_agent;       ///< as defaults; empty: none
  std::string_view idempotency_key;  ///< empty: none generated
  std::span<const HeaderField> added{};  ///< as H1RequestHead has them
  bool has_body = false;                 ///< give() follows; else the head ends the stream
  std::optional<std::uint64_t> content_length;
};

class H2Session {
 public:
  enum class Event : std::uint8_t {
    need_more,  ///< all bytes are consumed
    interim,    ///< a 1xx head: head(). Another head follows.
    head,       ///< the final head: head()
    body,       ///< body() holds some bytes of the content
    end,        ///< the response is complete; trailers() holds its trailers
    reset,      ///< the stream is over without a whole response: error(), code(), detail()
    settings,   ///< the peer's SETTINGS: peer_max_streams() may have changed
    goaway,     ///< no further stream may be opened: last_stream(), code(). A `reset` follows for
                ///< each stream above last_stream(), with refused()
    pong,       ///< the answer to ping()
    error,      ///< the connection is lost: error(), code(), detail()
  };

  /// The preface, SETTINGS and the connection's window are in take() at once. `first_stream` (odd)
  /// is the id of the first request; tests begin near the last that there is.
  explicit H2Session(const Http2Policy& policy, std::uint32_t first_stream = 1);
  ~H2Session();
  H2Session(const H2Session&) = delete;
  H2Session& operator=(const H2Session&) = delete;

  // --- Requests -------------------------------------------------------------------------------
  /// Opens a stream and returns its id; 0 if no further one can be opened on this connection (ids
  /// used up, GOAWAY seen): nothing was sent then. `tag` comes back with the stream's events. Of
  /// `limits` max_head_bytes, max_header_count and max_interim_bytes count here; it must
  /// outlive the stream. Beyond peer_max_streams() a request waits in here, not begun, until
  /// another one ends: the caller had better keep within it.
  std::uint32_t open(const H2RequestHead& head, const LimitPolicy& limits, std::uint64_t tag);
  /// The next part of the body (by reference: invariant 5); the one before has drained. `last`
  /// may come with no bytes.
  void give(std::uint32_t stream, std::string_view bytes, bool last);
  /// Ends a stream that is not over, RST_STREAM `code` (RFC 9113 §7): CANCEL is 8, NO_ERROR 0.
  void reset(std::uint32_t stream, std::uint32_t code);
  /// The consumer has taken so many bytes of body events (of a stream that may be over by now).
  void consume(std::uint32_t stream, std::size_t bytes);
  /// The consumer pauses and holds so many bytes of body events: the connection's window has them
  /// back now, so that other streams go on; the stream's window has them back by consume().
  void lend(std::uint32_t stream, std::size_t bytes);
  /// PING, unless one is unanswered.
  void ping();
  /// GOAWAY NO_ERROR: we will open no further stream.
  void say_goodbye();
  /// Nothing is to be sent for a while: without a stream it keeps little memory.
  void rest();

  // --- Bytes out ------------------------------------------------------------------------------
  /// Whether take() has something to give now.
  bool wants_write() const;
  /// Appends whole frames until `out` holds `about` bytes or more, or there is nothing to send.
  void take(std::string& out, std::size_t about);

  /// What take() has put into its output, in order; to be asked for after each take().
  struct Progress {
    enum class Kind : std::uint8_t {
      begun,    ///< the stream's first byte stands at `offset`
      body,     ///< `bytes` more of its body were framed
      drained,  ///< all that was given was framed: give() may be called again
      sent,     ///< the frame that ends the request ends at `offset`
    };
    Kind kind = Kind::begun;
    std::uint32_t stream = 0;
    std::uint64_t tag = 0;
    std::uint64_t offset = 0;  ///< of all bytes ever taken from this session
    std::size_t bytes = 0;
  };
  bool next_progress(Progress& progress);

  // --- Bytes in -------------------------------------------------------------------------------
  /// Consumes from the front of `input` up to the next event.
  Event next(std::string_view& input, base::Instant now);

  // Of the last event:
  std::uint32_t stream() const;
  std::uint64_t tag() const;
  ResponseHead& head();  ///< may be moved from; http_major 2, no reason, no pseudo-fields
  std::string_view body() const;
  Headers& trailers();  ///< may be moved from
  /// reset: stream_refused (REFUSED_STREAM, or above GOAWAY's last id), http_1_1_required,
  /// stream_reset (NO_ERROR, CANCEL, INTERNAL_ERROR, ENHANCE_YOUR_CALM), stream_error (every other
  /// code), response_truncated (ended before its Content-Length), protocol_error (a malformed
  /// message: we reset it), head_too_large, interim_too_large. error: http2_error, peer_flooding,
  /// or protocol_error when the peer does not speak HTTP/2 at all.
  ErrorCode error() const;
  /// HTTP/2 error code of reset, goaway and error. Of a stream above GOAWAY's last id it is the
  /// GOAWAY's.
  std::uint32_t code() const;
  bool refused() const;  ///< reset: the peer has proven that it did not act on the request
  const std::string& detail() const;
  std::uint32_t last_stream() const;  ///< of the last GOAWAY

  // --- To look at -----------------------------------------------------------------------------
  bool settings_seen() const;
  /// The peer's SETTINGS_MAX_CONCURRENT_STREAMS; 2^32-1 if it sets none. 100 until its SETTINGS
  /// have come: no fewer should be expected (RFC 9113 §6.5.2).
  std::uint32_t peer_max_streams() const;
  bool going_away() const;  ///< GOAWAY was seen
  /// Streams that the peer still has to count: an answered one whose upload goes on is one.
  std::uint32_t open_streams() const;
  std::size_t spare_blocks() const;  ///< of memory, kept for further streams

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast::wire
