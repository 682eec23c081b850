#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace holdfast::base {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "holdfast: %s:%d: broken invariant: %s\n", file, line, expression);
  std::abort();
}

}  // namespace holdfast::base
