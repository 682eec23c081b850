// Test support: a getaddrinfo() of the program's own that replaces the system's. Names that end in
// ".hang.test" hang until release(); ".noname.test", ".memory.test", ".enfile.test" and
// ".again.test" fail with that error; all others go to the system. Thread: any.
#pragma once

#include <cstddef>

namespace holdfast::uv::lookup_rig {

/// Waits until at least `count` lookups hang.
void await_hanging(std::size_t count);
/// Ends all hanging lookups with EAI_AGAIN and waits until they have returned.
void release();

}  // namespace holdfast::uv::lookup_rig
