// Facts, commands, the timer and the draining of orders. How orders are carried out is in
// driver_orders.cc.
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

/// The orders that a command caused are carried out on the next turn, or by the drain under way.
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

/// Orders of commands that were given since the last turn come before a new fact (engine.h, 1).
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
  settle();
  Line* line = line_of(of_lookup_[id.index]);
  if (line == nullptr || line->lookup != id || line->closing) return;
  line->lookup = {};
  engine_.handle_resolved(line->id, addresses, error, os_error, world_.now());
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
  // What the system took was reported at once: nothing about the write is uncertain.
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
  switch (static_cast<What>(event.what)) {
    case What::kick:
      settle();
      break;
    case What::timer:
      if (event.generation == timer_token_) on_timer();
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

/// An earlier deadline re-arms at once; a later one is found out when the timer fires.
void Driver::arm_timer() {
  const Instant deadline = engine_.next_deadline();
  if (deadline.is_never()) return;
  const std::int64_t grain = profile_.timer_granularity.count();
  Instant at = deadline < world_.clock().mono() ? world_.clock().mono() : deadline;
  if (grain > 1) at.ns = (at.ns + grain - 1) / grain * grain;
  if (at >= timer_at_) return;
  if (profile_.timer_slack.count() > 0) {
    at.ns += static_cast<std::int64_t>(
        rng_.between(0, static_cast<std::uint64_t>(profile_.timer_slack.count())));
    at = base::earlier(at, timer_at_);  // arming again must not put off what was armed before
  }
  timer_at_ = at;
  plan(What::timer, at, 0, ++timer_token_);
}

void Driver::on_timer() {
  settle();
  timer_at_ = Instant::never();
  const Instant now = world_.clock().mono();
  if (engine_.next_deadline() > now) return arm_timer();
  const std::uint64_t orders = stats_.orders;
  ++stats_.timeouts;
  engine_.handle_timeout(world_.now());
  drain();
  if (stats_.orders != orders) return;
  ++stats_.idle_timeouts;
  if (now - rush_second_ >= std::chrono::seconds(1)) {
    rush_second_ = now;
    rush_ = 0;
  }
  stats_.idle_timeout_rush = std::max(stats_.idle_timeout_rush, ++rush_);
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
    if (written_.empty()) break;
    const Written written = written_.pop();
    Line* line = line_of(written.id);
    if (line == nullptr || line->closing) continue;
    line->owed -= written.bytes;
    engine_.handle_written(written.id, written.bytes, world_.now());
  }
  stats_.orders += orders;
  stats_.longest_turn = std::max(stats_.longest_turn, world_.clock().mono() - began);
  stats_.peak_orders_per_turn = std::max(stats_.peak_orders_per_turn, orders);
  draining_ = false;
  if (profile_.audit) audit();
  arm_timer();
  if (listener_ != nullptr && finished() && !std::exchange(gone_planned_, true)) {
    plan(What::gone, world_.clock().mono(), 0, 0);
  }
}

/// The pool's gauges against what is really there.
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
