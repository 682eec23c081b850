#include "uv/driver.h"

#include <utility>

#include "base/check.h"
#include "uv/errno_map.h"
#include "uv/sigpipe.h"

namespace holdfast::uv {

namespace {

using Kind = engine::Action::Kind;

ClientOptions with_seed(ClientOptions options) {
  if (options.seed == 0) options.seed = Clock::entropy();
  return options;
}

bool is_for_socket(Kind kind) { return kind <= Kind::close; }

}  // namespace

Driver::Driver(uv_loop_t* loop, ClientOptions options, std::unique_ptr<NameService> names)
    : loop_(loop),
      engine_(with_seed(std::move(options)), {Clock::entropy(), Clock::entropy()}),
      names_(names != nullptr ? std::move(names) : system_names([this](Function<void()> work) {
        return posts_.post(std::move(work));
      })),
      resolver_(*names_, *this,
                {engine_.options().dns_cache_ttl, engine_.options().dns_stale_ttl,
                 engine_.options().dns_concurrency}) {
  if (engine_.options().ignore_sigpipe) ignore_sigpipe();
  uv_timer_init(loop_, &timer_);
  uv_idle_init(loop_, &idle_);
  uv_check_init(loop_, &polled_check_);
  timer_.data = idle_.data = polled_check_.data = this;
  // While requests are running, posts_ keeps the loop alive.
  uv_unref(timer_handle());
  uv_unref(reinterpret_cast<uv_handle_t*>(&idle_));
  uv_unref(reinterpret_cast<uv_handle_t*>(&polled_check_));
  posts_.open(loop_);
  handles_ = 4;
}

Driver::~Driver() { HF_CHECK(handles_ == 0); }

// --- Commands ------------------------------------------------------------------------------------

engine::ExchangeId Driver::submit(Request&& request, const engine::ExchangeSpec& spec) {
  now_is_fresh_ = false;
  const engine::ExchangeId id = engine_.submit(std::move(request), spec, now());
  pump(false);
  return id;
}

void Driver::cancel(engine::ExchangeId id) {
  if (loop_lost()) return;
  now_is_fresh_ = false;
  engine_.cancel(id, now());
  pump(false);
}

void Driver::pause(engine::ExchangeId id) {
  if (loop_lost()) return;
  engine_.pause(id);
  pump(false);
}

// resume() and body_ready() usually lead to a callback, which has to wait for a later turn. They do
// not poll the engine, so a pause() before that turn still has its effect.
void Driver::resume(engine::ExchangeId id) {
  if (loop_lost()) return;
  now_is_fresh_ = false;
  engine_.resume(id, now());
  wake_soon();
}

void Driver::body_ready(engine::ExchangeId id) {
  if (loop_lost()) return;
  now_is_fresh_ = false;
  engine_.body_ready(id, now());
  wake_soon();
}

void Driver::body_opened(engine::ExchangeId id, std::uint32_t attempt, http::OpenedBody&& opened) {
  HF_CHECK(pumping_);
  now_is_fresh_ = false;  // opening may have taken time
  engine_.body_opened(id, attempt, std::move(opened), now());
}

void Driver::provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                          engine::Engine::BodyState state) {
  HF_CHECK(pumping_);
  now_is_fresh_ = false;  // the source may have taken time
  engine_.provide_body(id, attempt, bytes, state, now());
}

void Driver::store_failed(engine::ExchangeId id, std::string detail) {
  HF_CHECK(pumping_);
  now_is_fresh_ = false;  // the disk may have taken time
  engine_.store_failed(id, std::move(detail), now());
}

void Driver::prepared(engine::ExchangeId id, std::uint32_t attempt,
                      engine::Engine::HookAnswer answer, Headers* fields, std::string detail) {
  if (letting_go()) return;
  now_is_fresh_ = false;
  engine_.prepared(id, attempt, answer, fields, std::move(detail), now());
  pump(false);
}

