#include "uv/sigpipe.h"

#include <csignal>

namespace holdfast::uv {

void ignore_sigpipe() {
#ifdef SIGPIPE
  struct sigaction current = {};
  if (sigaction(SIGPIPE, nullptr, &current) != 0) return;
  // With SA_SIGINFO the handler is in the union's other member: the application has set one.
  if ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL) return;
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
#endif
}

}  // namespace holdfast::uv
