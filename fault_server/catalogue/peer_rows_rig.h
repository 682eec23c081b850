// What the tables of the catalogue's tests are made of. For tests. Thread: one owner.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "fault_server/peer/peer_rig.h"

namespace fault::catalogue {

/// What a row's expectations look at.
struct Seen {
  PeerRig& rig;
  PeerConnectionId id;
  const Wire& wire;
};

struct Row {
  int number;
  std::string_view rules;
  std::function<void(Seen&)> check;
  std::string_view request{};  // "" a GET of /x
};

inline std::string_view body_of(const Wire& wire) { return after_head(wire.received); }
inline bool has_text(const Wire& wire, std::string_view text) {
  return wire.received.find(text) != std::string::npos;
}
inline bool starts(const Wire& wire, std::string_view text) {
  return wire.received.starts_with(text);
}
inline std::size_t head_bytes(const Wire& wire) { return wire.received.find("\r\n\r\n") + 4; }
inline std::size_t status_bytes(const Wire& wire) { return wire.received.find("\r\n") + 2; }

inline void play(const Row& row) {
  SCOPED_TRACE("row " + std::to_string(row.number) + ": " + std::string(row.rules));
  PeerRig rig(row.rules);
  const PeerConnectionId id = rig.connect();
  if (row.request.empty()) {
    rig.get(id, "/x");
  } else {
    rig.send(id, row.request);
  }
  Seen seen{rig, id, rig.wire(id)};
  row.check(seen);
}

inline constexpr std::string_view kPost =
    "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234";

}  // namespace fault::catalogue
