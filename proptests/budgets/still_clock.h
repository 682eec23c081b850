// The client's clock stands still and is moved by hand: whether a request follows at once or after
// a pause depends on nothing but the program, however busy the machine. Works by the linker's
// --wrap of the two functions that src/uv/clock.cc reads (see CMakeLists.txt); libuv's own timers
// go on with the real time. Thread: the loop's.
#pragma once

#include <cstdint>

namespace budgets {

/// Moves the clock on.
void pass_milliseconds(std::uint64_t milliseconds);

}  // namespace budgets
