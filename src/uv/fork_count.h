// How often this process is the child of a fork: what was made in the parent (threads, loops,
// sockets) is known by it in the child. Thread: any. Never takes a lock.
#pragma once

#include <atomic>
#include <cstdint>

namespace holdfast::uv {

namespace detail {
extern std::atomic<std::uint32_t> forks;
/// Counts forks from now on.
void watch_forks();
}  // namespace detail

/// Remembers the process in which it was made.
class ProcessMark {
 public:
  ProcessMark() {
    detail::watch_forks();
    count_ = detail::forks.load(std::memory_order_relaxed);
  }
  /// Whether this process is a child that was forked since.
  bool is_child() const { return detail::forks.load(std::memory_order_relaxed) != count_; }

 private:
  std::uint32_t count_ = 0;
};

}  // namespace holdfast::uv
