#include "tool/nearest.h"

#include <algorithm>
#include <cstddef>

namespace holdfast::tool {

namespace {

/// The number of letters to add, drop, change or swap with a neighbour (Damerau's distance, without
/// editing a letter twice).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> far(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) far[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) far[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = far[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      far[i][j] = std::min({far[i - 1][j] + 1, far[i][j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        far[i][j] = std::min(far[i][j], far[i - 2][j - 2] + 1);
      }
    }
  }
  return far[a.size()][b.size()];
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 64;  // longer words are near to none
  constexpr std::size_t kTelling = 4;   // shorter words begin too many others
  if (word.empty() || word.size() > kLongest) return "";
  // With two letters, a typo leaves almost nothing in common.
  std::size_t least = word.size() < 3 ? 1 : word.size() < 5 ? 2 : 3;
  const std::string* best = nullptr;
  for (const std::string& each : words) {
    if (each.ends_with("." + word)) return each;
    const std::size_t far = distance(word, each);
    if (far >= least) continue;
    least = far;
    best = &each;
  }
  if (best != nullptr) return *best;
  const auto begins = [&](const std::string& each) { return each.starts_with(word); };
  if (word.size() < kTelling || std::count_if(words.begin(), words.end(), begins) != 1) return "";
  return *std::find_if(words.begin(), words.end(), begins);
}

}  // namespace holdfast::tool
