// The cost of a policy (T4); holdfast/policy.h documents the model at Explanation.
#include <algorithm>
#include <string>

#include "holdfast/policy.h"
#include "policy/backoff.h"
#include "policy/duration_text.h"

namespace holdfast {
namespace {

using policy::backoff_bounds;
using policy::DelayBounds;
using policy::duration_text;
using policy::number_text;

// A policy that validate() would refuse must be harmless here: negative times count as zero.
Duration sane(Duration time) { return std::max(time, Duration::zero()); }

// All operands are non-negative; kOff absorbs what is added to it.
Duration plus(Duration a, Duration b) { return a >= kOff - b ? kOff : a + b; }

Duration times(Duration time, std::uint32_t count) {
  if (count == 0 || time == Duration::zero()) return Duration::zero();
  return time >= kOff / count ? kOff : time * count;
}

/// Σ f(k) for k = 1 … count. The backoff is constant once it reaches its cap, so the sum takes as
/// many steps as there are doublings, not retries.
template <class F>
Duration sum(std::uint32_t count, F f) {
  constexpr std::uint32_t kDoublings = 64;
  Duration total{0};
  const std::uint32_t single = std::min(count, kDoublings);
  for (std::uint32_t k = 1; k <= single; ++k) total = plus(total, f(k));
  return count > single ? plus(total, times(f(count), count - single)) : total;
}

/// Whether anything but 421 and 425 may be retried.
bool waits_between(const RetryPolicy& retry) {
  return !retry.errors.empty() || retry.predicate != nullptr || retry.statuses != StatusSet() ||
         !retry.pushback_fields.empty();
}

/// The most attempts possible; lower than max_attempts when only 421 and 425, or nothing, is
/// retried.
std::uint32_t most_attempts(const RetryPolicy& retry) {
  const std::uint32_t allowed = std::max<std::uint32_t>(retry.max_attempts, 1);
  if (waits_between(retry)) return allowed;
  return std::min<std::uint32_t>(allowed, retry.retry_misdirected ? 2 : 1);
}

/// The longest accepted Retry-After with its jitter; zero if none is accepted.
Duration longest_hint(const RetryPolicy& retry) {
  bool heeded = false;
  for (int status = 400; status < 1000 && !heeded; ++status) {
    const bool misdirected = retry.retry_misdirected && (status == 421 || status == 425);
    heeded = retry.retry_after_statuses.contains(status) &&
             (retry.statuses.contains(status) || misdirected || retry.predicate != nullptr ||
              !retry.pushback_fields.empty());
  }
  if (!heeded) return Duration::zero();
  const Duration wait = sane(retry.max_retry_after);
  const double extra = static_cast<double>(wait.count()) * retry.retry_after_jitter;
  if (!(extra > 0)) return wait;
  constexpr double kFits = 9.2e18;
  return extra < kFits ? plus(wait, Duration(static_cast<Duration::rep>(extra))) : kOff;
}

Duration stalled_attempt(const TimeoutPolicy& timeouts) {
  const Duration silence = sane(std::min(timeouts.read, timeouts.first_byte));
  const Duration phases =
      plus(plus(sane(timeouts.pool), sane(timeouts.connect)), plus(sane(timeouts.write), silence));
  return std::min(phases, sane(timeouts.attempt));
}

std::string or_unbounded(Duration time) {
  return time == kOff ? "unbounded" : "at most " + duration_text(time);
}

std::string waits_text(const RetryPolicy& retry, std::uint32_t retries) {
  constexpr std::uint32_t kShown = 4;
  std::string text = "waits: ";
  for (std::uint32_t k = 1; k <= std::min(retries, kShown); ++k) {
    const DelayBounds bounds = backoff_bounds(retry.backoff, k);
    if (k > 1) text += ", ";
    text += duration_text(bounds.least);
    if (bounds.most != bounds.least) text += " to " + duration_text(bounds.most);
  }
  if (retries > kShown)
    text += ", … up to " + duration_text(backoff_bounds(retry.backoff, retries).most);
  text += " between attempts";
  const Duration hint = longest_hint(retry);
  if (hint > Duration::zero()) {
    text += std::string("; instead of them Retry-After") +
            (retry.rate_limit_hints ? " or a rate limit's reset, " : ", ") +
            (retry.max_retry_after == kOff ? std::string("however long")
                                           : "up to " + duration_text(retry.max_retry_after));
  }
  return text + "\n";
}

std::string latency_text(const Explanation& explanation, const TimeoutPolicy& timeouts) {
  std::string text = "latency: " + or_unbounded(explanation.worst_latency);
  if (explanation.worst_latency == kOff && timeouts.attempt == kOff) {
    text += " (a server that trickles is stopped only by timeouts.attempt or timeouts.total)";
  }
  return text +
         "\nlatency if the server falls silent: " + or_unbounded(explanation.stalled_latency) +
         "\n";
}

std::string amplification_text(const RetryPolicy& retry, std::uint32_t requests) {
  std::string text = "requests: at most " + std::to_string(requests) + " for each one asked for";
  if (retry.budget.burst > 0) {
    text += "; over all, at most " + number_text(1 + retry.budget.ratio) + " for each one plus " +
            number_text(retry.budget.burst);
  }
  text += "\nPOST, PATCH, CONNECT and unknown methods: ";
  switch (retry.non_idempotent) {
    case NonIdempotent::never:
      return text + "sent once, never again\n";
    case NonIdempotent::unsent:
      return text + "again only on proof that nothing of them was processed\n";
    case NonIdempotent::keyed:
      return text + (retry.generate_idempotency_key
                         ? "like the others, with an Idempotency-Key, made if need be\n"
                         : "like the others if they carry an Idempotency-Key, else once\n");
  }
  return text;
}

/// The most places that one request is sent to, one after the other.
std::uint32_t most_hops(const RedirectPolicy& redirects) {
  if (!redirects.follow) return 1;
  return redirects.max_redirects == UINT32_MAX ? UINT32_MAX : redirects.max_redirects + 1;
}

std::uint32_t product(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{a} * b, UINT32_MAX));
}

