#include "policy/wait_text.h"

#include <cstdint>

#include "http/date.h"

namespace holdfast::policy {

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<Duration> parse_whole(std::string_view text, Duration unit) {
  if (text.empty()) return std::nullopt;
  const std::int64_t most = Duration::max() / unit;
  std::int64_t count = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    if (count <= most) count = count * 10 + (c - '0');
  }
  return count > most ? kUnboundedWait : unit * count;
}

base::WallTime ResponseClock::at() {
  if (!known_) {
    known_ = true;
    if (const auto date = own_date()) wall_ = *date;
  }
  return wall_;
}

/// With two Date fields it is unknown which clock the wait was measured by.
std::optional<base::WallTime> ResponseClock::own_date() const {
  std::optional<std::string_view> found;
  for (const HeaderField field : headers_) {
    if (!same_name(field.name, "Date")) continue;
    if (found) return std::nullopt;
    found = without_blanks(field.value);
  }
  return found ? http::parse_http_date(*found, {wall_}) : std::nullopt;
}

Duration distance(base::WallTime then, ResponseClock& clock) {
  if (then <= clock.at()) return Duration::zero();
  std::int64_t apart = 0;
  if (__builtin_sub_overflow(then.ns, clock.at().ns, &apart)) return kUnboundedWait;
  return Duration(apart);
}

}  // namespace holdfast::policy
