// For tests: the program's own getaddrinfo(), in front of the system's. Names that end in
// ".hang.test" hang until release(); ".noname.test", ".memory.test", ".enfile.test" and
// ".again.test" fail with that error; all others go to the system. Thread: any.
#pragma once

#include <cstddef>

namespace holdfast::uv::lookup_rig {

/// Waits until at least `count` lookups hang.
void await_hanging(std::size_t count);
/// Lets all that hang now end, with EAI_AGAIN, and waits until they have.
void release();

}  // namespace holdfast::uv::lookup_rig