void Driver::close() {
  if (letting_go()) return;
  now_is_fresh_ = false;
  engine_.shut_down(now());
  pump(false);
  // The close callback of the timer reports the end: a program that exits may close every handle on
  // its loop before another timer fires.
  if (!pumping_ && !letting_go_) close_timer();
}

void Driver::close_gracefully() {
  if (letting_go()) return;
  now_is_fresh_ = false;
  engine_.shut_down_gracefully(now());
  pump(false);
}

void Driver::defer(Function<void()> work) {
  ++handles_;
  deferrals_.add(loop_, std::move(work), [this] { handle_gone(); });
}

// --- The pump ------------------------------------------------------------------------------------

const base::Now& Driver::now() {
  if (!now_is_fresh_) {
    now_ = clock_.now();
    now_is_fresh_ = true;
  }
  return now_;
}

/// Begins a callback from libuv: first delivers what an earlier frame had to hold, because a new
/// fact must not overtake it.
void Driver::begin_turn() {
  now_is_fresh_ = false;
  if (holding_ || !facts_.empty()) pump(true);
}

/// Performs orders and applies facts until none are left. Without `may_deliver` (the user's own
/// frame is on the stack) it stops at the first order that would call the user.
void Driver::pump(bool may_deliver) {
  if (pumping_ || forsaken_) return;  // an outer frame continues, or the loop is lost
  // A turn of ours is due at once and performs the orders that may call the user. They stay in the
  // engine until then, so that a pause() or cancel() before that turn still affects them.
  if (!may_deliver && wake_due()) return;
  pumping_ = true;
  if (holding_) {
    holding_ = false;
    deliver(held_);
  }
  while (!holding_) {
    while (!holding_ && engine_.poll(action_, now())) {
      if (is_for_socket(action_.kind)) {
        perform(action_);
      } else if (may_deliver) {
        deliver(action_);
      } else {
        hold(action_);
      }
    }
    if (holding_ || facts_.empty()) break;
    apply(facts_.pop());
  }
  pumping_ = false;
  settle();
}

void Driver::deliver(engine::Action& action) {
  listener_->deliver(action);
  now_is_fresh_ = false;  // the user's callback may have taken time
}

void Driver::hold(engine::Action& action) {
  held_ = action;
  holding_ = true;
  if (action.note != nullptr) {
    // The engine reuses the note's storage for the next note.
    held_note_ = *action.note;
    held_.note = &held_note_;
  }
}

/// Runs after every pump: arms the timer, holds or releases the loop, starts the teardown.
void Driver::settle() {
  if (letting_go_) return;
  if (holding_) return wake_soon();
  arm_timer();
  hold_loop();
  if (engine_.finished()) let_go();
}

void Driver::hold_loop() {
  const bool wanted = engine_.busy() || wake_due();
  if (wanted == loop_held_) return;
  loop_held_ = wanted;
  posts_.keep_loop_alive(wanted);
}

// --- Facts ---------------------------------------------------------------------------------------

void Driver::apply(Fact& fact) {
  switch (fact.kind) {
    case Fact::Kind::resolved:
      engine_.handle_resolved(fact.id, fact.addresses, fact.error, fact.os_error, now());
      break;
    case Fact::Kind::connect_failed:
      engine_.handle_connect_failed(fact.id, fact.error, fact.os_error, now());
      break;
    case Fact::Kind::written:
      engine_.handle_written(fact.id, fact.bytes, now());
      break;
    case Fact::Kind::failed:
      engine_.handle_failed(fact.id, fact.error, fact.os_error, fact.write_uncertain, now());
      break;
    case Fact::Kind::closed:
      engine_.handle_closed(fact.id, now());
      break;
    case Fact::Kind::bytes:
      // The ring can move its elements while the engine still has views of the bytes.
      looked_ = std::move(fact.data);
      engine_.handle_bytes(fact.id, looked_, now());
      break;
    case Fact::Kind::eof:
      engine_.handle_eof(fact.id, now());
      break;
    case Fact::Kind::looked:
      engine_.handle_looked(fact.id, now());
      break;
  }
}

