#include "body/file_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace holdfast::http {

namespace fs = std::filesystem;

namespace {

/// The most concurrent downloads of one file, including files left by killed processes.
constexpr int kMostParts = 1000;
/// Linux's own limit (path_resolution(7)).
constexpr int kMostLinks = 40;

/// The target of a chain of symbolic links, whether or not the file exists.
std::string end_of_links(const std::string& path) {
  fs::path at = path;
  for (int i = 0; i < kMostLinks; ++i) {
    std::error_code error;
    const fs::path next = fs::read_symlink(at, error);
    if (error) break;  // not a link
    at = next.is_absolute() ? next : at.parent_path() / next;
  }
  return at.string();
}

bool is_same_file(const struct stat& a, const std::string& path) {
  struct stat b {};
  return ::stat(path.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

FileStore::FileStore(std::string path) : path_(std::move(path)), target_(path_) {
  struct stat about {};
  if (::stat(path_.c_str(), &about) == 0) {
    if (S_ISDIR(about.st_mode)) {
      obstacle_ = EISDIR;
      return;
    }
    target_ = end_of_links(path_);
    // Links under /proc can lead to files without a name: those can be written, but not replaced.
    through_ = !S_ISREG(about.st_mode) || !is_same_file(about, target_);
  } else if (errno == ELOOP) {
    obstacle_ = ELOOP;
  } else if (errno == ENOENT) {
    target_ = end_of_links(path_);
  }
}

std::string FileStore::complaint(const char* what, int error) const {
  return std::string(what) + " " + path_ + ": " + std::generic_category().message(error);
}

std::string FileStore::check() const {
  return obstacle_ == 0 ? std::string() : complaint("cannot replace", obstacle_);
}

std::string FileStore::restart() {
  if (obstacle_ != 0) return check();
  if (through_) return open_through();
  discard();
  std::error_code ignored;
  // The rename would fail, too, but only after the whole content was received.
  if (fs::is_directory(target_, ignored)) return complaint("cannot replace", EISDIR);
  for (int i = 0; i < kMostParts; ++i) {
    std::string part = target_ + ".part";
    if (i != 0) part += std::to_string(i);
    // 'x': an existing file belongs to another download; 'e': child processes do not inherit it.
    file_.reset(std::fopen(part.c_str(), "wbxe"));
    if (file_ != nullptr) {
      part_ = std::move(part);
      return {};
    }
    if (errno != EEXIST) break;
  }
  return complaint("cannot make a file beside", errno);
}

std::string FileStore::open_through() {
  if (file_ != nullptr) {
    if (written_ == 0) return {};
    return "cannot begin " + path_ + " again: what was written to it cannot be taken back";
  }
  // Without O_NONBLOCK, opening a FIFO would block the loop until a reader opens it; writes may
  // block.
  const int file = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (file < 0 && errno == ENXIO) {
    return "cannot write to " + path_ + ": no process has it open for reading";
  }
  if (file < 0) return complaint("cannot write to", errno);
  ::fcntl(file, F_SETFL, ::fcntl(file, F_GETFL) & ~O_NONBLOCK);
  file_.reset(::fdopen(file, "wb"));
  if (file_ == nullptr) {
    const int error = errno;
    ::close(file);
    return complaint("cannot write to", error);
  }
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);  // a reader gets the bytes as they arrive
  return {};
}

std::string FileStore::write(std::string_view bytes) {
  HF_CHECK(file_ != nullptr);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size()) {
    written_ += bytes.size();
    return {};
  }
  const int error = errno;
  discard();
  return complaint("cannot write the content of", error);
}

std::string FileStore::keep() {
  HF_CHECK(file_ != nullptr);
  // Only fclose() reports whether all writes succeeded.
  if (std::fclose(file_.release()) != 0) {
    const int error = errno;
    discard();
    return complaint("cannot write the content of", error);
  }
  return through_ ? std::string() : put_in_place();
}

std::string FileStore::put_in_place() {
  std::error_code error;
  const fs::file_status before = fs::status(target_, error);
  if (!error && fs::is_regular_file(before)) fs::permissions(part_, before.permissions(), error);
  // A device, FIFO or socket that has appeared in the meantime is not replaced either.
  if (fs::is_block_file(before) || fs::is_character_file(before) || fs::is_fifo(before) ||
      fs::is_socket(before)) {
    discard();
    return complaint("cannot replace", EEXIST);
  }
  error.clear();
  fs::rename(part_, target_, error);
  if (error) {
    discard();
    return complaint("cannot replace", error.value());
  }
  part_.clear();
  return {};
}

void FileStore::discard() {
  file_.reset();
  written_ = 0;
  if (part_.empty()) return;
  std::error_code ignored;
  fs::remove(part_, ignored);
  part_.clear();
}

}  // namespace holdfast::http
