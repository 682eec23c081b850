#include "api/unfinished.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "holdfast/client.h"
#include "uv/fork_count.h"

namespace holdfast {

namespace {

using Warn = void (*)(std::string_view);

void to_standard_error([[maybe_unused]] std::string_view warning) {
#ifndef NDEBUG
  std::fprintf(stderr, "%.*s\n", static_cast<int>(warning.size()), warning.data());
#endif
}

// Constant-initialized, so that the order of static construction and destruction does not matter.
constinit std::atomic<int> unfinished{0};
constinit std::atomic<Warn> warner{&to_standard_error};

void warn_at_exit() {
  const int count = unfinished.load();
  if (count <= 0) return;
  const std::string warning =
      "holdfast: " + std::to_string(count) + (count == 1 ? " client was" : " clients were") +
      " destroyed with requests under way, and the loop has not run since: their callbacks were"
      " never called. Call uv_run() once more after the client is destroyed.";
  warner.load()(warning);
}

}  // namespace

void on_unfinished_clients(void (*warn)(std::string_view)) noexcept {
  warner = warn != nullptr ? warn : &to_standard_error;
}

void api::count_unfinished(int by) {
  // Clients that a child inherits from its parent are not reported in the child.
  static const uv::ProcessMark process;
  static const int registered = std::atexit([] { process.is_child() ? void() : warn_at_exit(); });
  static_cast<void>(registered);
  unfinished += by;
}

}  // namespace holdfast
