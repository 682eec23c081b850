// Seeded random numbers. Each purpose has its own stream, split from one seed by name, so that an
// additional draw for jitter does not change the ids. Not for secrets. Thread: one owner.
#pragma once

#include <cstdint>
#include <string_view>

namespace holdfast::base {

/// Mixes 64 bits thoroughly (the finalizer of SplitMix64).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

/// FNV-1a over the bytes, then mixed: a stable hash for stream names, keys and dedup.
constexpr std::uint64_t hash64(std::string_view text, std::uint64_t seed = 0) {
  std::uint64_t h = 0xCBF29CE484222325ULL ^ mix64(seed);
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return mix64(h);
}

class Rng {
 public:
  explicit constexpr Rng(std::uint64_t seed) : state_(seed) {}

  /// Returns an independent stream for one purpose: `Rng::stream(seed, "jitter")`.
  static constexpr Rng stream(std::uint64_t seed, std::string_view purpose) {
    return Rng(hash64(purpose, seed));
  }

  constexpr std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return mix64(state_);
  }

  /// Uniform in [0, 1), 53 bits.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// Uniform in [low, high], both ends included. The modulo bias is below 2^-32 for the small
  /// ranges used here, and accepted for speed.
  constexpr std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    const std::uint64_t width = high - low + 1;
    return width == 0 ? next() : low + next() % width;
  }

  constexpr bool chance(double probability) { return unit() < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace holdfast::base
