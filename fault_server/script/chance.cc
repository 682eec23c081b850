#include "fault_server/script/chance.h"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>

namespace fault {
namespace {

using holdfast::base::hash64;
using holdfast::base::mix64;
using holdfast::base::Rng;

// A draw beyond a day serves nobody and would strain the arithmetic of instants.
constexpr double kMostDrawnNs = 86400e9;

Duration whole(double ns) {
  if (!(ns > 0)) return Duration{0};
  return Duration(static_cast<std::int64_t>(ns < kMostDrawnNs ? ns : kMostDrawnNs));
}

}  // namespace

std::uint64_t chance_of(std::uint64_t seed, std::string_view rule, std::string_view key,
                        std::uint64_t ordinal) {
  // Hashed one after the other, so that ("ab", "c") and ("a", "bc") differ.
  return mix64(hash64(key, hash64(rule, seed)) ^ mix64(ordinal));
}

double unit(std::uint64_t chance, std::string_view purpose) {
  return Rng::stream(chance, purpose).unit();
}

Duration sample(const Distribution& distribution, Rng& rng) {
  const auto a = static_cast<double>(distribution.a.count());
  switch (distribution.kind) {
    case Distribution::Kind::kFixed:
      break;
    case Distribution::Kind::kUniform:
      return Duration(static_cast<std::int64_t>(
          rng.between(static_cast<std::uint64_t>(distribution.a.count()),
                      static_cast<std::uint64_t>(distribution.b.count()))));
    case Distribution::Kind::kExponential:
      return whole(-a * std::log1p(-rng.unit()));
    case Distribution::Kind::kLogNormal: {
      // Box and Muller; 1 - u keeps the logarithm away from zero.
      const double radius = std::sqrt(-2 * std::log1p(-rng.unit()));
      const double normal = radius * std::cos(2 * std::numbers::pi * rng.unit());
      return whole(a * std::exp(distribution.sigma * normal));
    }
  }
  return distribution.a;
}

int pick(const std::vector<WeightedStatus>& choices, double u) {
  std::uint64_t sum = 0;
  for (const WeightedStatus& choice : choices) sum += choice.weight;
  double left = u * static_cast<double>(sum);
  int last = choices.front().status;
  for (const WeightedStatus& choice : choices) {
    if (choice.weight == 0) continue;
    last = choice.status;
    left -= static_cast<double>(choice.weight);
    if (left < 0) break;
  }
  return last;
}

}  // namespace fault
