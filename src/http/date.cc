#include "http/date.h"

#include <array>
#include <cstdio>

namespace holdfast::http {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::int64_t kSecond_ns = 1'000'000'000;

struct Civil {
  std::int64_t year = 0;
  int month = 0, day = 0, hour = 0, minute = 0, second = 0;  // month from 1
};

constexpr bool is_leap(std::int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

constexpr int days_in(std::int64_t year, int month) {
  constexpr int kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kLengths[month - 1];
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years are counted from March, so that
/// the leap day is the last day of a year.
constexpr std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Civil civil_from_seconds(std::int64_t seconds) {
  std::int64_t days = seconds / 86400;
  std::int64_t rest = seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  Civil civil;
  civil.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  civil.month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  civil.year = year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0);
  civil.hour = static_cast<int>(rest / 3600);
  civil.minute = static_cast<int>(rest / 60 % 60);
  civil.second = static_cast<int>(rest % 60);
  return civil;
}

/// Reads from the front without backtracking; after a mismatch `ok` stays false.
struct Cursor {
  std::string_view rest;
  bool ok = true;

  void literal(std::string_view text) {
    if (!rest.starts_with(text)) ok = false;
    if (ok) rest.remove_prefix(text.size());
  }
  int digits(std::size_t count) {
    int value = 0;
    if (rest.size() < count) ok = false;
    for (std::size_t i = 0; ok && i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') ok = false;
      value = value * 10 + (rest[i] - '0');
    }
    if (ok) rest.remove_prefix(count);
    return value;
  }
  int month() {
    for (std::size_t i = 0; ok && i < kMonths.size(); ++i) {
      if (!rest.starts_with(kMonths[i])) continue;
      rest.remove_prefix(3);
      return static_cast<int>(i) + 1;
    }
    ok = false;
    return 1;
  }
  /// Reads the whole day name (RFC 850) or its first three letters.
  void day_name(bool whole) {
    for (const std::string_view day : kDays) {
      const std::string_view wanted = whole ? day : day.substr(0, 3);
      if (!rest.starts_with(wanted)) continue;
      rest.remove_prefix(wanted.size());
      return;
    }
    ok = false;
  }
  void time(Civil& civil) {
    civil.hour = digits(2);
    literal(":");
    civil.minute = digits(2);
    literal(":");
    civil.second = digits(2);
  }
};

std::optional<base::WallTime> to_wall(const Cursor& cursor, const Civil& civil) {
  if (!cursor.ok || !cursor.rest.empty()) return std::nullopt;
  if (civil.day < 1 || civil.day > days_in(civil.year, civil.month) || civil.hour > 23 ||
      civil.minute > 59 || civil.second > 60) {
    return std::nullopt;
  }
  const std::int64_t seconds = days_from_civil(civil.year, civil.month, civil.day) * 86400 +
                               civil.hour * 3600 + civil.minute * 60 + civil.second;
  // Outside the range of nanoseconds (the years 1678 to 2261) the nearest limit is returned, so
  // that a date in the far future stays in the future.
  constexpr std::int64_t kMost = INT64_MAX / kSecond_ns;
  if (seconds > kMost) return base::WallTime{INT64_MAX};
  if (seconds < -kMost) return base::WallTime{INT64_MIN};
  return base::WallTime{seconds * kSecond_ns};
}

/// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<base::WallTime> parse_imf(std::string_view text) {
  Cursor cursor{text};
  Civil civil;
  cursor.day_name(false);
  cursor.literal(", ");
  civil.day = cursor.digits(2);
  cursor.literal(" ");
  civil.month = cursor.month();
  cursor.literal(" ");
  civil.year = cursor.digits(4);
  cursor.literal(" ");
  cursor.time(civil);
  cursor.literal(" GMT");
  return to_wall(cursor, civil);
}

/// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<base::WallTime> parse_rfc850(std::string_view text, base::WallTime now) {
  Cursor cursor{text};
  Civil civil;
  cursor.day_name(true);
  cursor.literal(", ");
  civil.day = cursor.digits(2);
  cursor.literal("-");
  civil.month = cursor.month();
  cursor.literal("-");
  const int two_digits = cursor.digits(2);
  cursor.literal(" ");
  cursor.time(civil);
  cursor.literal(" GMT");
  // A date that appears to be more than 50 years ahead is the most recent past year with the same
  // last two digits.
  const Civil today = civil_from_seconds(now.ns / kSecond_ns);
  civil.year = today.year / 100 * 100 + two_digits;
  if (civil.year <= today.year - 50) civil.year += 100;
  const auto later = [&civil](const Civil& than) {
    return std::array{civil.month, civil.day, civil.hour, civil.minute, civil.second} >
           std::array{than.month, than.day, than.hour, than.minute, than.second};
  };
  if (civil.year > today.year + 50 || (civil.year == today.year + 50 && later(today))) {
    civil.year -= 100;
  }
  return to_wall(cursor, civil);
}

/// Sun Nov  6 08:49:37 1994
std::optional<base::WallTime> parse_asctime(std::string_view text) {
  Cursor cursor{text};
  Civil civil;
  cursor.day_name(false);
  cursor.literal(" ");
  civil.month = cursor.month();
  cursor.literal(" ");
  const bool one_digit = cursor.rest.starts_with(' ');
  if (one_digit) cursor.literal(" ");
  civil.day = cursor.digits(one_digit ? 1 : 2);
  cursor.literal(" ");
  cursor.time(civil);
  cursor.literal(" ");
  civil.year = cursor.digits(4);
  return to_wall(cursor, civil);
}

}  // namespace

std::optional<base::WallTime> parse_http_date(std::string_view text, base::WallTime now) {
  if (const auto date = parse_imf(text)) return date;
  if (const auto date = parse_rfc850(text, now)) return date;
  return parse_asctime(text);
}

std::string format_http_date(base::WallTime at) {
  std::int64_t seconds = at.ns / kSecond_ns;
  if (at.ns % kSecond_ns < 0) --seconds;
  const Civil civil = civil_from_seconds(seconds);
  std::int64_t weekday = (seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0) + 4) % 7;
  if (weekday < 0) weekday += 7;
  char text[64];
  std::snprintf(text, sizeof text, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(weekday)].data(), civil.day,
                kMonths[static_cast<std::size_t>(civil.month - 1)].data(),
                static_cast<int>(civil.year), civil.hour, civil.minute, civil.second);
  return text;
}

}  // namespace holdfast::http
