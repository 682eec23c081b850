// Where the content of a response is stored: what a download writes to (Client::download says what
// its user may count on). A regular file is written beside its place and renamed when it is whole:
// the file of that name is not touched before keep(), and without it nothing is left behind. A
// symbolic link is followed to its last target. A device or a FIFO is never replaced: it is written
// through, as the content comes, so that what has been written cannot be taken back. Owner: one
// request. Thread: the loop's; writing blocks it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace holdfast::http {

class FileStore {
 public:
  /// Looks at what `path` is now.
  explicit FileStore(std::string path);
  /// Removes what was not kept.
  ~FileStore() { discard(); }
  FileStore(const FileStore&) = delete;
  FileStore& operator=(const FileStore&) = delete;

  /// Whether it is a device or a FIFO: no restart() after a write().
  bool writes_through() const { return through_; }

  // Each returns what went wrong, with path and reason; empty: nothing did. After a failure only
  // restart() may be called.

  /// What is known to be in the way before anything has been asked for.
  std::string check() const;
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

  std::string open_through();
  std::string put_in_place();
  void discard();
  std::string complaint(const char* what, int error) const;

  std::string path_;
  std::string target_;  ///< `path_`, or where its symbolic links lead
  std::string part_;    ///< the new file's; empty: there is none
  bool through_ = false;
  int obstacle_ = 0;  ///< errno of what is in the way; 0: nothing
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t written_ = 0;
};

}  // namespace holdfast::http
