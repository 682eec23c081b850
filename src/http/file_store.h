// A file that takes the place of another when it is whole: what a download writes to (Client::
// download says what its user may count on). Owner: one request. Thread: the loop's; writing blocks
// it. Never touches the file of that name before keep(); leaves nothing behind without it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace holdfast::http {

class FileStore {
 public:
  explicit FileStore(std::string path) : path_(std::move(path)) {}
  /// Removes what was not kept.
  ~FileStore() { discard(); }
  FileStore(const FileStore&) = delete;
  FileStore& operator=(const FileStore&) = delete;

  // Each gives back what went wrong, with path and reason; empty: nothing did. After a failure only
  // restart() may be called.

  /// Makes the new file, or empties it: what follows is another content.
  std::string restart();
  std::string write(std::string_view bytes);
  /// The content is whole: the new file takes the other's place, and its permissions.
  std::string keep();

  /// Bytes of the content that is being stored; 0 if there is none, or a failure.
  std::uint64_t written() const { return written_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void discard();
  std::string complaint(const char* what, int error) const;

  std::string path_;
  std::string part_;  ///< the new file's; empty: there is none
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t written_ = 0;
};

}  // namespace holdfast::http
