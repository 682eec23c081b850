#include "cli/sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
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
  mode_ = ::stat(target_.c_str(), &about) == 0 ? about.st_mode & 07777 : default_mode();
  if (::fchmod(descriptor, mode_) == 0) file_ = ::fdopen(descriptor, "wb");
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

std::string Sink::spool() const {
  if (beside_.empty()) return "";
  // Short, so that it fits wherever the name beside the target does.
  return beside_.substr(0, beside_.rfind('/') + 1) + ".holdfast-" +
         beside_.substr(beside_.size() - 6);
}

bool Sink::adopt(const std::string& path) {
  if (!failed() && !beside_.empty() && file_ != nullptr) {
    if (written_ != 0 || !take_place(path)) copy(path);
  }
  ::unlink(path.c_str());
  return !failed();
}

/// Makes the file at `path` the one that is written, where nothing has been written so far.
bool Sink::take_place(const std::string& path) {
  struct stat about {};
  std::FILE* const file = std::fopen(path.c_str(), "r+be");
  if (file == nullptr) return false;
  if (::fstat(::fileno(file), &about) != 0 || ::fchmod(::fileno(file), mode_) != 0 ||
      ::fseeko(file, 0, SEEK_END) != 0 || std::rename(path.c_str(), beside_.c_str()) != 0) {
    std::fclose(file);
    return false;
  }
  std::fclose(file_);
  file_ = file;
  written_ = static_cast<std::uint64_t>(about.st_size);
  return true;
}

void Sink::copy(const std::string& path) {
  errno = 0;
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return note_failure();
  char piece[65536];
  while (const std::size_t n = std::fread(piece, 1, sizeof piece, file)) write({piece, n});
  if (std::ferror(file) != 0) note_failure();
  std::fclose(file);
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
    default:
      break;
  }
  return flag + " " + path + ": " + std::strerror(error) + ": " + remedy;
}

}  // namespace holdfast::cli
