#include "proptests/budgets/counted_calls.h"

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>

namespace {

int connected = -1;  // the descriptor of the last connect()
budgets::Calls counts;
void (*write_hook)() = nullptr;

void count_read(int descriptor) {
  if (descriptor == connected) ++counts.reads;
}

void count_write(int descriptor) {
  if (descriptor != connected) return;
  ++counts.writes;
  if (write_hook != nullptr) write_hook();
}

/// The C library's own function of this name and type.
template <class F>
F* next(F*, const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

namespace budgets {

Calls Calls::operator-(const Calls& earlier) const {
  return {reads - earlier.reads, writes - earlier.writes, poll_changes - earlier.poll_changes,
          polls - earlier.polls};
}

Calls calls() { return counts; }
void on_write(void (*hook)()) { write_hook = hook; }

}  // namespace budgets

extern "C" {

int connect(int descriptor, const sockaddr* address, socklen_t length) {
  static auto* const system = next(&connect, "connect");
  connected = descriptor;
  return system(descriptor, address, length);
}

ssize_t read(int descriptor, void* bytes, std::size_t size) {
  static auto* const system = next(&read, "read");
  count_read(descriptor);
  return system(descriptor, bytes, size);
}

ssize_t readv(int descriptor, const iovec* parts, int count) {
  static auto* const system = next(&readv, "readv");
  count_read(descriptor);
  return system(descriptor, parts, count);
}

ssize_t recv(int descriptor, void* bytes, std::size_t size, int flags) {
  static auto* const system = next(&recv, "recv");
  count_read(descriptor);
  return system(descriptor, bytes, size, flags);
}

ssize_t recvfrom(int descriptor, void* bytes, std::size_t size, int flags, sockaddr* from,
                 socklen_t* length) {
  static auto* const system = next(&recvfrom, "recvfrom");
  count_read(descriptor);
  return system(descriptor, bytes, size, flags, from, length);
}

ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
  static auto* const system = next(&recvmsg, "recvmsg");
  count_read(descriptor);
  return system(descriptor, message, flags);
}

ssize_t write(int descriptor, const void* bytes, std::size_t size) {
  static auto* const system = next(&write, "write");
  count_write(descriptor);
  return system(descriptor, bytes, size);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  static auto* const system = next(&writev, "writev");
  count_write(descriptor);
  return system(descriptor, parts, count);
}

ssize_t send(int descriptor, const void* bytes, std::size_t size, int flags) {
  static auto* const system = next(&send, "send");
  count_write(descriptor);
  return system(descriptor, bytes, size, flags);
}

ssize_t sendto(int descriptor, const void* bytes, std::size_t size, int flags, const sockaddr* to,
               socklen_t length) {
  static auto* const system = next(&sendto, "sendto");
  count_write(descriptor);
  return system(descriptor, bytes, size, flags, to, length);
}

ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
  static auto* const system = next(&sendmsg, "sendmsg");
  count_write(descriptor);
  return system(descriptor, message, flags);
}

int epoll_ctl(int poll, int operation, int descriptor, epoll_event* event) noexcept {
  static auto* const system = next(&epoll_ctl, "epoll_ctl");
  if (descriptor == connected) ++counts.poll_changes;
  return system(poll, operation, descriptor, event);
}

int epoll_wait(int poll, epoll_event* events, int count, int timeout_ms) {
  static auto* const system = next(&epoll_wait, "epoll_wait");
  ++counts.polls;
  return system(poll, events, count, timeout_ms);
}

int epoll_pwait(int poll, epoll_event* events, int count, int timeout_ms, const sigset_t* mask) {
  static auto* const system = next(&epoll_pwait, "epoll_pwait");
  ++counts.polls;
  return system(poll, events, count, timeout_ms, mask);
}

}  // extern "C"
