#include "fault_server/uv/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "fault_server/rules/rulebook.h"
#include "fault_server/uv/server_state.h"

namespace fault {
namespace {

constexpr int kBacklog = 1024;

Scenario permitted(Scenario scenario, const ServerOptions& options) {
  bool loopback = is_loopback(options.host);
  for (const Listener& one : scenario.listeners) {
    if (!one.host.empty()) loopback = loopback && is_loopback(one.host);
  }
  if (!loopback && !options.allow_override_anywhere) scenario.allow_override = false;
  return scenario;
}

Now read_clock() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {{static_cast<std::int64_t>(uv_hrtime())},
          {std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count()}};
}

bool parse_address(const std::string& host, std::uint16_t port, sockaddr_storage& out) {
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  return uv_ip4_addr(numeric.c_str(), port, reinterpret_cast<sockaddr_in*>(&out)) == 0 ||
         uv_ip6_addr(numeric.c_str(), port, reinterpret_cast<sockaddr_in6*>(&out)) == 0;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

std::string bind_complaint(int error, const std::string& where) {
  std::string text = "cannot listen on " + where + ": " + uv_strerror(error);
  if (error == UV_EADDRINUSE) text += "; choose another --port, or 0 for any free one";
  if (error == UV_EACCES) text += "; ports below 1024 need privileges, choose a higher --port";
  if (error == UV_EADDRNOTAVAIL)
    text += "; this machine has no such address, choose another --host";
  return text;
}

/// What forbids a Unix domain socket at `path`; empty: nothing.
std::string in_the_way(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return "there is a file that is no socket; choose another path";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const int status = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::close(probe);
  return status == 0 ? "somebody listens there; choose another path" : "";
}

}  // namespace

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

ServerUv::State::State(uv_loop_t* on, Scenario scenario, ServerOptions with)
    : loop(on),
      options(std::move(with)),
      peer(permitted(std::move(scenario), options), options.seed, read_clock(),
           Refusals::kByListener, options.certificates) {
  if (options.admin && (is_loopback(options.host) || options.admin_anywhere)) admin.emplace(peer);
}

Now ServerUv::State::now() const { return read_clock(); }

ServerUv::State::Door* ServerUv::State::door(std::string_view id) {
  for (const auto& one : doors) {
    if (one->id == id) return one.get();
  }
  return nullptr;
}

std::optional<std::string> ServerUv::State::open_door(const Listener& listener,
                                                      std::uint16_t port) {
  if (!listener.unix_path.empty()) return open_local_door(listener);
  auto fresh = std::make_unique<Door>();
  fresh->state = this;
  fresh->id = listener.id;
  const std::string host = listener.host.empty() ? options.host : listener.host;
  if (!parse_address(host, port, fresh->address)) {
    return "found host '" + host + "', expected an IPv4 or IPv6 address such as 127.0.0.1 or ::1";
  }
  doors.push_back(std::move(fresh));
  auto error = bind_door(*doors.back(), true);
  if (error) {
    close_door(*doors.back());
    return error;
  }
  return std::nullopt;
}

/// A socket's file outlives a server that was killed: it is replaced, unless somebody still listens
/// there. Any other file is not ours to remove.
std::optional<std::string> ServerUv::State::open_local_door(const Listener& listener) {
  const std::string& path = listener.unix_path;
  if (std::string wrong = in_the_way(path); !wrong.empty()) {
    return "cannot listen on unix:" + path + ": " + wrong;
  }
  ::unlink(path.c_str());
  auto fresh = std::make_unique<Door>();
  fresh->state = this;
  fresh->id = listener.id;
  fresh->path = path;
  doors.push_back(std::move(fresh));
  auto error = bind_local_door(*doors.back(), true);
  if (error) close_door(*doors.back());
  return error;
}

std::optional<std::string> ServerUv::State::bind_local_door(Door& door, bool listen) {
  door.handle.init(loop, true);
  ++handles;
  door.handle.handle()->data = &door;
  int error = uv_pipe_bind(&door.handle.pipe, door.path.c_str());
  if (error == 0 && listen) error = uv_listen(door.handle.stream(), kBacklog, on_connection);
  if (error == 0) return std::nullopt;
  return "cannot listen on unix:" + door.path + ": " + uv_strerror(error);
}

std::optional<std::string> ServerUv::State::bind_door(Door& door, bool listen) {
  if (!door.path.empty()) return bind_local_door(door, listen);
  door.handle.init(loop, false);
  ++handles;
  door.handle.handle()->data = &door;
  int error = uv_tcp_bind(&door.handle.tcp, reinterpret_cast<const sockaddr*>(&door.address), 0);
  if (error == 0 && listen) error = uv_listen(door.handle.stream(), kBacklog, on_connection);
  char name[64] = "";
  if (door.address.ss_family == AF_INET6) {
    uv_ip6_name(reinterpret_cast<const sockaddr_in6*>(&door.address), name, sizeof name);
  } else {
    uv_ip4_name(reinterpret_cast<const sockaddr_in*>(&door.address), name, sizeof name);
  }
  if (error != 0) {
    return bind_complaint(error, std::string(name) + ":" + std::to_string(port_of(door.address)));
  }
  int size = sizeof door.address;
  uv_tcp_getsockname(&door.handle.tcp, reinterpret_cast<sockaddr*>(&door.address), &size);
  return std::nullopt;
}

// The door leaves the list at once and its memory with its close callback.
void ServerUv::State::close_door(Door& door) {
  const auto at =
      std::find_if(doors.begin(), doors.end(), [&](const auto& one) { return one.get() == &door; });
  Door* owned = at->release();
  doors.erase(at);
  uv_close(owned->handle.handle(), [](uv_handle_t* handle) {
    auto* closed = static_cast<Door*>(handle->data);
    State* state = closed->state;
    delete closed;
    state->handle_closed();
  });
}

// Refusing: the listening socket goes, a bound one keeps its port.
void ServerUv::State::shut_door(std::string_view id) {
  Door* old = door(id);
  if (old == nullptr || closing) return;
  auto bound = std::make_unique<Door>();
  bound->state = this;
  bound->id = old->id;
  bound->address = old->address;
  bound->path = old->path;
  close_door(*old);
  doors.push_back(std::move(bound));
  // If the port was snatched meanwhile, unshut_door will fail as well and the listener stays away:
  // that is what a client of a refusing server sees anyhow.
  bind_door(*doors.back(), false);
}

void ServerUv::State::unshut_door(std::string_view id) {
  Door* bound = door(id);
  if (bound == nullptr || closing) return;
  uv_listen(bound->handle.stream(), kBacklog, on_connection);
}

void ServerUv::State::close(std::function<void()> on_done) {
  if (on_done) done = std::move(on_done);
  if (closing) return;
  closing = true;
  while (!doors.empty()) close_door(*doors.front());
  for (const ConnectionInfo& one : peer.connections()) peer.kill(one.id, KillHow::kFin, now());
  drain();
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (sockets[i] != nullptr) close_socket(*sockets[i]);
  }
  if (!started) return handle_closed();
  for (uv_timer_t* one : {&timer, &deaf_timer}) {
    uv_close(reinterpret_cast<uv_handle_t*>(one),
             [](uv_handle_t* handle) { static_cast<State*>(handle->data)->handle_closed(); });
  }
}

