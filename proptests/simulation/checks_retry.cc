// What may be sent again, and what never.
#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>

#include "fault_server/journal/sha256.h"
#include "proptests/simulation/checks.h"
#include "proptests/simulation/journey.h"

namespace proof {

bool is_replayable_method(std::string_view method) {
  static constexpr std::array<std::string_view, 7> kReplayable = {
      "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"};
  return std::find(kReplayable.begin(), kReplayable.end(), method) != kReplayable.end();
}

namespace {

using holdfast::AttemptRecord;
using holdfast::ErrorCode;

bool may_repeat(const Trial& trial, const Seen& seen) {
  if (is_replayable_method(trial.plan(seen).method)) return true;
  const holdfast::RetryPolicy& retry = trial.retry(seen);
  return retry.non_idempotent == holdfast::NonIdempotent::keyed &&
         (trial.plan(seen).key || retry.generate_idempotency_key);
}

/// HTTP/2 lets a server say that it did nothing (RFC 9113 §8.7), and the user has allowed to take
/// it at its word. Of attempts with the request's own method: what a redirect makes of it is
/// another one's retry.
bool refused_before(const Trial& trial, const Seen& seen, const std::vector<Leg>& legs) {
  if (!is_h2(trial.c.transport) || !seen.settled() ||
      trial.retry(seen).non_idempotent != holdfast::NonIdempotent::unsent) {
    return false;
  }
  for (std::size_t k = 0; k + 1 < legs.size(); ++k) {
    if (legs[k + 1].method != trial.plan(seen).method) break;
    if (seen.timeline()[k].replay != holdfast::ReplayClass::unprocessed) return false;
  }
  return !legs.empty();
}

/// 417 while the body waits for 100: the same request follows without `Expect`, whatever its method
/// (R3). Not where the body had begun by then.
bool expectation_refused(const Trial& trial, const Seen& seen, const AttemptRecord& record) {
  const RequestPlan& plan = trial.plan(seen);
  return record.status == 417 && plan.expect && plan.body.kind != BodyPlan::Kind::none &&
         record.sent.count() < 0;
}
bool expectation_refused(const Trial& trial, const Seen& seen) {
  if (!seen.settled()) return false;
  for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
    if (expectation_refused(trial, seen, seen.timeline()[k])) return true;
  }
  return false;
}

void inv_11_non_idempotent(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (may_repeat(trial, seen)) continue;
    const std::string& method = trial.plan(seen).method;
    // Under resend_unsafe each place of a redirect may have had it (H8).
    const bool resent = trial.c.redirects_of(trial.plan(seen)).resend_unsafe;
    std::map<std::string, std::size_t> by_place;
    std::size_t reached = 0;
    for (const WireAttempt* message : trial.wire.attempts_of(i)) {
      if (expectation_refused(trial, seen) && !message->asked("Expect").empty()) continue;
      // A redirect may have made a GET of it, which is another request.
      if (seen.redirected() && message->head->method != method) continue;
      std::string_view host = message->asked("Host");
      if (host.empty()) host = message->asked(":authority");
      const std::string place = std::string(host) + message->head->target;
      reached = std::max(reached, ++by_place[resent ? place : ""]);
    }
    const std::vector<Leg> legs =
        seen.settled() ? legs_of(trial.plan(seen), seen.timeline()) : std::vector<Leg>();
    if (reached > 1 && !refused_before(trial, seen, legs)) {
      findings.add(i, method + " reached the server " + std::to_string(reached) + " times");
    }
    std::map<std::uint32_t, std::size_t> by_hop;
    std::size_t begun = 0;
    for (std::size_t k = 0; k < legs.size(); ++k) {
      if (legs[k].method != method) continue;
      const AttemptRecord& record = seen.timeline()[k];
      if (expectation_refused(trial, seen, record)) continue;
      const bool refused = is_h2(trial.c.transport) && record.error != ErrorCode::none &&
                           record.replay == holdfast::ReplayClass::unprocessed;
      if (record.bytes_sent == 0 || refused) continue;
      begun = std::max(begun, ++by_hop[resent ? record.hop : 0U]);
    }
    if (begun > 1) findings.add(i, method + " was begun more than once");
  }
}

/// Fields as they were sent, but for what a jar has been given by an earlier attempt's answer;
/// where an attempt may have gone back to HTTP/1.1, without what the versions write differently:
/// the case of names, and their order.
std::vector<std::pair<std::string, std::string>> comparable(const Trial& trial,
                                                            const fault::Entry& head,
                                                            bool expectation_dropped) {
  auto fields = head.headers;
  if (expectation_dropped) {
    std::erase_if(fields,
                  [](const auto& field) { return holdfast::same_name(field.first, "Expect"); });
  }
  if (trial.c.options.cookies) {
    std::erase_if(fields,
                  [](const auto& field) { return holdfast::same_name(field.first, "Cookie"); });
  }
  // The hook's own: judged by inv_54.
  std::erase_if(fields,
                [](const auto& field) { return holdfast::same_name(field.first, "X-Attempt"); });
  if (!is_h2(trial.c.transport)) return fields;
  for (auto& [name, value] : fields) {
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  std::sort(fields.begin(), fields.end());
  return fields;
}

void inv_12_same_bytes(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const RequestPlan& plan = trial.plan(trial.report.seen[i]);
    if (trial.report.seen[i].redirected()) continue;  // "redirects" asks the same, place by place
    const std::string content = plan.body.kind == BodyPlan::Kind::none
                                    ? std::string()
                                    : content_of(trial.report.seen[i].plan, plan.body.size);
    const auto& attempts = trial.wire.attempts_of(i);
    for (const WireAttempt* attempt : attempts) {
      const fault::Entry& head = *attempt->head;
      const fault::Entry& first = *attempts.front()->head;
      if (head.method != plan.method || head.target != plan.path) {
        findings.add(i, "was sent as " + head.method + " " + head.target);
      }
      const bool dropped = expectation_refused(trial, trial.report.seen[i]);
      if (comparable(trial, head, dropped) != comparable(trial, first, dropped)) {
        findings.add(i, "its attempts differ in their fields");
      }
      if (attempt->end == nullptr) continue;
      if (plan.body.fails) findings.add(i, "its broken body was passed off as whole");
      if (attempt->end->body_len != content.size()) {
        findings.add(i, "its body was sent with " + std::to_string(attempt->end->body_len) +
                            " bytes instead of " + std::to_string(content.size()));
      } else if (!content.empty() && attempt->end->body_sha256 != fault::sha256_hex(content)) {
        findings.add(i, "its body was sent changed");
      }
    }
  }
}

