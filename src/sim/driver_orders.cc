// Performs each order, and checks that the contract allows it at that time.
#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/driver.h"

namespace holdfast::sim {

using engine::Action;

void Driver::perform(Action& action) {
  switch (action.kind) {
    case Action::Kind::resolve:
      return resolve(action);
    case Action::Kind::connect:
      return connect(action);
    case Action::Kind::write:
    case Action::Kind::read_stop:
    case Action::Kind::read_start:
    case Action::Kind::look:
    case Action::Kind::close:
      return perform_on_connection(action);
    case Action::Kind::open_body:
    case Action::Kind::need_body:
    case Action::Kind::interim:
    case Action::Kind::head:
    case Action::Kind::restart:
    case Action::Kind::body:
    case Action::Kind::prepare:
    case Action::Kind::complete:
      break;
    case Action::Kind::note:
      if (action.user == nullptr) return tell(action);
      break;
  }
  if (!is_live(action.exchange)) return violate("an order for an exchange that has completed");
  perform_on_exchange(action);
}

// --- Connections ---------------------------------------------------------------------------------

/// The line of a connection that is about to open; it is created if there is none.
Driver::Line* Driver::claim(engine::ConnectionId id, std::uint64_t origin) {
  if (lines_.size() <= id.index) lines_.resize(id.index + 1);
  Line& line = lines_[id.index];
  if (line.live && line.id == id) {
    if (!line.closing) return &line;
    violate("an order for a connection that is closing");
    return nullptr;
  }
  if (line.live) {
    violate("a connection's slot was reused before its close was answered");
    return nullptr;
  }
  line = Line{};
  line.id = id;
  line.live = true;
  line.origin = origin;
  stats_.peak_open = std::max(stats_.peak_open, ++stats_.open);
  stats_.peak_open_per_origin = std::max(stats_.peak_open_per_origin, ++open_by_origin_[origin]);
  return &line;
}

void Driver::resolve(const Action& action) {
  Line* line = claim(action.connection, base::hash64(action.host, action.port));
  if (line == nullptr) return;
  line->lookup = world_.resolver().resolve(*this, action.host, action.port);
  if (of_lookup_.size() <= line->lookup.index) of_lookup_.resize(line->lookup.index + 1);
  of_lookup_[line->lookup.index] = line->id;
}

void Driver::connect(const Action& action) {
  const PeerAddress to = action.path.empty() ? action.address : world_.network().door(action.path);
  const char* bytes = reinterpret_cast<const char*>(to.bytes);
  Line* line = claim(action.connection, base::hash64({bytes, 16}, to.port));
  if (line == nullptr) return;
  if (line->connected) violate("a connect order for a connection that is open");
  if (line->link) world_.network().close(line->link, End::client);
  line->link = world_.network().connect(*this, to);
  if (of_link_.size() <= line->link.index) of_link_.resize(line->link.index + 1);
  of_link_[line->link.index] = line->id;
}

void Driver::perform_on_connection(Action& action) {
  Line* line = line_of(action.connection);
  if (line == nullptr) return violate("an order for a connection that is gone");
  if (line->closing) return violate("an order for a connection that is closing");
  switch (action.kind) {
    case Action::Kind::write:
      return write(*line, action);
    case Action::Kind::read_stop:
      return world_.network().read_stop(line->link, End::client);
    case Action::Kind::read_start:
      return world_.network().read_start(line->link, End::client);
    case Action::Kind::look:
      if (!line->connected) return violate("a look at a connection that is not open");
      ++stats_.looks;
      looks_.push({line->id, false});
      return;
    default:
      return close(*line);
  }
}

void Driver::write(Line& line, const Action& action) {
  const std::size_t bytes = action.head.size() + action.body.size();
  if (!line.connected) return violate("a write before the connection is open");
  if (line.owed != 0) return violate("a write before the last one was answered for");
  if (bytes == 0) return violate("a write of nothing: it can never be answered");
  line.owed = bytes;
  const std::size_t taken =
      world_.network().write(line.link, End::client, action.head, action.body);
  if (taken != 0) written_.push({line.id, taken});
}

void Driver::close(Line& line) {
  if (line.lookup) world_.resolver().cancel(line.lookup);
  if (line.link) world_.network().close(line.link, End::client);
  line.closing = true;
  Duration wait{0};
  if (profile_.close_delay.count() > 0) {
    wait = Duration(static_cast<std::int64_t>(
        rng_.between(0, static_cast<std::uint64_t>(profile_.close_delay.count()))));
  }
  plan(What::closed, world_.clock().mono() + wait, line.id.index, line.id.generation);
}

// --- Exchanges -----------------------------------------------------------------------------------

void Driver::callback_took() {
  if (profile_.callback_time.count() <= 0) return;
  world_.clock().spend(Duration(static_cast<std::int64_t>(
      rng_.between(0, static_cast<std::uint64_t>(profile_.callback_time.count())))));
}

void Driver::trace_order(const Action& action) {
  switch (action.kind) {
    case Action::Kind::interim:
      return trace("interim", 0, action.response->status);
    case Action::Kind::head:
      return trace("head", 0, action.response->status);
    case Action::Kind::restart:
      return trace("restart", 0, action.response->status);
    case Action::Kind::body:
      return trace("body", 0, action.body.size(), action.body);
    case Action::Kind::prepare:
      return trace("prepare", 0, action.attempt);
    case Action::Kind::complete:
      if (action.response == nullptr) return trace("failed", 0, 0, name(action.error->code));
      return trace("complete", 0, action.response->status, action.response->body);
    default:
      return;  // need_body: the reply is traced; a note is traced in tell()
  }
}

void Driver::perform_on_exchange(Action& action) {
  using Kind = Action::Kind;
  if (action.kind == Kind::complete) {
    live_[action.exchange.index] = 0;
    feeds_[action.exchange.index].reset();
    ++stats_.completed;
    if ((action.response == nullptr) == (action.error == nullptr)) {
      return violate("a completion needs a response or an error, and not both");
    }
  }
  if (action.kind == Kind::note) return tell(action);
  trace_order(action);
  if (listener_ != nullptr) {
    listener_->deliver(action);
    return callback_took();
  }
  switch (action.kind) {
    case Kind::open_body:
      return open_body(action);
    case Kind::need_body:
      return need_body(action);
    case Kind::interim:
      user_->on_interim(action.user, *action.response);
      break;
    case Kind::head:
      user_->on_head(action.user, *action.response);
      break;
    case Kind::restart:
      user_->on_restart(action.user, *action.response);
      break;
    case Kind::body:
      user_->on_body(action.user, action.body);
      break;
    case Kind::prepare:
      prepare(action);
      break;
    default:
      user_->on_complete(action.user, action.response, action.error);
      break;
  }
  callback_took();
}

void Driver::open_body(const Action& action) {
  Body* body = engine_.body_of(action.exchange);
  if (body == nullptr) return violate("open_body for an exchange without a body");
  body_opened(action.exchange, action.attempt, feeds_[action.exchange.index].open(*body));
}

void Driver::need_body(const Action& action) {
  const http::BodyFeed::Piece piece = feeds_[action.exchange.index].next();
  trace("body source", 0, piece.bytes.size());
  if (piece.state == BodySource::State::pending) return;
  engine::Engine::BodyState state = engine::Engine::BodyState::failed;
  if (piece.state == BodySource::State::more) state = engine::Engine::BodyState::more;
  if (piece.state == BodySource::State::end) state = engine::Engine::BodyState::end;
  engine_.provide_body(action.exchange, action.attempt, piece.bytes, state, world_.now());
}

void Driver::prepare(const Action& action) {
  User::Attempt attempt;
  attempt.exchange = action.exchange;
  attempt.number = action.attempt;
  if (!engine_.plan_of(action.exchange, action.attempt, attempt.view)) return;
  Headers headers = *attempt.view.headers;
  if (!user_->on_prepare(action.user, attempt, headers)) return;
  prepared(action.exchange, action.attempt, engine::Engine::HookAnswer::proceed, &headers);
}

void Driver::tell(Action& action) {
  const engine::Note& note = *action.note;
  trace("note", note.connection, static_cast<std::uint64_t>(note.kind), name(note.record.error));
  if (listener_ != nullptr) return listener_->deliver(action);
  user_->on_note(action.user, note);
}

}  // namespace holdfast::sim
