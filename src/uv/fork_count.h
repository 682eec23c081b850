// Counts the forks that led to this process, so that objects made in the parent (threads, loops,
// sockets) can detect that they are in a child. Thread: any. Never takes a lock.
#pragma once

#include <atomic>
#include <cstdint>

namespace holdfast::uv {

namespace detail {
extern std::atomic<std::uint32_t> forks;
/// Counts forks from now on.
void watch_forks();
}  // namespace detail

/// Remembers the process in which it was created.
class ProcessMark {
 public:
  ProcessMark() {
    detail::watch_forks();
    count_ = detail::forks.load(std::memory_order_relaxed);
  }
  /// Whether this process was forked after the mark was created.
  bool is_child() const { return detail::forks.load(std::memory_order_relaxed) != count_; }

 private:
  std::uint32_t count_ = 0;
};

}  // namespace holdfast::uv
