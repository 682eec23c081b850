// Either a value or an Error. Own type rather than std::expected so that callers compiled with
// different language versions see one layout. Thread: any (values).
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <variant>

#include "holdfast/error.h"
#include "holdfast/export.h"

namespace holdfast {

/// What `Result::value()` throws when there is no value; for those who like exceptions (SPEC F5).
class RequestFailed : public std::runtime_error {
 public:
  explicit RequestFailed(Error error)
      : std::runtime_error(error.message()), error_(std::move(error)) {}
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

template <class T>
class Result {
 public:
  // Two of each, since a response is costly to move once more than it must be.
  Result(T&& value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(const T& value) : state_(std::in_place_index<0>, value) {}            // NOLINT: implicit
  Result(Error&& error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit
  Result(const Error& error) : state_(std::in_place_index<1>, error) {}        // NOLINT: implicit

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  /// The value; undefined when !ok().
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  /// The value, or RequestFailed thrown (compiled without exceptions: the process aborted).
  T& value() & {
    if (!ok()) fail(error());
    return **this;
  }
  T value() && {
    if (!ok()) fail(std::move(error()));
    return std::move(*std::get_if<0>(&state_));
  }

  /// The error; undefined when ok().
  Error& error() { return *std::get_if<1>(&state_); }
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
