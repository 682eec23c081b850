// Invariant 54: what is counted, what an observer hears, what the user was told and what the
// server's journal says are one story.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "proptests/simulation/checks.h"

namespace proof {
namespace {

using holdfast::AttemptRecord;
using holdfast::ClientStats;
using holdfast::CloseCause;
using holdfast::DelaySource;
using holdfast::ErrorCode;
using holdfast::Phase;

void equal(Findings& findings, std::string_view what, std::uint64_t counted,
           std::uint64_t true_one) {
  if (counted == true_one) return;
  findings.add(std::string(what) + ": " + std::to_string(counted) + " are counted, and " +
               std::to_string(true_one) + " there were");
}
void at_most(Findings& findings, std::string_view what, std::uint64_t less, std::uint64_t more) {
  if (less <= more) return;
  findings.add(std::string(what) + ": " + std::to_string(less) + " are more than " +
               std::to_string(more));
}

template <class Visit>
void each_attempt(const Trial& trial, Visit visit) {
  for (const Seen& seen : trial.report.seen) {
    if (!seen.settled()) continue;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) visit(seen, k, seen.timeline()[k]);
  }
}

/// The counters against what the users were told.
void inv_54_counters(const Trial& trial, Findings& findings) {
  const ClientStats& stats = trial.report.stats;
  ClientStats told;
  std::uint64_t follow_ups = 0, cut_short = 0;
  for (const Seen& seen : trial.report.seen) {
    ++told.submitted;
    if (seen.response) ++told.succeeded;
    if (seen.error) {
      ++(seen.error->code == ErrorCode::cancelled ? told.cancelled : told.failed);
      if (seen.error->phase == Phase::backoff) ++cut_short;
    }
    if (seen.settled()) told.attempts += seen.timeline().attempts();
  }
  each_attempt(trial, [&](const Seen& seen, std::size_t k, const AttemptRecord& record) {
    told.attempt_errors.add(record.error);
    if (k == 0 || record.hop != seen.timeline()[k - 1].hop) return;
    ++follow_ups;
    told.retries_backoff += record.delay_source == DelaySource::backoff ? 1U : 0U;
    told.retries_retry_after += record.delay_source == DelaySource::retry_after ? 1U : 0U;
    told.retries_immediate += record.delay_source == DelaySource::immediate ? 1U : 0U;
  });
  equal(findings, "requests", stats.submitted, told.submitted);
  equal(findings, "responses", stats.succeeded, told.succeeded);
  equal(findings, "failures", stats.failed, told.failed);
  equal(findings, "cancels", stats.cancelled, told.cancelled);
  equal(findings, "requests under way", stats.in_flight, 0);
  equal(findings, "durations", stats.durations.count(), told.submitted);
  equal(findings, "attempts", stats.attempts, told.attempts);
  for (std::size_t code = 0; code < holdfast::ErrorCounts::kCodes; ++code) {
    const auto error = static_cast<ErrorCode>(code);
    equal(findings, "attempts ended by " + std::string(name(error)), stats.attempt_errors[error],
          told.attempt_errors[error]);
  }
  // Which of those that ended between two attempts were retried and not redirected is not told.
  const bool follows =
      std::any_of(trial.c.requests.begin(), trial.c.requests.end(),
                  [&](const RequestPlan& request) { return trial.c.redirects_of(request).follow; });
  at_most(findings, "retries made", follow_ups, stats.retries());
  at_most(findings, "retries", stats.retries(), follow_ups + cut_short);
  if (!follows) {
    equal(findings, "retries", stats.retries(), follow_ups + cut_short);
  }
  equal(findings, "retries by cause", stats.retries_by_error.total(), stats.retries());
  at_most(findings, "retries after a backoff", told.retries_backoff, stats.retries_backoff);
  at_most(findings, "retries after Retry-After", told.retries_retry_after,
          stats.retries_retry_after);
  equal(findings, "immediate retries", stats.retries_immediate, told.retries_immediate);
  at_most(findings, "stale replays", stats.stale_replays, stats.retries_immediate);
}

/// The observer's notes against the counters.
void inv_54_notes(const Trial& trial, Findings& findings) {
  if (!trial.c.observed) return;
  const ClientStats& stats = trial.report.stats;
  const Heard& heard = trial.report.heard;
  equal(findings, "notes of requests' ends", heard.requests_ended, stats.submitted);
  equal(findings, "notes of attempts begun", heard.attempts_started, stats.attempts);
  equal(findings, "notes of attempts ended", heard.attempts_ended, stats.attempts);
  const auto retries = [&](DelaySource source) {
    return heard.retries.at(static_cast<std::size_t>(source));
  };
  equal(findings, "notes of backoffs", retries(DelaySource::backoff), stats.retries_backoff);
  equal(findings, "notes of Retry-After", retries(DelaySource::retry_after),
        stats.retries_retry_after);
  equal(findings, "notes of immediate retries", retries(DelaySource::immediate),
        stats.retries_immediate);
  equal(findings, "notes of connections opened", heard.opened, stats.opened);
  equal(findings, "notes of connections reused", heard.reused, stats.reused);
  std::uint64_t closed = 0;
  for (auto cause = CloseCause::idle_expiry; cause <= CloseCause::connect_failed;
       cause = static_cast<CloseCause>(static_cast<int>(cause) + 1)) {
    const std::uint64_t told = heard.closed.at(static_cast<std::size_t>(cause));
    equal(findings, "notes of closes, " + std::string(name(cause)), told, stats.closed(cause));
    closed += told;
  }
  equal(findings, "connections closed", closed, stats.opened + heard.never_opened);
  equal(findings, "notes of waits", heard.waits_ended, stats.pool_waits);
  equal(findings, "notes of waits begun", heard.waits_began, heard.waits_ended);
  equal(findings, "time waited", static_cast<std::uint64_t>(heard.waited.count()),
        static_cast<std::uint64_t>(stats.pool_wait_time.count()));
  equal(findings, "notes of requests without one", heard.wrong, 0);
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    const bool tried = seen.settled() && seen.timeline().attempts() != 0;
    if (tried ? !is_whole(seen.story) : seen.story != "q") {
      findings.add(i, "the observer's story was " + seen.story);
    }
  }
}

