// Whom the network tells what: the two ends of a link. Servers and clients implement these; the
// network never calls them from inside a call of theirs. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/slot_map.h"
#include "holdfast/error.h"
#include "holdfast/timeline.h"

namespace holdfast::sim {

struct LinkTag;
/// One connection, from the SYN until both ends have let go.
using LinkId = base::SlotId<LinkTag>;

enum class End : std::uint8_t { client, server };

/// What either end hears.
class Endpoint {
 public:
  /// The bytes live until this returns.
  virtual void bytes(LinkId link, std::string_view bytes) = 0;
  /// `bytes` more of what was written are in the system's hands.
  virtual void sent(LinkId link, std::size_t bytes) = 0;
  /// The other end will send no more.
  virtual void eof(LinkId link) = 0;
  /// The connection broke. The end still has to close.
  virtual void reset(LinkId link) = 0;

 protected:
  ~Endpoint() = default;
};

/// The end that dials.
class Dialer : public Endpoint {
 public:
  virtual void connected(LinkId link) = 0;
  virtual void connect_failed(LinkId link, ErrorCode error, int os_error) = 0;

 protected:
  ~Dialer() = default;
};

/// The end that listens.
class Server : public Endpoint {
 public:
  /// Asked when a connection request arrives: true refuses it, as a closed port would.
  virtual bool refuses(const PeerAddress& local, const PeerAddress& remote) {
    static_cast<void>(local), static_cast<void>(remote);
    return false;
  }
  virtual void accepted(LinkId link, const PeerAddress& local, const PeerAddress& remote) = 0;

 protected:
  ~Server() = default;
};

}  // namespace holdfast::sim
