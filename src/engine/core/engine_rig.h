// An engine and a hand that drives it, for examples: every order is kept, time moves when told, the
// answers to orders are given by the test line by line.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "body/body_feed.h"
#include "engine/engine.h"

namespace holdfast::engine {

inline const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
inline constexpr const char* kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
inline const std::string kBusy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

class Rig {
 public:
  struct Ended {
    std::optional<Response> response;
    std::optional<Error> error;
    const Timeline& timeline() const { return response ? response->timeline : error->timeline; }
  };
  struct Socket {
    ConnectionId id;
    PeerAddress address;
    std::string sent;      // accepted from the engine so far
    std::size_t owed = 0;  // ordered and not yet answered by handle_written
    bool stopped = false;
    std::string path;  // of a Unix domain socket
    std::string zone;  // of `address`
  };

  explicit Rig(ClientOptions options = {}, KeyEntropy keys = {1, 2})
      : engine_(seeded(std::move(options)), keys) {}

  /// A slot number for what ends: results are found under it.
  ExchangeId send(Request request, int tag = 0, bool streaming = false) {
    ExchangeSpec spec;
    spec.streaming = streaming;
    spec.user = as_user(tag);
    const ExchangeId id = engine_.submit(std::move(request), spec, now_);
    drain();
    return id;
  }
  /// A storing one: what it orders to keep is in events().
  ExchangeId store(Request request, int tag = 0, bool write_through = false) {
    ExchangeSpec spec;
    spec.storing = true;
    spec.write_through = write_through;
    spec.user = as_user(tag);
    const ExchangeId id = engine_.submit(std::move(request), spec, now_);
    drain();
    return id;
  }
  ExchangeId get(const std::string& url = "http://10.0.0.1/", int tag = 0) {
    Request request;
    request.url = url;
    return send(std::move(request), tag);
  }
  ExchangeId post(const std::string& body, int tag = 0) {
    Request request;
    request.method = "POST";
    request.url = "http://10.0.0.1/";
    request.body = body;
    return send(std::move(request), tag);
  }
  void resume(ExchangeId id) {
    engine_.resume(id, now_);
    drain();
  }
  void cancel(ExchangeId id) {
    engine_.cancel(id, now_);
    drain();
  }

  /// The n-th connect order ever given (from 0).
  Socket& socket(std::size_t n) {
    EXPECT_LT(n, sockets_.size());
    return sockets_.at(n);
  }
  std::size_t dials() const { return sockets_.size(); }

  void connect(std::size_t n) {
    engine_.handle_connected(socket(n).id, now_);
    drain();
  }
  void refuse(std::size_t n, ErrorCode error = ErrorCode::connect_refused, int os_error = 111) {
    engine_.handle_connect_failed(socket(n).id, error, os_error, now_);
    drain();
  }
  void accept_writes(std::size_t n) {
    while (socket(n).owed != 0) {
      const std::size_t owed = std::exchange(socket(n).owed, 0);
      engine_.handle_written(socket(n).id, owed, now_);
      drain();
    }
  }
  void accept_one_write(std::size_t n) {
    const std::size_t owed = std::exchange(socket(n).owed, 0);
    engine_.handle_written(socket(n).id, owed, now_);
    drain();
  }
  void receive(std::size_t n, const std::string& bytes) {
    engine_.handle_bytes(socket(n).id, bytes, now_);
    drain();
  }
  void fin(std::size_t n) {
    engine_.handle_eof(socket(n).id, now_);
    drain();
  }
  void rst(std::size_t n, bool uncertain = false) {
    engine_.handle_failed(socket(n).id, ErrorCode::connection_reset, 104, uncertain, now_);
    drain();
  }
  /// Connects, takes the request and answers.
  void serve(std::size_t n, const std::string& response) {
    accept_writes(n);
    receive(n, response);
  }
  void answer_closes() {
    for (const ConnectionId id : std::exchange(closing_, {})) {
      engine_.handle_closed(id, now_);
      drain();
    }
  }
  void resolve(std::size_t n, const std::vector<PeerAddress>& addresses,
               ErrorCode error = ErrorCode::none) {
    engine_.handle_resolved(lookups_.at(n).first, addresses, error, 0, now_);
    drain();
  }

