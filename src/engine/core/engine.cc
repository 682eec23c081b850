// The contract's face: every call sets the time, hands over to the core, and nothing else.
#include "engine/engine.h"

#include <utility>

#include "engine/core/core.h"

namespace holdfast::engine {

struct Engine::State {
  State(ClientOptions options, KeyEntropy keys) : core(std::move(options), keys) {}
  Core core;
};

Engine::Engine(ClientOptions options, KeyEntropy keys)
    : state_(std::make_unique<State>(std::move(options), keys)) {
  HF_CHECK(state_->core.options().seed != 0);
}
Engine::~Engine() = default;

ExchangeId Engine::submit(Request&& request, const ExchangeSpec& spec, base::Now now) {
  state_->core.at_command(now);
  return state_->core.submit(std::move(request), spec);
}
void Engine::cancel(ExchangeId id, base::Now now) {
  state_->core.at_command(now);
  state_->core.cancel(id);
}
void Engine::pause(ExchangeId id) { state_->core.pause(id); }
void Engine::resume(ExchangeId id, base::Now now) {
  state_->core.at_command(now);
  state_->core.resume(id);
}
void Engine::body_ready(ExchangeId id, base::Now now) {
  state_->core.at_command(now);
  state_->core.body_ready(id);
}
void Engine::body_opened(ExchangeId id, std::uint32_t attempt, http::OpenedBody&& opened,
                         base::Now now) {
  state_->core.at_command(now);
  state_->core.body_opened(id, attempt, std::move(opened));
}
void Engine::provide_body(ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                          BodyState state, base::Now now) {
  state_->core.at_command(now);
  state_->core.provide_body(id, attempt, bytes, state);
}
void Engine::store_failed(ExchangeId id, std::string detail, base::Now now) {
  state_->core.at_command(now);
  state_->core.store_failed(id, std::move(detail));
}
bool Engine::plan_of(ExchangeId id, std::uint32_t attempt, AttemptView& view) {
  return state_->core.plan_of(id, attempt, view);
}
void Engine::prepared(ExchangeId id, std::uint32_t attempt, HookAnswer answer, Headers* fields,
                      std::string detail, base::Now now) {
  state_->core.at_command(now);
  state_->core.prepared(id, attempt, answer, fields, std::move(detail));
}
Body* Engine::body_of(ExchangeId id) {
  Exchange* x = state_->core.find(id);
  return x == nullptr ? nullptr : &x->request.body;
}
const Response* Engine::response_of(ExchangeId id) const {
  const Exchange* x = state_->core.find(id);
  const bool known =
      x != nullptr && (!x->streaming || x->storing) && x->record.phase == Phase::body;
  return known ? &x->response : nullptr;
}
void Engine::shut_down(base::Now now) {
  state_->core.at_command(now);
  state_->core.shut_down(false);
}
void Engine::shut_down_gracefully(base::Now now) {
  state_->core.at_command(now);
  state_->core.shut_down(true);
}

void Engine::handle_resolved(ConnectionId id, std::span<const PeerAddress> addresses,
                             ErrorCode error, int os_error, base::Now now) {
  state_->core.at_fact(now);
  state_->core.resolved(id, addresses, error, os_error);
}
void Engine::handle_connected(ConnectionId id, base::Now now) {
  state_->core.at_fact(now);
  state_->core.connected(id);
}
void Engine::handle_connect_failed(ConnectionId id, ErrorCode error, int os_error, base::Now now) {
  state_->core.at_fact(now);
  state_->core.connect_failed(id, error, os_error);
}
void Engine::handle_bytes(ConnectionId id, std::string_view bytes, base::Now now) {
  state_->core.at_fact(now);
  state_->core.received(id, bytes);
}
void Engine::handle_written(ConnectionId id, std::size_t bytes, base::Now now) {
  state_->core.at_fact(now);
  state_->core.written(id, bytes);
}
void Engine::handle_eof(ConnectionId id, base::Now now) {
  state_->core.at_fact(now);
  state_->core.ended(id);
}
void Engine::handle_failed(ConnectionId id, ErrorCode error, int os_error, bool write_uncertain,
                           base::Now now) {
  state_->core.at_fact(now);
  state_->core.failed(id, error, os_error, write_uncertain);
}
void Engine::handle_closed(ConnectionId id, base::Now now) {
  state_->core.at_fact(now);
  state_->core.closed(id);
}
void Engine::handle_timeout(base::Now now, base::Instant polled) {
  state_->core.at_fact(now);
  state_->core.timeout(polled);
}
void Engine::handle_stalled(Duration span, base::Now now) {
  state_->core.at_fact(now);
  state_->core.stalled(span);
}
void Engine::handle_looked(ConnectionId id, base::Now now) {
  state_->core.at_fact(now);
  state_->core.looked(id);
}

bool Engine::poll(Action& action, base::Now now) {
  state_->core.at_fact(now);
  return state_->core.poll(action);
}
base::Instant Engine::next_deadline() const { return state_->core.next_deadline(); }

void Engine::set_notes(bool on) { state_->core.set_notes(on); }
void Engine::set_hook(bool on) { state_->core.set_hook(on); }
ClientStats Engine::stats() const { return state_->core.stats(); }
std::vector<OriginStats> Engine::origin_stats() const { return state_->core.pool().origin_stats(); }
std::size_t Engine::live_exchanges() const { return state_->core.live_exchanges(); }
bool Engine::finished() const { return state_->core.finished(); }
const ClientOptions& Engine::options() const { return state_->core.options(); }

// --- Orders --------------------------------------------------------------------------------------

void Core::forget_completed() {
  Exchange& x = exchanges_[completed_];
  x.request.policy.reset();
  x.error.reset();
  exchanges_.erase(completed_);
  completed_ = {};
  if (!draining_ || !exchanges_.empty()) return;
  pool_.each_open([&](ConnectionId id) { pool_.lose(id, CloseCause::shutdown); });
  run_pool();
}

bool Core::poll(Action& action) {
  while (orders_.empty()) {
    if (!hopping_.empty()) {
      start_hops();
      continue;
    }
    if (pending_.empty()) {
      settle();
      return false;
    }
    const ConnectionId id = pending_.back();
    pending_.pop_back();
    Connection* c = find_connection(id);
    if (c == nullptr || !c->in_pending) continue;
    c->in_pending = false;
    advance(*c);
  }
  action = orders_.pop();
  if (action.kind == Action::Kind::complete) completed_ = action.exchange;
  if (action.kind == Action::Kind::note) {
    // Out of the ring: who is told may cause further notes before he is done with this one.
    std::swap(told_, notes_.pop());
    action.note = &told_;
  }
  return true;
}

}  // namespace holdfast::engine
