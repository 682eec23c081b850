#include "uv/socket.h"

#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/check.h"

namespace holdfast::uv {

namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const PeerAddress& address) {
  SocketAddress result;
  if (address.family == 6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    v6.sin6_scope_id = address.scope;
    std::memcpy(&v6.sin6_addr, address.bytes, 16);
    std::memcpy(&result.storage, &v6, sizeof v6);
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.bytes, 4);
    std::memcpy(&result.storage, &v4, sizeof v4);
  }
  return result;
}

uv_buf_t buffer_of(std::string_view bytes) {
  // uv_buf_t is shared by reads and writes, hence not const; a write does not change the bytes.
  return uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
}

// The most bytes for one system call: uv_buf_t counts in 32 bits on Windows.
constexpr std::size_t kMostAtOnce = 1U << 30;

/// The limit of one look, in case the peer keeps sending.
constexpr std::size_t kMostLooked = 1U << 20;

/// Puts at most `limit` bytes of `head` and `body` into `buffers`; returns the number of buffers.
unsigned gather(std::string_view head, std::string_view body, std::size_t limit,
                uv_buf_t (&buffers)[2]) {
  unsigned count = 0;
  head = head.substr(0, limit);
  if (!head.empty()) buffers[count++] = buffer_of(head);
  body = body.substr(0, limit - head.size());
  if (!body.empty()) buffers[count++] = buffer_of(body);
  return count;
}

}  // namespace

void Socket::begin(engine::ConnectionId id) {
  id_ = id;
  announced = true;
  head_ = body_ = {};
  piece_ = piece_told_ = 0;
  write_failed_ = 0;
  write_uncertain_ = local_ = reading_ = ended_ = broken_ = false;
  connect_.data = this;
}

int Socket::connect(uv_loop_t* loop, engine::ConnectionId id, PeerAddress address,
                    std::string_view zone) {
  begin(id);
  // Without an address family no descriptor is created yet, so this cannot fail.
  HF_CHECK(uv_tcp_init(loop, &tcp_) == 0);
  tcp_.data = this;
  // A socket never keeps the loop alive: the driver does so while exchanges run, and idle
  // connections must not.
  uv_unref(handle());
  if (!zone.empty()) {
    address.scope = if_nametoindex(std::string(zone).c_str());
    if (address.scope == 0) return -ENODEV;  // connect()'s error for an unknown scope
  }
  const int status = uv_tcp_connect(&connect_, &tcp_, socket_address(address).get(), on_connect);
  // Head and body are sent in one write, so Nagle's algorithm has nothing to merge.
  if (status == 0) uv_tcp_nodelay(&tcp_, 1);
  return status;
}

int Socket::connect(uv_loop_t* loop, engine::ConnectionId id, std::string_view path) {
  begin(id);
  local_ = true;
  HF_CHECK(uv_pipe_init(loop, &pipe_, 0) == 0);
  pipe_.data = this;
  uv_unref(handle());
  // libuv truncates a path that is too long and would connect to another socket.
  char name[sizeof(sockaddr_un::sun_path)];
  if (path.size() >= sizeof name) return UV_ENAMETOOLONG;
  std::memcpy(name, path.data(), path.size());
  name[path.size()] = '\0';
  uv_pipe_connect(&connect_, &pipe_, name, on_connect);  // reports errors later, in on_connect
  return 0;
}

void Socket::on_connect(uv_connect_t* request, int status) {
  Socket& self = of(request->data);
  if (status == UV_ECANCELED) return;  // by our close()
  if (status == 0) status = self.read_start();
  if (status != 0) return self.events_.on_connect_failed(self, status);
  self.events_.on_connected(self);
}

Socket::Accepted Socket::write(std::string_view head, std::string_view body) {
  HF_CHECK(piece_ == 0 && head_.empty() && body_.empty());
  head_ = head;
  body_ = body;
  return push();
}

/// Writes as much as the system accepts now and gives the next piece to libuv.
Socket::Accepted Socket::push() {
  Accepted accepted;
  if (write_failed_ != 0) return accepted;
  while (!head_.empty() || !body_.empty()) {
    uv_buf_t buffers[2];
    const unsigned count = gather(head_, body_, kMostAtOnce, buffers);
    const int result = uv_try_write(stream(), buffers, count);
    if (result == UV_EAGAIN) {
      accepted.uv_code = start_piece();
      break;
    }
    if (result < 0) {
      // A write that fails at once has sent nothing.
      if (!defer_failure(result, false)) accepted.uv_code = result;
      break;
    }
    consume(static_cast<std::size_t>(result));
    accepted.bytes += static_cast<std::size_t>(result);
  }
  return accepted;
}

void Socket::consume(std::size_t bytes) {
  const std::size_t of_head = std::min(bytes, head_.size());
  head_.remove_prefix(of_head);
  body_.remove_prefix(bytes - of_head);
}

