// Collects the mistakes in options while they are checked. Owned by one call of validate(); it
// formats values and does not know the rules. Thread: one owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/policy.h"
#include "policy/duration_text.h"

namespace holdfast::policy {

/// A longer finite time is a mistake in the unit, and sums of such times could overflow a Duration.
constexpr Duration kYear = std::chrono::hours(24 * 365);
constexpr bool is_too_long(Duration time) { return time > kYear && time != kOff; }

class Complaints {
 public:
  void add(std::string option, std::string value, std::string remedy) {
    found_.push_back({std::move(option), std::move(value), std::move(remedy)});
  }
  /// Adds a mistake if `wrong`.
  void check(bool wrong, const char* option, Duration value, const char* remedy) {
    if (wrong) add(option, duration_text(value), remedy);
  }
  void check(bool wrong, const char* option, double value, const char* remedy) {
    if (wrong) add(option, number_text(value), remedy);
  }
  void check(bool wrong, const char* option, std::uint64_t value, const char* remedy) {
    if (wrong) add(option, std::to_string(value), remedy);
  }
  void check(bool wrong, const char* option, std::string value, const char* remedy) {
    if (wrong) add(option, std::move(value), remedy);
  }
  void check(bool wrong, const char* option, const char* value, const char* remedy) {
    if (wrong) add(option, value, remedy);
  }
  std::vector<OptionError> take() { return std::move(found_); }

 private:
  std::vector<OptionError> found_;
};

}  // namespace holdfast::policy
