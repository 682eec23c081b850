// What the field taught (docs/kinds.md): whole requests, failures that stay where they belong, no
// silence about what was not done, and ends that come in time.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "fault_server/journal/sha256.h"
#include "proptests/simulation/checks.h"
#include "proptests/simulation/journey.h"

namespace proof {

using holdfast::AttemptRecord;
using holdfast::ErrorCode;
using holdfast::kOff;
using holdfast::StopReason;

// --- 57: whole requests
// ---------------------------------------------------------------------------

bool Trial::carries_body(const Seen& seen) const {
  const RequestPlan& sent = plan(seen);
  if (sent.body.kind == BodyPlan::Kind::none || sent.body.size == 0) return false;
  if (!seen.redirected()) return true;
  const std::vector<Leg> legs = legs_of(sent, seen.timeline());
  return !legs.empty() && legs.back().carries;
}

bool is_of_a_dial(const AttemptRecord& record) {
  switch (record.error) {
    case ErrorCode::connect_refused:
    case ErrorCode::connect_unreachable:
    case ErrorCode::connect_timeout:
    case ErrorCode::tls_handshake_failed:
    case ErrorCode::certificate_rejected:
      return true;
    case ErrorCode::connection_reset:
    case ErrorCode::connection_aborted:
    case ErrorCode::connection_closed:
      return record.phase <= holdfast::Phase::tls;
    default:
      return false;
  }
}

bool is_whole_request(const WireAttempt& message, const std::string& content) {
  return message.end != nullptr && message.end->body_len == content.size() &&
         (content.empty() || message.end->body_sha256 == fault::sha256_hex(content));
}

bool Trial::reads_on(const WireAttempt& message) const {
  if (!message.met("early=drain") || message.raced) return false;
  if (holdfast::same_name(message.answered("Connection"), "close")) return false;
  for (const WireAttempt* other : wire.connections().at(message.head->conn)) {
    // A violation ends the connection, and with it all uploads.
    if (other->rule != nullptr && other->rule->step_text.find("h2.") != std::string::npos) {
      return false;
    }
  }
  if (!is_h2(c.transport) && message.answered("Content-Length").empty() &&
      message.answered("Transfer-Encoding").empty()) {
    return false;  // the end of the connection is the end of the response (RFC 9112 §6.3)
  }
  for (const fault::Entry* frame : message.frames) {
    for (const std::string& note : frame->notes) {
      if (note.starts_with("sent RST_STREAM")) return false;
    }
  }
  const fault::Entry* close = wire.close_of(message.head->conn);
  return close == nullptr || close->closed_by == fault::ClosedBy::kClient ||
         (message.end != nullptr && message.end->seq < close->seq);
}

namespace {

/// A timeout or the deadline can have ended the rest of the upload, which is no failure: the
/// success stands.
bool ran_out_of_time(const Trial& trial, const Seen& seen) {
  const holdfast::TimeoutPolicy& timeouts = trial.timeouts(seen);
  const AttemptRecord& last = seen.timeline().last();
  return last.ended - last.connected >= timeouts.write ||
         last.ended - last.started >= timeouts.attempt || last.ended >= timeouts.total;
}

void inv_57_whole_request(const Trial& trial, Findings& findings) {
  if (!trial.wire.poisons().empty()) return;  // a response may be another request's
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.response || !trial.carries_body(seen)) continue;
    const RequestPlan& plan = trial.plan(seen);
    const WireAttempt* message = trial.origin_of(seen);
    if (message == nullptr || message->seen != i) continue;
    const std::string content = content_of(seen.plan, plan.body.size);
    const bool whole = is_whole_request(*message, content);
    const bool reads_on = trial.reads_on(*message);
    const bool says_whole = seen.response->request_complete;
    const std::string got = message->end == nullptr
                                ? "no end of its body"
                                : std::to_string(message->end->body_len) + " bytes";
    // What stays unread in a server's buffers, or vanishes on its way, was sent all the same.
    if (says_whole && !whole && ((reads_on && !trial.c.host_lost_at) || plan.body.fails)) {
      findings.add(i, "its result says that the request was sent whole; the server got " + got);
    }
    // An error status can come while the last bytes are still on their way out.
    const bool success = seen.response->is_success();
    if (success && !says_whole && whole && message->end->seq < message->answer_head->seq) {
      findings.add(i, "its result says that the request was cut; the server got all of it");
    }
    // A body that waits for 100 is not sent after a final response, and one that fails cannot be.
    if (!reads_on || !success || plan.expect || plan.body.fails) continue;
    if (trial.c.host_lost_at || (!says_whole && ran_out_of_time(trial, seen))) continue;
    if (!whole) {
      findings.add(i, "succeeded early, and the server, which read on, got " + got + " of " +
                          std::to_string(content.size()));
    } else if (!says_whole) {
      findings.add(i, "its result denies that the whole request was sent");
    }
  }
}

