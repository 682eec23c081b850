#include "tool/process_start.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <vector>

// Defined only in builds with a leak checker, which otherwise runs when exit() is called.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" void __lsan_do_leak_check() __attribute__((weak));

namespace holdfast::tool {

namespace {

constexpr const char* kNull = "/dev/null";

bool is_closed(int descriptor) { return ::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF; }

/// Opens it for the unused direction, so that any use is an error. Without /dev/null (a bare
/// chroot) it opens a directory, which can be neither read nor written.
bool occupy(int descriptor) {
  const int direction = descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY;
  int opened = ::open(kNull, direction);
  if (opened < 0) opened = ::open("/", O_RDONLY | O_DIRECTORY);
  return opened == descriptor;
}

void settle_signals() {
  sigset_t unblocked;
  sigemptyset(&unblocked);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) {
    sigaddset(&unblocked, number);
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGXFSZ, &ignore, nullptr);
  ::sigprocmask(SIG_UNBLOCK, &unblocked, nullptr);
}

/// Whether `count` more descriptors can be opened. Tries it, because the limit alone does not
/// reveal how many were inherited.
bool can_open(int count) {
  std::vector<int> opened;
  int next = 0;
  while (static_cast<int>(opened.size()) < count && (next = ::dup(STDERR_FILENO)) >= 0) {
    opened.push_back(next);
  }
  for (const int one : opened) ::close(one);
  return static_cast<int>(opened.size()) == count;
}

}  // namespace

std::string start_process(int descriptors) {
  bool room = true;
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (is_closed(descriptor)) room = occupy(descriptor) && room;
  }
  settle_signals();
  if (room && can_open(descriptors)) return "";
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return "fewer than " + std::to_string(descriptors) + " more files can be opened (the limit is " +
         std::to_string(limit.rlim_cur) + "): raise it (ulimit -n)";
}

void end_process(int status) {
  std::fflush(nullptr);
  if (__lsan_do_leak_check != nullptr) __lsan_do_leak_check();
  ::_exit(status);
}

}  // namespace holdfast::tool
