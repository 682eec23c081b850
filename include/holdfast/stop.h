// The stop token that calls take: std::stop_token where the standard library has it. libc++ before
// version 20 lacks it; there StopToken is a stand-in that never stops, so that the calls keep their
// form (cancel() still ends them). Thread: as std::stop_token.
#pragma once

#include <version>

#ifdef __cpp_lib_jthread
#include <stop_token>
#endif

namespace holdfast {

#ifdef __cpp_lib_jthread

using StopToken = std::stop_token;
template <class Callback>
using StopCallback = std::stop_callback<Callback>;

#else

class StopToken {
 public:
  bool stop_requested() const noexcept { return false; }
  bool stop_possible() const noexcept { return false; }
};

template <class Callback>
class StopCallback {
 public:
  StopCallback(const StopToken&, Callback) {}
};

#endif

}  // namespace holdfast
