// What reaches the caller: once, whole, his own, in order.
#include <array>
#include <charconv>
#include <string>

#include "fault_server/journal/sha256.h"
#include "proptests/simulation/checks.h"

namespace proof {

const WireAttempt* Trial::origin_of(const Seen& seen) const {
  if (seen.answer() == nullptr) return nullptr;
  const auto name = seen.answer()->headers.get("X-Fault-Exchange");
  if (!name) return nullptr;
  std::uint64_t serial = 0;
  std::from_chars(name->data(), name->data() + name->size(), serial);
  return wire.exchange(serial);
}

namespace {

using holdfast::ErrorCode;
using Event = Seen::Event;

void inv_01_once(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const std::uint32_t n = trial.report.seen[i].completions;
    if (n != 1) findings.add(i, "completed " + std::to_string(n) + " times");
  }
}

void inv_02_never_after(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    for (std::size_t k = 0; k + 1 < seen.events.size(); ++k) {
      if (seen.events[k] == Event::complete) findings.add(i, "heard something after its end");
    }
    if (seen.heard_after_cancel) findings.add(i, "heard more than its end after its cancelling");
    if (seen.heard_while_paused) findings.add(i, "heard something while it paused");
  }
}

void inv_03_no_reentry(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    if (trial.report.seen[i].inside_submit) findings.add(i, "was called inside its submit");
  }
}

/// By its method or status (RFC 9110 §6.4.1), whatever the server sends after the head.
bool is_contentless(const Trial& trial, const Seen& seen) {
  const int status = seen.answer()->status;
  return trial.plan(seen).method == "HEAD" || status == 204 || status == 304;
}

/// The server announced less than it sent: what the client has to take for whole is a part.
bool lies_about_length(const WireAttempt& origin) {
  const std::string_view length = origin.answered("Content-Length");
  return !length.empty() && origin.answered("Transfer-Encoding").empty() &&
         length != std::to_string(origin.answer_body->body_len);
}

void inv_04_bytes(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.response || seen.answer()->decoded) continue;  // content_test knows what was encoded
    const WireAttempt* origin = trial.origin_of(seen);
    if (origin == nullptr) continue;  // inv_05 speaks about those
    const std::string& body = seen.body();
    // An HTTP/2 answer that reached its end in the network's buffers while its connection was
    // closed is not in the journal: nothing to compare with.
    const bool untold = is_h2(trial.c.transport) && !origin->answer_complete();
    if (untold && origin->answer_body == nullptr) continue;
    if (origin->answer_body == nullptr || is_contentless(trial, seen)) {
      if (!body.empty()) findings.add(i, "got a body where there can be none");
    } else if (!lies_about_length(*origin) &&
               fault::sha256_hex(body) != origin->answer_body->body_sha256) {
      findings.add(i, "got " + std::to_string(body.size()) + " bytes, not the " +
                          std::to_string(origin->answer_body->body_len) + " that were sent");
    }
  }
}

/// An unasked answer that crosses a request on its way cannot be told from that request's own, and
/// a request sent at once after it gets the answer that was the other's. HTTP/1.1 has no remedy.
bool poison_crossed(const Trial& trial, const Seen& seen, const WireAttempt* origin) {
  const Instant sent = seen.submitted + seen.timeline().last().connected;
  for (const WireView::Poison& poison : trial.wire.poisons()) {
    if (poison.at > *seen.ended) continue;
    if (origin != nullptr && origin->head->conn == poison.connection) return true;
    if (origin == nullptr && poison.at + trial.transit() + trial.report.most_overdue >= sent)
      return true;
  }
  return false;
}

