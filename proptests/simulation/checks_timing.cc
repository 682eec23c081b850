// When things happen: never too early, and too late only by what the loop is slow.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "proptests/simulation/checks.h"
#include "proptests/simulation/journey.h"

namespace proof {

using holdfast::AttemptRecord;
using holdfast::DelaySource;
using holdfast::ErrorCode;
using holdfast::kOff;

Duration Trial::lateness() const {
  // Sockets are read before timers are judged: what falls due while they are read is late by that,
  // and by the reading before the next timer.
  return c.driver.timer_granularity + c.driver.timer_slack + 2 * report.most_overdue +
         report.driver.longest_turn + report.driver.stalled + Duration(1000);
}

Range backoff_range(const holdfast::BackoffPolicy& backoff, std::uint32_t k) {
  double d = static_cast<double>(backoff.base.count());
  const double most = static_cast<double>(backoff.max.count());
  for (std::uint32_t i = 1; i < k && d < most; ++i) d *= 2;
  d = std::min(d, most);
  const auto span = [](double ns, double more) {
    return Duration(static_cast<std::int64_t>(ns + more));
  };
  switch (backoff.jitter) {
    case holdfast::Jitter::proportional:
      return {span(backoff.jitter_low * d, -2), span(backoff.jitter_high * d, 2)};
    case holdfast::Jitter::full:
      return {Duration{0}, span(d, 2)};
    case holdfast::Jitter::equal:
      return {span(d / 2, -2), span(d, 2)};
    case holdfast::Jitter::decorrelated:
      return {std::min(backoff.base, backoff.max), backoff.max};
    case holdfast::Jitter::none:
      return {span(d, -2), span(d, 2)};
  }
  return {};
}

namespace {

std::string ns_text(Duration span) { return std::to_string(span.count()) + "ns"; }

/// A pool timeout's retry stands in line during its backoff (P3): a connection or a dial ends the
/// backoff, and so do a hook and a body source that fail.
bool may_end_backoff(const Trial& trial, const AttemptRecord& before, const AttemptRecord& record) {
  if (before.error != ErrorCode::pool_timeout) return false;
  // Its dial may have gone to a request with an older place, which came back to the line.
  const bool may_lose_its_dial = trial.c.hook.kind != Case::HookPlan::Kind::none ||
                                 trial.report.driver.finds != 0 || is_h2(trial.c.transport);
  return record.error != ErrorCode::pool_timeout || may_lose_its_dial;
}

void inv_21_backoff_bounds(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled() || seen.timeline().dropped() != 0) continue;
    const std::vector<const WireAttempt*> wire = messages_of(trial, i);
    std::uint32_t waits = 0;
    for (std::size_t k = 1; k < seen.timeline().size(); ++k) {
      const AttemptRecord& before = seen.timeline()[k - 1];
      const AttemptRecord& record = seen.timeline()[k];
      if (record.hop != before.hop) {
        waits = 0;  // each place has backoffs of its own, and is gone to at once ("redirects")
        continue;
      }
      if (record.delay_source == DelaySource::immediate) continue;
      const Range range = backoff_range(trial.retry(seen).backoff, ++waits);
      const Duration gap = record.started - before.ended;
      if (gap < record.delay) findings.add(i, "began before its delay was over");
      if (gap > record.delay + trial.lateness()) {
        findings.add(i, "began " + ns_text(gap - record.delay) + " too late");
      }
      if (record.delay_source != DelaySource::backoff) continue;
      const bool too_short = record.delay < range.low && !may_end_backoff(trial, before, record);
      if (too_short || record.delay < Duration{0} || record.delay > range.high) {
        findings.add(i, "waited " + ns_text(record.delay) + " before retry " +
                            std::to_string(waits) + ", outside " + ns_text(range.low) + ".." +
                            ns_text(range.high));
      }
      // An answer that the client did not wait for says nothing about its waiting.
      if (wire[k] == nullptr || wire[k - 1] == nullptr) continue;
      if (wire[k - 1]->answer_head == nullptr || before.status == 0) continue;
      const Duration wire_gap = wire[k]->at() - wire[k - 1]->answered_at();
      if (wire_gap < range.low) {
        findings.add(i, "came back to the server after " + ns_text(wire_gap) + ", sooner than " +
                            ns_text(range.low));
      }
    }
  }
}

