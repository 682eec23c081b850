// Ends the process where its main thread cannot: a signal and --total-timeout act within a second
// also while that thread is blocked in a read, write or open of a pipe, terminal or slow disk
// (invariant 65). A thread of its own waits for SIGINT, SIGTERM and SIGHUP and for the deadline;
// the alternative, all input and output through the loop, leaves regular files and opens blocking.
//
// Invariants:
//  1. The three signals are blocked in every thread while this lives (threads started later inherit
//     the mask); those that are ignored are left alone and stay ignored.
//  2. The main thread never blocks while it holds `mutex_`.
// Owner: fetch() or load(), before anything that may block. Thread: main, except as said.
#pragma once

#include <csignal>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "holdfast/function.h"
#include "holdfast/time.h"

namespace holdfast::cli {

class Watchdog {
 public:
  /// How long the main thread has to end by itself after a signal or the deadline, in milliseconds.
  static constexpr std::uint64_t kGrace_ms = 700;

  /// Where no thread can be started, signals keep their default effect and there is no deadline.
  Watchdog();
  /// The signals have their default effect again.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Calls `tell` on the watchdog's thread with the number of the first signal. The process ends
  /// kGrace_ms later, or at once with a second signal (after 100 ms), with status 128 + number.
  /// Empty (the default): the first signal ends it at once.
  void on_signal(Function<void(int)> tell);
  /// Ends the process with status 28, a complaint on standard error and `output` (at most PIPE_BUF
  /// bytes) on standard output, each only where that does not block, `limit` plus kGrace_ms from
  /// now. kOff: never. Replaces the deadline and the output before; no effect after a signal.
  void end_after(Duration limit, std::string output = {});
  /// The deadline stays, and nothing is written to standard output at it.
  void drop_output();
  /// A file to remove when this ends the process, unless its disk takes more than 150 ms for that.
  void remove_at_end(std::string path);

 private:
  void watch();
  void take(int number);
  [[noreturn]] void end(int status) const;
  void remove_files() const;
  void wake();

  std::mutex mutex_;
  Function<void(int)> tell_;
  std::uint64_t deadline_ns_ = 0;  ///< 0: none
  std::string output_;             ///< at the deadline
  std::vector<std::string> files_;
  int signal_ = 0;                  ///< the first one
  std::uint64_t signalled_ns_ = 0;  ///< when it came
  bool stopping_ = false;

  sigset_t watched_{};  ///< what the thread waits for
  sigset_t before_{};   ///< the mask to restore
  std::thread thread_;
};

}  // namespace holdfast::cli