Driver::Fact& Driver::add_fact(Fact::Kind kind, engine::ConnectionId id) {
  Fact& fact = facts_.push();
  fact.kind = kind;
  fact.id = id;
  return fact;
}

void Driver::add_failure(engine::ConnectionId id, int uv_code, bool write_uncertain) {
  Fact& fact = add_fact(Fact::Kind::failed, id);
  fact.error = stream_error(uv_code);
  fact.os_error = os_error(uv_code);
  fact.write_uncertain = write_uncertain;
}

void Driver::tell_progress(Socket& socket) {
  if (!socket.writing()) return;
  const std::size_t bytes = socket.take_progress();
  if (bytes != 0) add_fact(Fact::Kind::written, socket.id()).bytes = bytes;
}

void Driver::on_connected(Socket& socket) {
  begin_turn();
  engine_.handle_connected(socket.id(), now());
  pump(true);
}

void Driver::on_connect_failed(Socket& socket, int uv_code) {
  begin_turn();
  const ErrorCode code = socket.is_local() ? local_connect_error(uv_code) : connect_error(uv_code);
  engine_.handle_connect_failed(socket.id(), code, os_error(uv_code), now());
  pump(true);
}

void Driver::on_bytes(Socket& socket, std::string_view bytes) {
  if (socket.writing()) tell_progress(socket);
  begin_turn();
  engine_.handle_bytes(socket.id(), bytes, now());
  pump(true);
}

void Driver::on_written(Socket& socket, std::size_t bytes) {
  begin_turn();
  engine_.handle_written(socket.id(), bytes, now());
  pump(true);
}

void Driver::on_eof(Socket& socket) {
  tell_progress(socket);
  begin_turn();
  engine_.handle_eof(socket.id(), now());
  pump(true);
}

void Driver::on_failed(Socket& socket, int uv_code, bool write_uncertain) {
  tell_progress(socket);
  begin_turn();
  engine_.handle_failed(socket.id(), stream_error(uv_code), os_error(uv_code), write_uncertain,
                        now());
  pump(true);
}

void Driver::on_closed(Socket& socket) {
  const engine::ConnectionId id = socket.id();
  spare_sockets_.push_back(&socket);
  if (socket.announced) {
    sockets_[id.index] = nullptr;
    begin_turn();
    engine_.handle_closed(id, now());
    pump(true);
  }
  handle_gone();  // last: it can destroy this object
}

// --- Resolver ------------------------------------------------------------------------------------

void Driver::resolved(engine::ConnectionId id, std::span<const PeerAddress> addresses,
                      ErrorCode error, int os_error) {
  Fact& fact = add_fact(Fact::Kind::resolved, id);
  fact.addresses.assign(addresses.begin(), addresses.end());
  fact.error = error;
  fact.os_error = os_error;
}

base::Instant Driver::lookup_ended() {
  now_is_fresh_ = false;
  return now().mono;
}

void Driver::lookup_settled() { pump(true); }

// --- Socket orders -------------------------------------------------------------------------------

Socket* Driver::socket_of(engine::ConnectionId id) {
  if (id.index >= sockets_.size()) return nullptr;
  Socket* socket = sockets_[id.index];
  return socket != nullptr && socket->id() == id ? socket : nullptr;
}

void Driver::perform(const engine::Action& action) {
  switch (action.kind) {
    case Kind::resolve:
      resolver_.resolve(action.connection, action.host, action.port, now().mono);
      break;
    case Kind::connect:
      perform_connect(action);
      break;
    case Kind::write:
      perform_write(action);
      break;
    case Kind::read_stop:
      if (Socket* socket = socket_of(action.connection)) socket->read_stop();
      break;
    case Kind::read_start:
      if (Socket* socket = socket_of(action.connection)) {
        const int status = socket->read_start();
        if (status != 0) add_failure(action.connection, status, false);
      }
      break;
    case Kind::look:
      perform_look(action.connection);
      break;
    case Kind::close:
      perform_close(action.connection);
      break;
    default:
      HF_CHECK(false);
  }
}

