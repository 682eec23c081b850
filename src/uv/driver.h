// Performs the engine's orders on a libuv loop and reports the results to the engine. Decides
// nothing: no policy, no HTTP. Owner: the api's client state, which outlives every handle in here.
// Thread: the loop's, except post(). Never touches loop->data, never runs or stops the loop.
//
// Invariants:
//  1. The listener is called only from libuv's callbacks, so never inside one of the client's own
//     functions, and never by two frames at once. Socket work, in contrast, is done inside
//     submit().
//  2. The engine gets facts only when it has no order left; facts that arise while an order is
//     performed wait in `facts_`.
//  3. Only running exchanges and closing handles keep the loop alive (and a started connect, which
//     libuv counts until it ends).
//  4. The timer is armed at or before the engine's next deadline. It is not moved when that
//     deadline moves to a later time: a timer that fires early is cheaper than one that is moved
//     with every read.
//  5. A deadline is judged only after a poll of the loop that began when it had passed. libuv runs
//     timers before it reads sockets, so the timer starts a turn that does not block (uv_idle), and
//     the uv_check of that turn judges. While requests are running, the timer fires at least every
//     kHeartbeat. Its lateness measures how long the loop was blocked or the process stopped.
#pragma once

#include <uv.h>

#include <memory>
#include <string>
#include <vector>

#include "base/ring.h"
#include "engine/driver.h"
#include "engine/engine.h"
#include "engine/listener.h"
#include "holdfast/function.h"
#include "uv/clock.h"
#include "uv/deferrals.h"
#include "uv/post_queue.h"
#include "uv/resolver.h"
#include "uv/socket.h"

namespace holdfast::uv {

class Driver final : public engine::Driver, private SocketEvents, private Resolver::Sink {
 public:
  /// `names` is null for the system's name service.
  Driver(uv_loop_t* loop, ClientOptions options, std::unique_ptr<NameService> names = nullptr);
  ~Driver() override;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  void start(engine::Listener& listener) override { listener_ = &listener; }

  engine::ExchangeId submit(Request&& request, const engine::ExchangeSpec& spec) override;
  void cancel(engine::ExchangeId id) override;
  void pause(engine::ExchangeId id) override;
  void resume(engine::ExchangeId id) override;
  void body_ready(engine::ExchangeId id) override;
  void body_opened(engine::ExchangeId id, std::uint32_t attempt,
                   http::OpenedBody&& opened) override;
  void provide_body(engine::ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                    engine::Engine::BodyState state) override;
  void store_failed(engine::ExchangeId id, std::string detail) override;
  void prepared(engine::ExchangeId id, std::uint32_t attempt, engine::Engine::HookAnswer answer,
                Headers* fields, std::string detail) override;

  void close() override;
  void close_gracefully() override;
  bool letting_go() const override { return letting_go_ || loop_lost(); }
  /// Reads only the driver's own memory: the loop may be gone.
  bool loop_lost() const override {
    return forsaken_ || (!timer_closing_ && uv_is_closing(timer_handle()) != 0);
  }
  bool forsake() override;

  /// Each call uses one handle.
  void defer(Function<void()> work) override;
  bool post(Function<void()> work) override { return posts_.post(std::move(work)); }

  engine::Engine& engine() override { return engine_; }
  const engine::Engine& engine() const override { return engine_; }

 private:
  struct Fact {
    enum class Kind : std::uint8_t {
      resolved,
      connect_failed,
      written,
      failed,
      closed,
      bytes,  // bytes, eof and looked belong to a look
      eof,
      looked,
    };
    Kind kind = Kind::closed;
    bool write_uncertain = false;
    ErrorCode error = ErrorCode::none;
    int os_error = 0;
    engine::ConnectionId id;
    std::size_t bytes = 0;
    std::vector<PeerAddress> addresses;
    std::string data;
  };

  // SocketEvents:
  void on_connected(Socket& socket) override;
  void on_connect_failed(Socket& socket, int uv_code) override;
  void on_bytes(Socket& socket, std::string_view bytes) override;
  void on_written(Socket& socket, std::size_t bytes) override;
  void on_eof(Socket& socket) override;
  void on_failed(Socket& socket, int uv_code, bool write_uncertain) override;
  void on_closed(Socket& socket) override;
  // Resolver::Sink:
  void resolved(engine::ConnectionId id, std::span<const PeerAddress> addresses, ErrorCode error,
                int os_error) override;
  base::Instant lookup_ended() override;
  void lookup_settled() override;

  static void on_timer(uv_timer_t* timer) noexcept;
  static void on_polled(uv_check_t* check) noexcept;
  void timer_closed() noexcept;

  const base::Now& now();
  void begin_turn();
  void pump(bool may_deliver);
  void deliver(engine::Action& action);
  void hold(engine::Action& action);
  void apply(Fact& fact);
  void perform(const engine::Action& action);
  void perform_connect(const engine::Action& action);
  void perform_write(const engine::Action& action);
  void perform_close(engine::ConnectionId id);
  void perform_look(engine::ConnectionId id);
  Fact& add_fact(Fact::Kind kind, engine::ConnectionId id);
  void add_failure(engine::ConnectionId id, int uv_code, bool write_uncertain);
  void tell_progress(Socket& socket);
  Socket* socket_of(engine::ConnectionId id);
  Socket* take_socket();

  void settle();
  bool wake_due() const { return armed_ == kAtOnce; }
  void wake_soon();
  void hold_loop();
  void arm_timer();
  void close_timer();
  void note_stall();
  void begin_judging();
  void let_go();
  void close_handle(uv_handle_t* handle);
  void handle_gone();
  void tell_if_gone();

  static constexpr base::Instant kAtOnce{0};
  static constexpr Duration kHeartbeat = std::chrono::milliseconds(500);
  /// A timer that is at least this late was delayed by a blocked loop or a stopped process.
  static constexpr Duration kLate = std::chrono::milliseconds(20);

  uv_handle_t* timer_handle() { return reinterpret_cast<uv_handle_t*>(&timer_); }
  const uv_handle_t* timer_handle() const { return reinterpret_cast<const uv_handle_t*>(&timer_); }

  uv_loop_t* loop_;
  engine::Listener* listener_ = nullptr;
  Clock clock_;
  engine::Engine engine_;
  std::unique_ptr<NameService> names_;
  Resolver resolver_;

  base::Now now_;
  bool now_is_fresh_ = false;
  bool pumping_ = false;
  bool holding_ = false;  // held_ is an order of an exchange, polled but not yet delivered
  bool loop_held_ = false;
  bool letting_go_ = false;
  bool let_go_told_ = false;
  bool timer_closing_ = false;  // closed by us
  bool forsaken_ = false;
  engine::Action action_, held_;
  engine::Note held_note_;
  base::Ring<Fact> facts_;
  std::string looked_;  // bytes of the last look; the engine reads them until the next fact

  uv_timer_t timer_{};
  base::Instant armed_ = base::Instant::never();
  base::Instant expected_;  // when the timer should fire
  uv_idle_t idle_{};        // makes the poll of the judging turn return at once
  uv_check_t polled_check_{};
  base::Instant polled_;
  bool judging_ = false;
  PostQueue posts_;
  Deferrals deferrals_;
  std::size_t handles_ = 0;  // handles of any kind that are not yet closed

  ReadBuffer read_buffer_;
  std::vector<Socket*> sockets_;  // by connection index
  std::vector<std::unique_ptr<Socket>> all_sockets_;
  std::vector<Socket*> spare_sockets_;
  std::vector<Socket*> slow_writers_;  // sockets with bytes left to write
};

}  // namespace holdfast::uv
