#include "proptests/simulation/reach.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <optional>
#include <ostream>

#include "proptests/simulation/journey.h"

namespace proof {

using holdfast::AttemptRecord;
using holdfast::ErrorCode;
using holdfast::Phase;

std::string_view name(Reached what) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Reached::count_)> kNames =
      {"57 early success, h1",
       "57 early success, h1 with TLS",
       "57 early success, h2",
       "57 early success, body of bytes",
       "57 early success, body from a factory",
       "57 early success, one-shot body",
       "57 early success, body without length",
       "57 early success, streamed response",
       "57 early success, stored response",
       "57 early success, rest refused",
       "58 loop stood still",
       "58 end found by a look",
       "59 dial failed, nobody waiting",
       "59 dial failed, others waiting",
       "59 handshake failed, others waiting",
       "60 ended beside paused streams",
       "60 due beside paused streams",
       "60 due while they held the window",
       "64 redirect not followed",
       "64 coding not undone",
       "65 exit during a lookup",
       "65 exit during a hook",
       "65 exit during a dial",
       "65 exit while storing",
       "65 exit while a source has nothing",
       "65 exit while a disk keeps the loop"};
  return kNames.at(static_cast<std::size_t>(what));
}

Reach& Reach::instance() {
  static auto* const kReach = new Reach;
  return *kReach;
}

void Reach::count(const Trial& trial) {
  ++runs_;
  count_uploads(trial);
  if (trial.report.driver.stalls != 0) add(Reached::stalled);
  if (trial.report.driver.finds != 0) add(Reached::end_found);
  count_dials(trial);
  count_pauses(trial);
  count_left(trial);
  count_exits(trial);
}

void Reach::count_uploads(const Trial& trial) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.response || !seen.response->is_success() || !trial.carries_body(seen)) continue;
    const WireAttempt* message = trial.origin_of(seen);
    if (message == nullptr || message->seen != i || seen.timeline().size() == 0) continue;
    const AttemptRecord& last = seen.timeline().last();
    const bool sending = last.sent.count() < 0 || last.first_byte < last.sent;
    if (!sending) continue;
    if (!trial.reads_on(*message)) {
      add(Reached::early_not_read);
      continue;
    }
    const RequestPlan& plan = trial.plan(seen);
    add(is_h2(trial.c.transport)    ? Reached::early_h2
        : is_tls(trial.c.transport) ? Reached::early_tls
                                    : Reached::early_h1);
    if (plan.body.kind == BodyPlan::Kind::bytes) add(Reached::early_bytes);
    if (plan.body.kind == BodyPlan::Kind::factory) add(Reached::early_factory);
    if (plan.body.kind == BodyPlan::Kind::one_shot) add(Reached::early_one_shot);
    const bool from_source = plan.body.kind != BodyPlan::Kind::bytes;
    if (from_source && !plan.body.known_length) add(Reached::early_chunked);
    if (plan.streaming) add(Reached::early_streamed);
    if (plan.storing) add(Reached::early_stored);
  }
}

void Reach::count_dials(const Trial& trial) {
  for (const Seen& seen : trial.report.seen) {
    if (!seen.settled()) continue;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      const AttemptRecord& record = seen.timeline()[k];
      if (record.connection_id == 0 || !is_of_a_dial(record)) continue;
      const Instant failed = seen.submitted + record.ended;
      const auto waits = [&](const Seen& other) {
        return &other != &seen && trial.plan(other).host == trial.plan(seen).host && other.ended &&
               other.submitted<failed&& * other.ended> failed;
      };
      const bool crowded = std::any_of(trial.report.seen.begin(), trial.report.seen.end(), waits);
      add(crowded ? Reached::dial_failed_crowded : Reached::dial_failed_alone);
      if (crowded && record.phase == Phase::tls) add(Reached::handshake_failed);
    }
  }
}

void Reach::count_pauses(const Trial& trial) {
  if (!is_h2(trial.c.transport)) return;
  for (const BesidePause& one : beside_pauses(trial)) {
    add(Reached::served_beside_paused);
    if (one.window_held) add(Reached::window_held);
  }
  for (const Seen& seen : trial.report.seen) {
    if (!seen.ended) continue;
    const auto waits = [&](const Seen& other) {
      return &other != &seen && pauses(trial.plan(other)) && other.head_at &&
             *other.head_at < seen.submitted && other.ended && *other.ended > *seen.ended &&
             trial.plan(other).host == trial.plan(seen).host;
    };
    if (std::any_of(trial.report.seen.begin(), trial.report.seen.end(), waits)) {
      add(Reached::paused_beside_others);
    }
  }
}

void Reach::count_left(const Trial& trial) {
  for (const Seen& seen : trial.report.seen) {
    if (!seen.response || seen.answer() == nullptr) continue;
    if (trial.c.redirects_of(trial.plan(seen)).follow && sends_elsewhere(seen.answer()->status)) {
      add(Reached::redirect_left);
    }
    if (!seen.answer()->decoded && seen.answer()->headers.get("Content-Encoding")) {
      add(Reached::coding_left);
    }
  }
}

namespace {

/// When it was called off, by whatever means; nullopt: it was not.
std::optional<Instant> called_off(const Trial& trial, const Seen& seen) {
  switch (seen.error->code) {
    case ErrorCode::deadline_exceeded:
      return seen.submitted + trial.timeouts(seen).total;
    case ErrorCode::cancelled:
      return seen.cancelled;
    case ErrorCode::client_closed:
      return trial.report.shut_down_at;
    default:
      return std::nullopt;
  }
}

}  // namespace

void Reach::count_exits(const Trial& trial) {
  for (const Seen& seen : trial.report.seen) {
    if (!seen.error || seen.timeline().size() == 0) continue;
    const std::optional<Instant> at = called_off(trial, seen);
    if (!at) continue;
    const Phase phase = seen.timeline().last().phase;
    if (phase == Phase::dns) add(Reached::exit_in_lookup);
    if (phase == Phase::prepare) add(Reached::exit_in_hook);
    if (phase == Phase::connect || phase == Phase::tls) add(Reached::exit_in_dial);
    if (seen.stored) add(Reached::exit_in_storing);
    if (seen.source_waits) add(Reached::exit_in_reading);
    const auto falls_into = [&](const auto& wait) { return wait.from <= *at && *at < wait.to; };
    const auto& waits = trial.report.disk_waits;
    if (std::any_of(waits.begin(), waits.end(), falls_into)) add(Reached::exit_at_disk);
  }
}

void Reach::print(std::ostream& out) const {
  out << "kinds met in " << runs_ << " cases\n";
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    out << std::setw(9) << counts_[i] << "  " << name(static_cast<Reached>(i)) << '\n';
  }
}

}  // namespace proof
