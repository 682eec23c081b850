// Performs the engine's orders in the virtual world, as src/uv does on a libuv loop. Orders are
// drained after every fact, one timer serves the next deadline, bytes that the system accepts at
// once are reported after the drain, and a close is confirmed on a later turn. Commands from
// outside a callback take effect on the next turn, so nothing completes inside the call that began
// it. When the timer fires, everything that has arrived by then is delivered before the deadlines
// are judged.
//
// stall() blocks the loop, like a callback that computes for seconds or a stopped process: bytes
// and FINs queue in the sockets until the time is over, then the sockets are read, then deadlines
// are judged. Servers keep running meanwhile.
//
// The driver also audits the engine: it records breaches of the contract in engine.h and goes on,
// so that a property can shrink the case. Owner: a test. Thread: one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ring.h"
#include "base/rng.h"
#include "body/body_feed.h"
#include "engine/engine.h"
#include "engine/listener.h"
#include "sim/endpoint.h"
#include "sim/event_queue.h"
#include "sim/resolver.h"
#include "sim/user.h"
#include "sim/world.h"

namespace holdfast::sim {

/// The timer's precision and the delays of the simulated loop.
struct DriverProfile {
  Duration timer_granularity{1};  ///< deadlines are rounded up to multiples, like uv's ms
  Duration timer_slack{0};        ///< timers fire up to this much later
  Duration close_delay{0};        ///< a close is confirmed within this time
  Duration callback_time{0};      ///< each callback of the user takes up to this
  double stall_chance = 0;        ///< chance of a blocked loop after each turn
  Duration max_stall{0};          ///< the longest such block
  std::uint64_t stall_turn = 0;   ///< the loop is blocked after this turn, from 1; 0: none
  Duration stall{0};              ///< the length of that block
  bool audit = true;              ///< check the pool's gauges after every turn (costs a little)
};

struct DriverStats {
  std::uint64_t turns = 0, orders = 0, submitted = 0, completed = 0;
  std::uint64_t timeouts = 0;             ///< times the timer fired for a deadline
  std::uint64_t idle_timeouts = 0;        ///< of these, without any order as a result
  std::uint64_t idle_timeout_rush = 0;    ///< the most of these in one virtual second
  std::uint32_t open = 0, peak_open = 0;  ///< connections, from the decision to dial until closed
  std::uint32_t peak_open_per_origin = 0;
  std::uint32_t peak_idle = 0;
  std::uint32_t peak_orders_per_turn = 0;
  Duration longest_turn{0};  ///< time spent in the user's callbacks
  std::uint64_t stalls = 0;
  Duration stalled{0};      ///< in total
  std::uint64_t looks = 0;  ///< at sockets of idle connections
  std::uint64_t finds = 0;  ///< of these, with an end or unexpected bytes
};

/// A time for which the loop stood still.
struct StoodStill {
  base::Instant from, to;
};

class Driver final : public Dialer, private EventTarget, private Resolver::Sink {
 public:
  /// `world` and `user` must outlive the world's last event. The engine's seed is the world's,
  /// unless the options have one.
  Driver(World& world, ClientOptions options, User& user, DriverProfile profile = {});
  /// Passes orders about exchanges to the listener unchanged; it also handles body sources.
  Driver(World& world, ClientOptions options, engine::Listener& listener,
         DriverProfile profile = {});
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  engine::ExchangeId submit(Request request, void* tag, bool streaming = false);
  /// A response that the user stores; it can be retried although it is delivered in pieces.
  engine::ExchangeId submit_storing(Request request, void* tag);
  void store_failed(engine::ExchangeId id, std::string detail);
  engine::ExchangeId submit(Request&& request, const engine::ExchangeSpec& spec);
  void cancel(engine::ExchangeId id);
  void pause(engine::ExchangeId id);
  void resume(engine::ExchangeId id);
  void body_ready(engine::ExchangeId id);
  /// The listener's replies to open_body and need_body, called within deliver().
  void body_opened(engine::ExchangeId id, std::uint32_t attempt, http::OpenedBody&& opened);
  void provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                    engine::Engine::BodyState state);
  /// Replies to User::on_prepare; see Engine::prepared.
  void prepared(engine::ExchangeId id, std::uint32_t attempt, engine::Engine::HookAnswer answer,
                Headers* fields, std::string detail = {});
  /// Blocks the loop for `span` from the end of this turn, as a read from a slow disk would; no
  /// effect if it is blocked for longer already. Commands given meanwhile are performed first
  /// afterwards, before the sockets are read, like those of the application's own timers.
  void stall(Duration span);
  bool standing_still() const { return awake_at_ > world_.clock().mono(); }
  void shut_down();
  void shut_down_gracefully();
  /// The engine has shut down and no connection is left in the world.
  bool finished() const { return engine_.finished() && stats_.open == 0; }

