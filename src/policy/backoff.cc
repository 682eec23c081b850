#include "policy/backoff.h"

#include <algorithm>
#include <cmath>

namespace holdfast::policy {
namespace {

using Count = Duration::rep;

// validate() refuses negative times; here they must only be harmless.
Count not_negative(Duration time) { return std::max<Count>(time.count(), 0); }

/// min(max, base · factor^times) without overflow.
Count grown(Count base, Count factor, std::uint32_t times, Count max) {
  Count grown = std::min(base, max);
  for (; times > 0 && grown > 0 && grown < max; --times) {
    grown = grown > max / factor ? max : grown * factor;
  }
  return grown;
}

/// The capped exponential delay (B1); never computes more than 63 doublings.
Count exponential(const BackoffPolicy& policy, std::uint32_t k) {
  return grown(not_negative(policy.base), 2, k == 0 ? 0 : k - 1, not_negative(policy.max));
}

/// `fraction` of `whole`, rounded to the nearest count; NaN and negative fractions count as 0,
/// fractions above 1 as 1.
Count part(Count whole, double fraction) {
  if (!(fraction > 0)) return 0;
  if (fraction >= 1) return whole;
  const long double product = static_cast<long double>(whole) * fraction;
  // Where long double is no wider than double, the rounded product can exceed `whole`, and even the
  // largest count.
  if (product >= static_cast<long double>(whole)) return whole;
  return static_cast<Count>(std::llround(product));
}

DelayBounds ordered(Count least, Count most) {
  return {Duration(least), Duration(std::max(least, most))};
}

/// The range that a delay is drawn from, both ends included.
DelayBounds spread(const BackoffPolicy& policy, Count delay) {
  switch (policy.jitter) {
    case Jitter::proportional:
      return ordered(part(delay, policy.jitter_low), part(delay, policy.jitter_high));
    case Jitter::full:
      return ordered(0, delay);
    case Jitter::equal:
      return ordered(delay - delay / 2, delay);
    case Jitter::decorrelated:
    case Jitter::none:
      break;
  }
  return ordered(delay, delay);
}

Duration draw(DelayBounds bounds, base::Rng& jitter) {
  return Duration(
      static_cast<Count>(jitter.between(static_cast<std::uint64_t>(bounds.least.count()),
                                        static_cast<std::uint64_t>(bounds.most.count()))));
}

}  // namespace

Duration backoff_delay(const BackoffPolicy& policy, std::uint32_t k, Duration previous,
                       base::Rng& jitter) {
  if (policy.jitter == Jitter::none) return Duration(exponential(policy, k));
  if (policy.jitter != Jitter::decorrelated)
    return draw(spread(policy, exponential(policy, k)), jitter);
  // Here the cap comes after the draw (B2): a draw above it becomes `max`.
  const Count base = not_negative(policy.base);
  const Count from = std::max(base, not_negative(previous));
  const DelayBounds bounds = ordered(base, grown(from, 3, 1, Duration::max().count()));
  return std::min(draw(bounds, jitter), Duration(not_negative(policy.max)));
}

DelayBounds backoff_bounds(const BackoffPolicy& policy, std::uint32_t k) {
  if (policy.jitter != Jitter::decorrelated) return spread(policy, exponential(policy, k));
  const Count base = not_negative(policy.base);
  const Count max = not_negative(policy.max);
  return ordered(std::min(base, max), grown(base, 3, std::max<std::uint32_t>(k, 1), max));
}

}  // namespace holdfast::policy
