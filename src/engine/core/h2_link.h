// What an HTTP/2 connection has beyond a connection: its session and its streams. Plain data; the
// rules are in h2_streams (requests), h2_receive (events) and h2_health (is it still good).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/ring.h"
#include "engine/core/stream.h"
#include "wire/h2/session.h"

namespace holdfast::engine {

struct H2Stream : Stream {
  std::uint32_t id = 0;        ///< on the wire; 0: the slot is free
  std::uint32_t slot = 0;      ///< its place in H2Link::streams
  LimitPolicy own_limits;      ///< copy, where the request brought limits of its own: the stream
                               ///< may outlive the request while an unwanted body is drained
  std::string stash;           ///< content that the paused consumer has not taken
  std::string delivering;      ///< content being looked at by the consumer
  std::uint64_t begun_at = 0;  ///< in the session's output
  bool body_wanted = false;    ///< the source may be asked: what it gave last is framed
  bool head_held = false;      ///< the head came while the consumer paused
  bool ended = false;          ///< whole, but not all of it delivered
};

struct H2Link {
  /// A place in the session's output whose acceptance means something for a stream.
  struct Mark {
    std::uint64_t offset = 0;
    std::uint32_t slot = 0, stream = 0;
    bool sent = false;  ///< the whole request, else its first byte
  };

  explicit H2Link(const Http2Policy& policy) : session(policy) {}

  wire::H2Session session;
  std::vector<std::unique_ptr<H2Stream>> streams;  ///< by slot, which is the session's tag
  std::vector<std::uint32_t> free;
  std::uint32_t live = 0;
  base::Ring<Mark> marks;             ///< in the order of their offsets
  std::vector<std::uint32_t> roused;  ///< slots whose consumer goes on
  bool answered = false;              ///< a response has come and gone on it
  bool retired = false;               ///< takes no further request
  std::uint32_t goaway_code = 0;
  base::Instant ping_due = base::Instant::never();   ///< a suspect: when its time is up
  base::Instant drain_due = base::Instant::never();  ///< look at streams that nobody waits for
};

}  // namespace holdfast::engine
