// The cheapest HTTP/1.1 server for measuring a client: it sends the same 200 response, with few
// headers and a 100-byte body, to every request, and keeps the connection. It checks nothing and
// reads no bodies: it is for GET only. Owner: a benchmark or the null_server command; must outlive
// its handles: close(), then run the loop. Thread: the loop's.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace bench {

class NullServer {
 public:
  /// Listens on 127.0.0.1; port 0: the system chooses. On failure it exits the process with a
  /// message, because nothing can be measured then.
  NullServer(uv_loop_t* loop, std::uint16_t port);
  ~NullServer();
  NullServer(const NullServer&) = delete;
  NullServer& operator=(const NullServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// Allocates for this many connections in advance, so that the measurement includes no
  /// allocation.
  void reserve(std::size_t connections);
  std::uint64_t answered() const { return answered_; }
  /// The handles do not keep the loop alive: when the client is in the same process, only its
  /// requests decide when uv_run() returns.
  void unref();
  /// Closes everything; the handles are closed after one more run of the loop.
  void close();

 private:
  struct Connection;

  static void on_connection(uv_stream_t* listener, int status);
  static void on_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer);
  Connection* take();
  void drop(Connection& connection);

  uv_loop_t* loop_;
  uv_tcp_t listener_{};
  std::uint16_t port_ = 0;
  bool unref_ = false;
  std::uint64_t answered_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> spare_;
  char input_[64 * 1024];
};

}  // namespace bench