  /// Moves time forward, firing the timer at every deadline on the way.
  void pass(Duration span) {
    const base::Instant until = now_.mono + span;
    while (engine_.next_deadline() <= until) {
      ASSERT_LT(++turns_, 100'000);
      if (engine_.next_deadline() > now_.mono) set(engine_.next_deadline());
      engine_.handle_timeout(now_);
      drain();
    }
    set(until);
  }

  bool has_ended(int tag = 0) const { return ended_.count(tag) != 0; }
  Ended& ended(int tag = 0) {
    EXPECT_TRUE(has_ended(tag));
    return ended_[tag];
  }
  Engine& engine() { return engine_; }
  base::Now now() const { return now_; }
  void set_wall(base::WallTime wall) { now_.wall = wall; }
  const std::vector<ConnectionId>& closing() const { return closing_; }
  const std::vector<std::string>& events() const { return events_; }
  const std::vector<Note>& notes() const { return notes_; }
  /// The attempts that the hook was asked about.
  struct Asked {
    ExchangeId exchange;
    std::uint32_t attempt = 0;
  };
  const std::vector<Asked>& asked() const { return asked_; }
  void answer(std::size_t n, Engine::HookAnswer answer, Headers* fields = nullptr,
              const std::string& detail = {}) {
    engine_.prepared(asked_.at(n).exchange, asked_.at(n).attempt, answer, fields, detail, now_);
    drain();
  }
  std::size_t lookups() const { return lookups_.size(); }
  void drain();

  /// The n-th look order that is not yet ended.
  void end_look(std::size_t n) {
    const ConnectionId id = looks_.at(n);
    looks_.erase(looks_.begin() + static_cast<std::ptrdiff_t>(n));
    engine_.handle_looked(id, now_);
    drain();
  }
  std::size_t looks() const { return looks_.size(); }
  /// The driver stands still for `span`: no timer fires.
  void stall(Duration span) {
    set(now_.mono + span);
    engine_.handle_stalled(span, now_);
    drain();
  }

  bool keep_looks = false;     ///< looks are ended by end_look()
  bool pause_at_body = false;  ///< from within each delivery
  bool store_fails = false;    ///< likewise

 private:
  /// A number where the engine keeps its user's pointer.
  static void* as_user(int tag) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): nobody follows it
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(tag));
  }
  static ClientOptions seeded(ClientOptions options) {
    if (options.seed == 0) options.seed = 1;
    return options;
  }
  void set(base::Instant at) {
    now_.wall.ns += (at - now_.mono).count();
    now_.mono = at;
  }
  void perform(Action& action);
  void write(const Action& action);
  void complete(Action& action);

  Engine engine_;
  base::Now now_{{1'000'000'000}, {1'700'000'000'000'000'000}};
  std::deque<Socket> sockets_;
  std::vector<std::pair<ConnectionId, std::string>> lookups_;
  std::vector<ConnectionId> closing_, looks_;
  std::map<int, Ended> ended_;
  std::map<std::uint32_t, http::BodyFeed> feeds_;
  std::vector<std::string> events_;  // of streaming exchanges
  std::vector<Note> notes_;
  std::vector<Asked> asked_;
  int turns_ = 0;
};

inline void Rig::drain() {
  Action action;
  for (;;) {
    while (engine_.poll(action, now_)) perform(action);
    if (looks_.empty() || keep_looks) return;
    const ConnectionId id = looks_.front();
    looks_.erase(looks_.begin());
    engine_.handle_looked(id, now_);
  }
}

inline void Rig::write(const Action& action) {
  for (Socket& socket : sockets_) {
    if (socket.id != action.connection) continue;
    EXPECT_EQ(socket.owed, 0U) << "a write was ordered before the last one was answered";
    socket.sent.append(action.head).append(action.body);
    socket.owed += action.head.size() + action.body.size();
  }
}

inline void Rig::complete(Action& action) {
  const int tag = static_cast<int>(reinterpret_cast<std::intptr_t>(action.user));
  EXPECT_FALSE(has_ended(tag)) << "completed twice";
  feeds_.erase(action.exchange.index);
  if (action.response != nullptr) ended_[tag].response = std::move(*action.response);
  if (action.error != nullptr) ended_[tag].error = std::move(*action.error);
}

inline void Rig::perform(Action& action) {
  switch (action.kind) {
    case Action::Kind::resolve:
      lookups_.emplace_back(action.connection, action.host);
      break;
    case Action::Kind::connect:
      sockets_.push_back({action.connection, action.address, "", 0, false, std::string(action.path),
                          std::string(action.zone)});
      break;
    case Action::Kind::write:
      write(action);
      break;
    case Action::Kind::read_stop:
      events_.push_back("read_stop");
      break;
    case Action::Kind::read_start:
      events_.push_back("read_start");
      break;
    case Action::Kind::look:
      looks_.push_back(action.connection);
      break;
    case Action::Kind::close:
      closing_.push_back(action.connection);
      break;
    case Action::Kind::open_body:
      engine_.body_opened(action.exchange, action.attempt,
                          feeds_[action.exchange.index].open(*engine_.body_of(action.exchange)),
                          now_);
      break;
    case Action::Kind::need_body: {
      const auto piece = feeds_[action.exchange.index].next();
      if (piece.state == BodySource::State::pending) break;
      const auto state = piece.state == BodySource::State::more  ? Engine::BodyState::more
                         : piece.state == BodySource::State::end ? Engine::BodyState::end
                                                                 : Engine::BodyState::failed;
      engine_.provide_body(action.exchange, action.attempt, piece.bytes, state, now_);
      break;
    }
    case Action::Kind::interim:
      events_.push_back("interim " + std::to_string(action.response->status));
      break;
    case Action::Kind::head:
      events_.push_back("head " + std::to_string(action.response->status));
      break;
    case Action::Kind::restart:
      events_.push_back("restart " + std::to_string(action.response->status));
      break;
    case Action::Kind::body:
      events_.push_back("body " + std::string(action.body));
      if (pause_at_body) engine_.pause(action.exchange);
      if (store_fails) engine_.store_failed(action.exchange, "the disk is full", now_);
      break;
    case Action::Kind::prepare:
      asked_.push_back({action.exchange, action.attempt});
      break;
    case Action::Kind::note:
      notes_.push_back(*action.note);
      break;
    case Action::Kind::complete:
      complete(action);
      break;
  }
}

}  // namespace holdfast::engine
