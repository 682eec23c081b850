// How many frames without content a peer may send (RFC 9113 §10.5): an allowance that is refilled
// by 200 a second, and what useful work earns, since an upload is followed by WINDOW_UPDATEs and a
// request may be followed by a RST_STREAM. Honest work earns more than it causes: a peer that
// returns the windows for every 256 bytes of an upload stays within it. Reads no clock. Thread: one
// owner.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/instant.h"

namespace holdfast::wire {

class H2Flood {
 public:
  static constexpr std::int64_t kPerSecond = 200;
  /// What can be earned in advance: enough for 128 MiB of upload under way.
  static constexpr std::int64_t kMostEarned = 1'000'000;
  static constexpr std::int64_t kBytesPerFrame = 128;

  explicit H2Flood(std::uint32_t allowance) : allowance_(allowance) {}

  /// One more such frame; false if it is one too many.
  bool count(base::Instant now) {
    if (earned_ > 0) {
      --earned_;
      return true;
    }
    full_at_ = std::max(full_at_, now.ns) + kCost;
    return full_at_ - now.ns <= allowance_ * kCost;
  }
  /// Useful work was done, in either direction: a frame or a request that accounts for so many
  /// frames, and `bytes` of content.
  void earn(std::int64_t frames, std::size_t bytes = 0) {
    spare_bytes_ += static_cast<std::int64_t>(bytes);
    earned_ = std::min(earned_ + frames + spare_bytes_ / kBytesPerFrame, kMostEarned);
    spare_bytes_ %= kBytesPerFrame;
  }

 private:
  static constexpr std::int64_t kCost = 1'000'000'000 / kPerSecond;
  std::int64_t allowance_;
  std::int64_t earned_ = 0;
  std::int64_t spare_bytes_ = 0;
  // The bucket's level as a time: when it would be full again if nothing more came.
  std::int64_t full_at_ = 0;
};

}  // namespace holdfast::wire
