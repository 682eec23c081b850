#include "uv/fork_count.h"

#include <pthread.h>

namespace holdfast::uv::detail {

constinit std::atomic<std::uint32_t> forks{0};

void watch_forks() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { ++forks; });
  static_cast<void>(registered);
}

}  // namespace holdfast::uv::detail
