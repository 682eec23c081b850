// How a connection is opened, and how it is let go. A dial tries every resolved address in turn,
// the families interleaved (RFC 8305 §4), inside one connect budget: each address gets an equal
// share of the time that is left. One socket at a time, so that P2 holds at every instant; the
// price is that a black-holed first address costs its share before the second is tried.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/core/core.h"
#include "http/ip_address.h"

namespace holdfast::engine {

namespace {

/// A connection that may be shared and has not told by then what it can carry holds back nobody who
/// waits for it (R12).
constexpr Duration kSlow = std::chrono::milliseconds(300);
/// However many addresses there are, each gets this much of the connect budget, or as much as is
/// left: a share that is too short for one round trip connects nowhere. Of a short budget it is two
/// fifths, so that an address that keeps silent leaves time for another.
constexpr Duration kAddressFloor = std::chrono::seconds(2);
/// Of an idle connection's write buffer.
constexpr std::size_t kKeptBytes = 4096;

/// Alternates the families, beginning with the first address's.
void interleave(std::span<const PeerAddress> from, std::vector<PeerAddress>& to) {
  to.clear();
  if (from.empty()) return;
  const std::uint8_t lead = from.front().family;
  std::size_t a = 0, b = 0;
  const auto skip = [&](std::size_t& at, bool leading) {
    while (at < from.size() && (from[at].family == lead) != leading) ++at;
    return at < from.size();
  };
  while (to.size() < from.size()) {
    if (skip(a, true)) to.push_back(from[a++]);
    if (skip(b, false)) to.push_back(from[b++]);
  }
}

/// Where a dial by way of something failed, for people.
std::string whereabouts(const Connection& c, Phase phase, const std::string& host, int os_error) {
  std::string what = c.via->name();
  if (c.peer.family != 0 && phase != Phase::dns) what += " (" + c.peer.to_string() + ")";
  if (phase == Phase::tls) return host + " through " + what;
  if (c.via->kind != policy::Route::Kind::unix_socket) return "the proxy " + what;
  if (os_error == ENOENT) what += ": there is no such file";
  if (os_error == ECONNREFUSED) what += ": nobody listens there";
  if (os_error == EACCES) what += ": it may not be opened by this user";
  return what;
}

/// What the zone of an IPv6 address has to do with its failure (RFC 4007 §11); "": nothing.
std::string zone_complaint(const Connection& c, int os_error) {
  const bool link_local =
      c.peer.family == 6 && c.peer.bytes[0] == 0xFE && (c.peer.bytes[1] & 0xC0) == 0x80;
  const bool named = !c.zones.empty() && !c.zones[c.next_address - 1].empty();
  if (os_error == ENODEV && named) {
    return "this system has no network interface '" + c.zones[c.next_address - 1] + "'";
  }
  if (os_error == EINVAL && link_local && c.peer.scope == 0 && !named) {
    return "a link-local address needs its network interface: write [fe80::1%25eth0]";
  }
  return "";
}

}  // namespace

Connection* Core::find_connection(ConnectionId id) {
  if (!pool_.is_live(id)) return nullptr;
  Connection& c = *connections_[id.index];
  return c.state == Connection::State::closing ? nullptr : &c;
}

/// Carries out what the pool decided. Called after everything that may have changed it.
void Core::run_pool() {
  Pool::Work work;
  while (pool_.next(work)) {
    switch (work.kind) {
      case Pool::Work::Kind::dial:
        begin_dial(work.connection, work.origin);
        break;
      case Pool::Work::Kind::dialing:  // due() looks at dial_of()
        if (Exchange* x = find(work.waiter)) {
          const bool dials = work.connection && pool_.dial_of(work.waiter) == work.connection;
          if (x->early && dials) begin_attempt(work.waiter, *x);
          check_wait(work.waiter, *x);
          arm(work.waiter, *x);
        }
        break;
      case Pool::Work::Kind::assign:
        attach(*connections_[work.connection.index], work.waiter);
        break;
      case Pool::Work::Kind::close: {
        Connection& c = *connections_[work.connection.index];
        if (c.has_outbox()) say_farewell(c);
        c.state = Connection::State::closing;
        c.input = c.sealed = {};
        deadlines_.disarm(key_of(c.id));
        order(Action::Kind::close).connection = c.id;
        note_closed(c, work.origin, work.cause);
        if (!c.looking.empty()) look_elsewhere(c);
        break;
      }
    }
  }
}

void Core::begin_dial(ConnectionId id, OriginId origin) {
  while (connections_.size() <= id.index) connections_.push_back(std::make_unique<Connection>());
  Connection& c = *connections_[id.index];
  static_cast<StreamRun&>(c) = StreamRun{};
  c.id = id;
  c.exchange = {};
  c.serial = ++connection_serial_;
  c.dialed_at = now();
  const bool may_share = pool_.sharing_asked(origin) != Pool::Sharing::never;
  c.slow_at = may_share ? now() + kSlow : base::Instant::never();
  c.opened_at = base::Instant::never();
  c.peer = {};
  c.next_address = 0;
  c.last_error = ErrorCode::none;
  c.last_os_error = 0;
  c.address_deadline = base::Instant::never();
  c.idle_allowed = options_.pool.idle_expiry;
  c.requests_left = options_.pool.max_requests_per_connection;
  if (c.requests_left == 0) c.requests_left = ~0U;
  c.input = c.sealed = {};
  c.looking.clear();
  c.stash.clear();
  c.sealed_stash.clear();
  c.tls.reset();
  c.h2.reset();
  c.outbox.clear();
  c.read_stopped = c.eof = c.tls_closed = c.tls_failed = c.in_pending = false;
  if (may_share) check_waits(id);
  const Exchange* owner = find(pool_.owner_of(id));
  const TimeoutPolicy& timeouts = owner != nullptr ? *owner->timeouts : options_.timeouts;
  c.dial_deadline = now() + timeouts.connect;

  c.addresses.clear();
  c.zones.clear();
  c.via = pool_.via_of(origin);
  if (c.via && c.via->kind == policy::Route::Kind::unix_socket) return dial_path(c);
  // Through a proxy it is the proxy that is looked up; the origin's name is the proxy's business.
  const std::string_view host = c.via ? std::string_view(c.via->host) : pool_.host_of(origin);
  const std::uint16_t port = c.via ? c.via->port : pool_.port_of(origin);
  add_literal(c, host, port);
  for (const HostAddress& fixed : options_.resolve) {
    if (fixed.host != host || (fixed.port != 0 && fixed.port != port)) continue;
    add_literal(c, fixed.address, port);
  }
  if (!c.addresses.empty()) {
    try_next_address(c);
  } else {
    c.state = Connection::State::resolving;
    Action& action = order(Action::Kind::resolve);
    action.connection = id;
    action.host = host;
    action.port = port;
  }
  arm(c);
}

/// To a Unix domain socket: there is nothing to look up and one place to try.
void Core::dial_path(Connection& c) {
  c.state = Connection::State::connecting;
  Action& action = order(Action::Kind::connect);
  action.connection = c.id;
  action.path = c.via->path;
  arm(c);
}

void Core::try_next_address(Connection& c) {
  c.state = Connection::State::connecting;
  const auto left = static_cast<std::int64_t>(c.addresses.size() - c.next_address);
  const std::string_view zone =
      c.zones.empty() ? std::string_view() : std::string_view(c.zones[c.next_address]);
  c.peer = c.addresses[c.next_address++];
  c.address_deadline = base::Instant::never();
  if (!c.dial_deadline.is_never()) {
    const Duration floor = std::min(kAddressFloor, (c.dial_deadline - c.dialed_at) * 2 / 5);
    const Duration share = std::max(floor, (c.dial_deadline - now()) / left);
    c.address_deadline = earlier(c.dial_deadline, now() + share);
  }
  Action& action = order(Action::Kind::connect);
  action.connection = c.id;
  action.address = c.peer;
  action.zone = zone;
  arm(c);
}

void Core::resolved(ConnectionId id, std::span<const PeerAddress> addresses, ErrorCode error,
                    int os_error) {
  Connection* c = find_connection(id);
  if (c == nullptr || c->state != Connection::State::resolving) return;
  if (error != ErrorCode::none) return dial_failed(*c, error, os_error);
  if (addresses.empty()) return dial_failed(*c, ErrorCode::dns_not_found, os_error);
  interleave(addresses, c->addresses);
  try_next_address(*c);
}

void Core::connected(ConnectionId id) {
  Connection* c = find_connection(id);
  if (c == nullptr || c->state != Connection::State::connecting) return;
  const OriginId origin = pool_.origin_of(id);
  if (c->via && c->via->kind == policy::Route::Kind::tunnel) return begin_tunnel(*c);
  if (pool_.scheme_of(origin) == "https") return begin_tls(*c);
  dial_done(*c, pool_.sharing_asked(origin) == Pool::Sharing::always);
}

/// The connection can carry requests.
void Core::dial_done(Connection& c, bool http2) {
  const PoolPolicy& pool = options_.pool;
  const double shorter = 1.0 - pool.lifetime_jitter * lifetimes_.unit();
  c.retire_at = pool.max_lifetime == kOff
                    ? base::Instant::never()
                    : now() + Duration(static_cast<std::int64_t>(
                                  static_cast<double>(pool.max_lifetime.count()) * shorter));
  c.last_read = now();
  if (http2) {
    c.h2 = std::make_unique<H2Link>(options_.http2);
  } else {
    c.slow_at = base::Instant::never();
  }
  note_opened(c);
  // Until the peer has said how many streams it takes, one is all that it can be sure to take.
  pool_.dial_succeeded(c.id, 1, http2);
  run_pool();
  if (pool_.is_idle(c.id)) become_idle(c);
  // Who meant to share the dial waits for a place now: another clock.
  if (pool_.sharing_asked(pool_.origin_of(c.id)) != Pool::Sharing::never) check_waits(c.id);
  if (http2 && find_connection(c.id) != nullptr) pump(c);
}

void Core::connect_failed(ConnectionId id, ErrorCode error, int os_error) {
  Connection* c = find_connection(id);
  if (c == nullptr || c->state != Connection::State::connecting) return;
  c->last_error = error;
  c->last_os_error = os_error;
  if (c->next_address < c->addresses.size()) return try_next_address(*c);
  dial_failed(*c, error, os_error, zone_complaint(*c, os_error));
}

void Core::dial_failed(Connection& c, ErrorCode code, int os_error, std::string detail) {
  const Phase phase = phase_of(c);
  std::vector<ExchangeId> left;
  std::swap(left, bereaved_);
  left.clear();
  pool_.dial_failed(c.id, left);
  run_pool();
  if (pool_.sharing_asked(pool_.origin_of(c.id)) != Pool::Sharing::never) check_waits(c.id);
  for (const ExchangeId id : left) {
    Exchange* x = find(id);
    if (x == nullptr) continue;
    x->record.connection_id = c.serial;
    x->record.peer = c.peer;
    x->record.phase = phase;
    std::string what = phase == Phase::dns ? x->url.host() : c.peer.to_string();
    if (c.via != nullptr) what = whereabouts(c, phase, x->url.host(), os_error);
    if (!detail.empty()) what += ": " + detail;
    if (c.addresses.size() > 1 && phase == Phase::connect) {
      what += ", the last of " + std::to_string(c.next_address) + " addresses tried";
    }
    fail_attempt(id, *x, code, os_error, std::move(what), {}, refusal_of(c, code));
  }
  std::swap(left, bereaved_);
}

void Core::become_idle(Connection& c) {
  c.state = Connection::State::idle;
  c.idle_until = now() + c.idle_allowed;
  if (draining_ && exchanges_.empty()) return lose(c, CloseCause::shutdown);
  arm(c);
}

/// Idle connections are many and stay small.
void Core::shrink(Connection& c) {
  if (c.h2) c.h2->session.rest();
  if (c.outbox.flying == 0 && c.outbox.bytes.capacity() > kKeptBytes) {
    std::string().swap(c.outbox.bytes);
  }
}

/// The exchange is done with `c` (and off it).
void Core::release(Connection& c, bool reusable) {
  CloseCause cause = c.eof ? CloseCause::by_peer : CloseCause::not_reusable;
  if (reusable && (now() >= c.retire_at || c.requests_left == 0)) {
    reusable = false;
    cause = CloseCause::lifetime;
  }
  if (shut_ && reusable && pool_.stats().waiting == 0) {
    reusable = false;
    cause = CloseCause::shutdown;
  }
  pool_.release(c.id, reusable, cause);
  run_pool();
  if (pool_.is_idle(c.id)) {
    become_idle(c);
  } else if (c.h2 && c.h2->live == 0) {
    c.idle_until = now() + c.idle_allowed;  // held back, but not for ever
    arm(c);
  }
}

void Core::lose(Connection& c, CloseCause cause) {
  c.exchange = {};
  pool_.lose(c.id, cause);
  run_pool();
}

void Core::closed(ConnectionId id) {
  if (!pool_.is_closing(id)) return;
  Connection& c = *connections_[id.index];
  c.tls.reset();
  c.h2.reset();
  c.via.reset();
  pool_.closed(id);
  run_pool();
}

}  // namespace holdfast::engine
