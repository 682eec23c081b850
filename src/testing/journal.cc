// Queries of the journal.
#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "fault_server/journal/sha256.h"
#include "holdfast/testing.h"

namespace holdfast::testing {

namespace {

std::string seconds(Duration span) {
  char text[48];
  std::snprintf(text, sizeof text, "%11.6fs", static_cast<double>(span.count()) / 1e9);
  return text;
}

}  // namespace

bool Seen::body_is(std::string_view expected) const {
  if (!whole || body_bytes != expected.size()) return false;
  return expected.empty() || body_sha256 == fault::sha256_hex(expected);
}

std::vector<Duration> Journal::gaps() const {
  std::vector<Duration> gaps;
  for (std::size_t i = 1; i < requests.size(); ++i) {
    gaps.push_back(requests[i].at - requests[i - 1].at);
  }
  return gaps;
}

std::vector<int> Journal::statuses() const {
  std::vector<int> statuses;
  for (const Seen& seen : requests) statuses.push_back(seen.status);
  return statuses;
}

std::size_t Journal::connections() const {
  std::set<std::pair<std::string_view, std::uint64_t>> different;
  for (const Seen& seen : requests) different.emplace(seen.origin, seen.connection);
  return different.size();
}

std::string Journal::to_string() const {
  std::string text;
  for (const Seen& seen : requests) {
    text += seconds(seen.at) + " " + seen.origin + " connection " +
            std::to_string(seen.connection) + ": " + seen.method + " " + seen.target;
    if (!seen.whole) text += " (cut short)";
    text += seen.status != 0 ? " -> " + std::to_string(seen.status) : std::string(" -> nothing");
    if (seen.status != 0 && !seen.answered) text += " (cut short)";
    if (!seen.step.empty()) text += "  [" + seen.step + "]";
    text += "\n";
  }
  return text;
}

}  // namespace holdfast::testing
