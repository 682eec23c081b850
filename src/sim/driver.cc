// Facts, commands, the timer and the draining of orders. driver_orders.cc performs the orders.
#include "sim/driver.h"

#include <algorithm>
#include <utility>

namespace holdfast::sim {

using base::Instant;
using engine::Action;

namespace {

ClientOptions seeded(ClientOptions options, std::uint64_t seed) {
  if (options.seed == 0) options.seed = base::mix64(seed) | 1;
  return options;
}

}  // namespace

Driver::Driver(World& world, ClientOptions options, User& user, DriverProfile profile)
    : world_(world),
      engine_(seeded(std::move(options), world.seed()), {world.entropy(), world.entropy()}),
      user_(&user),
      profile_(profile),
      rng_(world.stream("driver")) {}

Driver::Driver(World& world, ClientOptions options, engine::Listener& listener,
               DriverProfile profile)
    : world_(world),
      engine_(seeded(std::move(options), world.seed()), {world.entropy(), world.entropy()}),
      listener_(&listener),
      profile_(profile),
      rng_(world.stream("driver")) {}

void Driver::plan(What what, Instant at, std::uint32_t index, std::uint32_t generation) {
  Event event;
  event.at = at;
  event.target = this;
  event.what = static_cast<std::uint32_t>(what);
  event.index = index;
  event.generation = generation;
  world_.queue().push(event);
}

void Driver::violate(std::string_view what) {
  world_.trace().add(world_.clock().mono(), "audit", "violation", 0, 0, what);
  if (violations_.size() < kKept) violations_.emplace_back(what);
}

// --- Commands ------------------------------------------------------------------------------------

/// Plans a turn that performs the orders of a command, unless a drain is running that will.
void Driver::kick() {
  if (draining_ || kicked_) return;
  kicked_ = true;
  plan(What::kick, world_.clock().mono(), 0, 0);
}

engine::ExchangeId Driver::submit(Request request, void* tag, bool streaming) {
  engine::ExchangeSpec spec;
  spec.streaming = streaming;
  spec.user = tag;
  return submit(std::move(request), spec);
}

engine::ExchangeId Driver::submit_storing(Request request, void* tag) {
  engine::ExchangeSpec spec;
  spec.storing = true;
  spec.user = tag;
  return submit(std::move(request), spec);
}

engine::ExchangeId Driver::submit(Request&& request, const engine::ExchangeSpec& spec) {
  const engine::ExchangeId id = engine_.submit(std::move(request), spec, world_.now());
  if (is_live(id)) violate("an exchange's id was given away twice");
  if (live_.size() <= id.index) live_.resize(id.index + 1, 0);
  while (feeds_.size() <= id.index) feeds_.emplace_back();
  live_[id.index] = id.generation;
  ++stats_.submitted;
  trace("submit", stats_.submitted);
  kick();
  return id;
}

void Driver::store_failed(engine::ExchangeId id, std::string detail) {
  trace("store failed");
  engine_.store_failed(id, std::move(detail), world_.now());
  kick();
}

void Driver::cancel(engine::ExchangeId id) {
  trace("cancel");
  engine_.cancel(id, world_.now());
  kick();
}
void Driver::pause(engine::ExchangeId id) {
  trace("pause");
  engine_.pause(id);
  kick();
}
void Driver::resume(engine::ExchangeId id) {
  trace("resume");
  engine_.resume(id, world_.now());
  kick();
}
void Driver::body_ready(engine::ExchangeId id) {
  trace("body ready");
  engine_.body_ready(id, world_.now());
  kick();
}
void Driver::body_opened(engine::ExchangeId id, std::uint32_t attempt, http::OpenedBody&& opened) {
  trace("body opened", 0, opened.ok ? 1 : 0);
  engine_.body_opened(id, attempt, std::move(opened), world_.now());
}
void Driver::provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                          engine::Engine::BodyState state) {
  trace("body source", 0, bytes.size());
  engine_.provide_body(id, attempt, bytes, state, world_.now());
}
void Driver::prepared(engine::ExchangeId id, std::uint32_t attempt,
                      engine::Engine::HookAnswer answer, Headers* fields, std::string detail) {
  trace("prepared", 0, attempt);
  engine_.prepared(id, attempt, answer, fields, std::move(detail), world_.now());
  kick();
}
void Driver::shut_down() {
  trace("shut down");
  engine_.shut_down(world_.now());
  kick();
}
void Driver::shut_down_gracefully() {
  trace("drain away");
  engine_.shut_down_gracefully(world_.now());
  kick();
}

// --- Facts ---------------------------------------------------------------------------------------

/// Performs the orders of commands since the last turn before a new fact (engine.h, 1).
void Driver::settle() {
  if (!kicked_) return;
  kicked_ = false;
  drain();
}

Driver::Line* Driver::line_for_fact(LinkId link) {
  settle();
  if (link.index >= of_link_.size()) return nullptr;
  Line* line = line_of(of_link_[link.index]);
  return line != nullptr && line->link == link && !line->closing ? line : nullptr;
}

