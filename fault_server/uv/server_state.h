// The inside of ServerUv: its handles and how facts and orders pass. Private to server_uv*.cc.
// Thread: the loop's.
#pragma once

#include <uv.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/admin/admin.h"
#include "fault_server/uv/server.h"

namespace fault {

using holdfast::base::Instant;
using holdfast::base::Now;

struct ServerUv::State {
  /// A TCP socket or a Unix domain socket.
  union Stream {
    uv_tcp_t tcp{};
    uv_pipe_t pipe;

    uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(this); }
    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(this); }
    void init(uv_loop_t* on, bool local) {
      local ? uv_pipe_init(on, &pipe, 0) : uv_tcp_init(on, &tcp);
    }
  };

  /// A listening socket, or, while refusals are due, one that is only bound: it keeps the port and
  /// the kernel answers SYNs with RST.
  struct Door {
    Stream handle;
    State* state = nullptr;
    std::string id;
    sockaddr_storage address{};
    std::string path;     // of a Unix domain socket; libuv removes its file with the handle
    bool current = true;  // false: replaced and closing
  };
  struct Socket {
    Stream handle;
    bool local = false;  // a Unix domain socket
    uv_write_t write{};
    State* state = nullptr;
    PeerConnectionId id;
    std::size_t writing = 0;
    bool reading = false;
    bool closing = false;
    bool saw_eof = false;
  };

  State(uv_loop_t* loop, Scenario scenario, ServerOptions options);

  // server_uv.cc
  std::optional<std::string> open_door(const Listener& listener, std::uint16_t port);
  std::optional<std::string> open_local_door(const Listener& listener);
  std::optional<std::string> bind_door(Door& door, bool listen);
  std::optional<std::string> bind_local_door(Door& door, bool listen);
  Door* door(std::string_view id);
  void close_door(Door& door);
  void shut_door(std::string_view id);
  void unshut_door(std::string_view id);
  void close(std::function<void()> on_done);
  void handle_closed();
  Now now() const;

  // server_uv_socket.cc
  static void on_connection(uv_stream_t* stream, int status);
  void drain();
  void perform(const Order& order);
  void send(Socket& socket, std::string_view bytes);
  void start_reading(Socket& socket);
  void lose(Socket& socket);
  void close_fin(Socket& socket);
  void close_rst(Socket& socket);
  void close_socket(Socket& socket);
  void arm_timers();
  void look_after_the_deaf();
  Socket* socket(PeerConnectionId id);

  uv_loop_t* loop;
  ServerOptions options;
  Peer peer;
  std::optional<Admin> admin;                // none where it is off
  std::vector<std::unique_ptr<Door>> doors;  // current ones, in the scenario's order
  std::vector<Socket*> sockets;              // by slot index
  uv_timer_t timer{};
  uv_timer_t deaf_timer{};
  std::size_t deaf = 0;     // sockets that are not reading
  std::size_t handles = 0;  // not yet closed
  bool started = false;
  bool closing = false;
  bool draining = false;
  bool orphaned = false;  // the ServerUv is gone
  std::function<void()> done, on_shutdown;
  std::array<char, 65536> buffer{};
};

}  // namespace fault
