#include "bench/null_server.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace bench {

namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\n"
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "Content-Length: 100\r\n"
    "\r\n"
    "0123456789012345678901234567890123456789012345678"
    "901234567890123456789012345678901234567890123456789";
static_assert(kAnswer.size() - kAnswer.find("\r\n\r\n") - 4 == 100);

void must(int status, const char* what) {
  if (status == 0) return;
  std::fprintf(stderr, "null_server: %s: %s\n", what, uv_strerror(status));
  std::exit(1);
}

}  // namespace

struct NullServer::Connection {
  uv_tcp_t tcp{};
  NullServer* server = nullptr;
  std::uint32_t matched = 0;  // bytes matched of CR LF CR LF
  bool open = false;

  /// The number of header sections that end within `bytes`.
  std::size_t heads_ended(std::string_view bytes) {
    std::size_t count = 0;
    for (const char c : bytes) {
      const bool fits = c == (matched % 2 == 0 ? '\r' : '\n');
      matched = fits ? matched + 1 : (c == '\r' ? 1U : 0U);
      if (matched != 4) continue;
      matched = 0;
      ++count;
    }
    return count;
  }
};

NullServer::NullServer(uv_loop_t* loop, std::uint16_t port) : loop_(loop) {
  sockaddr_in address{};
  must(uv_ip4_addr("127.0.0.1", port, &address), "address");
  must(uv_tcp_init(loop_, &listener_), "socket");
  listener_.data = this;
  must(uv_tcp_bind(&listener_, reinterpret_cast<const sockaddr*>(&address), 0), "bind");
  must(uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), 4096, on_connection), "listen");
  int size = sizeof address;
  must(uv_tcp_getsockname(&listener_, reinterpret_cast<sockaddr*>(&address), &size), "port");
  port_ = ntohs(address.sin_port);
}

NullServer::~NullServer() = default;

void NullServer::reserve(std::size_t connections) {
  connections_.reserve(connections);
  spare_.reserve(connections);
  while (connections_.size() < connections) {
    connections_.push_back(std::make_unique<Connection>());
    spare_.push_back(connections_.back().get());
  }
}

NullServer::Connection* NullServer::take() {
  if (spare_.empty()) reserve(connections_.size() + 1);
  Connection* connection = spare_.back();
  spare_.pop_back();
  return connection;
}

void NullServer::unref() {
  unref_ = true;
  uv_unref(reinterpret_cast<uv_handle_t*>(&listener_));
}

void NullServer::close() {
  uv_close(reinterpret_cast<uv_handle_t*>(&listener_), nullptr);
  for (const auto& connection : connections_) {
    if (connection->open) drop(*connection);
  }
}

void NullServer::drop(Connection& connection) {
  connection.open = false;
  uv_close(reinterpret_cast<uv_handle_t*>(&connection.tcp), [](uv_handle_t* handle) {
    auto* closed = static_cast<Connection*>(handle->data);
    closed->server->spare_.push_back(closed);
  });
}

void NullServer::on_connection(uv_stream_t* listener, int status) {
  auto& self = *static_cast<NullServer*>(listener->data);
  must(status, "accept");
  Connection& connection = *self.take();
  connection.server = &self;
  connection.matched = 0;
  connection.open = true;
  must(uv_tcp_init(self.loop_, &connection.tcp), "socket");
  connection.tcp.data = &connection;
  if (self.unref_) uv_unref(reinterpret_cast<uv_handle_t*>(&connection.tcp));
  auto* stream = reinterpret_cast<uv_stream_t*>(&connection.tcp);
  must(uv_accept(listener, stream), "accept");
  uv_tcp_nodelay(&connection.tcp, 1);
  const auto on_alloc = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    NullServer& server = *static_cast<Connection*>(handle->data)->server;
    *buffer = uv_buf_init(server.input_, sizeof server.input_);
  };
  must(uv_read_start(stream, on_alloc, on_read), "read");
}

void NullServer::on_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  auto& connection = *static_cast<Connection*>(stream->data);
  if (length == 0) return;
  if (length < 0) return connection.server->drop(connection);
  std::size_t due = connection.heads_ended({buffer->base, static_cast<std::size_t>(length)});
  for (; due > 0; --due) {
    uv_buf_t answer =
        uv_buf_init(const_cast<char*>(kAnswer.data()), static_cast<unsigned>(kAnswer.size()));
    // A client that does not read its responses loses the connection.
    if (uv_try_write(stream, &answer, 1) != static_cast<int>(kAnswer.size())) {
      return connection.server->drop(connection);
    }
    ++connection.server->answered_;
  }
}

}  // namespace bench
