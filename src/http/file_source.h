// A file as the body of one attempt: opened anew, read from its start to its end, and checked to be
// as long as when the request was made, since that length is what the request's head says. Owner:
// the attempt's feed. Thread: the loop's; reading blocks it (SPEC R8). Never keeps more of the file
// in memory than stdio's buffer.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "holdfast/body.h"

namespace holdfast::http {

/// The size of a regular file; nullopt for everything else, and for what cannot be looked at.
std::optional<std::uint64_t> regular_file_size(const std::string& path);

class FileSource : public BodySource {
 public:
  /// Null if `path` is not a regular file of `size` bytes that can be read.
  static std::unique_ptr<BodySource> open(const std::string& path, std::uint64_t size);

  /// Fails when the file turns out shorter or longer than it was: before its last bytes are given,
  /// so that the request is never completed with part of a file.
  Read read(char* into, std::size_t capacity) override;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  FileSource(std::FILE* file, std::uint64_t size) : file_(file), left_(size) {}

  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t left_;
};

}  // namespace holdfast::http
