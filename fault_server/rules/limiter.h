// Limiters that really limit, by themselves and whatever the client hopes: token bucket, sliding
// window, concurrency. Exact in nanoseconds, so that a Retry-After computed from one is the truth.
// Pure state; time is an argument. Thread: one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "base/instant.h"

namespace fault {

struct LimitSpec {
  enum class Kind : std::uint8_t { kBucket, kWindow, kConcurrency };
  Kind kind = Kind::kBucket;
  std::uint64_t count = 1;                // kBucket, kWindow: so many
  holdfast::Duration per{1'000'000'000};  // ... in this time
  std::uint64_t burst = 1;                // kBucket: its size
  std::uint64_t max = 1;                  // kConcurrency
  friend bool operator==(const LimitSpec&, const LimitSpec&) = default;
};

class Limiter {
 public:
  struct Verdict {
    bool admitted = true;
    /// When refused: the time after which one more would be admitted if nobody else asks. A
    /// concurrency limiter cannot know and says one second.
    holdfast::Duration wait{0};
  };

  explicit Limiter(LimitSpec spec = {}) : spec_(spec) {}

  /// Admits and takes, or refuses and takes nothing.
  Verdict ask(holdfast::base::Instant now);
  /// kConcurrency: an admitted request has ended.
  void release();

  /// How many more would be admitted at once; with the part of the next token that a bucket has.
  double level(holdfast::base::Instant now) const;
  /// The most that level() can be.
  double capacity() const;
  /// Moves the level, within 0 and capacity(). What runs in a concurrency limiter keeps running:
  /// its level cannot be moved.
  void set_level(double level, holdfast::base::Instant now);

  const LimitSpec& spec() const { return spec_; }
  std::uint64_t running() const { return running_; }

 private:
  Verdict ask_bucket(holdfast::base::Instant now);
  Verdict ask_window(holdfast::base::Instant now);

  LimitSpec spec_;
  std::int64_t full_at_ns_ = 0;  // kBucket: when the bucket will be full again
  bool used_ = false;
  std::deque<std::int64_t> admitted_;  // kWindow: when, not older than one window
  std::uint64_t running_ = 0;
};

/// Limiters by name (rule and scope). One whose spec changed begins anew.
class Limiters {
 public:
  Limiter& get(const std::string& name, const LimitSpec& spec);
  Limiter* find(const std::string& name);
  /// By name, in its order.
  const std::map<std::string, Limiter>& all() const { return limiters_; }
  /// It begins anew, unless something runs in it: what runs is still to be released.
  void forget(const std::string& name);
  void clear() { limiters_.clear(); }

 private:
  std::map<std::string, Limiter> limiters_;
};

}  // namespace fault
