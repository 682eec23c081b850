// A file as the body of one attempt: opened and measured before the attempt's head is sent, read
// from its start to its end. Owner: the attempt's feed. Thread: the loop's; opening and reading
// block it (SPEC R8).
//
// What a regular file's size says is believed only where the file is too large to be read at once:
// files under /proc have size 0, those under /sys have the size of a page. Small files are read
// when they are opened, so that no failure is left for later. Pipes and devices have no size and
// are read once.
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
  /// Fails when a file of known length turns out shorter or longer: before its last bytes are
  /// given, so that the request is never completed with part of a file.
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
  int file_ = -1;      ///< -1: not open, or read to its end
  std::string start_;  ///< what was read when it was opened, and not yet given
  std::optional<std::uint64_t> length_;
  std::uint64_t left_ = 0;  ///< of length_, beyond start_
  bool regular_ = true;
};

}  // namespace holdfast::http