/// A flood of CONTINUATION frames that stays within the client's bounds is an answer after all, of
/// a status and no field that could name its request.
bool names_nobody(const Trial& trial, const Seen& seen) {
  if (!is_h2(trial.c.transport) || seen.answer() == nullptr) return false;
  if (!seen.answer()->headers.empty()) return false;
  for (const fault::Rule& rule : trial.c.script.rules) {
    for (const fault::Step& step : rule.script.steps) {
      if (step.action == fault::ActionKind::kH2 && step.name == "continuation") return true;
    }
  }
  return false;
}

void inv_05_no_cross(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.response) continue;
    const WireAttempt* origin = trial.origin_of(seen);
    const bool nobodys = origin != nullptr && origin->seen == WireAttempt::kNobody;
    if (nobodys || (origin != nullptr && origin->seen == i)) continue;
    if (poison_crossed(trial, seen, origin)) continue;
    if (origin == nullptr && names_nobody(trial, seen)) continue;
    findings.add(i, origin == nullptr ? "got an answer to no request at all"
                                      : "got the answer to " + name_of(origin->seen));
  }
}

void inv_06_truncation(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    const WireAttempt* origin = seen.response ? trial.origin_of(seen) : nullptr;
    if (origin == nullptr || is_contentless(trial, seen) || seen.answer()->decoded) continue;
    const auto length = seen.answer()->headers.get("Content-Length");
    const auto coding = seen.answer()->headers.get("Transfer-Encoding");
    if (coding && !origin->answer_complete()) {
      findings.add(i, "took chunks without their end for a whole body");
    } else if (!coding && length && std::to_string(seen.body().size()) != *length) {
      findings.add(i, "took " + std::to_string(seen.body().size()) + " bytes for the " +
                          std::string(*length) + " announced");
    }
  }
}

void inv_07_partial_once(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.head_at || !seen.settled()) continue;
    for (std::size_t k = 0; k < seen.timeline().size(); ++k) {
      if (seen.submitted + seen.timeline()[k].started > *seen.head_at) {
        findings.add(i, "was tried again after a head had been handed over");
      }
    }
  }
}

void inv_08_order(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    bool head = false, fits = true;
    const bool storing = trial.plan(seen).storing;
    for (const Event event : seen.events) {
      if (event == Event::interim) fits = fits && !head;
      if (event == Event::head) {
        fits = fits && (!head || storing);
        head = true;
      }
      if (event == Event::body) fits = fits && head;
    }
    const bool streaming = trial.plan(seen).streaming;
    if (!streaming && !storing && seen.events.size() > 1) fits = false;
    if (streaming && seen.response && !head) fits = false;
    if (!fits) findings.add(i, "its events came out of order");
    if (seen.head && seen.head->status < 200) findings.add(i, "a 1xx came as its final head");
  }
}

void inv_10_last_error(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    if (!seen.settled() || seen.timeline().attempts() == 0) continue;
    const holdfast::AttemptRecord& last = seen.timeline().last();
    if (seen.response && seen.answer()->status != last.status) {
      findings.add(i, "its answer is not that of its last attempt");
    }
    if (!seen.error) continue;
    const ErrorCode code = seen.error->code;
    const bool from_outside = code == ErrorCode::deadline_exceeded ||
                              code == ErrorCode::cancelled || code == ErrorCode::client_closed;
    if (!from_outside && code != last.error) {
      findings.add(i, "its error is not that of its last attempt");
    }
  }
}

constexpr std::array<Check, 9> kDeliveryChecks = {{
    {"inv_01_once", inv_01_once},
    {"inv_02_never_after", inv_02_never_after},
    {"inv_03_no_reentry", inv_03_no_reentry},
    {"inv_04_bytes", inv_04_bytes},
    {"inv_05_no_cross", inv_05_no_cross},
    {"inv_06_truncation", inv_06_truncation},
    {"inv_07_partial_once", inv_07_partial_once},
    {"inv_08_order", inv_08_order},
    {"inv_10_last_error", inv_10_last_error},
}};

}  // namespace

std::span<const Check> delivery_checks() { return kDeliveryChecks; }

}  // namespace proof
