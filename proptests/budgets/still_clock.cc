#include "proptests/budgets/still_clock.h"

struct uv_loop_s;

std::uint64_t real_hrtime() __asm__("__real_uv_hrtime");
std::uint64_t real_loop_time(const uv_loop_s* loop) __asm__("__real_uv_now");
std::uint64_t still_hrtime() __asm__("__wrap_uv_hrtime");
std::uint64_t still_loop_time(const uv_loop_s* loop) __asm__("__wrap_uv_now");

namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;
std::uint64_t passed_ns = 0;

}  // namespace

namespace budgets {

void pass_milliseconds(std::uint64_t milliseconds) { passed_ns += milliseconds * kNsPerMs; }

}  // namespace budgets

std::uint64_t still_hrtime() {
  static const std::uint64_t began_ns = real_hrtime();
  return began_ns + passed_ns;
}

// The same scale as the above: a delay is the difference of the two.
std::uint64_t still_loop_time(const uv_loop_s* loop) {
  static const std::uint64_t began_ms = real_loop_time(loop);
  return began_ms + passed_ns / kNsPerMs;
}