Driver::Line* Driver::line_of(engine::ConnectionId id) {
  if (id.index >= lines_.size()) return nullptr;
  Line& line = lines_[id.index];
  return line.live && line.id == id ? &line : nullptr;
}

void Driver::resolved(LookupId id, const std::vector<PeerAddress>& addresses, ErrorCode error,
                      int os_error) {
  // From here on the index can be used by another lookup.
  lookup_ended({id, of_lookup_[id.index], addresses, error, os_error});
}

void Driver::lookup_ended(Lookup ended) {
  if (standing_still()) return piled_.push_back(std::move(ended));
  settle();
  Line* line = line_of(ended.whose);
  if (line == nullptr || line->lookup != ended.id || line->closing) return;
  line->lookup = {};
  engine_.handle_resolved(line->id, ended.addresses, ended.error, ended.os_error, world_.now());
  drain();
}

void Driver::connected(LinkId link) {
  Line* line = line_for_fact(link);
  if (line == nullptr) return;
  line->connected = true;
  engine_.handle_connected(line->id, world_.now());
  drain();
}

void Driver::connect_failed(LinkId link, ErrorCode error, int os_error) {
  Line* line = line_for_fact(link);
  if (line == nullptr) return;
  world_.network().close(link, End::client);
  line->link = {};
  engine_.handle_connect_failed(line->id, error, os_error, world_.now());
  drain();
}

void Driver::bytes(LinkId link, std::string_view bytes) {
  Line* line = line_for_fact(link);
  if (line == nullptr) return;
  engine_.handle_bytes(line->id, bytes, world_.now());
  drain();
}

void Driver::sent(LinkId link, std::size_t bytes) {
  Line* line = line_for_fact(link);
  if (line == nullptr) return;
  line->owed -= bytes;
  engine_.handle_written(line->id, bytes, world_.now());
  drain();
}

void Driver::eof(LinkId link) {
  Line* line = line_for_fact(link);
  if (line == nullptr) return;
  engine_.handle_eof(line->id, world_.now());
  drain();
}

void Driver::reset(LinkId link) {
  Line* line = line_for_fact(link);
  if (line == nullptr) return;
  // Accepted bytes were reported at once, so the write is not uncertain.
  engine_.handle_failed(line->id, ErrorCode::connection_reset, 104, false, world_.now());
  drain();
}

void Driver::on_closed(engine::ConnectionId id) {
  settle();
  Line* line = line_of(id);
  if (line == nullptr || !line->closing) return;
  line->live = false;
  --stats_.open;
  --open_by_origin_[line->origin];
  trace("closed", 0, id.index);
  engine_.handle_closed(id, world_.now());
  drain();
}

void Driver::fire(const Event& event) {
  const What what = static_cast<What>(event.what);
  if (what == What::awake) {
    if (event.generation == awake_token_) awake();
    return;
  }
  if (standing_still()) return plan(what, awake_at_, event.index, event.generation);
  switch (what) {
    case What::kick:
      settle();
      break;
    case What::timer:
      if (event.generation == timer_token_) on_timer();
      break;
    case What::judge:
      judge();
      break;
    case What::awake:
      break;
    case What::closed:
      on_closed({event.index, event.generation});
      break;
    case What::gone:
      listener_->closed();
      break;
  }
}

// --- The timer -----------------------------------------------------------------------------------

/// An earlier deadline re-arms the timer at once; a later one is found when the timer fires.
void Driver::arm_timer() {
  const Instant deadline = engine_.next_deadline();
  if (deadline.is_never() || judging_) return;
  const std::int64_t grain = profile_.timer_granularity.count();
  Instant at = deadline < world_.clock().mono() ? world_.clock().mono() : deadline;
  if (grain > 1) at.ns = (at.ns + grain - 1) / grain * grain;
  if (at >= timer_at_) return;
  if (profile_.timer_slack.count() > 0) {
    at.ns += static_cast<std::int64_t>(
        rng_.between(0, static_cast<std::uint64_t>(profile_.timer_slack.count())));
    at = base::earlier(at, timer_at_);  // must not fire later than armed before
  }
  timer_at_ = at;
  plan(What::timer, at, 0, ++timer_token_);
}

void Driver::on_timer() {
  settle();
  timer_at_ = Instant::never();
  const Instant now = world_.clock().mono();
  if (engine_.next_deadline() > now) return arm_timer();
  // Sockets before timers: everything that has arrived by now is in the queue before this event.
  judging_ = true;
  polled_ = now;
  plan(What::judge, now, 0, 0);
}