void inv_13_max_attempts(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    const std::uint32_t most = trial.retry(seen).max_attempts;
    // Each place has its own: "redirects" counts them.
    if (!seen.redirected() && trial.wire.attempts_of(i).size() > most) {
      findings.add(i, "reached the server more often than max_attempts");
    }
    if (!seen.redirected() && seen.settled() && seen.timeline().attempts() > most) {
      findings.add(i, "was tried more often than max_attempts");
    }
    if (seen.settled() && trial.wire.attempts_of(i).size() > seen.timeline().attempts()) {
      findings.add(i, "reached the server more often than its timeline says");
    }
  }
}

void inv_14_no_retry_on(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled()) continue;
    const holdfast::RetryPolicy& retry = trial.retry(seen);
    for (std::size_t k = 0; k + 1 < seen.timeline().size(); ++k) {
      const AttemptRecord& record = seen.timeline()[k];
      if (expectation_refused(trial, seen, record)) continue;
      if (seen.timeline()[k + 1].hop != record.hop) {
        if (record.error != ErrorCode::none || !sends_elsewhere(record.status)) {
          findings.add(i, "went elsewhere after status " + std::to_string(record.status));
        }
        continue;
      }
      if (record.error != ErrorCode::none) {
        const bool reset =
            record.error == ErrorCode::connection_reset && retry.statuses.contains(104);
        if (!retry.errors.contains(record.error) && !reset) {
          findings.add(i, "was tried again after " + std::string(name(record.error)));
        }
      } else {
        const bool misdirected =
            retry.retry_misdirected && (record.status == 421 || record.status == 425);
        if (!misdirected && !retry.statuses.contains(record.status)) {
          findings.add(i, "was tried again after status " + std::to_string(record.status));
        }
      }
    }
  }
}

void inv_15_replayable(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (trial.plan(seen).body.kind != BodyPlan::Kind::one_shot) continue;
    if (!seen.first_read || !seen.settled()) continue;
    const std::vector<Leg> legs = legs_of(trial.plan(seen), seen.timeline());
    for (std::size_t k = 0; k < legs.size(); ++k) {
      if (!legs[k].carries) continue;  // a redirect has left the body behind
      if (seen.submitted + seen.timeline()[k].started > *seen.first_read) {
        findings.add(i, "was tried again after its one-shot body had been begun");
      }
    }
  }
}

/// A server that holds its input up sees a request long after it was sent.
bool server_reads_late(const Trial& trial) {
  const auto holds_up = [](const fault::Rule& rule) {
    for (const fault::Step& step : rule.script.steps) {
      if (step.action == fault::ActionKind::kStall) return true;
      if (step.action == fault::ActionKind::kHalfClose) return true;
      for (const auto& [key, value] : step.extra) {
        if (key == "read_rate" || key == "early") return true;
      }
    }
    return false;
  };
  return std::any_of(trial.c.script.rules.begin(), trial.c.script.rules.end(), holds_up) ||
         std::any_of(trial.c.script.connections.begin(), trial.c.script.connections.end(),
                     holds_up);
}

void inv_16_abandoned(const Trial& trial, Findings& findings) {
  if (server_reads_late(trial)) return;
  // A frame that has been begun cannot be taken back from a connection that others share: through a
  // tiny buffer its end, and the RST_STREAM behind it, take their time.
  const bool frames_go_at_once = trial.c.link.send_buffer >= 3000;
  if (is_h2(trial.c.transport) && !frames_go_at_once) return;
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.ended) continue;
    for (const WireAttempt* attempt : trial.wire.attempts_of(i)) {
      if (attempt->at() > *seen.ended + trial.transit() + trial.report.most_overdue) {
        findings.add(i, "reached the server after it had ended");
      }
    }
  }
}

constexpr std::array<Check, 6> kRetryChecks = {{
    {"inv_11_non_idempotent", inv_11_non_idempotent},
    {"inv_12_same_bytes", inv_12_same_bytes},
    {"inv_13_max_attempts", inv_13_max_attempts},
    {"inv_14_no_retry_on", inv_14_no_retry_on},
    {"inv_15_replayable", inv_15_replayable},
    {"inv_16_abandoned", inv_16_abandoned},
}};

}  // namespace

std::span<const Check> retry_checks() { return kRetryChecks; }

}  // namespace proof
