// Who turns host names into addresses: the system by default, a test's or c-ares-backed one where
// somebody brings it. Does no caching and no bounding; the resolver does. Thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "holdfast/timeline.h"

struct uv_loop_s;

namespace holdfast::uv {

class NameService {
 public:
  using Ticket = std::uint64_t;

  class Sink {
   public:
    /// The look-up has ended: `status` is 0 or libuv's code. Never called inside start().
    virtual void looked_up(Ticket ticket, int status, std::span<const PeerAddress> addresses) = 0;

   protected:
    ~Sink() = default;
  };

  virtual ~NameService() = default;
  /// Starts a look-up; 0, or libuv's code when it could not even start (then the sink hears
  /// nothing).
  virtual int start(Ticket ticket, const std::string& host, Sink& sink) = 0;
  /// Best effort. The sink hears of the look-up's end all the same.
  virtual void cancel(Ticket ticket) = 0;
};

/// uv_getaddrinfo, IPv4 and IPv6, in the order of the system. Must not be destroyed while a look-up
/// is under way.
std::unique_ptr<NameService> system_names(uv_loop_s* loop);

}  // namespace holdfast::uv