// --- 59: isolation -------------------------------------------------------------------------------

/// A dial or handshake ends the attempt that it was made for, and no other.
void inv_59_isolation(const Trial& trial, Findings& findings) {
  std::map<std::uint64_t, std::size_t> ended;
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled()) continue;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      const AttemptRecord& record = seen.timeline()[k];
      if (record.connection_id == 0 || !is_of_a_dial(record)) continue;
      const auto [first, fresh] = ended.emplace(record.connection_id, i);
      if (fresh) continue;
      findings.add(i, std::string(name(record.error)) + " of a dial that was " +
                          name_of(first->second) + "'s (connection " +
                          std::to_string(record.connection_id) + ")");
    }
  }
}

// --- 64: nothing silently left undone
// -------------------------------------------------------------

bool speaks_of_redirects(StopReason reason) {
  switch (reason) {
    case StopReason::redirect_refused:
    case StopReason::redirect_invalid:
    case StopReason::redirect_unsupported:
    case StopReason::redirect_downgrade:
      return true;
    default:
      return false;
  }
}

/// A redirect that was to be followed and is the result all the same has a reason for it (SPEC H8).
void inv_64_redirects(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.response || !trial.c.redirects_of(trial.plan(seen)).follow) continue;
    const StopReason reason = seen.timeline().stop_reason();
    if (!sends_elsewhere(seen.answer()->status)) {
      if (speaks_of_redirects(reason)) findings.add(i, "no redirect was left, but its stop reason");
      continue;
    }
    if (!speaks_of_redirects(reason)) {
      findings.add(
          i, "did not follow a redirect, and stopped for \"" + std::string(name(reason)) + "\"");
    }
  }
}

/// A coding that was not undone is still named, and one that was is marked (SPEC H6).
void inv_64_codings(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.response || seen.answer()->status == 0) continue;
    const WireAttempt* message = trial.origin_of(seen);
    if (message == nullptr || message->answer_head == nullptr) continue;
    const std::string_view coding = message->answered("Content-Encoding");
    if (coding.empty()) {
      if (seen.answer()->decoded) findings.add(i, "was decoded without a coding");
    } else if (!seen.answer()->headers.get("Content-Encoding")) {
      findings.add(i, "does not name the coding of its content");
    }
  }
}

// --- 65: exits
// ------------------------------------------------------------------------------------

constexpr Duration kSoon = std::chrono::seconds(1);

/// For how long the loop stood still between the two.
Duration stood_still(const Trial& trial, Instant from, Instant to) {
  Duration all{0};
  for (const holdfast::sim::StoodStill& one : trial.report.stood_still) {
    all += std::max(Duration(0), std::min(one.to, to) - std::max(one.from, from));
  }
  return all;
}

/// A loop that stands still, at a disk or elsewhere, acts when it runs again.
void inv_65_exits(const Trial& trial, Findings& findings) {
  const Duration most = kSoon + trial.lateness() - trial.report.driver.stalled;
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.ended) continue;
    const auto judge = [&](std::string_view what, Instant since) {
      if (*seen.ended - since <= most + stood_still(trial, since, *seen.ended)) return;
      findings.add(i, "ended " + std::to_string((*seen.ended - since).count()) + "ns after " +
                          std::string(what));
    };
    if (seen.cancelled) judge("it was cancelled", *seen.cancelled);
    const Duration total = trial.timeouts(seen).total;
    if (total != kOff) judge("its deadline", seen.submitted + total);
    if (trial.report.shut_down_at) {
      judge("the shutdown", std::max(*trial.report.shut_down_at, seen.submitted));
    }
  }
  if (!trial.report.came_to_rest || !trial.report.rested_at) return;  // inv_46 speaks of that
  const Instant rested = *trial.report.rested_at, shut_down = *trial.report.shut_down_at;
  const Duration rest = rested - shut_down;
  if (rest > most + stood_still(trial, shut_down, rested) + trial.c.driver.close_delay) {
    findings.add("came to rest " + std::to_string(rest.count()) + "ns after the shutdown");
  }
}

constexpr std::array<Check, 5> kKindChecks = {{
    {"inv_57_whole_request", inv_57_whole_request},
    {"inv_59_isolation", inv_59_isolation},
    {"inv_64_silent_never", inv_64_redirects},
    {"inv_64_silent_never_codings", inv_64_codings},
    {"inv_65_exits", inv_65_exits},
}};

}  // namespace

std::span<const Check> kind_checks() { return kKindChecks; }

}  // namespace proof
