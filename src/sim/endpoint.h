// The two ends of a link, which get the events of the network. Servers and clients implement these;
// the network never calls an end from inside a call of that end. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/slot_map.h"
#include "holdfast/error.h"
#include "holdfast/timeline.h"

namespace holdfast::sim {

struct LinkTag;
/// One connection, from the SYN until both ends have released it.
using LinkId = base::SlotId<LinkTag>;

enum class End : std::uint8_t { client, server };

/// The events of either end.
class Endpoint {
 public:
  /// `bytes` is valid during the call.
  virtual void bytes(LinkId link, std::string_view bytes) = 0;
  /// The system has accepted `bytes` more of a write.
  virtual void sent(LinkId link, std::size_t bytes) = 0;
  /// The other end has sent FIN.
  virtual void eof(LinkId link) = 0;
  /// The connection broke. This end must still close it.
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
  /// Called when a connection request arrives: true refuses it, like a closed port.
  virtual bool refuses(const PeerAddress& local, const PeerAddress& remote) {
    static_cast<void>(local), static_cast<void>(remote);
    return false;
  }
  virtual void accepted(LinkId link, const PeerAddress& local, const PeerAddress& remote) = 0;

 protected:
  ~Server() = default;
};

}  // namespace holdfast::sim
