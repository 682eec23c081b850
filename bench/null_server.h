// The cheapest HTTP/1.1 server that a client can be measured against: it answers every head that
// ends with the same 200, short head and 100-byte body, and keeps the connection. Judges nothing
// and reads no bodies: it is for GET alone. Owner: a benchmark or the null_server command; must
// outlive its handles: close(), then run the loop. Thread: the loop's.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace bench {

class NullServer {
 public:
  /// Listens on 127.0.0.1; 0: a port of the system's choice. Exits the process with a message if it
  /// cannot: there is nothing to measure then.
  NullServer(uv_loop_t* loop, std::uint16_t port);
  ~NullServer();
  NullServer(const NullServer&) = delete;
  NullServer& operator=(const NullServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// Makes room for this many connections at once, so that none is allocated while measuring.
  void reserve(std::size_t connections);
  std::uint64_t answered() const { return answered_; }
  /// Listening and connections do not hold the loop: in one process with a client, the client's
  /// requests alone decide when uv_run returns.
  void unref();
  /// Closes everything; the handles are gone after the loop has run once more.
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
