// Connections: how many, how clean, how old; and that nothing is left of them.
#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>

#include "proptests/simulation/checks.h"

namespace proof {
namespace {

using holdfast::AttemptRecord;
using holdfast::ErrorCode;
using holdfast::kOff;

/// More wake-ups than this in one virtual second, with nothing to do, is spinning.
constexpr std::uint64_t kIdleWakeUps = 1000;
/// More events than this at one instant, beside one for each byte, is going round in circles.
constexpr std::uint64_t kCrowd = 100'000;

void inv_29_max_conns(const Trial& trial, Findings& findings) {
  const holdfast::PoolPolicy& pool = trial.c.options.pool;
  const holdfast::sim::DriverStats& driver = trial.report.driver;
  if (driver.peak_open > pool.max_connections) {
    findings.add(std::to_string(driver.peak_open) + " connections at once");
  }
  if (pool.max_per_origin != 0 && driver.peak_open_per_origin > pool.max_per_origin) {
    findings.add(std::to_string(driver.peak_open_per_origin) + " connections to one origin");
  }
  if (driver.peak_idle > pool.max_idle) {
    findings.add(std::to_string(driver.peak_idle) + " idle connections at once");
  }
}

/// Over HTTP/1.1 every failure is the connection's, over HTTP/2 only some are.
bool is_of_the_connection(const Trial& trial, const AttemptRecord& record) {
  if (!is_h2(trial.c.transport)) return true;
  switch (record.error) {
    case ErrorCode::connection_reset:
    case ErrorCode::connection_aborted:
    case ErrorCode::connection_closed:
    case ErrorCode::http2_error:
    case ErrorCode::http_1_1_required:
      return true;
    default:
      return false;
  }
}

void inv_17_fresh_conn(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled()) continue;
    std::set<std::uint64_t> failed;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      const AttemptRecord& record = seen.timeline()[k];
      if (failed.contains(record.connection_id)) {
        findings.add(i, "was tried again on the connection that had failed it");
      }
      if (record.error == ErrorCode::none || record.connection_id == 0) continue;
      if (is_of_the_connection(trial, record)) failed.insert(record.connection_id);
    }
  }
}

bool says_close(const WireAttempt& attempt) {
  return holdfast::same_name(attempt.answered("Connection"), "close");
}

/// The whole answer reached the client, as far as a client can tell: an answer without content is
/// complete with its head (RFC 9110 §6.4.1), and a counted one with its last byte.
bool is_complete(const WireAttempt& attempt) {
  if (attempt.answer_complete()) return true;
  if (attempt.answer_head == nullptr) return false;
  const int status = attempt.answer_head->status;
  if (attempt.head->method == "HEAD" || status == 204 || status == 304) return true;
  const std::string_view length = attempt.answered("Content-Length");
  if (length.empty() || !attempt.answered("Transfer-Encoding").empty()) return false;
  const std::uint64_t sent = attempt.answer_body == nullptr ? 0 : attempt.answer_body->body_len;
  return length == std::to_string(sent);
}

/// Surplus bytes come in the same read as the last of the body, so that the client can know.
bool surplus_shows(const Trial& trial) {
  const holdfast::sim::LinkProfile usual;
  const holdfast::sim::LinkProfile& link = trial.c.link;
  return link.min_segment == usual.min_segment && link.max_read == usual.max_read &&
         link.send_buffer == usual.send_buffer;
}

/// Why a connection must not be used after this exchange; null if it may be.
const char* dirt(const Trial& trial, const WireAttempt& attempt) {
  if (!is_complete(attempt)) return "an answer that was cut short";
  if (says_close(attempt)) return "Connection: close";
  const std::string_view length = attempt.answered("Content-Length");
  const bool has_content = attempt.answer_body != nullptr && attempt.head->method != "HEAD";
  if (has_content && surplus_shows(trial) && !length.empty() &&
      attempt.answered("Transfer-Encoding").empty() &&
      length != std::to_string(attempt.answer_body->body_len)) {
    return "a body of another length than announced";
  }
  if (attempt.seen == WireAttempt::kNobody) return "a request that could not be read";
  const Seen& seen = trial.report.seen[attempt.seen];
  const bool last = trial.wire.attempts_of(attempt.seen).back() == &attempt;
  if (last && seen.error && is_transient(seen.error->code) == false &&
      seen.timeline().size() != 0 && seen.timeline().last().status == 0 &&
      seen.timeline().last().bytes_sent != 0 &&
      seen.timeline().attempts() == trial.wire.attempts_of(attempt.seen).size()) {
    return "an exchange that was given up";
  }
  return nullptr;
}

