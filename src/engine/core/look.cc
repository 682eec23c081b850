// Whether a connection that has been quiet is still good (SPEC R6), fresh or used. Its peer may
// have closed it while the loop was busy elsewhere, and the FIN lies unread in the socket: a
// request written there is lost, and no POST is sent twice. So the socket is read before the first
// byte is written. A connection that was read a moment ago is not looked at: that keeps the extra
// system call away from requests that follow one another.
#include <utility>

#include "engine/core/core.h"

namespace holdfast::engine {

namespace {

/// A FIN that came within this time is the race that no client can win (SPEC R7).
constexpr Duration kQuiet = std::chrono::milliseconds(5);

}  // namespace

/// After the driver stood still, a response can have its FIN right behind it in the socket.
bool Core::must_look(const Connection& c) const {
  return !c.looking.empty() || now() - c.last_read >= kQuiet || has_expired(c) ||
         (c.dialed_at < stood_still_ && now() - stood_still_ < kQuiet);
}

/// Its timer has not been judged yet, since the driver stood still.
bool Core::has_expired(const Connection& c) const {
  return c.state == Connection::State::idle && earlier(c.idle_until, c.retire_at) <= now();
}

void Core::look_first(Connection& c, ExchangeId id, Exchange& x) {
  x.state = Exchange::State::looking;
  x.connection = c.id;
  if (c.state != Connection::State::idle && (!c.h2 || c.h2->live == 0)) {
    c.state = Connection::State::idle;
    c.idle_until = now() + c.idle_allowed;
  }
  c.looking.push_back(id);
  if (has_expired(c)) {
    return lose(c, c.retire_at <= now() ? CloseCause::lifetime : CloseCause::idle_expiry);
  }
  if (c.looking.size() == 1) order(Action::Kind::look).connection = c.id;
}

void Core::looked(ConnectionId id) {
  Connection* c = find_connection(id);
  if (c == nullptr || c->looking.empty()) return;
  if (has_expired(*c)) {
    return lose(*c, c->retire_at <= now() ? CloseCause::lifetime : CloseCause::idle_expiry);
  }
  if (c->eof || (c->h2 && c->h2->retired)) {
    // It is kept for what it carries and takes nothing new.
    const std::size_t places = c->looking.size();
    look_elsewhere(*c);
    for (std::size_t i = 0; i < places && find_connection(id) != nullptr; ++i) release(*c, false);
    return run_pool();
  }
  std::vector<ExchangeId> assigned;
  std::swap(assigned, assigned_);
  assigned.swap(c->looking);
  for (const ExchangeId who : assigned) {
    Exchange* x = find(who);
    if (x != nullptr && x->state == Exchange::State::looking && x->connection == id) {
      put_on(*c, who, *x);
    } else if (find_connection(id) != nullptr) {
      release(*c, true);  // cancelled meanwhile
    }
  }
  assigned.clear();
  std::swap(assigned, assigned_);
  run_pool();
}

/// `c` is lost, or takes nothing new. No byte of these requests has left: they take another
/// connection within the same attempt, whatever their method.
void Core::look_elsewhere(Connection& c) {
  std::vector<ExchangeId> assigned;
  std::swap(assigned, assigned_);
  assigned.swap(c.looking);
  for (const ExchangeId who : assigned) {
    Exchange* x = find(who);
    if (x == nullptr || x->state != Exchange::State::looking || x->connection != c.id) continue;
    x->state = Exchange::State::waiting;
    x->connection = {};
    x->place = pool_.want(who, x->origin, x->fresh, x->place);
    check_wait(who, *x);
    arm(who, *x);
  }
  assigned.clear();
  std::swap(assigned, assigned_);
}

}  // namespace holdfast::engine