void Driver::judge() {
  settle();
  judging_ = false;
  if (engine_.next_deadline() > polled_) return arm_timer();
  const Instant now = world_.clock().mono();
  const std::uint64_t orders = stats_.orders;
  ++stats_.timeouts;
  engine_.handle_timeout(world_.now(), polled_);
  drain();
  if (stats_.orders != orders) return;
  ++stats_.idle_timeouts;
  if (now - rush_second_ >= std::chrono::seconds(1)) {
    rush_second_ = now;
    rush_ = 0;
  }
  stats_.idle_timeout_rush = std::max(stats_.idle_timeout_rush, ++rush_);
}

// --- Blocking the loop ---------------------------------------------------------------------------

void Driver::stall(Duration span) {
  const Instant now = world_.clock().mono();
  if (now + span <= awake_at_ || span.count() <= 0) return;
  if (!standing_still()) {
    stalled_since_ = now;
    ++stats_.stalls;
  }
  awake_at_ = now + span;
  trace("stands still", 0, static_cast<std::uint64_t>(span.count()));
  world_.network().suspend(*this, awake_at_);
  plan(What::awake, awake_at_, 0, ++awake_token_);
}

void Driver::maybe_stall() {
  if (profile_.stall_turn != 0 && stats_.turns == profile_.stall_turn) stall(profile_.stall);
  if (profile_.stall_chance <= 0 || !rng_.chance(profile_.stall_chance)) return;
  stall(Duration(static_cast<std::int64_t>(
      rng_.between(1, static_cast<std::uint64_t>(profile_.max_stall.count()) + 1))));
}

void Driver::awake() {
  const Duration span = world_.clock().mono() - stalled_since_;
  stats_.stalled += span;
  stood_still_.push_back({stalled_since_, world_.clock().mono()});
  settle();
  engine_.handle_stalled(span, world_.now());
  drain();
  for (Lookup& ended : std::exchange(piled_, {})) lookup_ended(std::move(ended));
}

// --- Orders --------------------------------------------------------------------------------------

void Driver::drain() {
  if (draining_) return;
  draining_ = true;
  ++stats_.turns;
  const Instant began = world_.clock().mono();
  std::uint32_t orders = 0;
  Action action;
  for (;;) {
    while (engine_.poll(action, world_.now())) {
      if (++orders > kMaxOrdersPerTurn) {
        violate("a million orders in one turn: the engine goes round in circles");
        draining_ = false;
        return;
      }
      perform(action);
    }
    if (!pass_written() && !pass_looked()) break;
  }
  stats_.orders += orders;
  stats_.longest_turn = std::max(stats_.longest_turn, world_.clock().mono() - began);
  stats_.peak_orders_per_turn = std::max(stats_.peak_orders_per_turn, orders);
  draining_ = false;
  if (profile_.audit) audit();
  arm_timer();
  maybe_stall();
  if (listener_ != nullptr && finished() && !std::exchange(gone_planned_, true)) {
    plan(What::gone, world_.clock().mono(), 0, 0);
  }
}

/// Reports one completed write to the engine; false if there is none.
bool Driver::pass_written() {
  if (written_.empty()) return false;
  const Written written = written_.pop();
  Line* line = line_of(written.id);
  if (line == nullptr || line->closing) return true;
  line->owed -= written.bytes;
  engine_.handle_written(written.id, written.bytes, world_.now());
  return true;
}

/// Reports the next fact of a look: bytes, the end of the stream, or the end of the look.
bool Driver::pass_looked() {
  if (looks_.empty()) return false;
  const Look look = looks_.pop();
  Line* line = line_of(look.id);
  if (line == nullptr || line->closing) return true;
  const Network::Found found =
      look.over ? Network::Found::nothing : world_.network().look(line->link, End::client, looked_);
  if (found == Network::Found::nothing) {
    engine_.handle_looked(look.id, world_.now());
    return true;
  }
  ++stats_.finds;
  looks_.push({look.id, found != Network::Found::bytes});
  if (found == Network::Found::bytes) engine_.handle_bytes(look.id, looked_, world_.now());
  if (found == Network::Found::eof) engine_.handle_eof(look.id, world_.now());
  if (found == Network::Found::reset) {
    engine_.handle_failed(look.id, ErrorCode::connection_reset, 104, false, world_.now());
  }
  return true;
}

/// Compares the pool's gauges with the number of connections.
void Driver::audit() {
  const PoolStats pool = engine_.stats();
  const PoolPolicy& limits = engine_.options().pool;
  stats_.peak_idle = std::max(stats_.peak_idle, pool.idle);
  if (pool.idle > limits.max_idle) violate("more idle connections than max_idle");
  if (pool.idle + pool.busy + pool.opening + pool.closing != stats_.open) {
    violate("the pool counts " +
            std::to_string(pool.idle + pool.busy + pool.opening + pool.closing) +
            " connections and there are " + std::to_string(stats_.open));
  }
  if (pool.waiting != 0 && pool.idle + pool.busy + pool.opening + pool.closing == 0) {
    violate("somebody waits and nothing is open or opening");
  }
  if (engine_.live_exchanges() + stats_.completed != stats_.submitted) {
    violate("submitted is not live plus completed");
  }
}

}  // namespace holdfast::sim