int Socket::start_piece() {
  uv_buf_t buffers[2];
  const unsigned count = gather(head_, body_, kPiece, buffers);
  write_.data = this;
  const int status = uv_write(&write_, stream(), buffers, count, on_write);
  if (status != 0) return status;
  piece_ = std::min(kPiece, head_.size() + body_.size());
  piece_told_ = 0;
  return 0;
}

std::size_t Socket::take_progress() {
  if (piece_ == 0) return 0;
  const std::size_t waiting = uv_stream_get_write_queue_size(stream());
  const std::size_t done = piece_ > waiting ? piece_ - waiting : 0;
  const std::size_t more = done > piece_told_ ? done - piece_told_ : 0;
  piece_told_ += more;
  return more;
}

void Socket::on_write(uv_write_t* request, int status) {
  Socket& self = of(request->data);
  if (status == UV_ECANCELED) return;  // by our close(): no report is needed
  const std::size_t piece = std::exchange(self.piece_, 0);
  if (self.broken_) return;  // the failure has been reported
  if (status != 0) {
    // libuv does not report how much of the piece was sent.
    if (!self.defer_failure(status, true)) self.events_.on_failed(self, status, true);
    return;
  }
  self.consume(piece);
  const std::size_t untold = piece - self.piece_told_;
  const Accepted accepted = self.push();
  self.events_.on_written(self, untold + accepted.bytes);
  if (accepted.uv_code != 0) self.events_.on_failed(self, accepted.uv_code, false);
}

/// Handles a failed write. Bytes that the peer sent before it broke the connection (an early
/// response, for example) can still be in the receive buffer: while reading continues, the failure
/// is reported only after they are read.
bool Socket::defer_failure(int uv_code, bool uncertain) {
  if (!reading_) return false;
  write_failed_ = uv_code;
  write_uncertain_ = uncertain;
  return true;
}

int Socket::read_start() {
  if (ended_ || reading_) return 0;
  const int status = uv_read_start(stream(), on_alloc, on_read);
  reading_ = status == 0;
  return status;
}

void Socket::read_stop() {
  if (!reading_) return;
  uv_read_stop(stream());
  reading_ = false;
}

int Socket::look(std::string& bytes) {
  uv_os_fd_t descriptor = -1;
  if (!reading_ || uv_fileno(handle(), &descriptor) != 0) return 0;
  for (;;) {
    // First a single byte: usually there is nothing to read, and the shared buffer may be in use.
    char first = 0;
    ssize_t length = recv(descriptor, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (length > 0) {
      const std::size_t had = bytes.size();
      bytes.resize(had + ReadBuffer::kBytes);
      length = recv(descriptor, bytes.data() + had, ReadBuffer::kBytes, MSG_DONTWAIT);
      bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
      if (length > 0 && bytes.size() < kMostLooked) continue;
      if (length > 0) return 0;
    }
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    const int error = length < 0 ? uv_translate_sys_error(errno) : pending_error();
    read_stop();
    ended_ = true;
    broken_ = error != 0;
    return error != 0 ? error : UV_EOF;
  }
}

void Socket::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
  *buffer = uv_buf_init(of(handle->data).buffer_.bytes, ReadBuffer::kBytes);
}

void Socket::on_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  Socket& self = of(stream->data);
  if (length > 0) {
    self.events_.on_bytes(self, {buffer->base, static_cast<std::size_t>(length)});
    return;
  }
  if (length == 0) return;  // EAGAIN
  self.reading_ = false;    // libuv has stopped
  self.ended_ = true;
  if (self.write_failed_ != 0) {
    self.events_.on_failed(self, self.write_failed_, self.write_uncertain_);
    return;
  }
  const int error = length == UV_EOF ? self.pending_error() : static_cast<int>(length);
  if (error == 0) return self.events_.on_eof(self);
  self.broken_ = true;
  self.events_.on_failed(self, error, self.writing());
}

/// libuv reports UV_EOF without reading further when a short read came with POLLHUP. A reset also
/// shows as a hang-up, so a body cut by RST would count as complete. The system still has the
/// error. Returns 0 or a UV_E code.
int Socket::pending_error() {
  uv_os_fd_t descriptor = -1;
  int error = 0;
  socklen_t size = sizeof error;
  if (uv_fileno(handle(), &descriptor) != 0) return 0;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return 0;
  return uv_translate_sys_error(error);
}

bool Socket::close() {
  piece_ = 0;
  if (uv_is_closing(handle()) != 0) return false;
  uv_close(handle(), on_close);
  return true;
}

void Socket::on_close(uv_handle_t* handle) {
  Socket& self = of(handle->data);
  self.events_.on_closed(self);
}

}  // namespace holdfast::uv
