#include "cli/descriptor.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace holdfast::cli {

namespace {

/// Whether to try again, once a descriptor that is non-blocking is ready for `event`.
bool may_go_on(int descriptor, short event) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  pollfd one{descriptor, event, 0};
  return ::poll(&one, 1, -1) >= 0 || errno == EINTR;
}

}  // namespace

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (!may_go_on(descriptor, POLLOUT)) {
      return false;
    }
  }
  return true;
}

std::ptrdiff_t read_some(int descriptor, char* into, std::size_t capacity) {
  for (;;) {
    const ssize_t n = ::read(descriptor, into, capacity);
    if (n >= 0 || !may_go_on(descriptor, POLLIN)) return n;
  }
}

int open_file(const std::string& path, int flags) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0666);
    if (descriptor >= 0 || errno != EINTR) return descriptor;
  }
}

std::optional<int> inherited_descriptor(std::string_view path, int standard) {
  if (path == "-") return standard;
  if (path == "/dev/stdin") return STDIN_FILENO;
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view digits = path.substr(folder.size());
    int number = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && stop == digits.data() + digits.size() && number >= 0) return number;
  }
  return std::nullopt;
}

}  // namespace holdfast::cli
