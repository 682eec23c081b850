#include "policy/retry_after.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/date.h"

namespace holdfast::policy {
namespace {

constexpr std::int64_t kMostSeconds =
    std::chrono::duration_cast<std::chrono::seconds>(Duration::max()).count();

/// Without optional white space (RFC 9110 §5.6.3) at either end.
std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// delta-seconds = 1*DIGIT (RFC 9110 §10.2.3): no sign, no fraction, no exponent. More digits than
/// fit are legal and mean a very long wait: read as garbage they would be answered by a backoff of
/// a second, read with wrap-around by no wait at all.
std::optional<Duration> parse_seconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    if (seconds <= kMostSeconds) seconds = seconds * 10 + (c - '0');
  }
  if (seconds > kMostSeconds) return kUnboundedWait;
  return Duration(std::chrono::seconds(seconds));
}

/// The point in time that dates are measured against (B4), worked out when the first one shows up.
class Reference {
 public:
  Reference(const Headers& headers, base::Now now) : headers_(headers), wall_(now.wall) {}

  base::WallTime at() {
    if (!known_) {
      known_ = true;
      if (const auto date = own_date()) wall_ = *date;
    }
    return wall_;
  }

 private:
  /// The response's Date if it has exactly one: of two, nobody can say which clock set Retry-After.
  std::optional<base::WallTime> own_date() const {
    std::optional<std::string_view> found;
    for (const HeaderField field : headers_) {
      if (!same_name(field.name, "Date")) continue;
      if (found) return std::nullopt;
      found = without_blanks(field.value);
    }
    return found ? http::parse_http_date(*found, {wall_}) : std::nullopt;
  }

  const Headers& headers_;
  base::WallTime wall_;
  bool known_ = false;
};

/// A date's distance from the reference; 0 if it is past, saturating if it does not fit.
std::optional<Duration> parse_date(std::string_view text, Reference& reference) {
  // The reference also settles the century of a two-digit year: the server's clock means the
  // server's century, whatever ours says.
  const auto date = http::parse_http_date(text, reference.at());
  if (!date) return std::nullopt;
  if (*date <= reference.at()) return Duration::zero();
  std::int64_t distance = 0;
  if (__builtin_sub_overflow(date->ns, reference.at().ns, &distance)) return kUnboundedWait;
  return Duration(distance);
}

/// Seconds start with a digit, dates with the weekday's letter; anything else is neither, and is
/// not worth a look at the clock.
std::optional<Duration> parse_value(std::string_view text, Reference& reference) {
  if (text.empty()) return std::nullopt;
  if (text[0] >= '0' && text[0] <= '9') return parse_seconds(text);
  return parse_date(text, reference);
}

/// The largest valid member of one field's value. A date of the first two forms has one comma of
/// its own, so a member that is nothing by itself is tried together with the next.
std::optional<Duration> largest_member(std::string_view rest, Reference& reference) {
  std::optional<Duration> largest;
  while (!rest.empty()) {
    std::size_t end = rest.find(',');
    auto wait = parse_value(without_blanks(rest.substr(0, end)), reference);
    if (!wait && end != std::string_view::npos) {
      const std::size_t second = rest.find(',', end + 1);
      wait = parse_value(without_blanks(rest.substr(0, second)), reference);
      if (wait) end = second;
    }
    if (wait && (!largest || *wait > *largest)) largest = wait;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return largest;
}

}  // namespace

RetryAfter read_retry_after(const Headers& headers, base::Now now) {
  RetryAfter result;
  Reference reference(headers, now);
  for (const HeaderField field : headers) {
    if (!same_name(field.name, "Retry-After")) continue;
    if (result.note == RetryAfterNote::absent) result.note = RetryAfterNote::unparsable;
    const auto wait = largest_member(field.value, reference);
    if (wait && *wait > result.wait) result.wait = *wait;
  }
  if (result.wait > Duration::zero()) {
    result.note = RetryAfterNote::used;
  } else if (result.wait == Duration::zero()) {
    result.note = RetryAfterNote::past;
  }
  return result;
}

}  // namespace holdfast::policy
