// HTTP/1.1 responses, bytes to events (SPEC H1): heads and trailer sections by llhttp in strict
// mode, framing here. Sans-I/O: bytes are pushed in pieces of any size, one event comes back per
// call; how the bytes are cut makes no difference to the events. One reader belongs to one
// connection and is used for its responses one after the other; its buffers are reused. Knows no
// retries, no sockets, no clock. Thread: one owner. Does not move (llhttp holds its address).
//
// Invariants: 1. A body event's view points into the bytes just given. 2. After `error` nothing but
// expect_response is possible: the connection is lost. 3. `end` is reported exactly once per
// expect_response; what follows a message stays in the input.
//
// Whether there is a body at all is decided before any framing field is judged (RFC 9112 §6.3): a
// response to HEAD, a 1xx, 204 or 304, and a 2xx to CONNECT are delivered whatever these fields
// say; where they would be refused, the connection is only not used again. The lines of a folded
// field are joined by a space (§5.2).
//
// Refused as protocol_error, beyond what llhttp refuses: bare CR or LF anywhere in the framing;
// anything before the status line, empty lines too (RFC 9112 §2.2 pardons those before requests
// only); versions other than 1.0 and 1.1; a status that is not three digits from 100 on; 101, since
// an upgrade is never asked for; control characters in the reason; what framing_fields.h and
// chunk_framing.h list. llhttp 9 refuses folded lines; 8 passes them on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "holdfast/error.h"
#include "holdfast/policy.h"
#include "holdfast/response.h"

namespace holdfast::wire {

class H1Reader {
 public:
  enum class Event : std::uint8_t {
    need_more,  ///< all bytes are consumed
    interim,    ///< a 1xx head is complete: head(). Another head follows.
    head,       ///< the final head is complete: head()
    body,       ///< body() holds some bytes of the content (framing removed)
    end,        ///< the message is complete; trailers() holds its trailers
    error,      ///< error() and detail() say what
  };

  H1Reader();
  ~H1Reader();
  H1Reader(const H1Reader&) = delete;
  H1Reader& operator=(const H1Reader&) = delete;

  /// Makes ready for the response to a request of this method on this connection. `limits` must
  /// outlive the response. max_head_bytes counts the status line, fields and trailers of the
  /// response, each interim head apart, and each chunk's size line with its extensions apart;
  /// max_interim_bytes counts the interim heads together; max_header_count counts the fields of one
  /// head or trailer section.
  void expect_response(std::string_view method, const LimitPolicy& limits);

  /// Consumes from the front of `input` up to the next event. Empty input is allowed: `head` may be
  /// followed by `end` without another byte.
  Event next(std::string_view& input);
  /// The peer closed its side. Completes a body that is delimited by the close (`end`), else:
  /// error connection_closed when nothing at all had come, response_truncated within a response.
  Event finish();

  /// Valid from `interim`/`head` until the next expect_response or interim/head; may be moved from.
  ResponseHead& head();
  /// Valid from `end` until the next expect_response; may be moved from. Never merged into the
  /// head.
  Headers& trailers();
  /// Of the last `body` event.
  std::string_view body() const;

  /// Whether the connection may carry another request after `end`: keep-alive by version and
  /// Connection, body delimited (RFC 9112 §9.3), no upgrade.
  bool reusable() const;
  /// Keep-Alive: timeout=, max= of the last head; negative when absent (P4).
  std::int64_t keep_alive_timeout_s() const;
  std::int64_t keep_alive_max() const;

  ErrorCode error() const;
  const std::string& detail() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast::wire
