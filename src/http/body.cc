#include "holdfast/body.h"

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace holdfast {

namespace {

/// A file as it was when opened: read to its end, in order.
class FileSource : public BodySource {
 public:
  explicit FileSource(const std::string& path) : file_(std::fopen(path.c_str(), "rb")) {}
  ~FileSource() override {
    if (file_ != nullptr) std::fclose(file_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Read read(char* into, std::size_t capacity) override {
    if (file_ == nullptr) return {State::failed, 0};
    const std::size_t bytes = std::fread(into, 1, capacity, file_);
    if (std::ferror(file_) != 0) return {State::failed, 0};  // a directory ends here
    return {bytes < capacity ? State::end : State::more, bytes};
  }

 private:
  std::FILE* file_;
};

}  // namespace

Body Body::factory(Factory make, std::optional<std::uint64_t> length) {
  Body body;
  body.kind_ = Kind::factory;
  body.factory_ = std::make_shared<Factory>(std::move(make));
  body.length_ = length;
  return body;
}

Body Body::file(std::string path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  // A file whose size nobody knows (missing, a pipe) is found out when it is opened.
  std::optional<std::uint64_t> length;
  if (!error) length = size;
  return factory([path = std::move(path)] { return std::make_unique<FileSource>(path); }, length);
}

Body Body::one_shot(std::unique_ptr<BodySource> source, std::optional<std::uint64_t> length) {
  Body body;
  body.kind_ = Kind::one_shot;
  body.source_ = std::make_shared<std::unique_ptr<BodySource>>(std::move(source));
  body.length_ = length;
  return body;
}

std::optional<std::uint64_t> Body::length() const noexcept {
  if (kind_ == Kind::bytes) return bytes_.size();
  if (kind_ == Kind::none) return 0;
  return length_;
}

std::unique_ptr<BodySource> Body::open() {
  if (kind_ == Kind::factory && factory_ != nullptr && *factory_) return (*factory_)();
  if (kind_ == Kind::one_shot && source_ != nullptr) return std::move(*source_);
  return nullptr;
}

}  // namespace holdfast
