#include "http/cookie_date.h"

#include <chrono>
#include <string>

#include "http/ascii.h"

namespace holdfast::http {

namespace {

/// Whether `c` separates tokens. ':', control characters, letters, digits and bytes beyond ASCII do
/// not.
constexpr bool is_delimiter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x09 || (byte >= 0x20 && byte <= 0x2F) || (byte >= 0x3B && byte <= 0x40) ||
         (byte >= 0x5B && byte <= 0x60) || (byte >= 0x7B && byte <= 0x7E);
}

/// Removes a number of `least` to `most` digits from the front of `text` and returns it. A number
/// with more digits does not match: a non-digit or the end must follow.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t count = 0;
  int value = 0;
  while (count < text.size() && is_digit(text[count])) {
    if (count == most) return std::nullopt;
    value = value * 10 + (text[count] - '0');
    ++count;
  }
  if (count < least) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

struct Time {
  int hour = 0, minute = 0, second = 0;
};

std::optional<Time> time_of(std::string_view token) {
  Time time;
  int* const parts[] = {&time.hour, &time.minute, &time.second};
  for (int* part : parts) {
    if (part != parts[0]) {
      if (!token.starts_with(':')) return std::nullopt;
      token.remove_prefix(1);
    }
    const auto number = take_number(token, 1, 2);
    if (!number) return std::nullopt;
    *part = *number;
  }
  return time;
}

/// From 1; only the first three letters count, so "November" matches, too.
std::optional<int> month_of(std::string_view token) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (token.size() < 3) return std::nullopt;
  std::string start(token.substr(0, 3));
  for (char& c : start) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  for (std::size_t month = 0; month < 12; ++month) {
    if (kMonths.substr(month * 3, 3) == start) return static_cast<int>(month) + 1;
  }
  return std::nullopt;
}

struct Found {
  std::optional<Time> time;
  std::optional<int> day, month, year;

  /// The token goes to the first production, in this order, that is still missing and that it
  /// matches.
  void take(std::string_view token) {
    if (!time && (time = time_of(token))) return;
    std::string_view rest = token;
    if (!day && (day = take_number(rest, 1, 2))) return;
    if (!month && (month = month_of(token))) return;
    rest = token;
    if (!year) year = take_number(rest, 2, 4);
  }
};

}  // namespace

std::optional<std::int64_t> parse_cookie_date(std::string_view text) {
  Found found;
  while (!text.empty()) {
    std::size_t length = 0;
    while (length < text.size() && !is_delimiter(text[length])) ++length;
    if (length != 0) found.take(text.substr(0, length));
    text.remove_prefix(length == text.size() ? length : length + 1);
  }
  if (!found.time || !found.day || !found.month || !found.year) return std::nullopt;
  int year = *found.year;
  if (year >= 70 && year <= 99) year += 1900;
  if (year <= 69) year += 2000;
  const Time& time = *found.time;
  if (year < 1601 || time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(*found.month)),
                                         std::chrono::day(static_cast<unsigned>(*found.day)));
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * 86400 + time.hour * 3600 + time.minute * 60 + time.second;
}

}  // namespace holdfast::http
