// Stores the content of a response in a file for a download (Client::download documents the
// guarantees). A regular file is written under a temporary name beside its target and renamed when
// it is complete: the target is untouched before keep(), and without keep() nothing is left behind.
// A symbolic link is followed to its last target. A device or a FIFO is never replaced: the content
// is written to it as it arrives and cannot be undone. Owner: one request. Thread: the loop's;
// writing blocks it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace holdfast::http {

class FileStore {
 public:
  /// Inspects the current file at `path`.
  explicit FileStore(std::string path);
  /// Removes a file that was not kept.
  ~FileStore() { discard(); }
  FileStore(const FileStore&) = delete;
  FileStore& operator=(const FileStore&) = delete;

  /// Whether it is a device or a FIFO, which forbids restart() after a write().
  bool writes_through() const { return through_; }

  // Each returns an error text with path and reason, empty on success. After a failure only
  // restart() may be called.

  /// Returns the obstacles that are known before the request is sent.
  std::string check() const;
  /// Creates the new file, or empties it for another content.
  std::string restart();
  std::string write(std::string_view bytes);
  /// The content is complete: renames the new file to the target and gives it the target's
  /// permissions.
  std::string keep();

  /// Bytes of the current content; 0 if there is none, or after a failure.
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
  std::string target_;  ///< `path_`, or the target of its symbolic links
  std::string part_;    ///< path of the new file; empty: none
  bool through_ = false;
  int obstacle_ = 0;  ///< errno of a known obstacle; 0: none
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t written_ = 0;
};

}  // namespace holdfast::http
