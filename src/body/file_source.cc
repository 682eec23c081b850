#include "body/file_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace holdfast::http {

namespace {

/// Files up to this size are read completely when they are opened.
constexpr std::size_t kSmall = 16 * 1024;

}  // namespace

bool FileSource::fail(const char* what, int error) {
  failure_ = std::string(what) + " " + path_ + ": " + std::generic_category().message(error);
  close();
  return false;
}

void FileSource::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

bool FileSource::open() {
  do {
    file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  } while (file_ < 0 && errno == EINTR);
  if (file_ < 0) return fail("cannot open", errno);
  struct stat about {};
  if (::fstat(file_, &about) != 0) return fail("cannot measure", errno);
  if (S_ISDIR(about.st_mode)) return fail("cannot read", EISDIR);
  regular_ = S_ISREG(about.st_mode);
  if (!regular_) return true;
  if (about.st_size <= static_cast<off_t>(kSmall)) return read_start();
  length_ = left_ = static_cast<std::uint64_t>(about.st_size);
  return true;
}

bool FileSource::read_start() {
  // Reads one byte more than expected, to detect a file that is longer.
  std::string all(kSmall + 1, '\0');
  std::size_t filled = 0;
  while (filled < all.size()) {
    const std::optional<std::size_t> more = read_some(all.data() + filled, all.size() - filled);
    if (!more) return fail("cannot read", errno);
    if (*more == 0) break;
    filled += *more;
  }
  all.resize(filled);
  if (filled <= kSmall) {
    length_ = filled;
    close();
  }
  start_ = std::move(all);
  return true;
}

/// nullopt: see errno. 0: the end.
std::optional<std::size_t> FileSource::read_some(char* into, std::size_t capacity) {
  for (;;) {
    const ssize_t bytes = ::read(file_, into, capacity);
    if (bytes >= 0) return static_cast<std::size_t>(bytes);
    if (errno != EINTR) return std::nullopt;
  }
}

BodySource::Read FileSource::read(char* into, std::size_t capacity) {
  if (!start_.empty()) {
    const std::size_t bytes = start_.copy(into, capacity);
    start_.erase(0, bytes);
    return {start_.empty() && file_ < 0 ? State::end : State::more, bytes};
  }
  if (file_ < 0) return {failure_.empty() ? State::end : State::failed, 0};
  if (length_) {
    return read_rest(into, static_cast<std::size_t>(std::min<std::uint64_t>(capacity, left_)));
  }
  const std::optional<std::size_t> bytes = read_some(into, capacity);
  if (!bytes) {
    fail("cannot read", errno);
    return {State::failed, 0};
  }
  return {*bytes == 0 ? State::end : State::more, *bytes};
}

/// The next bytes of a file whose length has been announced.
BodySource::Read FileSource::read_rest(char* into, std::size_t wanted) {
  std::size_t filled = 0;
  while (filled < wanted) {
    const std::optional<std::size_t> more = read_some(into + filled, wanted - filled);
    if (!more) {
      fail("cannot read", errno);
      return {State::failed, 0};
    }
    if (*more == 0) return changed();
    filled += *more;
  }
  left_ -= wanted;
  if (left_ != 0) return {State::more, wanted};
  char beyond = 0;
  const std::optional<std::size_t> rest = read_some(&beyond, 1);
  if (!rest || *rest != 0) return changed();
  return {State::end, wanted};
}

BodySource::Read FileSource::changed() {
  failure_ = path_ + " no longer has the " + std::to_string(*length_) +
             " bytes that it had when it was opened";
  close();
  return {State::failed, 0};
}

}  // namespace holdfast::http
