// What ra= means on the wire: the Retry-After lines and the Date line of one answer, and the wait
// they truly ask for, so that the journal can judge the client. Shares no code with the client's
// parser on purpose. Pure; `now` is an argument. Thread: any.
//
//   ra=120  007  1.5  -3  +3  1.  9223372037  1e10000  inf  nan     sent as they are
//   ra=auto                    the limiter's own answer (`automatic`), rounded up to whole seconds
//   ra=date:imf+2s             also rfc850, asctime; a negative span for a past date; the date is
//                              rounded up to whole seconds; ":flaw" may follow:
//                              leap (second 60) | weekday (wrong) | lower (gmt) | -0000 | +0200
//   ra=past | neg | empty      an hour ago | -1 | an empty value
//   ra=two:1,2                 two header lines      ra=list:1,2    one line "1, 2"
//   ra="soon"                  any text as it is (kept as raw:soon)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "holdfast/time.h"

namespace fault {

struct RetryAfterLines {
  std::vector<std::string> values;  // one per header line, in order; may hold an empty one
  /// The wait asked for in seconds, by RFC 9110 §10.2.3, dates measured against the Date header
  /// (as sent with this skew); the largest of several lines. nullopt: nothing legal was said.
  std::optional<double> wait_s;
  /// The same, but dates measured against the (skewed) clock at sending, which is up to a second
  /// less than by a Date header of whole seconds.
  std::optional<double> wait_by_clock_s;
};

/// nullopt when `spec` is well formed; else what was expected.
std::optional<std::string> retry_after_complaint(std::string_view spec);

/// `spec` is Step::retry_after. `automatic`: what a limiter would say. `date_skew` moves the
/// server's calendar: the Date header and Retry-After dates alike.
RetryAfterLines retry_after_lines(std::string_view spec, holdfast::base::WallTime now,
                                  holdfast::Duration date_skew = holdfast::Duration{0},
                                  std::optional<holdfast::Duration> automatic = std::nullopt);

enum class DateForm : unsigned char { kImf, kRfc850, kAsctime };
/// RFC 9110 §5.6.7; fractions of a second are cut off.
std::string http_date(holdfast::base::WallTime at, DateForm form = DateForm::kImf);

}  // namespace fault
