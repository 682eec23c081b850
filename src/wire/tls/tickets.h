// Sessions that may be resumed, by origin (RFC 8446 §2.2, RFC 5077): a few of each, bounded over
// all, the oldest dropped first. Knows no clock: a session's end is compared with the time given.
// Owned by a TlsContext. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/instant.h"
#include "wire/tls/handles.h"

namespace holdfast::wire {

class TlsTickets {
 public:
  static constexpr std::size_t kMostPerOrigin = 4;
  static constexpr std::size_t kMost = 256;
  /// A peer chooses how large its tickets are; what is larger is not worth keeping.
  static constexpr std::size_t kMostTicketBytes = 16 * 1024;

  /// Keeps `session` (received at `now`) if it is worth anything.
  void put(const std::string& origin, SessionHandle session, base::WallTime now);

  /// The newest session of `origin` that is still good at `now`; null if there is none. One of
  /// TLS 1.3 is given away, since a ticket used twice lets onlookers link the two connections
  /// (RFC 8446 §C.4); one of TLS 1.2 stays.
  SessionHandle take(const std::string& origin, base::WallTime now);

  std::size_t size() const { return by_age_.size(); }

 private:
  using Sequence = std::uint64_t;
  struct Ticket {
    std::string origin;
    SessionHandle session;
    std::int64_t first_s = 0, last_s = 0;  // good from and until, both included
  };
  void drop(Sequence sequence);

  std::map<Sequence, Ticket> by_age_;
  std::unordered_map<std::string, std::vector<Sequence>> by_origin_;  // oldest first
  Sequence next_ = 0;
};

}  // namespace holdfast::wire
