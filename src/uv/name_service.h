// Resolves host names to addresses, by the system's service or a test's. Neither caches nor limits
// lookups; the resolver does. Thread: the loop's, unless a function states another.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "holdfast/function.h"
#include "holdfast/timeline.h"

namespace holdfast::uv {

class NameService {
 public:
  using Ticket = std::uint64_t;

  class Sink {
   public:
    /// The lookup has ended: `status` is 0 or libuv's code. Never called inside start().
    virtual void looked_up(Ticket ticket, int status, std::span<const PeerAddress> addresses) = 0;

   protected:
    ~Sink() = default;
  };

  virtual ~NameService() = default;
  /// Starts a lookup. Returns 0, or libuv's code where it could not start (then the sink is not
  /// called).
  virtual int start(Ticket ticket, const std::string& host, Sink& sink) = 0;
  /// Calls no sink from now on, whatever lookup is still under way. Does not wait.
  virtual void shut_down() = 0;
};

/// Runs work on the loop's thread; any thread may call it. Returns false once the loop accepts
/// none.
using Poster = Function<bool(Function<void()> work)>;

/// getaddrinfo(), IPv4 and IPv6, in the order of the system. Each lookup has a detached thread of
/// its own, not one of libuv's pool: a lookup that hangs keeps neither uv_run, uv_loop_close() nor
/// the end of the process waiting, and delays no file I/O. The thread owns what it needs, so the
/// service may be destroyed while lookups are under way; `post` is not called after shut_down().
/// Local exhaustion (no descriptor, no memory, no thread) is reported as UV_EMFILE, UV_ENOMEM and
/// their like, where getaddrinfo() itself says that the host does not exist.
std::unique_ptr<NameService> system_names(Poster post);

}  // namespace holdfast::uv
