// Shared by Retry-After and the fields of B8: numbers of seconds, and the instant that dates and
// epochs are measured against (B4). Pure; reads no clock. Thread: any.
#pragma once

#include <optional>
#include <string_view>

#include "base/instant.h"
#include "holdfast/headers.h"

namespace holdfast::policy {

/// A wait that does not fit: it is valid, and longer than any limit.
inline constexpr Duration kUnboundedWait = Duration::max();

/// `text` without optional white space (RFC 9110 §5.6.3) at either end.
std::string_view without_blanks(std::string_view text);

/// 1*DIGIT in `unit` (a millisecond or more): no sign, no fraction, no exponent. More digits than
/// fit are valid and mean kUnboundedWait: ignoring them would give a backoff of a second, and
/// wrapping around no wait at all.
std::optional<Duration> parse_whole(std::string_view text, Duration unit);

/// The instant that a response's dates and epochs are measured against (B4): its own Date if it has
/// exactly one valid Date, else the wall clock. Computed on first use.
class ResponseClock {
 public:
  ResponseClock(const Headers& headers, base::Now now) : headers_(headers), wall_(now.wall) {}

  base::WallTime at();

 private:
  std::optional<base::WallTime> own_date() const;

  const Headers& headers_;
  base::WallTime wall_;
  bool known_ = false;
};

/// The time from the clock's instant to `then`; 0 if that is past, kUnboundedWait if it does not
/// fit.
Duration distance(base::WallTime then, ResponseClock& clock);

}  // namespace holdfast::policy
