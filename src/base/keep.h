// Keeps things to the end of the process, in sight of leak checkers: memory that somebody else (an
// event loop, a parent process) may still refer to. Thread: any. Never takes a lock, as it is used
// in forked children.
#pragma once

#include <memory>

namespace holdfast::base {

void keep_for_ever(std::shared_ptr<void> what);

}  // namespace holdfast::base
