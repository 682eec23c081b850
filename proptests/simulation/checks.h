// The judges: one function per invariant of the list, each looking at a finished run. W is judged
// from the server's journal, C from what the user saw, R from what was left. A judge says what is
// wrong in words, or nothing. Thread: any.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proptests/simulation/case.h"
#include "proptests/simulation/report.h"
#include "proptests/simulation/wire_view.h"

namespace proof {

/// A finished run before its judges.
struct Trial {
  const Case& c;
  const Report& report;
  WireView wire;

  Trial(const Case& the_case, const Report& the_report)
      : c(the_case), report(the_report), wire(the_report) {}

  const RequestPlan& plan(const Seen& seen) const { return c.requests[seen.plan]; }
  const holdfast::RetryPolicy& retry(const Seen& seen) const { return c.retry_of(plan(seen)); }
  const holdfast::TimeoutPolicy& timeouts(const Seen& seen) const {
    return c.timeouts_of(plan(seen));
  }
  /// The wire's exchange that a response names; null if it names none.
  const WireAttempt* origin_of(const Seen& seen) const;
  /// Whether the message that was answered has the request's body: a redirect may have dropped it.
  bool carries_body(const Seen& seen) const;
  /// An early response to this message left the server reading: it did not close the connection,
  /// reset the stream or say that it would.
  bool reads_on(const WireAttempt& message) const;
  /// How late a timer may be: its grain, its slack, and what the user's callbacks held up.
  Duration lateness() const;
  /// The longest way of a byte that nobody holds up.
  Duration transit() const { return (c.proxy ? 2 : 1) * c.link.max_latency + Duration(1000); }
};

class Findings {
 public:
  void add(std::size_t seen, std::string what) {
    if (lines_.size() < kMost) lines_.push_back(name_of(seen) + ": " + std::move(what));
  }
  void add(std::string what) {
    if (lines_.size() < kMost) lines_.push_back(std::move(what));
  }
  bool empty() const { return lines_.empty(); }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  static constexpr std::size_t kMost = 20;
  std::vector<std::string> lines_;
};

struct Check {
  std::string_view name;
  void (*judge)(const Trial& trial, Findings& findings);
};

std::span<const Check> delivery_checks();  ///< checks_delivery.cc: 1–8, 10
std::span<const Check> retry_checks();     ///< checks_retry.cc: 11–16
std::span<const Check> timing_checks();    ///< checks_timing.cc: 21, 22, 24–26, 28
std::span<const Check> pool_checks();      ///< checks_pool.cc: 17, 29, 33, 35–38, 44, 46, 50

std::span<const Check> observe_checks();   ///< checks_observe.cc: 54
std::span<const Check> redirect_checks();  ///< checks_redirect.cc: 43, and each hop's own rules
std::span<const Check> content_checks();   ///< checks_content.cc: 4, 6, 42, 45, 48
std::span<const Check> kind_checks();      ///< checks_kinds.cc: 57, 59, 64, 65
std::span<const Check> pause_checks();     ///< checks_pauses.cc: 60

/// Every check above; each finding begins with the check's name.
std::vector<std::string> judge(const Case& c, const Report& report);

/// The range of the delay before retry k (from 1) by the backoff's law.
struct Range {
  Duration low{0}, high{0};
};
Range backoff_range(const holdfast::BackoffPolicy& backoff, std::uint32_t k);

/// What invariant 60 promises to be served, and by when.
struct BesidePause {
  const WireAttempt* message = nullptr;
  Instant due;  ///< the whole response has left the server by then
  /// The paused consumers were sent as much as the whole connection's window has.
  bool window_held = false;
};
/// Each message that it speaks of (checks_pauses.cc says which those are).
std::vector<BesidePause> beside_pauses(const Trial& trial);

bool is_replayable_method(std::string_view method);
/// Its dial or handshake failed: the connection was never there.
bool is_of_a_dial(const holdfast::AttemptRecord& record);
/// The server has read all of the request's content.
bool is_whole_request(const WireAttempt& message, const std::string& content);

}  // namespace proof
