#include "fault_server/script/retry_after_value.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>

#include "base/read_real.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

using holdfast::Duration;
using holdfast::base::WallTime;

constexpr std::int64_t kSecondNs = 1'000'000'000;

constexpr std::array<std::string_view, 7> kShortDays = {"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::array<std::string_view, 5> kDateFlaws = {"leap", "weekday", "lower", "-0000",
                                                        "+0200"};

std::int64_t floor_seconds(std::int64_t ns) {
  return ns / kSecondNs - (ns % kSecondNs < 0 ? 1 : 0);
}
std::int64_t ceil_seconds(std::int64_t ns) { return ns / kSecondNs + (ns % kSecondNs > 0 ? 1 : 0); }

struct DateSpec {
  DateForm form = DateForm::kImf;
  Duration offset{0};
  std::string_view flaw;  // "" or one of kDateFlaws
};

// "imf+2s:leap"; nullopt when malformed.
std::optional<DateSpec> parse_date_spec(std::string_view text) {
  DateSpec out;
  bool known = false;
  for (const auto& [name, form] : {std::pair{std::string_view("imf"), DateForm::kImf},
                                   std::pair{std::string_view("rfc850"), DateForm::kRfc850},
                                   std::pair{std::string_view("asctime"), DateForm::kAsctime}}) {
    if (!text.starts_with(name)) continue;
    out.form = form;
    text.remove_prefix(name.size());
    known = true;
    break;
  }
  if (!known) return std::nullopt;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    out.flaw = text.substr(colon + 1);
    if (std::find(kDateFlaws.begin(), kDateFlaws.end(), out.flaw) == kDateFlaws.end())
      return std::nullopt;
    // asctime names no zone to spoil.
    const bool zone = out.flaw != "leap" && out.flaw != "weekday";
    if (zone && out.form == DateForm::kAsctime) return std::nullopt;
    text = text.substr(0, colon);
  }
  if (text.empty()) return out;
  if (text[0] != '+' && text[0] != '-') return std::nullopt;
  const auto offset = parse_duration(text);
  if (!offset) return std::nullopt;
  out.offset = *offset;
  return out;
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Whatever somebody may take for a number, so that ra=soon is a slip and ra=1.5 is not.
bool looks_numeric(std::string_view text) {
  if (text == "inf" || text == "-inf" || text == "nan") return true;
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    if (exponent.starts_with('+') || exponent.starts_with('-')) exponent.remove_prefix(1);
    if (!all_digits(exponent)) return false;
    text = text.substr(0, e);
  }
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  if (whole.empty() && fraction.empty()) return false;
  return (whole.empty() || all_digits(whole)) && (fraction.empty() || all_digits(fraction));
}

bool simple_spec(std::string_view spec) {
  if (spec == "past" || spec == "neg" || spec == "empty" || looks_numeric(spec)) return true;
  return spec.starts_with("date:") && parse_date_spec(spec.substr(5)).has_value();
}

std::vector<std::string_view> parts(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t from = 0;;) {
    const std::size_t comma = text.find(',', from);
    out.push_back(text.substr(from, comma - from));
    if (comma == std::string_view::npos) return out;
    from = comma + 1;
  }
}

// One value with the waits it asks for.
struct Value {
  std::string text;
  std::optional<double> wait_s, wait_by_clock_s;
};

double seconds(std::int64_t ns) { return static_cast<double>(ns) / static_cast<double>(kSecondNs); }

void replace_last(std::string& text, std::string_view what, std::string_view with) {
  if (const std::size_t at = text.rfind(what); at != std::string::npos) {
    text.replace(at, what.size(), with);
  }
}

Value date_value(const DateSpec& spec, WallTime server_now) {
  std::int64_t at_s = ceil_seconds(server_now.ns + spec.offset.count());
  const bool leap = spec.flaw == "leap";
  if (leap) at_s = (at_s + 59) / 60 * 60;  // second 60 is the last before a full minute
  const std::int64_t shown_s = leap ? at_s - 1 : at_s;
  Value out;
  out.text = http_date({shown_s * kSecondNs}, spec.form);
  if (leap) replace_last(out.text, ":59", ":60");
  if (spec.flaw == "weekday") {
    const bool full = spec.form == DateForm::kRfc850;
    const auto& names = full ? kLongDays : kShortDays;
    const std::size_t length = full ? out.text.find(',') : 3;
    const auto today = std::find(names.begin(), names.end(), out.text.substr(0, length));
    const auto next = today + 1 == names.end() ? names.begin() : today + 1;
    out.text.replace(0, length, *next);
  }
  if (spec.flaw == "lower") replace_last(out.text, "GMT", "gmt");
  if (spec.flaw == "-0000" || spec.flaw == "+0200") replace_last(out.text, "GMT", spec.flaw);
  if (spec.flaw.empty() || leap) {
    const std::int64_t date_s = floor_seconds(server_now.ns);
    out.wait_s = static_cast<double>(std::max<std::int64_t>(0, at_s - date_s));
    out.wait_by_clock_s = std::max(0.0, seconds(at_s * kSecondNs - server_now.ns));
  }
  return out;
}