  engine::Engine& engine() { return engine_; }
  const engine::Engine& engine() const { return engine_; }
  const DriverStats& stats() const { return stats_; }
  /// The times for which the loop stood still, those that are over, in order.
  const std::vector<StoodStill>& stood_still() const { return stood_still_; }
  /// The breaches of the engine's contract; at most kKept are recorded.
  const std::vector<std::string>& violations() const { return violations_; }

  void connected(LinkId link) override;
  void connect_failed(LinkId link, ErrorCode error, int os_error) override;
  void bytes(LinkId link, std::string_view bytes) override;
  void sent(LinkId link, std::size_t bytes) override;
  void eof(LinkId link) override;
  void reset(LinkId link) override;

 private:
  static constexpr std::size_t kKept = 20;
  static constexpr std::uint32_t kMaxOrdersPerTurn = 1'000'000;
  enum class What : std::uint32_t { kick, timer, judge, closed, gone, awake };

  /// The driver's state of one connection of the engine.
  struct Line {
    engine::ConnectionId id;
    LinkId link;
    LookupId lookup;
    std::size_t owed = 0;  ///< ordered and not yet reported as written
    std::uint64_t origin = 0;
    bool live = false, connected = false, closing = false;
  };
  struct Written {
    engine::ConnectionId id;
    std::size_t bytes = 0;
  };

  struct Look {
    engine::ConnectionId id;
    bool over = false;  // the end was found and reported
  };
  struct Lookup {
    LookupId id;
    engine::ConnectionId whose;
    std::vector<PeerAddress> addresses;
    ErrorCode error = ErrorCode::none;
    int os_error = 0;
  };

  void fire(const Event& event) override;
  void lookup_ended(Lookup ended);
  void resolved(LookupId id, const std::vector<PeerAddress>& addresses, ErrorCode error,
                int os_error) override;

  void kick();
  void settle();
  void drain();
  void audit();
  void arm_timer();
  void on_timer();
  void judge();
  void maybe_stall();
  void awake();
  bool pass_written();
  bool pass_looked();
  void on_closed(engine::ConnectionId id);
  void perform(engine::Action& action);
  void perform_on_connection(engine::Action& action);
  void perform_on_exchange(engine::Action& action);
  void trace_order(const engine::Action& action);
  void connect(const engine::Action& action);
  void resolve(const engine::Action& action);
  void write(Line& line, const engine::Action& action);
  void close(Line& line);
  void open_body(const engine::Action& action);
  void need_body(const engine::Action& action);
  void prepare(const engine::Action& action);
  void tell(engine::Action& action);
  void callback_took();

  Line* claim(engine::ConnectionId id, std::uint64_t origin);
  Line* line_of(engine::ConnectionId id);
  /// Null if the fact is stale.
  Line* line_for_fact(LinkId link);
  bool is_live(engine::ExchangeId id) const {
    return id.index < live_.size() && live_[id.index] == id.generation;
  }
  void violate(std::string_view what);
  void plan(What what, base::Instant at, std::uint32_t index, std::uint32_t generation);
  void trace(std::string_view what, std::uint64_t id = 0, std::uint64_t number = 0,
             std::string_view detail = {}) {
    world_.trace().add(world_.clock().mono(), "user", what, id, number, detail);
  }

  World& world_;
  engine::Engine engine_;
  User* user_ = nullptr;  // used unless the driver has a listener
  engine::Listener* listener_ = nullptr;
  DriverProfile profile_;
  base::Rng rng_;
  std::vector<Line> lines_;                      // by connection index
  std::vector<engine::ConnectionId> of_link_;    // by link index
  std::vector<engine::ConnectionId> of_lookup_;  // by lookup index
  std::vector<std::uint32_t> live_;              // generation of the live exchange, by its index
  std::deque<http::BodyFeed> feeds_;             // by exchange index
  base::Ring<Written> written_;                  // accepted at once, not yet reported
  base::Ring<Look> looks_;                       // ordered, not yet performed
  std::string looked_;         // bytes of the last look; the engine reads them until the next fact
  std::vector<Lookup> piled_;  // ended while the loop was blocked
  std::unordered_map<std::uint64_t, std::uint32_t> open_by_origin_;
  std::vector<std::string> violations_;
  DriverStats stats_;
  std::vector<StoodStill> stood_still_;
  base::Instant timer_at_ = base::Instant::never();
  std::uint32_t timer_token_ = 0;
  base::Instant rush_second_;
  std::uint64_t rush_ = 0;
  base::Instant polled_;  // when the timer fired whose deadlines are being judged
  base::Instant awake_at_, stalled_since_;
  std::uint32_t awake_token_ = 0;
  bool judging_ = false;
  bool draining_ = false;
  bool kicked_ = false;
  bool gone_planned_ = false;
};

}  // namespace holdfast::sim
