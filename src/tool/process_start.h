// What a process inherits from its parent and must not depend on: closed standard descriptors,
// blocked signals, a limit on open files. Called once, first thing in main, before any thread or
// descriptor exists. It never reads the command line.
#pragma once

#include <string>

namespace holdfast::tool {

/// Puts the process in a defined state:
///  - Descriptors 0, 1 and 2 that are closed are opened on /dev/null, so that no socket or file
///    gets their numbers. Reading 0 and writing 1 then fail with EBADF, since output that nobody
///    receives is a failure; what is written to 2 is discarded.
///  - SIGINT, SIGTERM, SIGHUP, SIGPIPE and SIGXFSZ are unblocked: a mask that the parent forgot
///  would
///    leave SIGKILL alone. Signals that are ignored stay ignored (nohup, background jobs).
///  - SIGXFSZ is ignored: a file that reaches `ulimit -f` is then a failed write (EFBIG).
/// Returns "", or what is wrong and the remedy: fewer than `descriptors` more can be opened.
std::string start_process(int descriptors);

/// Ends the process with `status`. Flushes stdio, but neither runs destructors nor joins threads:
/// libuv's are joined at exit, and one of them may be in a name lookup that takes seconds.
[[noreturn]] void end_process(int status);

}  // namespace holdfast::tool
