#include "policy/retry_after.h"

#include <optional>
#include <string_view>

#include "http/date.h"

namespace holdfast::policy {
namespace {

/// The time from the response's own date to the date in `text`.
std::optional<Duration> parse_date(std::string_view text, ResponseClock& clock) {
  // The response's clock also decides the century of a two-digit year: the server means its own.
  const auto date = http::parse_http_date(text, clock.at());
  if (!date) return std::nullopt;
  return distance(*date, clock);
}

/// Seconds start with a digit, dates with the weekday's letter. Any other text is refused before
/// the clock is read.
std::optional<Duration> parse_value(std::string_view text, ResponseClock& clock) {
  if (text.empty()) return std::nullopt;
  if (text[0] >= '0' && text[0] <= '9') return parse_whole(text, std::chrono::seconds(1));
  return parse_date(text, clock);
}

/// The largest valid member of one field's value. The first two date forms contain a comma, so a
/// member that is invalid alone is tried together with the next.
std::optional<Duration> largest_member(std::string_view rest, ResponseClock& clock) {
  std::optional<Duration> largest;
  while (!rest.empty()) {
    std::size_t end = rest.find(',');
    auto wait = parse_value(without_blanks(rest.substr(0, end)), clock);
    if (!wait && end != std::string_view::npos) {
      const std::size_t second = rest.find(',', end + 1);
      wait = parse_value(without_blanks(rest.substr(0, second)), clock);
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
  ResponseClock clock(headers, now);
  for (const HeaderField field : headers) {
    if (!same_name(field.name, "Retry-After")) continue;
    if (result.note == RetryAfterNote::absent) result.note = RetryAfterNote::unparsable;
    const auto wait = largest_member(field.value, clock);
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
