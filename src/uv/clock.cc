#include "uv/clock.h"

#include <uv.h>

#include <chrono>

#include "base/rng.h"

namespace holdfast::uv {

namespace {

constexpr std::int64_t kWallReadEveryNs = 1'000'000'000;
constexpr std::int64_t kNsPerMs = 1'000'000;

std::int64_t read_wall_ns() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
}

}  // namespace

base::Now Clock::now() {
  const auto mono = static_cast<std::int64_t>(uv_hrtime());
  if (!wall_known_ || mono - wall_read_at_ns_ >= kWallReadEveryNs) {
    wall_offset_ns_ = read_wall_ns() - mono;
    wall_read_at_ns_ = mono;
    wall_known_ = true;
  }
  return {{mono}, {mono + wall_offset_ns_}};
}

std::uint64_t Clock::timer_delay_ms(const uv_loop_s* loop, base::Instant at) {
  // Rounds up without adding first, which could overflow: `at` may be near the largest instant.
  const std::int64_t at_ms = at.ns / kNsPerMs + (at.ns % kNsPerMs > 0 ? 1 : 0);
  const auto loop_ms = static_cast<std::int64_t>(uv_now(loop));
  return at_ms > loop_ms ? static_cast<std::uint64_t>(at_ms - loop_ms) : 0;
}

std::uint64_t Clock::entropy() {
  std::uint64_t seed = 0;
  if (uv_random(nullptr, nullptr, &seed, sizeof seed, 0, nullptr) != 0) {
    // Without entropy (an old kernel in a bare chroot) the time still differs between processes,
    // which is enough for jitter.
    seed = base::mix64(uv_hrtime()) ^ static_cast<std::uint64_t>(read_wall_ns());
  }
  return seed != 0 ? seed : 1;
}

}  // namespace holdfast::uv
