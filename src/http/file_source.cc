#include "http/file_source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace holdfast::http {

std::optional<std::uint64_t> regular_file_size(const std::string& path) {
  std::error_code error;
  // Asked before anything is opened: to open a pipe nobody writes to would block for good.
  if (!std::filesystem::is_regular_file(path, error) || error) return std::nullopt;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  return size;
}

std::unique_ptr<BodySource> FileSource::open(const std::string& path, std::uint64_t size) {
  if (regular_file_size(path) != size) return nullptr;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return nullptr;
  return std::unique_ptr<BodySource>(new FileSource(file, size));
}

BodySource::Read FileSource::read(char* into, std::size_t capacity) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, left_));
  if (std::fread(into, 1, wanted, file_.get()) != wanted) return {State::failed, 0};
  left_ -= wanted;
  if (left_ != 0) return {State::more, wanted};
  if (std::fgetc(file_.get()) != EOF || std::ferror(file_.get()) != 0) return {State::failed, 0};
  return {State::end, wanted};
}

}  // namespace holdfast::http
