// A value or an Error. A type of its own, not std::expected, so that callers compiled with
// different language versions see one layout. Thread: any; plain values.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <variant>

#include "holdfast/error.h"
#include "holdfast/export.h"

namespace holdfast {

/// The exception that Result::value() throws when there is no value (F5).
class RequestFailed : public std::runtime_error {
 public:
  /// An exception whose what() is the error's message().
  explicit RequestFailed(Error error)
      : std::runtime_error(error.message()), error_(std::move(error)) {}
  /// Returns the error.
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// Either a value or an Error.
///
///     if (result) use(*result); else log(result.error().message());
template <class T>
class Result {
 public:
  /// A value. Two constructors each, because moving a response once more than needed is costly.
  Result(T&& value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  /// A copy of the value.
  Result(const T& value) : state_(std::in_place_index<0>, value) {}  // NOLINT: implicit
  /// An error.
  Result(Error&& error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit
  /// A copy of the error.
  Result(const Error& error) : state_(std::in_place_index<1>, error) {}  // NOLINT: implicit

  /// Returns whether there is a value.
  bool ok() const noexcept { return state_.index() == 0; }
  /// Returns whether there is a value.
  explicit operator bool() const noexcept { return ok(); }

  /// Returns the value. Undefined if ok() is false.
  T& operator*() & { return *std::get_if<0>(&state_); }
  /// As above.
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  /// As above.
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  /// Accesses the value. Undefined if ok() is false.
  T* operator->() { return std::get_if<0>(&state_); }
  /// As above.
  const T* operator->() const { return std::get_if<0>(&state_); }

  /// Returns the value, or throws RequestFailed. Compiled without exceptions, it aborts the process
  /// instead.
  T& value() & {
    if (!ok()) fail(error());
    return **this;
  }
  /// As above.
  T value() && {
    if (!ok()) fail(std::move(error()));
    return std::move(*std::get_if<0>(&state_));
  }

  /// Returns the error. Undefined if ok() is true.
  Error& error() { return *std::get_if<1>(&state_); }
  /// As above.
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  [[noreturn]] static void fail(Error error) {
#if defined(__cpp_exceptions)
    throw RequestFailed(std::move(error));
#else
    static_cast<void>(error);
    std::abort();
#endif
  }

  std::variant<T, Error> state_;
};

}  // namespace holdfast