std::size_t most_addresses(const Trial& trial) {
  std::size_t most = 1;
  for (const HostPlan& host : trial.c.hosts) most = std::max(most, host.addresses.size());
  return most;
}

/// The counters against the server's journal. What never reached the server is known by its
/// evidence: an attempt that was answered was certainly read there, one of which no byte left was
/// certainly not.
void inv_54_journal(const Trial& trial, Findings& findings) {
  if (trial.c.proxy) return;  // connections and bytes are its own, and it keeps no journal
  const ClientStats& stats = trial.report.stats;
  std::uint64_t accepted = 0, turned_away = 0, closed = 0, bytes_in = 0, bytes_out = 0;
  for (const fault::Entry& entry : trial.report.journal) {
    if (entry.type == fault::EntryType::kConnOpen) ++accepted;
    if (entry.type == fault::EntryType::kConnRefused) ++turned_away;
    if (entry.type != fault::EntryType::kConnClose) continue;
    ++closed;
    bytes_in += entry.bytes_in;
    bytes_out += entry.bytes_out;
  }
  const std::uint64_t never_opened = stats.connect_failed + stats.closed_shutdown;
  at_most(findings, "connections opened", stats.opened, accepted + turned_away);
  at_most(findings, "connections the server accepted", accepted,
          (stats.opened + never_opened) * most_addresses(trial));
  // Over TLS the journal counts plaintext, and always when a connection is closed: some faults
  // keep theirs open for ever.
  if (!is_tls(trial.c.transport) && closed == accepted) {
    at_most(findings, "bytes received", stats.bytes_received, bytes_out);
  }
  if (trial.c.transport == Transport::h1) {
    std::uint64_t of_attempts = 0;
    bool given_up = false;  // perhaps with a write of which nobody knows how much was taken
    each_attempt(trial, [&](const Seen&, std::size_t, const AttemptRecord& record) {
      of_attempts += record.bytes_sent;
      given_up = given_up || (record.error != ErrorCode::none && record.sent.count() < 0);
    });
    equal(findings, "bytes sent", stats.bytes_sent, of_attempts);
    if (!given_up) at_most(findings, "bytes the server got", bytes_in, stats.bytes_sent);
  }
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled()) continue;
    std::uint64_t answered = 0, begun = 0;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      const AttemptRecord& record = seen.timeline()[k];
      // 400 is what the server says to what it cannot read (an unknown method, for one).
      if (record.status != 0 && record.status != 400) ++answered;
      // Without a connection not a byte can have left; with one, a write may have been under way.
      if (record.connected.count() >= 0) ++begun;
    }
    const std::uint64_t read = trial.wire.attempts_of(i).size();
    if (trial.wire.poisons().empty() && answered > read) {
      findings.add(i, std::to_string(answered) + " attempts were answered, and the server read " +
                          std::to_string(read));
    }
    if (read > begun) {
      findings.add(i, "the server read " + std::to_string(read) + " attempts of " +
                          std::to_string(begun) + " that were begun");
    }
  }
}

/// A hook signs every attempt with its number, and the server sees it so: in rising order, none
/// twice, and none that the timeline does not know.
void inv_54_hook(const Trial& trial, Findings& findings) {
  if (trial.c.hook.kind == Case::HookPlan::Kind::none) return;
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    std::uint32_t before = 0;
    for (const WireAttempt* attempt : trial.wire.attempts_of(i)) {
      const std::string_view text = attempt->asked("X-Attempt");
      std::uint32_t number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      if (number <= before) {
        findings.add(
            i, "attempt " + std::string(text) + " came after attempt " + std::to_string(before));
      }
      if (seen.settled() && number > seen.timeline().attempts()) {
        findings.add(i, "the timeline does not know attempt " + std::string(text));
      }
      before = number;
    }
  }
}

constexpr std::array<Check, 4> kObserveChecks = {{
    {"inv_54_counters", inv_54_counters},
    {"inv_54_notes", inv_54_notes},
    {"inv_54_journal", inv_54_journal},
    {"inv_54_hook", inv_54_hook},
}};

}  // namespace

std::span<const Check> observe_checks() { return kObserveChecks; }

}  // namespace proof