void inv_22_retry_after(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    const holdfast::RetryPolicy& retry = trial.retry(seen);
    const std::vector<const WireAttempt*> wire = messages_of(trial, i);
    for (std::size_t k = 0; k + 1 < wire.size(); ++k) {
      if (wire[k] == nullptr || wire[k + 1] == nullptr) continue;
      const fault::Entry* answer = wire[k]->answer_head;
      const AttemptRecord& record = seen.timeline()[k];
      // That of a redirect is not heeded, as its policy says.
      if (seen.timeline()[k + 1].hop != record.hop) continue;
      if (answer == nullptr || answer->retry_after_s < 0) continue;
      if (record.error != ErrorCode::none || record.status != answer->status) continue;
      if (!retry.retry_after_statuses.contains(answer->status)) continue;
      const auto asked =
          Duration(static_cast<std::int64_t>(std::floor(answer->retry_after_s * 1e9)));
      const Duration gap = wire[k + 1]->at() - wire[k]->answered_at();
      if (gap < asked) {
        findings.add(
            i, "was asked to wait " + ns_text(asked) + " and came back after " + ns_text(gap));
      }
      if (retry.max_retry_after != kOff && asked > retry.max_retry_after) {
        findings.add(i, "came back although Retry-After was above its limit");
      }
    }
  }
}

void inv_24_deadline(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    const Duration total = trial.timeouts(seen).total;
    if (!seen.ended) continue;
    const Duration took = *seen.ended - seen.submitted;
    if (total != kOff && took > total + trial.lateness()) {
      findings.add(i, "ended " + ns_text(took - total) + " after its deadline");
    }
    const bool expired = seen.error && seen.error->code == ErrorCode::deadline_exceeded;
    if (expired && took < total) findings.add(i, "expired before its deadline");
  }
}

/// `least` is how long the phase must have lasted for its timeout to be due.
struct Limit {
  Duration least = Duration{0};
  Duration lasted = Duration{0};
  bool starts_exactly = false;  ///< nothing but lateness may make it longer
};

Limit limit_of(const AttemptRecord& record, const holdfast::TimeoutPolicy& timeouts) {
  const Duration whole = record.ended - record.started;
  switch (record.error) {
    case ErrorCode::pool_timeout:
      return {timeouts.pool, whole, true};
    case ErrorCode::attempt_timeout:
      return {timeouts.attempt, whole, true};
    case ErrorCode::read_timeout:
      return {timeouts.read,
              record.ended - (record.sent.count() >= 0 ? record.sent : record.connected), false};
    case ErrorCode::first_byte_timeout:
      return {timeouts.first_byte, record.ended - record.sent, true};
    case ErrorCode::write_timeout:
      return {timeouts.write, record.ended - record.connected, false};
    default:
      return {};
  }
}

holdfast::Phase earliest_phase(ErrorCode code) {
  switch (code) {
    case ErrorCode::connect_timeout:
      return holdfast::Phase::dns;
    case ErrorCode::write_timeout:
      return holdfast::Phase::write;
    case ErrorCode::read_timeout:
      return holdfast::Phase::write;
    case ErrorCode::first_byte_timeout:
      return holdfast::Phase::head;
    case ErrorCode::attempt_timeout:
      return holdfast::Phase::prepare;
    default:
      return holdfast::Phase::pool;
  }
}

