// Handles what a process inherits from its parent: closed standard descriptors, blocked signals, a
// limit on open files. Called once, first in main, before any thread or descriptor exists. Never
// reads the command line.
#pragma once

#include <string>

namespace holdfast::tool {

/// Puts the process in a defined state:
///  - Descriptors 0, 1 and 2 that are closed are opened on /dev/null, so that no socket or file
///    gets their numbers. Reading 0 and writing 1 then fail with EBADF, since output that is lost
///    is a failure; what is written to 2 is discarded.
///  - SIGINT, SIGTERM, SIGHUP, SIGPIPE and SIGXFSZ are unblocked: under an inherited mask only
///    SIGKILL could end the process. Signals that are ignored stay ignored (nohup, background
///    jobs).
///  - SIGXFSZ is ignored: a file that reaches `ulimit -f` is then a failed write (EFBIG).
/// Returns "", or the error with its remedy: fewer than `descriptors` more can be opened.
std::string start_process(int descriptors);

/// Ends the process with `status`. Flushes stdio, but neither runs destructors nor joins threads:
/// libuv joins its threads at exit, and one of them may be in a name lookup that takes seconds.
[[noreturn]] void end_process(int status);

}  // namespace holdfast::tool
