// Where bodies and heads are written: standard output, or a file that appears whole or not at all.
// Every write() goes to the system at once, so that a reader of a pipe sees each piece as it comes.
// One owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::cli {

/// A regular file is written beside its name and put in its place by keep(): until then what stood
/// there stands, and what is given up leaves nothing. Devices, pipes, descriptors (/dev/stdout,
/// /dev/fd/N) and files in folders that take no new ones are written straight through.
class Sink {
 public:
  Sink() = default;
  ~Sink() { give_up(); }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  /// Empty path or "-": standard output. False, with errno set, if the file cannot be written.
  /// Blocks until a pipe has a reader.
  bool open(const std::string& path);
  void write(std::string_view bytes);
  /// What is written from here on can be taken back (not from standard output, nor from devices).
  void mark();
  void take_back();
  /// Flushes and puts the file in its place; whether all that was written arrived.
  bool keep();
  /// Closes and leaves nothing of a file written beside its name.
  void give_up();

  /// Where a body may be stored meanwhile that adopt() then takes: a name in the same folder that
  /// nobody else uses. "" for what is written straight through.
  std::string spool() const;
  /// What write() would do with the content of the file at `path`, which is gone afterwards. A
  /// first body costs a renaming, any other a copy. Whether it could be done; false says so by
  /// failed().
  bool adopt(const std::string& path);

  /// The name that the file has meanwhile; "" for what is written straight through.
  const std::string& beside() const { return beside_; }
  /// The name that the file gets; "" likewise.
  const std::string& target() const { return target_; }

  bool is_open() const { return descriptor_ >= 0; }
  bool failed() const { return error_ != 0; }
  /// The errno of the first failure, 0 if none.
  int error() const { return error_; }

 private:
  bool open_beside(const std::string& path);
  bool take_place(const std::string& path);
  void copy(const std::string& path);
  void note_failure();
  void close();

  int descriptor_ = -1;
  std::string beside_, target_;  ///< of a file written beside its name
  std::uint64_t written_ = 0, mark_ = 0;
  unsigned mode_ = 0;   ///< of a file written beside its name
  bool owned_ = false;  ///< the descriptor: it is not standard output
  int error_ = 0;
};

/// Why `path`, given by `flag`, cannot be written, and the remedy.
std::string unwritable(const std::string& flag, const std::string& path, int error);

}  // namespace holdfast::cli
