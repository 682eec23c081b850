#include "cli/watchdog.h"

#include <poll.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <climits>
#include <condition_variable>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/exit_code.h"

namespace holdfast::cli {

namespace {

/// Tells the thread to look at the deadline again.
int wake_signal() { return SIGRTMIN; }

constexpr std::uint64_t kGrace_ns = Watchdog::kGrace_ms * 1'000'000;
constexpr std::uint64_t kOnce_ns = 100'000'000;
constexpr std::chrono::milliseconds kRemoval{150};

constexpr std::string_view kBlocked =
    "holdfast: input or output was blocked until the total timeout; raise --total-timeout\n";

timespec timespec_of(std::uint64_t ns) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
  time.tv_nsec = static_cast<long>(ns % 1'000'000'000);
  return time;
}

/// All of `text` or nothing. Not through stdio, whose lock the main thread may hold. A pipe that is
/// ready takes PIPE_BUF bytes without blocking.
void write_where_ready(int descriptor, std::string_view text) {
  pollfd one{descriptor, POLLOUT, 0};
  if (text.empty() || text.size() > PIPE_BUF) return;
  if (::poll(&one, 1, 0) != 1 || (one.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, text.data(), text.size());
}

}  // namespace

Watchdog::Watchdog() {
  sigemptyset(&watched_);
  sigaddset(&watched_, wake_signal());
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction current {};
    // A blocked signal is delivered to sigtimedwait() even if it is ignored.
    const bool ignored =
        ::sigaction(number, nullptr, &current) == 0 && current.sa_handler == SIG_IGN;
    if (!ignored) sigaddset(&watched_, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Watchdog::on_signal(Function<void(int)> tell) {
  const std::lock_guard lock(mutex_);
  tell_ = std::move(tell);
}

void Watchdog::end_after(Duration limit, std::string output) {
  {
    const std::lock_guard lock(mutex_);
    if (signal_ != 0) return;
    deadline_ns_ =
        limit == kOff ? 0 : uv_hrtime() + static_cast<std::uint64_t>(limit.count()) + kGrace_ns;
    output_ = std::move(output);
  }
  wake();
}

void Watchdog::drop_output() {
  const std::lock_guard lock(mutex_);
  output_.clear();
}

void Watchdog::remove_at_end(std::string path) {
  const std::lock_guard lock(mutex_);
  files_.push_back(std::move(path));
}

void Watchdog::wake() {
  if (thread_.joinable()) ::pthread_kill(thread_.native_handle(), wake_signal());
}

// --- The thread ----------------------------------------------------------------------------------

void Watchdog::watch() {
  for (;;) {
    std::uint64_t deadline_ns = 0;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      deadline_ns = deadline_ns_;
    }
    const std::uint64_t now_ns = uv_hrtime();
    int number = 0;
    if (deadline_ns == 0) {
      number = ::sigwaitinfo(&watched_, nullptr);
    } else if (deadline_ns > now_ns) {
      const timespec left = timespec_of(deadline_ns - now_ns);
      number = ::sigtimedwait(&watched_, nullptr, &left);
    }
    if (number < 0 && errno == EINTR) continue;
    take(number == wake_signal() ? 0 : number);
  }
}

/// `number`: of a signal; 0 or less: none, but the deadline may have passed.
void Watchdog::take(int number) {
  const std::lock_guard lock(mutex_);
  if (number <= 0) {
    if (deadline_ns_ == 0 || uv_hrtime() < deadline_ns_) return;
    if (signal_ != 0) end(kKilledBy + signal_);
    write_where_ready(STDOUT_FILENO, output_);
    write_where_ready(STDERR_FILENO, kBlocked);
    end(kTimedOut);
  }
  const std::uint64_t now_ns = uv_hrtime();
  // timeout(1) signals the process and its group: that is one signal.
  if (signal_ != 0 && now_ns - signalled_ns_ < kOnce_ns) return;
  if (signal_ != 0 || !tell_) end(kKilledBy + number);
  signal_ = number;
  signalled_ns_ = now_ns;
  deadline_ns_ = now_ns + kGrace_ns;
  tell_(number);
}

void Watchdog::end(int status) const {
  remove_files();
  ::_exit(status);
}

/// In a thread of its own: a disk that hangs would keep this one as it keeps the main thread.
void Watchdog::remove_files() const {
  struct Removal {
    std::mutex mutex;
    std::condition_variable ended;
    bool over = false;
  };
  if (files_.empty()) return;
  const auto removal = std::make_shared<Removal>();
  const auto remove = [removal, files = files_] {
    for (const std::string& file : files) ::unlink(file.c_str());
    const std::lock_guard lock(removal->mutex);
    removal->over = true;
    removal->ended.notify_all();
  };
  try {
    std::thread(remove).detach();
  } catch (const std::system_error&) {
    return remove();
  }
  std::unique_lock lock(removal->mutex);
  removal->ended.wait_for(lock, kRemoval, [&] { return removal->over; });
}

}  // namespace holdfast::cli
