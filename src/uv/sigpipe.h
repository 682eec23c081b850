// A write to a connection that the peer has reset raises SIGPIPE, since libuv 1.44 does not pass
// MSG_NOSIGNAL. Without this, such a peer would end the process. Thread: any.
#pragma once

namespace holdfast::uv {

/// Ignores SIGPIPE process-wide if its disposition is the default; an existing handler stays.
void ignore_sigpipe();

}  // namespace holdfast::uv
