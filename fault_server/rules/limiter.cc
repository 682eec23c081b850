#include "fault_server/rules/limiter.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fault {

using holdfast::Duration;
using holdfast::base::Instant;

namespace {

// Rounded up: a limiter may be a nanosecond stricter than asked, never laxer.
std::int64_t interval_ns(const LimitSpec& spec) {
  const auto count = static_cast<std::int64_t>(
      std::min<std::uint64_t>(std::max<std::uint64_t>(spec.count, 1), 1'000'000'000));
  return (spec.per.count() + count - 1) / count;
}

// How far ahead of now the bucket may run: burst - 1 tokens, without overflow.
std::int64_t tolerance_ns(const LimitSpec& spec, std::int64_t interval) {
  if (spec.burst <= 1 || interval == 0) return 0;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 4;
  const auto most = static_cast<std::uint64_t>(kMost / interval);
  return interval * static_cast<std::int64_t>(std::min(spec.burst - 1, most));
}

}  // namespace

Limiter::Verdict Limiter::ask(Instant now) {
  switch (spec_.kind) {
    case LimitSpec::Kind::kBucket:
      return ask_bucket(now);
    case LimitSpec::Kind::kWindow:
      return ask_window(now);
    case LimitSpec::Kind::kConcurrency:
      break;
  }
  if (running_ >= spec_.max) return {false, Duration{1'000'000'000}};
  ++running_;
  return {};
}

// The bucket as a clock (GCRA): one number instead of a level that must be topped up.
Limiter::Verdict Limiter::ask_bucket(Instant now) {
  const std::int64_t interval = interval_ns(spec_);
  const std::int64_t tolerance = tolerance_ns(spec_, interval);
  if (!used_) full_at_ns_ = now.ns;
  used_ = true;
  const std::int64_t admitted_from = full_at_ns_ - tolerance;
  if (now.ns < admitted_from) return {false, Duration(admitted_from - now.ns)};
  full_at_ns_ = std::max(full_at_ns_, now.ns) + interval;
  return {};
}

Limiter::Verdict Limiter::ask_window(Instant now) {
  const std::int64_t per = spec_.per.count();
  while (!admitted_.empty() && admitted_.front() <= now.ns - per) admitted_.pop_front();
  if (admitted_.size() >= spec_.count) return {false, Duration(admitted_.front() + per - now.ns)};
  admitted_.push_back(now.ns);
  return {};
}

void Limiter::release() {
  if (running_ > 0) --running_;
}

double Limiter::level(Instant now) const {
  if (spec_.kind == LimitSpec::Kind::kConcurrency) {
    return static_cast<double>(spec_.max - std::min(running_, spec_.max));
  }
  if (spec_.kind == LimitSpec::Kind::kWindow) {
    const std::int64_t from = now.ns - spec_.per.count();
    const auto live = static_cast<std::uint64_t>(std::count_if(
        admitted_.begin(), admitted_.end(), [&](std::int64_t at) { return at > from; }));
    return static_cast<double>(spec_.count - std::min(live, spec_.count));
  }
  const std::int64_t interval = interval_ns(spec_);
  if (!used_ || full_at_ns_ <= now.ns || interval == 0) return capacity();
  const double owed = static_cast<double>(full_at_ns_ - now.ns) / static_cast<double>(interval);
  return std::max(0.0, capacity() - owed);
}

double Limiter::capacity() const {
  switch (spec_.kind) {
    case LimitSpec::Kind::kBucket:
      return static_cast<double>(std::max<std::uint64_t>(spec_.burst, 1));
    case LimitSpec::Kind::kWindow:
      return static_cast<double>(spec_.count);
    case LimitSpec::Kind::kConcurrency:
      break;
  }
  return static_cast<double>(spec_.max);
}

void Limiter::set_level(double level, Instant now) {
  const double owed = capacity() - std::clamp(level, 0.0, capacity());
  if (spec_.kind == LimitSpec::Kind::kBucket) {
    used_ = true;
    full_at_ns_ = now.ns + std::llround(owed * static_cast<double>(interval_ns(spec_)));
  } else if (spec_.kind == LimitSpec::Kind::kWindow) {
    // The latest of those it has stay; what is missing counts as admitted now.
    const std::int64_t from = now.ns - spec_.per.count();
    while (!admitted_.empty() && admitted_.front() <= from) admitted_.pop_front();
    const auto wanted = static_cast<std::size_t>(std::min(owed, 1e6));
    while (admitted_.size() > wanted) admitted_.pop_front();
    while (admitted_.size() < wanted) admitted_.push_back(now.ns);
  }
}

Limiter& Limiters::get(const std::string& name, const LimitSpec& spec) {
  const auto [at, fresh] = limiters_.try_emplace(name, spec);
  if (!fresh && at->second.spec() != spec) at->second = Limiter(spec);
  return at->second;
}

Limiter* Limiters::find(const std::string& name) {
  const auto found = limiters_.find(name);
  return found == limiters_.end() ? nullptr : &found->second;
}

void Limiters::forget(const std::string& name) {
  const auto found = limiters_.find(name);
  if (found != limiters_.end() && found->second.running() == 0) limiters_.erase(found);
}

}  // namespace fault
