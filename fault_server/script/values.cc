#include "fault_server/script/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/read_real.h"

namespace fault {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
// Longest first, so that printing finds the largest unit that divides.
constexpr std::array<Unit, 6> kUnits = {{{"h", 3'600'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"s", 1'000'000'000},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};

// Ten years: anything longer is a slip of the pen, and sums of a few stay far from overflow.
constexpr std::int64_t kMostNs = 10LL * 366 * 24 * 3'600'000'000'000;

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

// Splits "50ms" into number and unit; the unit may be missing.
std::size_t number_length(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && ((text[n] >= '0' && text[n] <= '9') || text[n] == '.')) ++n;
  return n;
}

// Decimal arithmetic on integers, so that 0.1s is exactly 100 ms.
std::optional<std::int64_t> scaled(std::string_view number, std::int64_t unit_ns) {
  const std::size_t dot = number.find('.');
  const std::string_view whole = number.substr(0, dot);
  std::string_view fraction = dot == std::string_view::npos ? "" : number.substr(dot + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  std::int64_t total = 0;
  if (!whole.empty()) {
    const auto units = parse_count(whole);
    if (!units || *units > static_cast<std::uint64_t>(kMostNs / unit_ns)) return std::nullopt;
    total = static_cast<std::int64_t>(*units) * unit_ns;
  }
  std::int64_t place = unit_ns;
  for (char c : fraction) {
    if (c < '0' || c > '9') return std::nullopt;
    if (place % 10 != 0) {
      if (c != '0') return std::nullopt;  // finer than a nanosecond
      continue;
    }
    place /= 10;
    total += (c - '0') * place;
  }
  if (total > kMostNs) return std::nullopt;
  return total;
}

std::optional<Duration> unsigned_duration(std::string_view text) {
  const std::size_t digits = number_length(text);
  const Unit* unit = find_unit(text.substr(digits));
  if (unit == nullptr || digits == 0) return std::nullopt;
  const auto ns = scaled(text.substr(0, digits), unit->ns);
  if (!ns) return std::nullopt;
  return Duration(*ns);
}

// "name(inside)" -> inside
std::optional<std::string_view> call(std::string_view text, std::string_view name) {
  if (text.size() < name.size() + 2 || !text.starts_with(name) || text[name.size()] != '(' ||
      text.back() != ')') {
    return std::nullopt;
  }
  return text.substr(name.size() + 1, text.size() - name.size() - 2);
}

std::optional<Distribution> parse_uniform(std::string_view text, std::size_t dots) {
  std::string low(text.substr(0, dots));
  const std::string_view high = text.substr(dots + 2);
  if (number_length(low) == low.size()) low += high.substr(number_length(high));
  const auto a = unsigned_duration(low);
  const auto b = unsigned_duration(high);
  if (!a || !b || *a > *b) return std::nullopt;
  return Distribution{Distribution::Kind::kUniform, *a, *b, 0};
}

// Splits at commas; "" gives one empty piece, which every caller refuses.
std::vector<std::string_view> pieces(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t from = 0;;) {
    const std::size_t comma = text.find(',', from);
    out.push_back(text.substr(from, comma - from));
    if (comma == std::string_view::npos) return out;
    from = comma + 1;
  }
}

std::optional<int> parse_status(std::string_view text) {
  const auto value = parse_count(text);
  if (!value || text.size() != 3 || *value < 100) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string_view> raw(const Step& step, std::string_view word) {
  for (const auto& [key, value] : step.extra) {
    if (key == word) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> word(const Step& step, std::string_view name) {
  return raw(step, name);
}

std::optional<std::uint64_t> count(const Step& step, std::string_view name) {
  const auto text = raw(step, name);
  return text ? parse_bytes(*text) : std::nullopt;
}

std::optional<std::uint64_t> early_at(const Step& step) {
  if (!has(step, "early")) return std::nullopt;
  return count(step, "early_after").value_or(0);
}

std::optional<Duration> duration(const Step& step, std::string_view name) {
  const auto text = raw(step, name);
  return text ? parse_duration(*text) : std::nullopt;
}

std::optional<Distribution> distribution(const Step& step, std::string_view name) {
  const auto text = raw(step, name);
  return text ? parse_distribution(*text) : std::nullopt;
}

std::optional<Pace> pace(const Step& step, std::string_view name) {
  const auto text = raw(step, name);
  return text ? parse_pace(*text) : std::nullopt;
}

std::optional<Span> slice(const Step& step) {
  const auto text = raw(step, "slice");
  return text ? parse_span(*text) : std::nullopt;
}

std::vector<WeightedStatus> weighted_statuses(const Step& step) {
  const auto text = raw(step, "status");
  if (!text) return {};
  return parse_weighted_statuses(*text).value_or(std::vector<WeightedStatus>{});
}

std::vector<Interim> interims(const Step& step) {
  const auto text = raw(step, "interim");
  if (!text) return {};
  return parse_interims(*text).value_or(std::vector<Interim>{});
}

std::optional<LengthLie> length_lie(const Step& step) {
  const auto text = raw(step, "length");
  return text ? parse_length_lie(*text) : std::nullopt;
}

std::vector<BadHeader> bad_headers(const Step& step) {
  const auto text = raw(step, "bad");
  if (!text) return {};
  return parse_word_list(*text).value_or(std::vector<BadHeader>{});
}

std::optional<BodySpec> body(const Step& step) {
  const auto text = raw(step, "body");
  return text ? parse_body(*text) : std::nullopt;
}

std::optional<Duration> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto value = unsigned_duration(text);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

std::optional<Distribution> parse_distribution(std::string_view text) {
  if (const auto inside = call(text, "exp")) {
    const auto mean = unsigned_duration(*inside);
    if (!mean) return std::nullopt;
    return Distribution{Distribution::Kind::kExponential, *mean, Duration{0}, 0};
  }
  if (const auto inside = call(text, "logn")) {
    const std::size_t comma = inside->find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto median = unsigned_duration(inside->substr(0, comma));
    const auto sigma = parse_real(inside->substr(comma + 1));
    // Beyond sigma 5 a draw is a second or a century: a slip, not a distribution.
    if (!median || !sigma || *sigma > 5) return std::nullopt;
    return Distribution{Distribution::Kind::kLogNormal, *median, Duration{0}, *sigma};
  }
  if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
    return parse_uniform(text, dots);
  }
  const auto value = unsigned_duration(text);
  if (!value) return std::nullopt;
  return Distribution{Distribution::Kind::kFixed, *value, Duration{0}, 0};
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  if (text.ends_with("/s")) text.remove_suffix(2);
  std::uint64_t unit = 1;
  for (const auto& [suffix, factor] : {std::pair<std::string_view, std::uint64_t>{"Ki", 1024},
                                       {"Mi", 1024 * 1024},
                                       {"k", 1000},
                                       {"M", 1'000'000},
                                       {"G", 1'000'000'000}}) {
    if (!text.ends_with(suffix)) continue;
    text.remove_suffix(suffix.size());
    unit = factor;
    break;
  }
  const auto value = parse_count(text);
  if (!value || *value > std::numeric_limits<std::uint64_t>::max() / unit) return std::nullopt;
  return *value * unit;
}

std::optional<Pace> parse_pace(std::string_view text) {
  Pace pace;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    const std::string_view phase = text.substr(at + 1);
    if (phase != "headers" && phase != "status") return std::nullopt;
    pace.from = phase == "headers" ? Phase::kHeaders : Phase::kStatus;
    text = text.substr(0, at);
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto n = parse_bytes(text.substr(0, slash));
  std::string per(text.substr(slash + 1));
  if (find_unit(per) != nullptr) per.insert(0, "1");  // 5/s is 5/1s
  const auto interval = unsigned_duration(per);
  if (!n || *n == 0 || !interval || interval->count() == 0) return std::nullopt;
  pace.count = *n;
  pace.per = *interval;
  return pace;
}

std::optional<Span> parse_span(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto low = parse_count(text.substr(0, dots));
  const auto high = dots == std::string_view::npos ? low : parse_count(text.substr(dots + 2));
  if (!low || !high || *low == 0 || *low > *high) return std::nullopt;
  return Span{*low, *high};
}

std::optional<std::vector<WeightedStatus>> parse_weighted_statuses(std::string_view text) {
  std::vector<WeightedStatus> out;
  std::uint64_t sum = 0;
  for (std::string_view piece : pieces(text)) {
    // Scripts spell the weight with a star; httpbin's paths spell it with a colon.
    const std::size_t star = piece.find_first_of("*:");
    const auto status = parse_status(piece.substr(0, star));
    const auto weight = star == std::string_view::npos ? std::optional<std::uint64_t>(1)
                                                       : parse_count(piece.substr(star + 1));
    if (!status || !weight || *weight > 1'000'000'000) return std::nullopt;
    out.push_back({*status, *weight});
    sum += *weight;
  }
  if (sum == 0) return std::nullopt;
  return out;
}

std::optional<std::vector<Interim>> parse_interims(std::string_view text) {
  std::vector<Interim> out;
  for (std::string_view piece : pieces(text)) {
    const std::size_t x = piece.find('x');
    const auto status = parse_status(piece.substr(0, x));
    std::optional<std::uint64_t> times = 1;
    if (x != std::string_view::npos) {
      times = piece.substr(x + 1) == "endless" ? std::optional<std::uint64_t>(0)
                                               : parse_count(piece.substr(x + 1));
      if (piece.substr(x + 1) != "endless" && times == std::uint64_t{0}) return std::nullopt;
    }
    if (!status || *status > 199 || !times) return std::nullopt;
    out.push_back({*status, *times});
  }
  return out;
}

std::optional<LengthLie> parse_length_lie(std::string_view text) {
  if (text == "none") return LengthLie{LengthLie::Kind::kOff, 0};
  auto kind = LengthLie::Kind::kExact;
  if (text.starts_with('+')) kind = LengthLie::Kind::kMore;
  if (text.starts_with('-')) kind = LengthLie::Kind::kLess;
  if (kind != LengthLie::Kind::kExact) text.remove_prefix(1);
  const auto value = parse_bytes(text);
  if (!value) return std::nullopt;
  return LengthLie{kind, *value};
}

std::optional<std::vector<BadHeader>> parse_word_list(std::string_view text) {
  std::vector<BadHeader> out;
  for (std::string_view piece : pieces(text)) {
    const std::size_t colon = piece.find(':');
    const auto size = colon == std::string_view::npos ? std::optional<std::uint64_t>(0)
                                                      : parse_bytes(piece.substr(colon + 1));
    if (!size || piece.substr(0, colon).empty()) return std::nullopt;
    out.push_back({std::string(piece.substr(0, colon)), *size});
  }
  return out;
}

std::optional<BodySpec> parse_body(std::string_view text) {
  using Kind = BodySpec::Kind;
  if (text == "none") return BodySpec{Kind::kNone, 0, {}};
  if (text == "echo") return BodySpec{Kind::kEcho, 0, {}};
  if (text.starts_with("text:")) return BodySpec{Kind::kText, 0, std::string(text.substr(5))};
  const bool random = text.starts_with("random:");
  if (!random && !text.starts_with("fill:")) return std::nullopt;
  const auto size = parse_bytes(text.substr(random ? 7 : 5));
  if (!size) return std::nullopt;
  return BodySpec{random ? Kind::kRandom : Kind::kFill, *size, {}};
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  if (!holdfast::base::read_real(text, value) || !std::isfinite(value) || std::signbit(value)) {
    return std::nullopt;
  }
  return value;
}

std::string print_duration(Duration value) {
  const std::int64_t ns = value.count();
  if (ns == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (ns % unit.ns == 0) return std::to_string(ns / unit.ns) + std::string(unit.name);
  }
  return std::to_string(ns) + "ns";
}

std::string print_distribution(const Distribution& value) {
  switch (value.kind) {
    case Distribution::Kind::kUniform:
      return print_duration(value.a) + ".." + print_duration(value.b);
    case Distribution::Kind::kLogNormal:
      return "logn(" + print_duration(value.a) + "," + print_real(value.sigma) + ")";
    case Distribution::Kind::kExponential:
      return "exp(" + print_duration(value.a) + ")";
    case Distribution::Kind::kFixed:
      break;
  }
  return print_duration(value.a);
}

std::string print_real(double value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

}  // namespace fault