holdfast::Phase latest_phase(ErrorCode code) {
  switch (code) {
    case ErrorCode::connect_timeout:
      return holdfast::Phase::tls;
    case ErrorCode::pool_timeout:
      return holdfast::Phase::pool;
    case ErrorCode::first_byte_timeout:
      return holdfast::Phase::head;
    default:
      return holdfast::Phase::body;
  }
}

bool has_retried_pool_timeout(const Trial& trial) {
  for (const Seen& seen : trial.report.seen) {
    if (!seen.settled()) continue;
    for (std::size_t k = 0; k + 1 < seen.timeline().size(); ++k) {
      if (seen.timeline()[k].error == ErrorCode::pool_timeout) return true;
    }
  }
  return false;
}

void inv_25_phase_timeouts(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled()) continue;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      const AttemptRecord& record = seen.timeline()[k];
      const Limit limit = limit_of(record, trial.timeouts(seen));
      const std::string code(name(record.error));
      if (limit.least == kOff) findings.add(i, code + " although that timeout is off");
      if (limit.lasted < limit.least) {
        findings.add(i, code + " after " + ns_text(limit.lasted) + " of " + ns_text(limit.least));
      }
      // A request that meant to share a dial that brought no place waited for the dial first, one
      // with a hook for the hook. A pool timeout's retry takes its old place and with it the dial
      // of a request behind it, which waits for a slot from then on.
      const bool held_up =
          (record.error == ErrorCode::first_byte_timeout && pauses(trial.plan(seen))) ||
          (record.error == ErrorCode::pool_timeout &&
           (is_h2(trial.c.transport) || trial.c.hook.kind == Case::HookPlan::Kind::waits ||
            has_retried_pool_timeout(trial)));
      if (limit.starts_exactly && !held_up && limit.lasted > limit.least + trial.lateness()) {
        findings.add(i, code + " came " + ns_text(limit.lasted - limit.least) + " late");
      }
      const bool timed_out = record.error == ErrorCode::connect_timeout || limit.least.count() != 0;
      if (timed_out && (record.phase < earliest_phase(record.error) ||
                        record.phase > latest_phase(record.error))) {
        findings.add(i, code + " in phase " + std::string(name(record.phase)));
      }
    }
  }
}

void inv_26_no_sleep_past(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled() || trial.timeouts(seen).total == kOff) continue;
    const Duration total = trial.timeouts(seen).total;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      if (seen.timeline()[k].started > total) findings.add(i, "began a try after its deadline");
    }
    const bool expired = seen.error && seen.error->code == ErrorCode::deadline_exceeded;
    // A late timer may find the end of the wait and the deadline both past; a redirect may be read
    // at the deadline itself.
    const bool hops = seen.timeline().size() != 0 && sends_elsewhere(seen.timeline().last().status);
    const bool exact = trial.lateness() <= Duration(2000) && !hops;
    if (expired && exact && seen.error->phase == holdfast::Phase::backoff) {
      findings.add(i, "slept until its deadline instead of giving up at once");
    }
    // Ended for want of time, but not by the clock: at once, then, with its last attempt.
    if (seen.timeline().stop_reason() == holdfast::StopReason::deadline && !expired &&
        seen.timeline().size() != 0 && seen.error) {
      const Duration idle = *seen.ended - seen.submitted - seen.timeline().last().ended;
      if (idle > trial.lateness()) findings.add(i, "waited for nothing before giving up");
    }
  }
}

constexpr std::array<Check, 5> kTimingChecks = {{
    {"inv_21_backoff_bounds", inv_21_backoff_bounds},
    {"inv_22_retry_after", inv_22_retry_after},
    {"inv_24_deadline", inv_24_deadline},
    {"inv_25_28_phase_timeouts_never_early", inv_25_phase_timeouts},
    {"inv_26_no_sleep_past", inv_26_no_sleep_past},
}};

}  // namespace

std::span<const Check> timing_checks() { return kTimingChecks; }

}  // namespace proof
