// Keeps objects until the process ends, reachable for leak checkers: other code (an event loop, a
// parent process) may still refer to them. Thread: any. Never takes a lock, because it is used in
// forked children.
#pragma once

#include <memory>

namespace holdfast::base {

void keep_for_ever(std::shared_ptr<void> what);

}  // namespace holdfast::base
