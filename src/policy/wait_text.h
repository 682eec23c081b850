// The pieces that Retry-After and the fields of B8 have in common: numbers of seconds, and the
// instant that dates and epochs are measured against (B4). Pure; never reads a clock. Thread: any.
#pragma once

#include <optional>
#include <string_view>

#include "base/instant.h"
#include "holdfast/headers.h"

namespace holdfast::policy {

/// A wait that does not fit: legal, and longer than any limit.
inline constexpr Duration kUnboundedWait = Duration::max();

/// Without optional white space (RFC 9110 §5.6.3) at either end.
std::string_view without_blanks(std::string_view text);

/// 1*DIGIT, in `unit` (a millisecond or more): no sign, no fraction, no exponent. More digits than
/// fit are legal and mean kUnboundedWait: ignored they would bring a backoff of a second, read with
/// wrap-around no wait at all.
std::optional<Duration> parse_whole(std::string_view text, Duration unit);

/// The instant that a response's dates and epochs are measured against (B4): its own Date where it
/// has exactly one valid one, else the wall clock. Worked out when first needed.
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

/// From the clock's instant to `then`; 0 if that is past, kUnboundedWait if it does not fit.
Duration distance(base::WallTime then, ResponseClock& clock);

}  // namespace holdfast::policy
