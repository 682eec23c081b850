// Writing to a peer that has reset raises SIGPIPE, since libuv 1.44 does not pass MSG_NOSIGNAL. A
// client whose business is surviving such peers may not die of them. Thread: any.
#pragma once

namespace holdfast::uv {

/// Ignores SIGPIPE process-wide if nobody has said what to do with it; a handler stays.
void ignore_sigpipe();

}  // namespace holdfast::uv
