// A file as the body of one attempt: opened and measured before the attempt's header section is
// sent, then read from start to end. Owner: the attempt's feed. Thread: the loop's; opening and
// reading block it (R8).
//
// The size of a regular file is used only if the file is too large to be read when it is opened:
// files under /proc have size 0, those under /sys the size of a page. Small files are read when
// they are opened, so that no error can occur later. Pipes and devices have no size and can be read
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "holdfast/body.h"

namespace holdfast::http {

class FileSource final : public BodySource {
 public:
  explicit FileSource(std::string path) : path_(std::move(path)) {}
  ~FileSource() override { close(); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  bool open() override;
  std::optional<std::uint64_t> length() const override { return length_; }
  bool repeatable() const override { return regular_; }
  /// Fails if a file of known length turns out shorter or longer. It fails before it returns the
  /// last bytes, so that a request is never completed with a part of the file.
  Read read(char* into, std::size_t capacity) override;
  std::string failure() const override { return failure_; }

 private:
  bool read_start();
  Read read_rest(char* into, std::size_t wanted);
  std::optional<std::size_t> read_some(char* into, std::size_t capacity);
  bool fail(const char* what, int error);
  Read changed();
  void close();

  std::string path_;
  std::string failure_;
  int file_ = -1;      ///< -1: not open, or read completely
  std::string start_;  ///< bytes that were read at opening and not returned yet
  std::optional<std::uint64_t> length_;
  std::uint64_t left_ = 0;  ///< bytes of length_ left after start_
  bool regular_ = true;
};

}  // namespace holdfast::http
