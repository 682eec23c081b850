#include "cli/sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

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
  owned_ = !path.empty();
  if (!owned_) {
    file_ = stdout;
    return true;
  }
  struct stat about {};
  const bool exists = ::stat(path.c_str(), &about) == 0;
  if (!exists || S_ISREG(about.st_mode)) {
    // A file that may not be written is not replaced either, though its folder would allow it.
    if (exists && ::access(path.c_str(), W_OK) != 0) return false;
    if (open_beside(path)) return true;
    if (!exists) return false;
  }
  file_ = std::fopen(path.c_str(), "wb");
  return file_ != nullptr;
}

bool Sink::open_beside(const std::string& path) {
  target_ = real_path(path);
  beside_ = target_ + ".XXXXXX";
  const int descriptor = ::mkostemp(beside_.data(), O_CLOEXEC);
  if (descriptor < 0) {
    beside_.clear();
    return false;
  }
  struct stat about {};
  const mode_t mode = ::stat(target_.c_str(), &about) == 0 ? about.st_mode & 07777 : default_mode();
  if (::fchmod(descriptor, mode) == 0) file_ = ::fdopen(descriptor, "wb");
  if (file_ != nullptr) return true;
  const int error = errno;
  ::close(descriptor);
  ::unlink(beside_.c_str());
  beside_.clear();
  errno = error;
  return false;
}

void Sink::note_failure() {
  if (error_ == 0) error_ = errno != 0 ? errno : EIO;
}

void Sink::write(std::string_view bytes) {
  if (failed() || file_ == nullptr || bytes.empty()) return;
  errno = 0;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) note_failure();
  written_ += bytes.size();
}

void Sink::mark() { mark_ = written_; }

void Sink::take_back() {
  if (beside_.empty() || file_ == nullptr || failed() || written_ == mark_) return;
  const auto end = static_cast<off_t>(mark_);
  errno = 0;
  if (std::fflush(file_) != 0 || ::ftruncate(::fileno(file_), end) != 0 ||
      ::fseeko(file_, end, SEEK_SET) != 0) {
    note_failure();
  }
  written_ = mark_;
}

bool Sink::keep() {
  if (file_ != nullptr) {
    errno = 0;
    if ((owned_ ? std::fclose(file_) : std::fflush(file_)) != 0) note_failure();
    file_ = nullptr;
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
  if (file_ != nullptr && owned_) std::fclose(file_);
  file_ = nullptr;
  if (!beside_.empty()) ::unlink(beside_.c_str());
  beside_.clear();
}

}  // namespace holdfast::cli