void inv_33_no_dirty_reuse(const Trial& trial, Findings& findings) {
  if (is_h2(trial.c.transport)) return;  // its streams do not follow one another
  for (const auto& [serial, carried] : trial.wire.connections()) {
    if (trial.wire.is_poisoned(serial)) continue;  // inv_34's subject
    for (std::size_t k = 0; k + 1 < carried.size(); ++k) {
      // A fault of the server's own between two requests is the race, not our doing.
      if (carried[k + 1]->raced) continue;
      if (const char* why = dirt(trial, *carried[k])) {
        findings.add(carried[k + 1]->seen, "went over a connection after " + std::string(why));
      }
    }
  }
}

void settled_open(const Trial& trial, Findings& findings) {
  if (trial.report.settled_early && trial.report.open_when_settled != 0) {
    findings.add(std::to_string(trial.report.open_when_settled) +
                 " connections open long after the last request");
  }
}

void inv_35_idle_expiry(const Trial& trial, Findings& findings) {
  const Duration expiry = trial.c.options.pool.idle_expiry;
  // A head that trickles out through a tiny buffer arrives long after it was begun.
  const bool heads_go_at_once = trial.c.link.send_buffer >= 500;
  if (expiry == kOff) return;
  if (is_h2(trial.c.transport)) return settled_open(trial, findings);
  for (const auto& [serial, carried] : trial.wire.connections()) {
    for (std::size_t k = 0; k + 1 < carried.size() && heads_go_at_once; ++k) {
      if (carried[k]->answer_end == nullptr) continue;
      const Instant reached = carried[k + 1]->at();
      Instant free = instant_of(*carried[k]->answer_end) + trial.transit();
      if (carried[k]->seen == WireAttempt::kNobody) continue;
      const Seen& seen = trial.report.seen[carried[k]->seen];
      if (pauses(trial.plan(seen))) continue;  // when it was read is the user's doing
      if (seen.ended && *seen.ended <= reached) free = std::max(free, *seen.ended);
      if (reached - free > expiry + trial.transit() + trial.lateness()) {
        findings.add(carried[k + 1]->seen, "went over a connection that had idled for " +
                                               std::to_string((reached - free).count()) + "ns");
      }
    }
  }
  settled_open(trial, findings);
}

void inv_36_key_isolation(const Trial& trial, Findings& findings) {
  for (const auto& [serial, carried] : trial.wire.connections()) {
    std::string_view host;
    for (const WireAttempt* attempt : carried) {
      const std::string_view asked = attempt->asked("Host");
      if (asked.empty()) continue;  // what the server could not read has no fields in its journal
      if (host.empty()) host = asked;
      if (asked != host) findings.add(attempt->seen, "went over another host's connection");
    }
  }
}

/// Whether a connection had carried a request by then.
bool was_used_before(const Trial& trial, std::uint64_t connection, Instant then) {
  for (const Seen& seen : trial.report.seen) {
    if (!seen.settled()) continue;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      const AttemptRecord& record = seen.timeline()[k];
      if (record.connection_id != connection || record.connected.count() < 0) continue;
      if (seen.submitted + record.connected < then) return true;
    }
  }
  return false;
}

void inv_37_stale_race(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled()) continue;
    std::uint32_t replays = 0;
    for (std::size_t k = 1; k < seen.timeline().size(); ++k) {
      const holdfast::AttemptRecord& record = seen.timeline()[k];
      const holdfast::AttemptRecord& before = seen.timeline()[k - 1];
      if (record.hop != before.hop) replays = 0;  // once for each place
      if (record.delay_source != holdfast::DelaySource::immediate) continue;
      if (before.error == holdfast::ErrorCode::none) continue;  // 421, 425
      // An HTTP/2 connection that others share may have answered one of them by now, and is fresh
      // all the same where it was dialed since the replay began.
      const Instant begun = seen.submitted + record.started;
      const bool used = record.reused && (!is_h2(trial.c.transport) ||
                                          was_used_before(trial, record.connection_id, begun));
      if (used) findings.add(i, "replayed a stale request over another used connection");
      if (before.error == holdfast::ErrorCode::http_1_1_required) continue;
      if (!before.reused) findings.add(i, "replayed at once although the connection was fresh");
      if (++replays > 1) findings.add(i, "replayed a stale request more than once");
    }
  }
}

