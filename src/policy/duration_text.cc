#include "policy/duration_text.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace holdfast::policy {
namespace {

struct Unit {
  std::uint64_t ns;
  std::size_t decimals;  // digits after the point for one nanosecond in this unit
  std::string_view name;
};
constexpr std::array<Unit, 4> kUnits = {
    {{1'000'000'000, 9, "s"}, {1'000'000, 6, "ms"}, {1'000, 3, "us"}, {1, 0, "ns"}}};

}  // namespace

std::string duration_text(Duration time) {
  if (time == kOff) return "off";
  if (time == Duration::zero()) return "0s";
  const bool negative = time < Duration::zero();
  // The smallest count has no positive counterpart, so the negation uses unsigned arithmetic.
  const auto count = static_cast<std::uint64_t>(time.count());
  const std::uint64_t ns = negative ? 0 - count : count;
  const Unit* unit = kUnits.data();
  while (ns < unit->ns) ++unit;

  std::string text = (negative ? "-" : "") + std::to_string(ns / unit->ns);
  if (std::string fraction = std::to_string(ns % unit->ns); fraction != "0") {
    fraction.insert(0, unit->decimals - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += "." + fraction;
  }
  return text.append(unit->name);
}

std::string number_text(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", number);
  return text.data();
}

}  // namespace holdfast::policy
