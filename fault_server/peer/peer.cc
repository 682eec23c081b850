#include "fault_server/peer/peer.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/deadline_heap.h"
#include "fault_server/peer/protocol.h"
#include "fault_server/script/line.h"
#include "fault_server/script/tls_terms.h"
#include "fault_server/session/peer_shared.h"
#include "fault_server/session/session.h"
#include "fault_server/tls/engine.h"
#include "fault_server/tls/line.h"

namespace fault {
namespace {

constexpr std::string_view kUnknownPeer = "127.0.0.1";

}  // namespace

// One listener of the scenario, and where it stands in its sequence of connections. Not in the
// nameless namespace, since State has some as members.
struct ListenerState {
  std::string id;
  std::uint64_t connections = 0;  // accepted or refused
  std::string last_peer{kUnknownPeer};
  bool closed = false;  // kUnlisten was ordered
  Instant open_again = Instant::never();
};

struct Peer::State {
  // A connection, and its outermost part again where that is TLS.
  struct Line {
    std::unique_ptr<Session> session;
    TlsLine* tls = nullptr;
    Session* operator->() const { return session.get(); }
  };

  State(Scenario scenario, Now now, Refusals how, std::shared_ptr<const CertificateKit> with)
      : shared(std::move(scenario), now), refusals(how), kit(std::move(with)) {
    adopt_listeners();
  }

  ListenerState& listener(std::string_view id) {
    for (ListenerState& known : listeners) {
      if (known.id == id) return known;
    }
    return listeners.emplace_back(
        ListenerState{std::string(id), 0, std::string(kUnknownPeer), false, Instant::never()});
  }

  void adopt_listeners() {
    const std::vector<Listener>& wanted = shared.rules.scenario().listeners;
    for (const Listener& one : wanted) listener(one.id);
    if (wanted.empty()) listener(Listener{}.id);
  }

  // Is the listener's next attempt to be refused? Then nobody may listen while it is made.
  void look_ahead(ListenerState& at, Now now);
  void note_refusal(ListenerState& at, const Choice& choice, Now now);
  void note_open(const Accepted& accepted, Now now);
  void begin(Line& line, Accepted accepted, Now now);
  void drop_tls_step(Accepted& accepted, Now now);
  TlsContext& tls_context();
  void settle(PeerConnectionId id, Now now);
  void serve_overloads(Now now);
  void tell_watchers(Now now);

