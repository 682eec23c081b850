// What stands between a protocol and the wire where bytes are made before they are written: TLS
// records and HTTP/2 frames. One write at a time is under way; what comes up meanwhile is made when
// that one has been accepted. Plain data, owned by its connection; cleartext HTTP/1.1 has no use
// for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::engine {

struct Outbox {
  std::string bytes;       ///< as ordered; not touched until all of it is accepted
  std::size_t flying = 0;  ///< of `bytes`, not yet accepted
  // HTTP/1.1 over TLS: what of the request is not yet sealed, and what of it is in `bytes`.
  std::string_view head, body;
  std::size_t sealed = 0;
  // HTTP/2: of the session's output, counted from its beginning.
  std::uint64_t framed = 0, accepted = 0;

  void clear() {
    bytes.clear();
    flying = sealed = 0;
    head = body = {};
    framed = accepted = 0;
  }
};

}  // namespace holdfast::engine