Socket* Driver::take_socket() {
  if (spare_sockets_.empty()) {
    all_sockets_.push_back(
        std::make_unique<Socket>(static_cast<SocketEvents&>(*this), read_buffer_));
    return all_sockets_.back().get();
  }
  Socket* socket = spare_sockets_.back();
  spare_sockets_.pop_back();
  return socket;
}

void Driver::perform_connect(const engine::Action& action) {
  const engine::ConnectionId id = action.connection;
  if (loop_lost()) return;
  if (Socket* earlier = socket_of(id)) {
    earlier->announced = false;
    if (!earlier->close()) --handles_;
  }
  if (id.index >= sockets_.size()) sockets_.resize(id.index + 1);
  Socket* socket = take_socket();
  sockets_[id.index] = socket;
  ++handles_;
  const int status = action.path.empty() ? socket->connect(loop_, id, action.address, action.zone)
                                         : socket->connect(loop_, id, action.path);
  if (status == 0) return;
  Fact& fact = add_fact(Fact::Kind::connect_failed, id);
  fact.error = socket->is_local() ? local_connect_error(status) : connect_error(status);
  fact.os_error = os_error(status);
}

void Driver::perform_write(const engine::Action& action) {
  Socket* socket = socket_of(action.connection);
  if (socket == nullptr) return;
  const Socket::Accepted accepted = socket->write(action.head, action.body);
  if (accepted.bytes != 0) add_fact(Fact::Kind::written, socket->id()).bytes = accepted.bytes;
  if (accepted.uv_code != 0) add_failure(socket->id(), accepted.uv_code, false);
  if (socket->writing() && !socket->listed) {
    socket->listed = true;
    slow_writers_.push_back(socket);
  }
}

void Driver::perform_look(engine::ConnectionId id) {
  if (Socket* socket = socket_of(id)) {
    std::string bytes;
    const int end = socket->look(bytes);
    if (!bytes.empty()) add_fact(Fact::Kind::bytes, id).data = std::move(bytes);
    if (end == UV_EOF) {
      add_fact(Fact::Kind::eof, id);
    } else if (end != 0) {
      add_failure(id, end, false);
    }
  }
  add_fact(Fact::Kind::looked, id);
}

void Driver::perform_close(engine::ConnectionId id) {
  resolver_.cancel(id);
  Socket* socket = socket_of(id);
  if (socket != nullptr && socket->close()) return;
  if (socket != nullptr) {
    // Other code has closed the socket, so on_closed() is not called. libuv is done with the socket
    // before the last of our own handles is closed.
    sockets_[id.index] = nullptr;
    --handles_;
  }
  add_fact(Fact::Kind::closed, id);
}

// --- The end -------------------------------------------------------------------------------------

/// The engine has finished: no exchange, no connection. What is left are our own handles, and
/// sockets whose connects were abandoned. Nobody waits for lookups (resolver.h).
void Driver::let_go() {
  letting_go_ = true;
  resolver_.shut_down();
  close_timer();
  close_handle(reinterpret_cast<uv_handle_t*>(&idle_));
  close_handle(reinterpret_cast<uv_handle_t*>(&polled_check_));
  posts_.close([this] { handle_gone(); });
}

bool Driver::forsake() {
  letting_go_ = forsaken_ = true;
  holding_ = true;  // stops an outer frame
  resolver_.shut_down();
  deferrals_.run_all();
  posts_.forsake();
  return pumping_;
}

void Driver::close_handle(uv_handle_t* handle) {
  if (uv_is_closing(handle) != 0) {
    --handles_;  // closed by other code, as in perform_close()
    return;
  }
  uv_close(handle, [](uv_handle_t* closed) { static_cast<Driver*>(closed->data)->handle_gone(); });
}

void Driver::handle_gone() {
  --handles_;
  tell_if_gone();
}

void Driver::tell_if_gone() {
  if (!letting_go_ || handles_ != 0 || let_go_told_) return;
  let_go_told_ = true;
  listener_->closed();
}

}  // namespace holdfast::uv
