// The sockets of ServerUv: facts from the kernel, orders to it.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "base/check.h"
#include "fault_server/uv/server_state.h"

namespace fault {
namespace {

constexpr std::uint64_t kDeafLookMs = 50;

std::string address_of(const uv_tcp_t& handle) {
  sockaddr_storage address{};
  int size = sizeof address;
  char name[64] = "unknown";
  if (uv_tcp_getpeername(&handle, reinterpret_cast<sockaddr*>(&address), &size) != 0) return name;
  if (address.ss_family == AF_INET6) {
    uv_ip6_name(reinterpret_cast<const sockaddr_in6*>(&address), name, sizeof name);
  } else {
    uv_ip4_name(reinterpret_cast<const sockaddr_in*>(&address), name, sizeof name);
  }
  return name;
}

/// Whether what libuv calls the end was a reset: after a short read that came with POLLHUP it says
/// UV_EOF without looking. The journal has to know who closed, and how.
bool was_reset(const uv_handle_t* handle) {
  uv_os_fd_t descriptor = -1;
  int error = 0;
  socklen_t size = sizeof error;
  if (uv_fileno(handle, &descriptor) != 0) return false;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0;
}

int descriptor_of(const uv_handle_t* handle) {
  uv_os_fd_t fd = -1;
  return uv_fileno(handle, &fd) == 0 ? fd : -1;
}

/// What the kernel knows of a client to which nobody listens.
enum class Client : std::uint8_t { there, finished, gone };
Client look_at(int fd, bool local) {
#ifdef __linux__
  if (local) {
    pollfd one{fd, POLLRDHUP, 0};
    return ::poll(&one, 1, 0) == 1 ? Client::finished : Client::there;
  }
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return Client::there;
  if (info.tcpi_state == TCP_CLOSE) return Client::gone;
  if (info.tcpi_state == TCP_CLOSE_WAIT) return Client::finished;
#else
  static_cast<void>(fd), static_cast<void>(local);
#endif
  return Client::there;
}

}  // namespace

ServerUv::State::Socket* ServerUv::State::socket(PeerConnectionId id) {
  Socket* found = id.index < sockets.size() ? sockets[id.index] : nullptr;
  return found != nullptr && found->id == id ? found : nullptr;
}

void ServerUv::State::on_connection(uv_stream_t* stream, int status) {
  auto* door = static_cast<Door*>(stream->data);
  State& state = *door->state;
  if (status < 0 || state.closing) return;  // EMFILE and the like: the client waits or gives up
  auto* fresh = new Socket;
  fresh->local = !door->path.empty();
  fresh->handle.init(state.loop, fresh->local);
  ++state.handles;
  fresh->handle.handle()->data = fresh;
  fresh->write.data = fresh;
  fresh->state = &state;
  if (uv_accept(stream, fresh->handle.stream()) != 0) return state.close_socket(*fresh);
  if (!fresh->local) uv_tcp_nodelay(&fresh->handle.tcp, 1);  // a slice is a segment
  const std::string from =
      fresh->local ? std::string(kLocalPeer) + door->path : address_of(fresh->handle.tcp);
  fresh->id = state.peer.handle_accept(door->id, from, state.now());
  if (state.sockets.size() <= fresh->id.index) state.sockets.resize(fresh->id.index + 1);
  state.sockets[fresh->id.index] = fresh;
  state.start_reading(*fresh);
  state.drain();
}

void ServerUv::State::start_reading(Socket& socket) {
  if (socket.reading || socket.closing || socket.saw_eof) return;
  socket.reading = true;
  uv_read_start(
      socket.handle.stream(),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buf) {
        State& state = *static_cast<Socket*>(handle->data)->state;
        *buf = uv_buf_init(state.buffer.data(), static_cast<unsigned>(state.buffer.size()));
      },
      [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
        auto& from = *static_cast<Socket*>(stream->data);
        State& state = *from.state;
        if (count == 0) return;
        if (count > 0) {
          state.peer.handle_bytes(from.id, {buf->base, static_cast<std::size_t>(count)},
                                  state.now());
        } else if (count == UV_EOF && !was_reset(from.handle.handle())) {
          from.saw_eof = true;
          state.peer.handle_eof(from.id, state.now());
        } else {
          state.lose(from);
        }
        state.drain();
      });
}

// Orders may bring facts (what the kernel takes at once), which bring orders: one loop for all.
void ServerUv::State::drain() {
  if (draining) return;
  draining = true;
  Order order;
  while (peer.poll(order)) perform(order);
  draining = false;
  arm_timers();
  if (admin && admin->shutdown_requested() && on_shutdown) std::exchange(on_shutdown, nullptr)();
}

void ServerUv::State::perform(const Order& order) {
  if (order.kind == Order::Kind::kListen) return unshut_door(order.listener);
  if (order.kind == Order::Kind::kUnlisten) return shut_door(order.listener);
  Socket* to = socket(order.connection);
  if (to == nullptr || to->closing) return;
  switch (order.kind) {
    case Order::Kind::kSend:
      send(*to, order.bytes);
      break;
    case Order::Kind::kShutdownWrite:
      // Not uv_shutdown: everything was written, and a later reset must stay possible.
      ::shutdown(descriptor_of(to->handle.handle()), SHUT_WR);
      break;
    case Order::Kind::kCloseFin:
      close_fin(*to);
      break;
    case Order::Kind::kCloseRst:
      close_rst(*to);
      break;
    case Order::Kind::kReadStop:
      if (to->reading) ++deaf;
      to->reading = false;
      uv_read_stop(to->handle.stream());
      break;
    case Order::Kind::kReadStart:
      if (!to->reading && deaf > 0) --deaf;
      start_reading(*to);
      break;
    case Order::Kind::kListen:
    case Order::Kind::kUnlisten:
      break;
  }
}

