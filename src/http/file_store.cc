#include "http/file_store.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace holdfast::http {

namespace fs = std::filesystem;

namespace {

/// Downloads of one file at once, and leftovers of processes that were killed, that there may be.
constexpr int kMostParts = 1000;

}  // namespace

std::string FileStore::complaint(const char* what, int error) const {
  return std::string(what) + " " + path_ + ": " + std::generic_category().message(error);
}

std::string FileStore::restart() {
  discard();
  std::error_code ignored;
  // Renaming would tell as well, but only when all has been received.
  if (fs::is_directory(path_, ignored)) return complaint("cannot replace", EISDIR);
  for (int i = 0; i < kMostParts; ++i) {
    std::string part = path_ + ".part";
    if (i != 0) part += std::to_string(i);
    // 'x': a file of that name is somebody else's; 'e': no child of the process inherits it.
    file_.reset(std::fopen(part.c_str(), "wbxe"));
    if (file_ != nullptr) {
      part_ = std::move(part);
      return {};
    }
    if (errno != EEXIST) break;
  }
  return complaint("cannot make a file beside", errno);
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
  // Only now is it sure that the disk has taken what was written.
  if (std::fclose(file_.release()) != 0) {
    const int error = errno;
    discard();
    return complaint("cannot write the content of", error);
  }
  std::error_code error;
  const fs::file_status before = fs::status(path_, error);
  if (!error && fs::is_regular_file(before)) fs::permissions(part_, before.permissions(), error);
  error.clear();
  fs::rename(part_, path_, error);
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
