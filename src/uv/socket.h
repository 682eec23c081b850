// One socket on the loop, TCP or Unix domain: connects, writes what it is given, reads into a
// buffer that all sockets of a driver share. Owner: the driver's socket pool, which has it back
// after the close callback. Thread: the loop's. Decides nothing, retries nothing, times nothing;
// allocates nothing after its creation.
#pragma once

#include <uv.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/ids.h"
#include "holdfast/timeline.h"

namespace holdfast::uv {

class Socket;

/// What a socket has to say; only ever from libuv's callbacks, never inside a call to it.
class SocketEvents {
 public:
  virtual void on_connected(Socket& socket) = 0;
  virtual void on_connect_failed(Socket& socket, int uv_code) = 0;
  virtual void on_bytes(Socket& socket, std::string_view bytes) = 0;
  /// `bytes` more of the write were accepted by the system.
  virtual void on_written(Socket& socket, std::size_t bytes) = 0;
  virtual void on_eof(Socket& socket) = 0;
  /// The connection broke; `write_uncertain` as in Engine::handle_failed.
  virtual void on_failed(Socket& socket, int uv_code, bool write_uncertain) = 0;
  virtual void on_closed(Socket& socket) = 0;

 protected:
  ~SocketEvents() = default;
};

/// Lent to whichever socket is reading: the bytes are used up before the next read.
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

  /// Begins to connect, for connection `id`. An error code is the answer itself: no event follows.
  /// `zone`: the network interface that gives `address` its scope; empty: it has its scope.
  int connect(uv_loop_t* loop, engine::ConnectionId id, PeerAddress address,
              std::string_view zone = {});
  /// The same, to a Unix domain socket.
  int connect(uv_loop_t* loop, engine::ConnectionId id, std::string_view path);
  /// To what the last connect() was.
  bool is_local() const { return local_; }

  /// Writes `head` and then `body`, which stay in place until all is accepted. Says how many bytes
  /// the system took at once; for the rest on_written follows. At most one write at a time.
  struct Accepted {
    std::size_t bytes = 0;
    int uv_code = 0;  ///< the connection broke, and no event will say so
  };
  Accepted write(std::string_view head, std::string_view body);

  /// Bytes of the write that were accepted since the last on_written; libuv does not tell before a
  /// whole piece is through, but the write timeout and the replay class want to know.
  std::size_t take_progress();
  bool writing() const { return piece_ != 0; }

  /// Reads what lies in the socket now, without waiting for the loop, and appends it to `bytes`.
  /// Returns 0, or how the connection ended (UV_EOF or an error); no event reports that again.
  int look(std::string& bytes);

  int read_start();
  void read_stop();

  /// Closes the descriptor now; on_closed follows on a later turn. False, and no event follows,
  /// where somebody else has closed the handle.
  bool close();

  /// The driver's note: whether the engine is to hear of the close.
  bool announced = true;
  /// The driver's note: stands in its list of slow writers.
  bool listed = false;

 private:
  // libuv reports an asynchronous write only as a whole. Pieces this small make the report mean
  // "there is room again", upon which as much as fits is written at once.
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
  union {  // both begin as every stream does
    uv_tcp_t tcp_{};
    uv_pipe_t pipe_;
  };
  uv_connect_t connect_{};
  uv_write_t write_{};
  std::string_view head_, body_;  // not yet accepted
  std::size_t piece_ = 0;         // bytes with libuv, 0: none
  std::size_t piece_told_ = 0;    // of these, told by take_progress()
  int write_failed_ = 0;          // uv code of a write that failed while reading goes on
  bool write_uncertain_ = false;
  bool local_ = false;
  bool reading_ = false;
  bool ended_ = false;   // EOF or failure: there is nothing to be read any more
  bool broken_ = false;  // a failure met in reading was told
};

}  // namespace holdfast::uv
