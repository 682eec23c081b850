// A socket on the loop, TCP or Unix domain: connects, writes the given bytes, reads into a buffer
// that all sockets of a driver share. Owner: the driver's socket pool, which gets it back after the
// close callback. Thread: the loop's. Decides nothing, retries nothing, has no timer; allocates
// nothing after its creation.
#pragma once

#include <uv.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/ids.h"
#include "holdfast/timeline.h"

namespace holdfast::uv {

class Socket;

/// The events of a socket; called only from libuv's callbacks, never inside a call of the socket.
class SocketEvents {
 public:
  virtual void on_connected(Socket& socket) = 0;
  virtual void on_connect_failed(Socket& socket, int uv_code) = 0;
  virtual void on_bytes(Socket& socket, std::string_view bytes) = 0;
  /// The system has accepted `bytes` more of the write.
  virtual void on_written(Socket& socket, std::size_t bytes) = 0;
  virtual void on_eof(Socket& socket) = 0;
  /// The connection broke; `write_uncertain` as in Engine::handle_failed.
  virtual void on_failed(Socket& socket, int uv_code, bool write_uncertain) = 0;
  virtual void on_closed(Socket& socket) = 0;

 protected:
  ~SocketEvents() = default;
};

/// Shared by all sockets: the bytes are consumed before the next read.
struct ReadBuffer {
  static constexpr std::size_t kBytes = 64 * 1024;
  char bytes[kBytes];
};

class Socket {
 public:
  Socket(SocketEvents& events, ReadBuffer& buffer) : events_(events), buffer_(buffer) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  engine::ConnectionId id() const { return id_; }

  /// Starts to connect, for connection `id`. If it returns an error code, no event follows. `zone`
  /// is the network interface that gives `address` its scope; empty when the address has one.
  int connect(uv_loop_t* loop, engine::ConnectionId id, PeerAddress address,
              std::string_view zone = {});
  /// The same, to a Unix domain socket.
  int connect(uv_loop_t* loop, engine::ConnectionId id, std::string_view path);
  /// Whether the last connect() was to a Unix domain socket.
  bool is_local() const { return local_; }

  /// Writes `head` and then `body`, which must stay valid until all is accepted. Returns how many
  /// bytes the system accepted at once; on_written follows for the rest. At most one write at a
  /// time.
  struct Accepted {
    std::size_t bytes = 0;
    int uv_code = 0;  ///< the connection broke, and no event reports it
  };
  Accepted write(std::string_view head, std::string_view body);

  /// The bytes of the write that were accepted since the last on_written. libuv reports only whole
  /// pieces, but the write timeout and the replay class need the progress within one.
  std::size_t take_progress();
  bool writing() const { return piece_ != 0; }

  /// Reads what is in the socket's buffer now, without waiting for the loop, and appends it to
  /// `bytes`. Returns 0, or how the connection ended (UV_EOF or an error); no event reports that
  /// again.
  int look(std::string& bytes);

  int read_start();
  void read_stop();

  /// Closes the descriptor now; on_closed follows on a later turn. Returns false, and no event
  /// follows, if other code has closed the handle.
  bool close();

  /// For the driver: whether the engine is to be notified of the close.
  bool announced = true;
  /// For the driver: whether it is in the list of slow writers.
  bool listed = false;

 private:
  // libuv reports an asynchronous write only as a whole. With pieces this small, the report means
  // that there is space again, and as much as fits is written at once.
  static constexpr std::size_t kPiece = 16 * 1024;

  static Socket& of(void* data) { return *static_cast<Socket*>(data); }
  static void on_connect(uv_connect_t* request, int status);
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer);
  int pending_error();
  static void on_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer);
  static void on_write(uv_write_t* request, int status);
  static void on_close(uv_handle_t* handle);

  void begin(engine::ConnectionId id);
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp_); }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&tcp_); }
  Accepted push();
  int start_piece();
  void consume(std::size_t bytes);
  bool defer_failure(int uv_code, bool uncertain);

  SocketEvents& events_;
  ReadBuffer& buffer_;
  engine::ConnectionId id_;
  union {  // both start with the fields of uv_stream_t
    uv_tcp_t tcp_{};
    uv_pipe_t pipe_;
  };
  uv_connect_t connect_{};
  uv_write_t write_{};
  std::string_view head_, body_;  // not accepted yet
  std::size_t piece_ = 0;         // bytes given to libuv; 0: none
  std::size_t piece_told_ = 0;    // bytes of these that take_progress() has returned
  int write_failed_ = 0;          // uv code of a failed write whose report waits for reading
  bool write_uncertain_ = false;
  bool local_ = false;
  bool reading_ = false;
  bool ended_ = false;   // EOF or failure: nothing is left to read
  bool broken_ = false;  // a failure found by reading was reported
};

}  // namespace holdfast::uv
