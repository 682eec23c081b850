// Invariant 60: what paused consumers hold is never what another request needs (P11).
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proptests/simulation/checks.h"
#include "proptests/simulation/journey.h"

namespace proof {

using holdfast::AttemptRecord;
using holdfast::kOff;

namespace {

/// Whether the consumer paused at some time between these two.
bool paused_within(const Seen& seen, Instant from, Instant to) {
  return std::any_of(seen.pauses.begin(), seen.pauses.end(), [&](const Seen::Pause& pause) {
    const std::optional<Instant> until = pause.until ? pause.until : seen.ended;
    return pause.from <= to && (!until || *until >= from);
  });
}

bool is_final_status(std::string_view word) {
  return word.size() == 3 && word[0] >= '2' && word[0] <= '9' &&
         std::all_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

using Words = std::span<const std::string_view>;

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// Whether the step answers with a status, or begins with one of `firsts`, and all its other words
/// begin with one of `others`.
bool consists_of(std::string_view step, Words firsts, Words others) {
  bool acts = false;
  while (!step.empty()) {
    const std::size_t end = std::min(step.find(' '), step.size());
    const std::string_view word = step.substr(0, end);
    step.remove_prefix(std::min(end + 1, step.size()));
    const auto begins = [&](std::string_view other) { return word.starts_with(other); };
    if (is_final_status(word) || std::any_of(firsts.begin(), firsts.end(), begins)) {
      acts = true;
    } else if (std::none_of(others.begin(), others.end(), begins)) {
      return false;
    }
  }
  return acts;
}

/// The response comes at once, and whole.
bool is_plain(const WireAttempt& message) {
  static constexpr std::array<std::string_view, 5> kWords = {"body=", "ra=", "h.", "t.", "p="};
  return message.rule != nullptr && consists_of(message.rule->step_text, {}, kWords);
}

/// It may take its time or never come.
bool is_slow(const WireAttempt& message) {
  static constexpr std::array<std::string_view, 1> kFirsts = {"stall"};
  static constexpr std::array<std::string_view, 9> kWords = {
      "body=", "ra=", "h.", "t.", "p=", "delay=", "chunk=", "body_delay=", "rate="};
  return message.rule != nullptr && consists_of(message.rule->step_text, kFirsts, kWords);
}

/// Whatever comes of it, frames of other streams go out meanwhile: none is left half written.
bool holds_nobody_up(std::string_view step) {
  static constexpr std::array<std::string_view, 5> kFirsts = {"stall", "rst", "truncate", "reset",
                                                              "close"};
  static constexpr std::array<std::string_view, 15> kWords = {
      "body=", "ra=",      "h.",      "t.",    "p=",       "delay=", "chunk=",    "body_delay=",
      "rate=", "chunked=", "length=", "code=", "interim=", "early",  "read_rate="};
  return consists_of(step, kFirsts, kWords) && !has(step, "@status") && !has(step, "@head") &&
         !has(step, "endless");
}

bool nobody_paused(const Trial& trial) {
  return std::all_of(trial.report.seen.begin(), trial.report.seen.end(),
                     [](const Seen& seen) { return seen.pauses.empty(); });
}

/// Nothing on the connection but the client's windows can hold a response up.
bool is_free(const Trial& trial, std::uint64_t connection) {
  const auto& carried = trial.wire.connections().at(connection);
  return std::all_of(carried.begin(), carried.end(), [](const WireAttempt* message) {
    return message->rule == nullptr || holds_nobody_up(message->rule->step_text);
  });
}

/// How long the whole traffic of a connection may take: as many round trips as it needs if each
/// carries 8 KiB, and no more than the network's buffers have room for.
Duration fair_share(const Trial& trial, std::uint64_t connection) {
  const fault::Entry* close = trial.wire.close_of(connection);
  const std::uint64_t bytes =
      close == nullptr ? trial.report.bytes_carried : close->bytes_in + close->bytes_out;
  const auto rounds =
      static_cast<std::int64_t>(4 + bytes / 8192 + bytes / trial.c.link.send_buffer);
  const Duration round = 2 * trial.transit() + trial.c.driver.timer_granularity +
                         trial.c.driver.timer_slack + trial.report.driver.longest_turn;
  return trial.lateness() + rounds * round +
         static_cast<std::int64_t>(bytes) * trial.c.driver.callback_time;
}

/// The bytes that consumers which paused all the time can have kept of their windows.
std::uint64_t held_beside(const Trial& trial, const WireAttempt& message, Instant from,
                          Instant to) {
  std::uint64_t held = 0;
  for (const WireAttempt* other : trial.wire.connections().at(message.head->conn)) {
    if (other->seen == WireAttempt::kNobody || other->seen == message.seen) continue;
    const Seen& seen = trial.report.seen[other->seen];
    const bool throughout =
        std::any_of(seen.pauses.begin(), seen.pauses.end(), [&](const Seen::Pause& pause) {
          const std::optional<Instant> until = pause.until ? pause.until : seen.ended;
          return pause.from <= from && (!until || *until >= to);
        });
    if (!throughout) continue;
    const std::uint64_t length =
        std::strtoull(std::string(other->answered("Content-Length")).c_str(), nullptr, 10);
    held += std::min<std::uint64_t>(length, trial.c.options.http2.stream_window_bytes);
  }
  return held;
}

bool has_company(const Trial& trial, const WireAttempt& message, Instant from, Instant to) {
  const auto& carried = trial.wire.connections().at(message.head->conn);
  return std::any_of(carried.begin(), carried.end(), [&](const WireAttempt* other) {
    return other->seen != WireAttempt::kNobody && other->seen != message.seen &&
           paused_within(trial.report.seen[other->seen], from, to);
  });
}

/// The client or the server ended it, or its connection, before then.
bool is_over(const Trial& trial, const WireAttempt& message, Instant at) {
  const fault::Entry* close = trial.wire.close_of(message.head->conn);
  if (close != nullptr && instant_of(*close) <= at) return true;
  return std::any_of(message.frames.begin(), message.frames.end(), [&](const fault::Entry* frame) {
    return instant_of(*frame) <= at && !frame->notes.empty() &&
           frame->notes.front().find("RST_STREAM") != std::string::npos;
  });
}

}  // namespace

std::vector<BesidePause> beside_pauses(const Trial& trial) {
  std::vector<BesidePause> found;
  if (!is_h2(trial.c.transport) || trial.c.host_lost_at) return found;
  if (!trial.c.script.connections.empty()) return found;  // they may hold everybody up
  if (nobody_paused(trial)) return found;
  for (const auto& [connection, carried] : trial.wire.connections()) {
    const Duration share = fair_share(trial, connection);
    std::optional<bool> free;
    for (const WireAttempt* message : carried) {
      if (message->seen == WireAttempt::kNobody || message->end == nullptr) continue;
      if (message->raced || !is_plain(*message)) continue;
      if (!trial.report.seen[message->seen].pauses.empty()) continue;
      const Instant begun = instant_of(*message->end), due = begun + share;
      if (due > trial.report.ended || !has_company(trial, *message, begun, due)) continue;
      if (!free) free = is_free(trial, connection);
      if (!*free) break;
      const Instant done = message->answer_end == nullptr ? due : instant_of(*message->answer_end);
      const std::uint64_t held = held_beside(trial, *message, begun, done);
      found.push_back({message, due, held >= trial.c.options.http2.connection_window_bytes});
    }
  }
  return found;
}

namespace {

/// Applies to each message of a request that never pauses, on an HTTP/2 connection on which another
/// consumer pauses meanwhile, where the script answers at once and whole and holds up nobody on
/// that connection. The response has left the server within the connection's fair share of time,
/// unless client or server ended the message before.
void inv_60_served(const Trial& trial, Findings& findings) {
  for (const BesidePause& one : beside_pauses(trial)) {
    const WireAttempt& message = *one.message;
    if (message.answer_complete() && instant_of(*message.answer_end) <= one.due) continue;
    if (is_over(trial, message, one.due)) continue;
    findings.add(message.seen, "was starved beside paused consumers: not served " +
                                   std::to_string((one.due - instant_of(*message.end)).count()) +
                                   "ns after it was read");
  }
}

/// Applies to each attempt of such a request whose step answers, however slowly, or stalls: it ends
/// by its read timeout after the last byte for it that the server sent or read, late by no more
/// than the loop is.
void inv_60_ended(const Trial& trial, Findings& findings) {
  if (!is_h2(trial.c.transport) || trial.c.host_lost_at || nobody_paused(trial)) return;
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    const Duration read = trial.timeouts(seen).read;
    if (!seen.settled() || !seen.pauses.empty() || read == kOff) continue;
    const std::vector<const WireAttempt*> wire = messages_of(trial, i);
    for (std::size_t k = 0; k < wire.size(); ++k) {
      const WireAttempt* message = wire[k];
      if (message == nullptr || message->end == nullptr || !is_slow(*message)) continue;
      if (message->answer_head != nullptr && message->answer_end == nullptr) continue;
      const AttemptRecord& record = seen.timeline()[k];
      const Instant ended = seen.submitted + record.ended;
      Instant last = instant_of(*message->end);
      if (!has_company(trial, *message, last, ended)) continue;
      if (message->answer_end != nullptr) last = std::max(last, instant_of(*message->answer_end));
      if (ended <= last + read + trial.transit() + trial.lateness()) continue;
      findings.add(
          i, "attempt " + std::to_string(record.number) + " outlived its read timeout by " +
                 std::to_string((ended - last - read).count()) + "ns beside paused consumers");
    }
  }
}

constexpr std::array<Check, 2> kPauseChecks = {{
    {"inv_60_no_starve_h2", inv_60_served},
    {"inv_60_no_starve_h2_ends", inv_60_ended},
}};

}  // namespace

std::span<const Check> pause_checks() { return kPauseChecks; }

}  // namespace proof
