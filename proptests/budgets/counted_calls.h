// Counts the system calls on the connection of a client: linking counted_calls.cc replaces the
// functions of the C library that read, write and poll by functions that count and then call the
// C library's own. libuv and src/uv call these; the server of a test may run in the same process,
// since only calls on the descriptor that was connected last are counted. Thread: one.
#pragma once

#include <cstdint>

namespace budgets {

struct Calls {
  std::uint64_t reads = 0;         ///< read, readv, recv, recvfrom, recvmsg
  std::uint64_t writes = 0;        ///< write, writev, send, sendto, sendmsg
  std::uint64_t poll_changes = 0;  ///< epoll_ctl
  std::uint64_t polls = 0;         ///< epoll_wait, epoll_pwait, of any loop of the process

  Calls operator-(const Calls& earlier) const;
};

/// Since the process began.
Calls calls();

/// `hook` is called in each counted write, before the system is.
void on_write(void (*hook)());

}  // namespace budgets
