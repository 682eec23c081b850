// For tests: any responses that a server may send over HTTP/2 (RFC 9113, RFC 9110, RFC 7541), with
// every optional element that a client has to accept, and what it must make of them (invariant 63).
// Depends on no test library: choices come from a function, as in h1_arbitrary.h.
//
// Elements: the responses of several streams, interleaved; statuses from 100 to 999 but 101;
// interim responses; empty values; Content-Length in every form where there is no content; content
// in frames of any size, empty ones among them; trailers; the end of the stream on any frame that
// can carry it; field sections cut into CONTINUATIONs at any byte; padding; priorities; every
// choice of HPACK (h2_hpack_arbitrary.h); between the frames of the responses SETTINGS, PING,
// WINDOW_UPDATE, PRIORITY, unknown frames and GOAWAY; RST_STREAM (NO_ERROR) behind a response that
// did not wait for the end of its request; DATA behind a 2xx to CONNECT.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "wire/h2/hpack_arbitrary.h"

namespace holdfast::wire {

/// The server's side of one connection behind its first SETTINGS, which are not written here. The
/// client grants 64 KiB or more to each stream, and to all together as much as they are worth.
/// Thread: one owner.
class LegalH2Server {
 public:
  struct Asked {
    std::uint32_t stream = 1;
    std::string method;
    bool early = false;  ///< the response may come before the request has ended
  };
  struct Responses {
    std::string bytes;
    std::vector<Transcript> expected;  ///< in the order of the requests
    std::vector<bool> stopped;         ///< likewise: RST_STREAM (NO_ERROR) asks for no more of it
    bool goes_away = false;            ///< the connection takes no further request
  };

  explicit LegalH2Server(const Pick& pick) : pick_(pick), hpack_(pick) {}

  /// The whole responses to these requests, which are the newest of the connection.
  Responses respond(const std::vector<Asked>& requests);

 private:
  Pick pick_;
  LegalHpack hpack_;
};

}  // namespace holdfast::wire
