// The stop token that calls take. Thread: as std::stop_token.
#pragma once

#include <version>

#ifdef __cpp_lib_jthread
#include <stop_token>
#endif

namespace holdfast {

#ifdef __cpp_lib_jthread

/// Requests that a call be cancelled, from any thread: std::stop_token where the standard library
/// has it. libc++ before version 20 lacks it; there StopToken is a stand-in that never stops, so
/// that the calls keep their form, and cancel() is what ends an operation early.
using StopToken = std::stop_token;

/// Calls a function when a StopToken is asked to stop: std::stop_callback, or a stand-in that never
/// calls.
template <class Callback>
using StopCallback = std::stop_callback<Callback>;

#else

/// The stand-in; see above.
class StopToken {
 public:
  /// Returns false.
  bool stop_requested() const noexcept { return false; }
  /// Returns false.
  bool stop_possible() const noexcept { return false; }
};

/// The stand-in; see above.
template <class Callback>
class StopCallback {
 public:
  /// Ignores both.
  StopCallback(const StopToken&, Callback) {}
};

#endif

}  // namespace holdfast
