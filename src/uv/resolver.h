// Performs the lookups that the engine orders: equal names share one, few run at once (each takes a
// thread), results are cached, and a stale result is used when the name service fails temporarily.
// Owner: the driver. Thread: the loop's. The engine's connect timeout limits the time of a lookup,
// not this class. A lookup without waiters runs on, and its result is cached; it delays neither
// other lookups (up to kMaxAbandoned of them) nor the end of the resolver.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "engine/ids.h"
#include "holdfast/error.h"
#include "uv/name_service.h"

namespace holdfast::uv {

class Resolver final : private NameService::Sink {
 public:
  struct Options {
    Duration cache_ttl{0};
    Duration stale_ttl{0};
    std::uint32_t concurrency = 1;
  };

  class Sink {
   public:
    /// Called once for each lookup that was not cancelled; inside resolve() if the result is
    /// cached. `addresses` is valid during the call.
    virtual void resolved(engine::ConnectionId id, std::span<const PeerAddress> addresses,
                          ErrorCode error, int os_error) = 0;
    /// Returns the time at which a result that just arrived enters the cache.
    virtual base::Instant lookup_ended() = 0;
    /// The lookup's waiters have all been told.
    virtual void lookup_settled() = 0;

   protected:
    ~Sink() = default;
  };

  Resolver(NameService& names, Sink& sink, Options options)
      : names_(names), sink_(sink), options_(options) {}
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  void resolve(engine::ConnectionId id, std::string_view host, std::uint16_t port,
               base::Instant now);
  /// The connection does not need its result any more.
  void cancel(engine::ConnectionId id);
  /// Gives up every lookup: no sink is called from now on. Does not wait.
  void shut_down();

 private:
  /// The most names in the cache. Above it, names without waiters are removed, the oldest first.
  static constexpr std::size_t kMaxNames = 256;
  /// Lookups without waiters that are not counted against Options::concurrency: where every
  /// lookup hangs, the number of threads stays bounded.
  static constexpr std::uint32_t kMaxAbandoned = 16;

  struct Waiter {
    engine::ConnectionId id;
    std::uint16_t port;
  };
  struct Name {
    enum class State : std::uint8_t { rest, queued, running };
    State state = State::rest;
    bool known = false;
    base::Instant fetched;
    NameService::Ticket ticket = 0;
    std::vector<PeerAddress> addresses;
    std::vector<Waiter> waiters;
  };
  using Names = std::map<std::string, Name, std::less<>>;

  void looked_up(NameService::Ticket ticket, int status,
                 std::span<const PeerAddress> addresses) override;
  void start_queued(base::Instant now);
  void settle(Name& name, int status, std::span<const PeerAddress> addresses, base::Instant now);
  void answer(Waiter waiter, const std::vector<PeerAddress>& addresses);
  bool is_younger(const Name& name, Duration age, base::Instant now) const {
    return name.known && now < name.fetched + age;
  }
  void make_room();
  bool may_start() const;

  NameService& names_;
  Sink& sink_;
  Options options_;
  Names known_;
  std::deque<Names::iterator> queue_;
  std::uint32_t running_ = 0;
  NameService::Ticket last_ticket_ = 0;
};

}  // namespace holdfast::uv