// RFC 9110 §10.2.3: delay-seconds is 1*DIGIT, blanks around a field value do not count.
Value literal_value(std::string_view text) {
  Value out;
  out.text = text;
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (!all_digits(text)) return out;
  // Three hundred digits are more than a double holds: for ever, then.
  double value = std::numeric_limits<double>::infinity();
  holdfast::base::read_real(text, value);
  out.wait_s = out.wait_by_clock_s = value;
  return out;
}

Value simple_value(std::string_view spec, WallTime server_now) {
  if (spec == "empty") return {};
  if (spec == "neg") return literal_value("-1");
  if (spec == "past") return date_value({DateForm::kImf, -std::chrono::hours(1), {}}, server_now);
  if (spec.starts_with("date:")) {
    return date_value(parse_date_spec(spec.substr(5)).value_or(DateSpec{}), server_now);
  }
  return literal_value(spec);
}

void keep_largest(std::optional<double>& into, const std::optional<double>& value) {
  if (value && (!into || *into < *value)) into = value;
}

}  // namespace

std::optional<std::string> retry_after_complaint(std::string_view spec) {
  if (spec == "auto" || spec.starts_with("raw:") || simple_spec(spec)) return std::nullopt;
  const bool two = spec.starts_with("two:");
  if (two || spec.starts_with("list:")) {
    const auto values = parts(spec.substr(two ? 4 : 5));
    const bool good = values.size() >= 2 && std::all_of(values.begin(), values.end(), simple_spec);
    if (good) return std::nullopt;
    return "two or more plain values after " + std::string(two ? "two:" : "list:") +
           ", such as 1,2 or 1,date:imf+2s";
  }
  if (spec.starts_with("date:")) {
    return "date:FORM+TIME, FORM being imf, rfc850 or asctime, such as date:imf+2s; a flaw may "
           "follow: :leap, :weekday, :lower, :-0000, :+0200 (the last three not with asctime)";
  }
  return "seconds, date:imf+2s (rfc850, asctime), past, neg, empty, two:1,2, list:1,2, auto, or "
         "any "
         "text in quotes: ra=\"" +
         std::string(spec) + "\" (in JSON: raw:" + std::string(spec) + ")";
}

RetryAfterLines retry_after_lines(std::string_view spec, WallTime now, Duration date_skew,
                                  std::optional<Duration> automatic) {
  const WallTime server_now{now.ns + date_skew.count()};
  std::vector<Value> values;
  if (spec == "auto") {
    if (!automatic) return {};
    const std::int64_t wait_s = ceil_seconds(std::max<std::int64_t>(0, automatic->count()));
    values.push_back(literal_value(std::to_string(wait_s)));
  } else if (spec.starts_with("raw:")) {
    values.push_back(literal_value(spec.substr(4)));
  } else if (spec.starts_with("two:")) {
    for (std::string_view part : parts(spec.substr(4))) {
      values.push_back(simple_value(part, server_now));
    }
  } else if (spec.starts_with("list:")) {
    // Retry-After is no list field: a list is one illegal value, whoever made it.
    Value list;
    for (std::string_view part : parts(spec.substr(5))) {
      if (!list.text.empty()) list.text += ", ";
      list.text += simple_value(part, server_now).text;
    }
    values.push_back(std::move(list));
  } else {
    values.push_back(simple_value(spec, server_now));
  }
  RetryAfterLines out;
  for (Value& value : values) {
    out.values.push_back(std::move(value.text));
    keep_largest(out.wait_s, value.wait_s);
    keep_largest(out.wait_by_clock_s, value.wait_by_clock_s);
  }
  return out;
}

std::string http_date(WallTime at, DateForm form) {
  using namespace std::chrono;  // the calendar only; no clock is read
  const std::int64_t total = floor_seconds(at.ns);
  const std::int64_t day = total / 86400 - (total % 86400 < 0 ? 1 : 0);
  const std::int64_t rest = total - day * 86400;
  const sys_days date{days{static_cast<days::rep>(day)}};
  const year_month_day ymd{date};
  const unsigned weekday_index = weekday{date}.c_encoding();
  const int year = static_cast<int>(ymd.year());
  const unsigned mday = static_cast<unsigned>(ymd.day());
  const char* month = kMonths.at(static_cast<unsigned>(ymd.month()) - 1).data();
  const char* day_name =
      (form == DateForm::kRfc850 ? kLongDays : kShortDays).at(weekday_index).data();
  const int h = static_cast<int>(rest / 3600);
  const int m = static_cast<int>(rest / 60 % 60);
  const int s = static_cast<int>(rest % 60);
  std::array<char, 80> buffer{};
  switch (form) {
    case DateForm::kImf:
      std::snprintf(buffer.data(), buffer.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", day_name,
                    mday, month, year, h, m, s);
      break;
    case DateForm::kRfc850:
      std::snprintf(buffer.data(), buffer.size(), "%s, %02u-%s-%02d %02d:%02d:%02d GMT", day_name,
                    mday, month, year % 100, h, m, s);
      break;
    case DateForm::kAsctime:
      std::snprintf(buffer.data(), buffer.size(), "%s %s %2u %02d:%02d:%02d %04d", day_name, month,
                    mday, h, m, s, year);
      break;
  }
  return buffer.data();
}

}  // namespace fault
