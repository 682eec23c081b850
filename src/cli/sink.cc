#include "cli/sink.h"

namespace holdfast::cli {

bool Sink::open(const std::string& path) {
  owned_ = !path.empty();
  file_ = owned_ ? std::fopen(path.c_str(), "wb") : stdout;
  return file_ != nullptr;
}

void Sink::write(std::string_view bytes) {
  if (failed_ || file_ == nullptr || bytes.empty()) return;
  failed_ = std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size();
}

bool Sink::close() {
  if (file_ != nullptr) {
    const int end = owned_ ? std::fclose(file_) : std::fflush(file_);
    failed_ = failed_ || end != 0;
    file_ = nullptr;
  }
  return !failed_;
}

}  // namespace holdfast::cli