// Once per closed handle, and once when there was none.
void ServerUv::State::handle_closed() {
  if (handles > 0) --handles;
  if (!closing || handles != 0) return;
  const auto callback = std::exchange(done, nullptr);
  if (callback) callback();
  if (orphaned) delete this;
}

ServerUv::ServerUv(uv_loop_s* loop, Scenario scenario, ServerOptions options)
    : state_(new State(loop, std::move(scenario), std::move(options))) {}

ServerUv::~ServerUv() {
  if (!state_->closing && state_->started) state_->close({});
  state_->closing = true;
  if (state_->handles == 0) {
    delete state_;
  } else {
    state_->orphaned = true;
  }
}

std::optional<std::string> ServerUv::start() {
  State& state = *state_;
  uv_timer_init(state.loop, &state.timer);
  uv_timer_init(state.loop, &state.deaf_timer);
  state.timer.data = state.deaf_timer.data = &state;
  state.handles += 2;
  state.started = true;
  std::vector<Listener> listeners = state.peer.rulebook().scenario().listeners;
  if (listeners.empty()) listeners.push_back(Listener{});
  std::uint16_t free_port = state.options.port;
  for (const Listener& one : listeners) {
    const bool given = one.port != 0 || !one.unix_path.empty();
    const std::uint16_t port = given ? one.port : std::exchange(free_port, std::uint16_t{0});
    if (auto error = state.open_door(one, port)) return error;
  }
  state.drain();
  return std::nullopt;
}

std::uint16_t ServerUv::port(std::string_view listener) const {
  for (const auto& one : state_->doors) {
    const bool meant = listener.empty() ? one->path.empty() : one->id == listener;
    if (meant) return one->path.empty() ? port_of(one->address) : std::uint16_t{0};
  }
  return 0;
}

const std::string& ServerUv::host() const { return state_->options.host; }
Peer& ServerUv::peer() { return state_->peer; }
void ServerUv::close(std::function<void()> done) { state_->close(std::move(done)); }
void ServerUv::on_shutdown(std::function<void()> callback) {
  state_->on_shutdown = std::move(callback);
}

}  // namespace fault
