// How many frames that cost their sender nothing a peer may send (RFC 9113 §10.5): a bucket of
// 1,000 that fills by 200 a second, and by what we do ourselves, since an upload is answered by
// WINDOW_UPDATEs and a request may be answered by a RST_STREAM. Reads no clock. Thread: one owner.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/instant.h"

namespace holdfast::wire {

class H2Flood {
 public:
  static constexpr std::int64_t kBurst = 1000;
  static constexpr std::int64_t kPerSecond = 200;

  /// One more such frame; false if it is one too many.
  bool count(base::Instant now) {
    full_at_ = std::max(full_at_, now.ns) + kCost;
    return full_at_ - now.ns <= kBurst * kCost;
  }
  /// We have done something that may be answered by so many frames. A full bucket stays full.
  void allow(std::int64_t frames) { full_at_ -= frames * kCost; }

 private:
  static constexpr std::int64_t kCost = 1'000'000'000 / kPerSecond;
  // The bucket's level as a time: when it would be full again if nothing more came.
  std::int64_t full_at_ = 0;
};

}  // namespace holdfast::wire
