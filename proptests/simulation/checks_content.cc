// Contents under a coding, and bodies that wait for 100 (Continue).
#include <algorithm>
#include <array>
#include <string>

#include "proptests/simulation/checks.h"

namespace proof {
namespace {

using holdfast::ErrorCode;

/// More than this in one piece would be more in memory than back-pressure allows: a decoder's room,
/// or a read. What HTTP/2's window let come while its consumer paused is handed over whole, if
/// nothing has to be decoded.
std::size_t largest_piece(const Trial& trial, const Seen& seen) {
  const std::size_t room = 64U << 10;
  if (!is_h2(trial.c.transport) || (seen.answer() != nullptr && seen.answer()->decoded))
    return room;
  return std::max<std::size_t>(room, trial.c.options.http2.stream_window_bytes);
}

/// By its method or status (RFC 9110 §6.4.1), whatever the answer says of its coding.
bool has_no_content(const Trial& trial, const Seen& seen) {
  const int status = seen.answer()->status;
  return trial.plan(seen).method == "HEAD" || status == 204 || status == 304;
}

void judge_whole(const Trial& trial, const Seen& seen, const Coded& item, std::size_t i,
                 Findings& findings) {
  if (has_no_content(trial, seen)) return;
  if (item.flaw != Coded::Flaw::none) {
    findings.add(i, item.flaw == Coded::Flaw::expands
                        ? "inv_42: a bomb came as a success"
                        : "inv_06: a broken coding came as a success");
  } else if (seen.body() != item.content) {
    findings.add(i, "inv_04: not the content that was encoded");
  }
  if (seen.answer()->decoded == item.coding.empty()) {
    findings.add(i, "it is not said whether it was decoded");
  }
  if (seen.answer()->headers.get("Content-Encoding").value_or("") != item.coding) {
    findings.add(i, "Content-Encoding is not what was sent");
  }
}

void coded_contents(const Trial& trial, Findings& findings) {
  const CodedByName& items = trial.c.contents;
  if (items.empty()) return;
  const holdfast::DecodePolicy& decode = trial.c.options.decode;
  const bool any_flaw = std::any_of(items.begin(), items.end(), [](const auto& item) {
    return item.second.flaw != Coded::Flaw::none;
  });
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    const Coded* item = item_of(items, seen.answer());
    if (seen.largest_piece > largest_piece(trial, seen)) {
      findings.add(i, "inv_48: a piece of " + std::to_string(seen.largest_piece) + " bytes");
    }
    if (seen.error && seen.error->code == ErrorCode::content_undecodable && !any_flaw) {
      findings.add(i, "a coding in order was taken for broken");
    }
    if (item == nullptr) continue;
    if (seen.response) {
      judge_whole(trial, seen, *item, i, findings);
      continue;
    }
    if (!seen.head) continue;
    if (item->flaw == Coded::Flaw::none && !item->content.starts_with(seen.streamed)) {
      findings.add(i, "inv_04: what was streamed is not the beginning of the content");
    }
    const std::uint64_t most =  // the ratio is exact to a sixteenth of the grace
        std::max(decode.ratio_grace_bytes, decode.max_ratio * std::uint64_t{item->sent}) +
        decode.ratio_grace_bytes / 16;
    if (item->flaw == Coded::Flaw::expands && seen.streamed.size() > most) {
      findings.add(i, "inv_42: a bomb was stopped too late");
    }
  }
}

/// A body that waits may arrive no sooner behind its head than 100 takes to come and the body to
/// go, unless the wait is over before.
void inv_45_expect(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const Seen& seen = trial.report.seen[i];
    const RequestPlan& plan = trial.plan(seen);
    if (!plan.expect || plan.body.size == 0) continue;
    const Duration wait = trial.timeouts(seen).expect_continue - trial.transit();
    const Duration least = std::min(2 * trial.c.link.min_latency, wait);
    for (const WireAttempt* message : trial.wire.attempts_of(i)) {
      if (message->end == nullptr || message->end->body_len == 0) continue;
      // Repeated after 417, it expects nothing any more (R3).
      if (seen.settled() && seen.timeline()[0].status == 417) continue;
      if (message->asked("Expect") != "100-continue") {
        findings.add(i, "did not say that its body waits");
      }
      if (Duration(message->end->t_ns - message->head->t_ns) < least) {
        findings.add(i, "its body did not wait for 100");
      }
    }
  }
}

constexpr std::array<Check, 2> kContentChecks = {{
    {"coded_contents", coded_contents},
    {"inv_45_expect", inv_45_expect},
}};

}  // namespace

std::span<const Check> content_checks() { return kContentChecks; }

}  // namespace proof
