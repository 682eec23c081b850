// What is said about a script or scenario that is wrong: where, what was found, what was expected
// and the remedy. Values only. Thread: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace fault {

/// One complaint. `line` and `column` count from 1; columns are bytes. `file` is empty for
/// scripts from the command line, a header or a query.
struct Complaint {
  std::string file;
  std::size_t line = 1;
  std::size_t column = 1;
  std::string text;  // "found ..., expected ...; did you mean ...?"
  friend bool operator==(const Complaint&, const Complaint&) = default;
};

/// "outage.json:12:7: found ..." or "column 7: found ..." when there is no file.
std::string to_string(const Complaint& complaint);

/// A value or the complaint that explains why there is none.
template <class T>
class Parsed {
 public:
  Parsed(T value) : value_(std::move(value)) {}                  // NOLINT: returns read better
  Parsed(Complaint complaint) : error_(std::move(complaint)) {}  // NOLINT

  explicit operator bool() const { return value_.has_value(); }
  bool ok() const { return value_.has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  /// Meaningful only when not ok().
  const Complaint& error() const { return error_; }
  Complaint& error() { return error_; }

 private:
  std::optional<T> value_;
  Complaint error_;
};

}  // namespace fault