  PeerShared shared;
  Refusals refusals;
  std::deque<ListenerState> listeners;
  std::shared_ptr<const CertificateKit> kit;  // with tls: made when first needed
  std::unique_ptr<TlsContext> tls;
  holdfast::base::SlotMap<Line, PeerConnectionTag> connections;
  holdfast::base::DeadlineHeap deadlines;
  std::uint64_t told = 0;  // up to which entry watchers have been told
  // Closed ones live until the next fact: orders may still point into them.
  std::vector<std::unique_ptr<Session>> gone;
  Now latest;  // when the last fact came
};

void Peer::State::look_ahead(ListenerState& at, Now now) {
  if (refusals == Refusals::kByQuestion) return;
  const auto next = shared.rules.peek_connection(at.id, at.connections + 1, at.last_peer,
                                                 shared.since_start(now));
  const bool refused = next && next->step.action == ActionKind::kRefuse;
  if (refused) at.open_again = now.mono + kRefusalWindow;
  if (!refused) at.open_again = Instant::never();
  if (refused == at.closed) return;
  at.closed = refused;
  Order& order = shared.orders.push();
  order = Order{};
  order.kind = refused ? Order::Kind::kUnlisten : Order::Kind::kListen;
  order.listener = at.id;
}

void Peer::State::note_refusal(ListenerState& at, const Choice& choice, Now now) {
  Entry entry = shared.entry(EntryType::kConnRefused, now);
  entry.listener = at.id;
  entry.peer = at.last_peer;
  entry.rule = choice.rule;
  entry.step = choice.step_index;
  entry.draw = choice.draw.value_or(-1);
  shared.journal.add(std::move(entry));
}

void Peer::State::note_open(const Accepted& accepted, Now now) {
  Entry entry = shared.entry(EntryType::kConnOpen, now);
  entry.conn = accepted.serial;
  entry.listener = accepted.listener;
  entry.peer = accepted.peer;
  shared.journal.add(std::move(entry));
}

TlsContext& Peer::State::tls_context() {
  if (!kit) {
    CertificateWish wish;
    wish.now = shared.start.wall;
    kit = std::make_shared<CertificateKit>(wish);
  }
  if (!tls) tls = std::make_unique<TlsContext>(kit);
  return *tls;
}

// A rule for connections of several listeners may say what a plain one cannot do.
void Peer::State::drop_tls_step(Accepted& accepted, Now now) {
  const Choice choice = std::move(*accepted.choice);
  accepted.choice.reset();
  Entry entry = shared.entry(EntryType::kFault, now);
  entry.conn = accepted.serial;
  entry.rule = choice.rule;
  entry.step = choice.step_index;
  entry.notes.push_back(print_step(choice.step) + ": not played, there is no TLS here");
  shared.journal.add(std::move(entry));
}

void Peer::State::begin(Line& line, Accepted accepted, Now now) {
  const std::vector<Listener>& known = shared.rules.scenario().listeners;
  const auto config = std::find_if(
      known.begin(), known.end(), [&](const Listener& one) { return one.id == accepted.listener; });
  const bool secure = config != known.end() && !config->tls_cert.empty();
  line.tls = nullptr;
  if (!secure && accepted.choice && is_tls_step(accepted.choice->step))
    drop_tls_step(accepted, now);
  if (secure && !(accepted.choice && strikes_at_accept(accepted.choice->step))) {
    auto made = std::make_unique<TlsLine>(shared, std::move(accepted), tls_context(),
                                          tls_terms(*config), &make_session);
    line.tls = made.get();
    line.session = std::move(made);
  } else {
    line.session = make_session(shared, std::move(accepted));
  }
  line->open(now);
}

// After every fact about a connection: is it gone, and when does it want to be asked again?
void Peer::State::settle(PeerConnectionId id, Now now) {
  latest = now;
  Line* at = connections.find(id);
  if (at == nullptr) return;
  if ((*at)->closed()) {
    deadlines.disarm(id.index);
    gone.push_back(std::move(at->session));
    connections.erase(id);
    return;
  }
  const Instant due = (*at)->deadline(now);
  if (due == deadlines.due(id.index)) return;
  deadlines.arm(id.index, due);
}

void Peer::State::tell_watchers(Now now) {
  if (shared.watchers.empty() || told == shared.journal.last_seq()) return;
  told = shared.journal.last_seq();
  for (PeerConnectionId id : std::exchange(shared.watchers, {})) {
    if (auto* at = connections.find(id)) (*at)->handle_news(now);
    settle(id, now);
  }
}

void Peer::State::serve_overloads(Now now) {
  for (auto& [name, model] : shared.overloads) {
    std::uint64_t ticket = 0;
    while (model.pop_done(now.mono, ticket)) {
      const auto found = shared.tickets.find(ticket);
      if (found == shared.tickets.end()) continue;
      const PeerConnectionId id = found->second;
      shared.tickets.erase(found);
      if (auto* at = connections.find(id)) (*at)->handle_served(ticket, now);
      settle(id, now);
    }
  }
}

namespace {

Scenario seeded(Scenario scenario, std::uint64_t seed) {
  if (seed != 0) scenario.seed = seed;
  return scenario;
}

}  // namespace

Peer::Peer(Scenario scenario, std::uint64_t seed, Now now, Refusals refusals,
           std::shared_ptr<const CertificateKit> certificates)
    : state_(std::make_unique<State>(seeded(std::move(scenario), seed), now, refusals,
                                     std::move(certificates))) {
  for (ListenerState& one : state_->listeners) state_->look_ahead(one, now);
}

Peer::~Peer() = default;

PeerConnectionId Peer::handle_accept(std::string_view listener, std::string_view peer_address,
                                     Now now) {
  State& state = *state_;
  state.gone.clear();
  ListenerState& at = state.listener(listener);
  at.last_peer = peer_address;
  const std::uint64_t nth = ++at.connections;
  auto choice =
      state.shared.rules.choose_connection(at.id, nth, at.last_peer, state.shared.since_start(now));
  Accepted accepted;
  const PeerConnectionId id = accepted.id = state.connections.take();
  accepted.serial = state.shared.next_connection++;
  accepted.listener = at.id;
  accepted.peer = at.last_peer;
  accepted.nth = nth;
  accepted.at = now.mono;
  accepted.choice = std::move(choice);
  state.note_open(accepted, now);
  state.begin(state.connections[id], std::move(accepted), now);
  state.settle(id, now);
  state.look_ahead(at, now);
  state.tell_watchers(now);
  return id;
}

void Peer::handle_bytes(PeerConnectionId id, std::string_view bytes, Now now) {
  state_->gone.clear();
  if (auto* at = state_->connections.find(id)) (*at)->handle_bytes(bytes, now);
  state_->settle(id, now);
  state_->tell_watchers(now);
}

void Peer::handle_sent(PeerConnectionId id, std::size_t bytes, Now now) {
  state_->gone.clear();
  if (auto* at = state_->connections.find(id)) (*at)->handle_sent(bytes, now);
  state_->settle(id, now);
  state_->tell_watchers(now);
}

void Peer::handle_eof(PeerConnectionId id, Now now) {
  state_->gone.clear();
  if (auto* at = state_->connections.find(id)) (*at)->handle_eof(now);
  state_->settle(id, now);
  state_->tell_watchers(now);
}

void Peer::handle_reset(PeerConnectionId id, Now now) {
  state_->gone.clear();
  if (auto* at = state_->connections.find(id)) (*at)->handle_reset(now);
  state_->settle(id, now);
  state_->tell_watchers(now);
}

void Peer::handle_timeout(Now now) {
  State& state = *state_;
  state.gone.clear();
  state.serve_overloads(now);
  holdfast::base::DeadlineHeap::Key key = 0;
  while (state.deadlines.pop_due(now.mono, key)) {
    const PeerConnectionId id = state.connections.live_at(key);
    if (!id) continue;
    state.connections[id]->handle_timeout(now);
    state.settle(id, now);
  }
  for (ListenerState& at : state.listeners) {
    if (at.open_again > now.mono) continue;
    const auto choice = state.shared.rules.choose_connection(at.id, ++at.connections, at.last_peer,
                                                             state.shared.since_start(now));
    if (choice) state.note_refusal(at, *choice, now);
    state.look_ahead(at, now);
  }
  state.tell_watchers(now);
}

bool Peer::refuse_connect(std::string_view listener, std::string_view peer_address, Now now) {
  State& state = *state_;
  HF_CHECK(state.refusals == Refusals::kByQuestion);
  ListenerState& at = state.listener(listener);
  const Instant since = state.shared.since_start(now);
  const auto next =
      state.shared.rules.peek_connection(at.id, at.connections + 1, peer_address, since);
  if (!next || next->step.action != ActionKind::kRefuse) return false;
  at.last_peer = peer_address;
  ++at.connections;
  const auto choice =
      state.shared.rules.choose_connection(at.id, at.connections, at.last_peer, since);
  HF_CHECK(choice);
  state.note_refusal(at, *choice, now);
  return true;
}

bool Peer::poll(Order& order) {
  State& state = *state_;
  for (;;) {
    if (!state.shared.wire.empty()) {
      order = state.shared.wire.pop();
      return true;
    }
    if (state.shared.orders.empty()) return false;
    order = state.shared.orders.pop();
    const State::Line* line = state.connections.find(order.connection);
    if (line == nullptr || line->tls == nullptr) return true;
    line->tls->obey(order);
    state.settle(order.connection, state.latest);
  }
}

Instant Peer::next_deadline() const {
  Instant next = state_->deadlines.next();
  for (const auto& [name, model] : state_->shared.overloads) {
    next = earlier(next, model.next_deadline());
  }
  for (const ListenerState& at : state_->listeners) next = earlier(next, at.open_again);
  return next;
}

const CertificateKit& Peer::certificates() { return state_->tls_context().kit(); }

Journal& Peer::journal() { return state_->shared.journal; }
Rulebook& Peer::rulebook() { return state_->shared.rules; }
std::size_t Peer::open_connections() const { return state_->connections.size(); }

std::vector<ConnectionInfo> Peer::connections() const {
  std::vector<ConnectionInfo> out;
  state_->connections.each([&](PeerConnectionId id, const State::Line& one) {
    out.push_back({id, one->serial(), one->listener(), one->peer(), one->requests(),
                   one->bytes_in(), one->bytes_out()});
  });
  return out;
}

void Peer::kill(PeerConnectionId id, KillHow how, Now now) {
  state_->gone.clear();
  if (auto* at = state_->connections.find(id)) (*at)->kill(how, now);
  state_->settle(id, now);
}

void Peer::replace(Scenario scenario, Now now) {
  state_->shared.rules.replace(std::move(scenario));
  state_->adopt_listeners();
  for (ListenerState& at : state_->listeners) state_->look_ahead(at, now);
}

void Peer::reset(Now now) {
  PeerShared& shared = state_->shared;
  shared.rules.reset_cursors();
  shared.limiters.clear();
  // Requests inside a model are still to be served: only idle models are forgotten.
  std::erase_if(shared.overloads, [](const auto& one) { return one.second.serving() == 0; });
  shared.journal.clear();
  for (ListenerState& at : state_->listeners) {
    at.connections = 0;
    state_->look_ahead(at, now);
  }
}

PeerShared& Peer::shared() { return state_->shared; }

}  // namespace fault