void inv_38_wait_accounting(const Trial& trial, Findings& findings) {
  for (const std::string& violation : trial.report.violations) findings.add(violation);
  const holdfast::PoolStats& pool = trial.report.stats;
  if (pool.waiting + pool.idle + pool.busy + pool.opening + pool.closing != 0) {
    findings.add("the pool's gauges are not at 0 in the end");
  }
  if (trial.report.driver.submitted != trial.report.driver.completed) {
    findings.add("submitted is not completed in the end");
  }
}

void inv_46_nothing_left(const Trial& trial, Findings& findings) {
  if (!trial.report.came_to_rest) findings.add("the client did not come to rest");
  if (trial.report.client_sockets_left != 0) {
    findings.add(std::to_string(trial.report.client_sockets_left) + " sockets left open");
  }
  if (trial.report.lookups_left != 0) findings.add("lookups left under way");
  if (trial.report.journal_dropped != 0) findings.add("the journal overflowed: judge less at once");
}

void inv_50_no_spin(const Trial& trial, Findings& findings) {
  // An attempt may begin and end in the pool's line without an order, by two wake-ups of the timer;
  // where the line is long that is no spinning.
  std::uint64_t attempts = 0;
  for (const Seen& seen : trial.report.seen) {
    if (seen.settled()) attempts += seen.timeline().attempts();
  }
  if (trial.report.driver.idle_timeout_rush > kIdleWakeUps + 2 * attempts) {
    findings.add(std::to_string(trial.report.driver.idle_timeout_rush) +
                 " idle wake-ups in one second");
  }
  if (trial.report.crowded_instant > kCrowd + trial.report.bytes_carried) {
    findings.add(std::to_string(trial.report.crowded_instant) + " events at one instant");
  }
}

/// The server's journal has found nothing wrong with what the client sent (invariants 30, 40, 44).
void inv_44_clean_frames(const Trial& trial, Findings& findings) {
  if (!is_h2(trial.c.transport)) return;
  for (const fault::Entry& entry : trial.report.journal) {
    for (const std::string& note : entry.notes) {
      // A client that stands still acknowledges nothing meanwhile.
      const bool late = note.find("SETTINGS not acknowledged within") != note.npos;
      if (late && trial.report.driver.stalls != 0) continue;
      if (note.starts_with("h2 violation") || note.starts_with("malformed")) {
        findings.add("connection " + std::to_string(entry.conn) + ": " + note);
      }
    }
  }
}

constexpr std::array<Check, 10> kPoolChecks = {{
    {"inv_17_fresh_conn", inv_17_fresh_conn},
    {"inv_29_max_conns", inv_29_max_conns},
    {"inv_33_no_dirty_reuse", inv_33_no_dirty_reuse},
    {"inv_35_idle_expiry", inv_35_idle_expiry},
    {"inv_36_key_isolation", inv_36_key_isolation},
    {"inv_37_stale_race", inv_37_stale_race},
    {"inv_38_wait_accounting", inv_38_wait_accounting},
    {"inv_44_clean_frames", inv_44_clean_frames},
    {"inv_46_nothing_left", inv_46_nothing_left},
    {"inv_50_no_spin", inv_50_no_spin},
}};

}  // namespace

std::span<const Check> pool_checks() { return kPoolChecks; }

std::vector<std::string> judge(const Case& c, const Report& report) {
  const Trial trial(c, report);
  std::vector<std::string> all;
  for (const auto checks :
       {delivery_checks(), retry_checks(), redirect_checks(), timing_checks(), pool_checks(),
        content_checks(), observe_checks(), kind_checks(), pause_checks()}) {
    for (const Check& check : checks) {
      Findings findings;
      check.judge(trial, findings);
      for (const std::string& line : findings.lines()) {
        all.push_back(std::string(check.name) + ": " + line);
      }
    }
  }
  return all;
}

}  // namespace proof
