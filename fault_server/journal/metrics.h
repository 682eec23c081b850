// Counts of everything the journal has ever recorded, whatever its ring has dropped since, in the
// text format that Prometheus scrapes. Owned by the journal, which shows it every entry. Only
// grows: a reset of the server does not reset it, as counters must not. Thread: one owner.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace fault {

struct Entry;

/// What is true at the moment of the scrape and in no entry.
struct Gauges {
  std::uint64_t connections = 0, rules = 0, journal_entries = 0, journal_dropped = 0;
  std::uint64_t generation = 0, resets = 0, limiters = 0, unmatched = 0;
  double uptime_s = 0;
};

class Metrics {
 public:
  void count(const Entry& entry);
  std::string text(const Gauges& gauges) const;

 private:
  /// By the value of one label; what comes from clients or scripts without end shares "other".
  using ByLabel = std::map<std::string, std::uint64_t, std::less<>>;
  static void add(ByLabel& to, std::string_view label);

  std::array<std::uint64_t, 32> by_type_{};
  ByLabel opened_, refused_, requests_, responses_, faults_, rules_, closed_;
  std::uint64_t malformed_ = 0, cut_ = 0, asked_to_wait_ = 0;
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
};

}  // namespace fault