std::string errors_text(const RetryPolicy& retry) {
  return "errors retried: " + to_string(retry.errors) + "\n";
}

std::string attempts_text(std::uint32_t attempts, std::uint32_t hops) {
  std::string text = "attempts: at most " + std::to_string(attempts);
  if (hops > 1) {
    text += " at each of at most " + std::to_string(hops) + " places, redirects being followed";
  }
  return text + "\n";
}

}  // namespace

Explanation explain(const RetryPolicy& retry, const TimeoutPolicy& timeouts,
                    const RedirectPolicy& redirects) {
  Explanation result;
  const std::uint32_t attempts = most_attempts(retry);
  const std::uint32_t hops = most_hops(redirects);
  result.worst_requests = product(attempts, hops);
  const std::uint32_t retries = attempts - 1;
  const bool waits = waits_between(retry);
  const Duration hint = longest_hint(retry);
  // Only 421 and 425 are retried without a wait.
  const auto backoff = [&](std::uint32_t k) {
    return waits ? backoff_bounds(retry.backoff, k).most : Duration::zero();
  };

  result.worst_backoff = times(sum(retries, backoff), hops);
  result.stalled_latency =
      std::min(sane(timeouts.total),
               plus(times(stalled_attempt(timeouts), result.worst_requests), result.worst_backoff));
  const Duration pauses = sum(retries, [&](std::uint32_t k) { return std::max(backoff(k), hint); });
  result.worst_latency =
      std::min(sane(timeouts.total),
               plus(times(sane(timeouts.attempt), result.worst_requests), times(pauses, hops)));

  result.text = attempts_text(attempts, hops);
  if (retries > 0) result.text += errors_text(retry);
  if (retries > 0 && waits) result.text += waits_text(retry, retries);
  result.text += latency_text(result, timeouts) + amplification_text(retry, result.worst_requests);
  return result;
}

}  // namespace holdfast
