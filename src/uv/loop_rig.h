// Test support for the libuv rooms: a loop with a watchdog, and a raw TCP server on it. All handles
// of the server are unreferenced, so that uv_run() returns exactly when the code under test
// releases the loop. Thread: the test's.
#pragma once

#include <gtest/gtest.h>
#include <uv.h>

#include <dirent.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::uv {

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  if (DIR* folder = opendir("/proc/self/fd")) {
    while (readdir(folder) != nullptr) ++count;
    closedir(folder);
  }
  return count;
}

/// A raw server; the test decides what it does with the bytes.
class RawServer {
 public:
  struct Peer {
    union {
      uv_tcp_t tcp{};
      uv_pipe_t pipe;
    };
    RawServer* server = nullptr;
    std::string received;
    std::size_t received_bytes = 0;
    bool ended = false;   ///< the client has sent FIN or RST
    bool closed = false;  ///< uv_close was called
    bool keep = true;     ///< append to `received`

    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp); }
    void send(std::string text) {
      struct Write {
        uv_write_t request{};
        std::string text;
      };
      auto* write = new Write;
      write->text = std::move(text);
      write->request.data = write;
      uv_buf_t buffer = uv_buf_init(write->text.data(), static_cast<unsigned>(write->text.size()));
      uv_write(&write->request, stream(), &buffer, 1,
               [](uv_write_t* request, int) { delete static_cast<Write*>(request->data); });
    }
    void read_start();
    void read_stop() { uv_read_stop(stream()); }
    void close() {
      if (std::exchange(closed, true)) return;
      uv_close(reinterpret_cast<uv_handle_t*>(&tcp), nullptr);
    }
    /// Sends a real RST (TCP only).
    void reset() {
      if (std::exchange(closed, true)) return;
      uv_tcp_close_reset(&tcp, nullptr);
    }
  };

  using OnBytes = std::function<void(Peer&)>;

  explicit RawServer(uv_loop_t* loop) : loop_(loop) {
    uv_tcp_init(loop, &listener_);
    listener_.data = this;
    uv_unref(reinterpret_cast<uv_handle_t*>(&listener_));
    sockaddr_in address{};
    uv_ip4_addr("127.0.0.1", 0, &address);
    EXPECT_EQ(0, uv_tcp_bind(&listener_, reinterpret_cast<sockaddr*>(&address), 0));
    EXPECT_EQ(0, uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), 128, on_connection));
    int length = sizeof address;
    uv_tcp_getsockname(&listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
  }
  /// On a Unix domain socket, which is removed when the server stops listening.
  RawServer(uv_loop_t* loop, const std::string& path) : loop_(loop), local_(true) {
    uv_pipe_init(loop, &pipe_listener_, 0);
    pipe_listener_.data = this;
    uv_unref(reinterpret_cast<uv_handle_t*>(&pipe_listener_));
    EXPECT_EQ(0, uv_pipe_bind(&pipe_listener_, path.c_str()));
    EXPECT_EQ(0, uv_listen(reinterpret_cast<uv_stream_t*>(&pipe_listener_), 128, on_connection));
  }
  ~RawServer() { close(); }

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  void stop_listening() {
    if (std::exchange(stopped_, true)) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&listener_), nullptr);
  }
  /// Closes everything and runs the loop until all handles are closed.
  void close() {
    stop_listening();
    for (const auto& peer : peers) peer->close();
    uv_run(loop_, UV_RUN_DEFAULT);
  }

  bool owns(const uv_handle_t* handle) const {
    if (handle == reinterpret_cast<const uv_handle_t*>(&listener_)) return true;
    for (const auto& peer : peers) {
      if (handle == reinterpret_cast<const uv_handle_t*>(&peer->tcp)) return true;
    }
    return false;
  }

  std::vector<std::unique_ptr<Peer>> peers;
  std::function<void(Peer&)> on_accept;
  OnBytes on_bytes;

 private:
  static void on_connection(uv_stream_t* listener, int status) {
    ASSERT_EQ(0, status);
    auto* self = static_cast<RawServer*>(listener->data);
    self->peers.push_back(std::make_unique<Peer>());
    Peer& peer = *self->peers.back();
    peer.server = self;
    if (self->local_) {
      uv_pipe_init(self->loop_, &peer.pipe, 0);
    } else {
      uv_tcp_init(self->loop_, &peer.tcp);
    }
    peer.stream()->data = &peer;
    uv_unref(reinterpret_cast<uv_handle_t*>(&peer.tcp));
    ASSERT_EQ(0, uv_accept(listener, peer.stream()));
    if (self->on_accept) {
      self->on_accept(peer);
    } else {
      peer.read_start();
    }
  }

  uv_loop_t* loop_;
  union {
    uv_tcp_t listener_{};
    uv_pipe_t pipe_listener_;
  };
  int port_ = 0;
  bool local_ = false;
  bool stopped_ = false;
};

