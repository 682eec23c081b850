// outage-demo play URL | judge JOURNAL: the client side of `make demo`, and the check of the
// server's journal.
#include <cstdio>
#include <string_view>

#include "examples/outage/acts.h"
#include "examples/outage/judge.h"

int main(int argc, char** argv) {
  const std::string_view verb = argc == 3 ? argv[1] : "";
  if (verb == "play") return outage::play(argv[2]) == 0 ? 0 : 1;
  if (verb == "judge") return outage::judge(argv[2]) == 0 ? 0 : 1;
  std::fprintf(stderr, "usage: outage-demo play URL | judge JOURNAL (`make demo` runs both)\n");
  return 2;
}
