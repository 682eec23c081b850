#include "policy/option_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "base/read_real.h"

namespace holdfast::policy {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Removes the text before the next separator from `rest` and returns it.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(at == rest.npos ? rest.size() : at + 1);
  return piece;
}

/// Parses digits only; nullopt also when the number does not fit.
template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || !is_digit(text.front()) || read.ec != std::errc() || read.ptr != end) {
    return std::nullopt;
  }
  return value;
}

struct TimeUnit {
  std::string_view name;
  std::uint64_t ns;
};
constexpr std::array<TimeUnit, 8> kTimeUnits = {{{"ns", 1},
                                                 {"us", 1'000},
                                                 {"ms", 1'000'000},
                                                 {"s", 1'000'000'000},
                                                 {"m", 60'000'000'000},
                                                 {"min", 60'000'000'000},
                                                 {"h", 3'600'000'000'000},
                                                 {"d", 86'400'000'000'000}}};

/// Exact: a value finer than a nanosecond is refused, not rounded.
std::optional<std::uint64_t> nanoseconds(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && (is_digit(text[digits]) || text[digits] == '.')) ++digits;
  std::string_view fraction = text.substr(0, digits);
  const std::string_view unit_name = text.substr(digits);
  const std::string_view whole = take_until(fraction, '.');
  if (whole.size() + 1 == digits && fraction.empty()) return std::nullopt;  // "5.s"
  const auto count = whole_number<std::uint64_t>(whole);
  if (!count) return std::nullopt;
  for (const TimeUnit& unit : kTimeUnits) {
    if (unit.name != unit_name) continue;
    constexpr auto kMost = static_cast<std::uint64_t>(Duration::max().count());
    if (*count > kMost / unit.ns) return std::nullopt;
    std::uint64_t sum = *count * unit.ns;
    std::uint64_t step = unit.ns;
    for (const char c : fraction) {
      if (!is_digit(c) || (step % 10 != 0 && c != '0')) return std::nullopt;
      step /= 10;
      sum += static_cast<std::uint64_t>(c - '0') * step;
    }
    // kOff can only be written as its word.
    return sum < kMost ? std::optional(sum) : std::nullopt;
  }
  return std::nullopt;
}

template <class T>
std::optional<T> byte_count(std::string_view text) {
  struct ByteUnit {
    std::string_view name;
    std::uint64_t bytes;
  };
  constexpr std::array<ByteUnit, 3> kByteUnits = {
      {{"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}};
  std::uint64_t unit = 1;
  for (const ByteUnit& each : kByteUnits) {
    if (!text.ends_with(each.name)) continue;
    unit = each.bytes;
    text.remove_suffix(each.name.size());
    break;
  }
  const auto count = whole_number<std::uint64_t>(text);
  if (!count || *count > std::numeric_limits<T>::max() / unit) return std::nullopt;
  return static_cast<T>(*count * unit);
}

template <class T>
Remedy keep(std::optional<T> read, T& into, Remedy otherwise) {
  if (!read) return otherwise;
  into = std::move(*read);
  return nullptr;
}

template <class T, std::size_t kCount>
Remedy one_of(std::string_view text, T& into,
              const std::array<std::pair<std::string_view, T>, kCount>& words, Remedy otherwise) {
  for (const auto& [word, value] : words) {
    if (word != text) continue;
    into = value;
    return nullptr;
  }
  return otherwise;
}

/// Returns ErrorCode::none for an unknown name.
ErrorCode error_code(std::string_view text) {
#define X(name, words, fault, transient) \
  if (text == #name) return ErrorCode::name;
  HOLDFAST_ERROR_CODES(X)
#undef X
  return ErrorCode::none;
}

/// Removes the next element of a set of errors, with its sign, from `rest`. A sign also ends an
/// element: "default+dns_not_found-pool_timeout" has no commas, and code names contain no signs.
std::string_view take_error(std::string_view& rest, char& sign) {
  rest = trim(rest);
  sign = rest.starts_with('-') ? '-' : '+';
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  const std::size_t end = std::min(rest.find_first_of(",+-"), rest.size());
  const std::string_view element = trim(rest.substr(0, end));
  rest.remove_prefix(end);
  if (rest.starts_with(',')) rest.remove_prefix(1);
  return element;
}

/// "HOST:PORT:ADDRESS".
std::optional<HostAddress> host_address(std::string_view text) {
  HostAddress one;
  one.host = take_until(text, ':');
  const std::string_view port_text = take_until(text, ':');
  const auto port = port_text == "*" ? 0 : whole_number<std::uint16_t>(port_text);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (one.host.empty() || !port || text.empty()) return std::nullopt;
  one.port = *port;
  one.address = text;
  return one;
}

}  // namespace

Remedy read_value(std::string_view text, Duration& into) {
  if (text == "off") {
    into = kOff;
    return nullptr;
  }
  const auto ns = text == "0" ? std::optional<std::uint64_t>(0) : nanoseconds(text);
  if (!ns) return "write a time with its unit, like 2.5s, 250ms, 5m or 1h, or off";
  into = Duration(static_cast<std::int64_t>(*ns));
  return nullptr;
}

Remedy read_value(std::string_view text, bool& into) {
  static constexpr std::array<std::pair<std::string_view, bool>, 8> kWords = {{{"true", true},
                                                                               {"yes", true},
                                                                               {"on", true},
                                                                               {"1", true},
                                                                               {"false", false},
                                                                               {"no", false},
                                                                               {"off", false},
                                                                               {"0", false}}};
  return one_of(text, into, kWords, "write true or false");
}

Remedy read_value(std::string_view text, std::uint32_t& into) {
  return keep(whole_number<std::uint32_t>(text), into, "write a whole number, 0 to 4294967295");
}

Remedy read_value(std::string_view text, std::uint64_t& into) {
  return keep(whole_number<std::uint64_t>(text), into,
              "write a whole number, 0 to 18446744073709551615");
}

Remedy read_bytes(std::string_view text, std::uint32_t& into) {
  return keep(byte_count<std::uint32_t>(text), into,
              "write a number of bytes below 4 GiB, like 65536, 64KiB or 16MiB");
}

Remedy read_bytes(std::string_view text, std::uint64_t& into) {
  return keep(byte_count<std::uint64_t>(text), into,
              "write a number of bytes, like 65536, 64KiB, 16MiB or 1GiB");
}

Remedy read_value(std::string_view text, double& into) {
  double value = 0;
  if (!base::read_real(text, value) || !std::isfinite(value)) return "write a number like 0.25";
  into = value;
  return nullptr;
}

Remedy read_value(std::string_view text, std::string& into) {
  into = text;
  return nullptr;
}

Remedy read_value(std::string_view text, StatusSet& into) {
  constexpr Remedy kOtherwise =
      "write statuses from 100 to 999 like 408,429,500-504, or none for the empty set";
  StatusSet set;
  if (text == "none") text = {};
  while (!text.empty()) {
    std::string_view last = trim(take_until(text, ','));
    const bool is_range = last.find('-') != last.npos;
    const auto from = whole_number<int>(take_until(last, '-'));
    const auto to = is_range ? whole_number<int>(last) : from;
    if (!from || !to || *from < 100 || *to > 999 || *from > *to) return kOtherwise;
    for (int status = *from; status <= *to; ++status) set.add(status);
  }
  into = set;
  return nullptr;
}

Remedy read_value(std::string_view text, ErrorSet& into) {
  constexpr Remedy kOtherwise =
      "write error codes like read_timeout,dns_temporary, edits like "
      "default,dns_not_found,-pool_timeout, or none for the empty set";
  text = trim(text);
  ErrorSet set;
  if (text == "none") text = {};
  // A sign without a set before it has nothing to edit.
  if (text.starts_with('-') || text.starts_with('+') || text.ends_with(',')) return kOtherwise;
  while (!text.empty()) {
    char sign = '+';
    const std::string_view element = take_error(text, sign);
    const ErrorCode code = error_code(element);
    if (sign == '+' && element == "default") {
      set.add(ErrorSet::transient());
    } else if (code == ErrorCode::none) {
      return kOtherwise;
    } else if (sign == '+') {
      set.add(code);
    } else {
      set.remove(code);
    }
  }
  into = set;
  return nullptr;
}

Remedy read_value(std::string_view text, std::vector<std::string>& into) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const std::string_view one = trim(take_until(text, ','));
    if (one.empty()) return "write a list like a,b,c, with nothing empty in it";
    list.emplace_back(one);
  }
  into = std::move(list);
  return nullptr;
}

Remedy read_value(std::string_view text, std::vector<HostAddress>& into) {
  std::vector<HostAddress> list;
  while (!text.empty()) {
    auto one = host_address(trim(take_until(text, ',')));
    if (!one) return "write HOST:PORT:ADDRESS, with port * for any, several separated by commas";
    list.push_back(std::move(*one));
  }
  into = std::move(list);
  return nullptr;
}

Remedy read_value(std::string_view text, Headers& into) {
  Headers fields;
  while (!text.empty()) {
    std::string_view value = take_until(text, '\n');
    if (value.ends_with('\r')) value.remove_suffix(1);
    if (value.empty()) continue;
    const std::size_t colon = value.find(':');
    const std::string_view name = value.substr(0, colon);
    if (colon == value.npos || !is_token(name)) return "write lines like Name: value";
    fields.add(name, trim(value.substr(colon + 1)));
  }
  into = std::move(fields);
  return nullptr;
}

Remedy read_value(std::string_view text, Jitter& into) {
  static constexpr std::array<std::pair<std::string_view, Jitter>, 5> kWords = {
      {{"proportional", Jitter::proportional},
       {"full", Jitter::full},
       {"equal", Jitter::equal},
       {"decorrelated", Jitter::decorrelated},
       {"none", Jitter::none}}};
  return one_of(text, into, kWords, "write proportional, full, equal, decorrelated or none");
}

Remedy read_value(std::string_view text, NonIdempotent& into) {
  static constexpr std::array<std::pair<std::string_view, NonIdempotent>, 3> kWords = {
      {{"never", NonIdempotent::never},
       {"unsent", NonIdempotent::unsent},
       {"keyed", NonIdempotent::keyed}}};
  return one_of(text, into, kWords, "write never, unsent or keyed");
}

Remedy read_value(std::string_view text, TlsVersion& into) {
  static constexpr std::array<std::pair<std::string_view, TlsVersion>, 2> kWords = {
      {{"1.2", TlsVersion::tls1_2}, {"1.3", TlsVersion::tls1_3}}};
  return one_of(text, into, kWords, "write 1.2 or 1.3");
}

Remedy read_value(std::string_view text, Http2& into) {
  static constexpr std::array<std::pair<std::string_view, Http2>, 3> kWords = {
      {{"negotiate", Http2::negotiate},
       {"off", Http2::off},
       {"prior_knowledge", Http2::prior_knowledge}}};
  return one_of(text, into, kWords, "write negotiate, off or prior_knowledge");
}

Remedy read_value(std::string_view text, ProxyPolicy& into) {
  if (text != "environment" && text != "none") return "write environment or none";
  into = text == "none" ? ProxyPolicy() : ProxyPolicy::from_environment();
  return nullptr;
}

Remedy read_value(std::string_view text, RetryPolicy& into) {
  if (text != "default" && text != "python_original") return "write default or python_original";
  into = text == "default" ? RetryPolicy() : RetryPolicy::python_original();
  return nullptr;
}

Remedy read_value(std::string_view text, std::shared_ptr<CookieJar>& into) {
  bool wanted = false;
  if (const Remedy remedy = read_value(text, wanted)) return remedy;
  into = wanted ? std::make_shared<CookieJar>() : nullptr;
  return nullptr;
}

}  // namespace holdfast::policy
