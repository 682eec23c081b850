#include "cli/sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "cli/descriptor.h"

namespace holdfast::cli {

namespace {

/// The file a name leads to: a link stays a link to the new contents.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

/// What a new file's mode would be.
mode_t default_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

bool Sink::open(const std::string& path) {
  if (path.empty() || path == "-") {
    descriptor_ = STDOUT_FILENO;
    return true;
  }
  owned_ = true;
  if (const auto inherited = inherited_descriptor(path, STDOUT_FILENO)) {
    descriptor_ = ::fcntl(*inherited, F_DUPFD_CLOEXEC, 0);
    return is_open();
  }
  struct stat about {};
  const bool exists = ::stat(path.c_str(), &about) == 0;
  if (!exists || S_ISREG(about.st_mode)) {
    // A file that may not be written is not replaced either, though its folder would allow it.
    if (exists && ::access(path.c_str(), W_OK) != 0) return false;
    if (open_beside(path)) return true;
    if (!exists) return false;
  }
  descriptor_ = open_file(path, O_WRONLY | O_TRUNC);
  return is_open();
}

bool Sink::open_beside(const std::string& path) {
  target_ = real_path(path);
  beside_ = target_ + ".XXXXXX";
  descriptor_ = ::mkostemp(beside_.data(), O_CLOEXEC);
  if (!is_open()) {
    beside_.clear();
    target_.clear();
    return false;
  }
  struct stat about {};
  mode_ = ::stat(target_.c_str(), &about) == 0 ? about.st_mode & 07777 : default_mode();
  if (::fchmod(descriptor_, mode_) == 0) return true;
  const int error = errno;
  give_up();
  target_.clear();
  errno = error;
  return false;
}

void Sink::note_failure() {
  if (error_ == 0) error_ = errno != 0 ? errno : EIO;
}

void Sink::write(std::string_view bytes) {
  if (failed() || !is_open()) return;
  if (!write_all(descriptor_, bytes)) note_failure();
  written_ += bytes.size();
}

void Sink::mark() { mark_ = written_; }

void Sink::take_back() {
  if (beside_.empty() || !is_open() || failed() || written_ == mark_) return;
  const auto end = static_cast<off_t>(mark_);
  if (::ftruncate(descriptor_, end) != 0 || ::lseek(descriptor_, end, SEEK_SET) < 0) {
    note_failure();
  }
  written_ = mark_;
}

std::string Sink::spool() const {
  if (beside_.empty()) return "";
  // Short, so that it fits wherever the name beside the target does.
  return beside_.substr(0, beside_.rfind('/') + 1) + ".holdfast-" +
         beside_.substr(beside_.size() - 6);
}

bool Sink::adopt(const std::string& path) {
  if (!failed() && !beside_.empty() && is_open()) {
    if (written_ != 0 || !take_place(path)) copy(path);
  }
  ::unlink(path.c_str());
  return !failed();
}

/// Makes the file at `path` the one that is written, where nothing has been written so far.
bool Sink::take_place(const std::string& path) {
  const int stored = open_file(path, O_RDWR);
  if (stored < 0) return false;
  const off_t size = ::lseek(stored, 0, SEEK_END);
  if (size < 0 || ::fchmod(stored, mode_) != 0 || std::rename(path.c_str(), beside_.c_str()) != 0) {
    ::close(stored);
    return false;
  }
  ::close(descriptor_);
  descriptor_ = stored;
  written_ = static_cast<std::uint64_t>(size);
  return true;
}

void Sink::copy(const std::string& path) {
  const int stored = open_file(path, O_RDONLY);
  if (stored < 0) return note_failure();
  char piece[65536];
  std::ptrdiff_t n = 0;
  while ((n = read_some(stored, piece, sizeof piece)) > 0) {
    write({piece, static_cast<std::size_t>(n)});
  }
  if (n < 0) note_failure();
  ::close(stored);
}

bool Sink::keep() {
  if (is_open()) {
    close();
    if (!failed() && !beside_.empty()) {
      if (std::rename(beside_.c_str(), target_.c_str()) == 0) {
        beside_.clear();
      } else {
        note_failure();
      }
    }
  }
  give_up();
  return !failed();
}

void Sink::give_up() {
  if (is_open()) close();
  if (!beside_.empty()) ::unlink(beside_.c_str());
  beside_.clear();
}

/// Some file systems report a failed write only here.
void Sink::close() {
  if (owned_ && ::close(descriptor_) != 0) note_failure();
  descriptor_ = -1;
}

std::string unwritable(const std::string& flag, const std::string& path, int error) {
  const char* remedy = "name another file";
  switch (error) {
    case ENOENT:
      remedy = "make the folder first, or name another file";
      break;
    case ENOTDIR:
      remedy = "what stands before the last / is no folder; name another file";
      break;
    case EISDIR:
      remedy = "name a file in it";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      remedy = "name a file that you may write, in a folder that you may write to";
      break;
    case ENOSPC:
    case EDQUOT:
      remedy = "free some space, or name a file elsewhere";
      break;
    case EFBIG:
      remedy = "raise the limit on the size of files (ulimit -f)";
      break;
    case EBADF:
      remedy = "the descriptor was not open for writing when the command started; name a file";
      break;
    case ENXIO:
      remedy = "that is a socket, or a device that is not there; name another file";
      break;
    default:
      break;
  }
  return flag + " " + path + ": " + std::strerror(error) + ": " + remedy;
}

}  // namespace holdfast::cli
