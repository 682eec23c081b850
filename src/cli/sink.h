// Where bodies and heads are written: a file or standard output, with failures kept. One owner.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace holdfast::cli {

class Sink {
 public:
  Sink() = default;
  ~Sink() { close(); }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  /// Empty path: standard output. False, with errno set, if the file cannot be opened.
  bool open(const std::string& path);
  void write(std::string_view bytes);
  /// Flushes; whether all that was written arrived.
  bool close();
  bool is_open() const { return file_ != nullptr; }
  bool failed() const { return failed_; }

 private:
  std::FILE* file_ = nullptr;
  bool owned_ = false;
  bool failed_ = false;
};

}  // namespace holdfast::cli