void ServerUv::State::send(Socket& socket, std::string_view bytes) {
  uv_buf_t buf = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  // Dated before the call: a client may have read the answer, and begun to wait, while this thread
  // has not come back from it. Dated afterwards, its patience would look too short.
  const Now written = now();
  const int taken = uv_try_write(socket.handle.stream(), &buf, 1);
  if (taken < 0 && taken != UV_EAGAIN) return lose(socket);
  const std::size_t at_once = taken > 0 ? static_cast<std::size_t>(taken) : 0;
  if (at_once < bytes.size()) {
    socket.writing = bytes.size() - at_once;
    buf = uv_buf_init(buf.base + at_once, static_cast<unsigned>(socket.writing));
    const int error = uv_write(&socket.write, socket.handle.stream(), &buf, 1,
                               [](uv_write_t* request, int status) {
                                 auto& from = *static_cast<Socket*>(request->data);
                                 if (from.closing) return;
                                 if (status != 0) {
                                   from.state->lose(from);
                                 } else {
                                   from.state->peer.handle_sent(
                                       from.id, std::exchange(from.writing, 0), from.state->now());
                                 }
                                 from.state->drain();
                               });
    if (error != 0) return lose(socket);
  }
  if (at_once != 0) peer.handle_sent(socket.id, at_once, written);
}

// The client reset it, or it cannot be written to any more.
void ServerUv::State::lose(Socket& socket) {
  peer.handle_reset(socket.id, now());
  close_socket(socket);
}

void ServerUv::State::close_fin(Socket& socket) {
  // Closing with unread input makes Linux send RST instead of FIN: take what is there first.
  const int fd = descriptor_of(socket.handle.handle());
  ::shutdown(fd, SHUT_WR);
  while (::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
  close_socket(socket);
}

void ServerUv::State::close_rst(Socket& socket) {
  if (socket.local) return close_fin(socket);
  if (!socket.reading && deaf > 0) --deaf;
  socket.reading = true;
  if (sockets[socket.id.index] == &socket) sockets[socket.id.index] = nullptr;
  socket.closing = true;
  const int error = uv_tcp_close_reset(&socket.handle.tcp, [](uv_handle_t* handle) {
    auto* closed = static_cast<Socket*>(handle->data);
    State* state = closed->state;
    delete closed;
    state->handle_closed();
  });
  HF_CHECK(error == 0);  // it fails only while uv_shutdown is under way, which is never used
}

void ServerUv::State::close_socket(Socket& socket) {
  if (socket.closing) return;
  if (socket.id && !socket.reading && deaf > 0) --deaf;
  socket.closing = true;
  if (socket.id && sockets[socket.id.index] == &socket) sockets[socket.id.index] = nullptr;
  uv_close(socket.handle.handle(), [](uv_handle_t* handle) {
    auto* closed = static_cast<Socket*>(handle->data);
    State* state = closed->state;
    delete closed;
    state->handle_closed();
  });
}

// --- Time ----------------------------------------------------------------------------------------

void ServerUv::State::arm_timers() {
  if (closing || !started) return;
  const Instant next = peer.next_deadline();
  if (next.is_never()) {
    uv_timer_stop(&timer);
  } else {
    const std::int64_t left = (next - now().mono).count();
    const std::int64_t ms = left <= 0 ? 0 : (left + 999'999) / 1'000'000;
    uv_update_time(loop);  // else the wait would begin at the last turn of the loop
    uv_timer_start(
        &timer,
        [](uv_timer_t* handle) {
          State& state = *static_cast<State*>(handle->data);
          if (state.peer.next_deadline() <= state.now().mono) {
            state.peer.handle_timeout(state.now());
          }
          state.drain();
        },
        static_cast<std::uint64_t>(ms), 0);
  }
  if (deaf == 0) {
    uv_timer_stop(&deaf_timer);
  } else if (uv_is_active(reinterpret_cast<uv_handle_t*>(&deaf_timer)) == 0) {
    uv_timer_start(
        &deaf_timer,
        [](uv_timer_t* handle) { static_cast<State*>(handle->data)->look_after_the_deaf(); },
        kDeafLookMs, kDeafLookMs);
  }
}

// Whoever does not read does not hear that the client left. The kernel knows; without this, stalled
// connections would stay until the server ends and the journal would not say when they were left.
void ServerUv::State::look_after_the_deaf() {
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    Socket* one = sockets[i];
    if (one == nullptr || one->reading || one->saw_eof || one->closing) continue;
    switch (look_at(descriptor_of(one->handle.handle()), one->local)) {
      case Client::there:
        break;
      case Client::gone:
        lose(*one);
        break;
      case Client::finished:
        one->saw_eof = true;
        peer.handle_eof(one->id, now());
        break;
    }
  }
  drain();
}

}  // namespace fault
