// Assertions that are also checked in release builds: a broken invariant ends the process with its
// location, because going on could repeat a request that has effects. Use `assert` for costly ones.
#pragma once

namespace holdfast::base {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace holdfast::base

#define HF_CHECK(expression)                                           \
  do {                                                                 \
    if (!(expression)) [[unlikely]]                                    \
      ::holdfast::base::check_failed(#expression, __FILE__, __LINE__); \
  } while (false)