inline void RawServer::Peer::read_start() {
  uv_read_start(
      stream(),
      [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
        static char bytes[64 * 1024];
        *buffer = uv_buf_init(bytes, sizeof bytes);
      },
      [](uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
        auto* peer = static_cast<Peer*>(stream->data);
        if (length > 0) {
          peer->received_bytes += static_cast<std::size_t>(length);
          if (peer->keep) peer->received.append(buffer->base, static_cast<std::size_t>(length));
        }
        if (length < 0) peer->ended = true;
        if (length != 0 && peer->server->on_bytes) peer->server->on_bytes(*peer);
      });
}

/// A loop per test, with a watchdog against hangs; nothing may be left at the end.
class LoopTest : public ::testing::Test {
 protected:
  LoopTest() {
    EXPECT_EQ(0, uv_loop_init(&loop));
    // With its first stream a loop opens a reserve descriptor of its own.
    uv_tcp_t stream;
    uv_tcp_init(&loop, &stream);
    uv_close(reinterpret_cast<uv_handle_t*>(&stream), nullptr);
    uv_run(&loop, UV_RUN_NOWAIT);
    descriptors_ = open_descriptors();
    uv_timer_init(&loop, &tick_);
    uv_timer_init(&loop, &watchdog_);
    watchdog_.data = this;
    uv_unref(reinterpret_cast<uv_handle_t*>(&watchdog_));
    uv_timer_start(
        &watchdog_,
        [](uv_timer_t* timer) {
          ADD_FAILURE() << "watchdog: the loop hangs";
          uv_stop(timer->loop);
        },
        20000, 0);
  }
  ~LoopTest() override {
    uv_close(reinterpret_cast<uv_handle_t*>(&tick_), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&watchdog_), nullptr);
    run();
    EXPECT_EQ(descriptors_, open_descriptors()) << "descriptors were left open";
    const int closed = uv_loop_close(&loop);
    EXPECT_EQ(0, closed) << "handles were left on the loop";
    if (closed != 0) uv_print_all_handles(&loop, stderr);
  }

  void run() { uv_run(&loop, UV_RUN_DEFAULT); }
  /// Closes every handle but the test's own, as many programs do when they exit.
  void close_all_handles() {
    uv_walk(
        &loop,
        [](uv_handle_t* handle, void* self) {
          auto* test = static_cast<LoopTest*>(self);
          const bool own = handle == reinterpret_cast<uv_handle_t*>(&test->tick_) ||
                           handle == reinterpret_cast<uv_handle_t*>(&test->watchdog_);
          if (!own && !test->is_other(handle) && uv_is_closing(handle) == 0) {
            uv_close(handle, nullptr);
          }
        },
        this);
  }
  /// Handles of the test that close_all_handles() skips.
  virtual bool is_other(const uv_handle_t*) const { return false; }
  /// Turns the loop until `done` returns true, whether or not anything keeps the loop alive.
  template <class Done>
  void run_until(Done done) {
    // A turn can satisfy `done` and then block for something else: the tick ends that wait.
    uv_timer_start(
        &tick_, [](uv_timer_t*) {}, 1, 1);
    while (!done() && !::testing::Test::HasFailure()) uv_run(&loop, UV_RUN_ONCE);
    uv_timer_stop(&tick_);
  }
  /// Runs everything that is ready.
  void run_ready() {
    for (int i = 0; i < 10; ++i) uv_run(&loop, UV_RUN_NOWAIT);
  }

  uv_loop_t loop{};

 private:
  uv_timer_t watchdog_{}, tick_{};
  std::size_t descriptors_ = 0;
};

}  // namespace holdfast::uv
