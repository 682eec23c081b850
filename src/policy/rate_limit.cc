#include "policy/rate_limit.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "policy/retry_after.h"

namespace holdfast::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A number of at least this many seconds is an epoch (2001-09-09): as a wait it would be 31 years.
constexpr Duration kLeastEpoch = seconds(1'000'000'000);

std::optional<Duration> parse_reset(std::string_view text, ResponseClock& clock) {
  const std::optional<Duration> wait = parse_whole(text, seconds(1));
  if (!wait || *wait < kLeastEpoch || *wait == kUnboundedWait) return wait;
  return distance(base::WallTime{wait->count()}, clock);
}

/// Removes the text before the next `separator` from `rest` and returns it; separators within a
/// quoted string do not count (RFC 9651 §4.2.5).
std::string_view take_until(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (rest[at] == '"') quoted = !quoted;
    if (quoted && rest[at] == '\\') ++at;
    if (!quoted && rest[at] == separator) break;
  }
  const std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return without_blanks(piece);
}

/// Collects waits and keeps the longest.
class Longest {
 public:
  void add(std::optional<Duration> wait, DelaySource source) {
    seen_ = true;
    if (!wait || *wait < hint_.wait || (*wait == hint_.wait && source > hint_.source)) return;
    hint_.wait = *wait;
    hint_.source = source;
  }
  void unparsable() { seen_ = true; }
  WaitHint take() {
    if (hint_.wait > Duration::zero()) {
      hint_.note = RetryAfterNote::used;
    } else if (hint_.wait == Duration::zero()) {
      hint_.note = RetryAfterNote::past;
    } else if (seen_) {
      hint_.note = RetryAfterNote::unparsable;
    }
    return hint_;
  }

 private:
  WaitHint hint_;
  bool seen_ = false;
};

/// The values for one limit, from one member or from the whole dictionary of draft 07. Of a
/// repeated value the one with the longer wait counts.
struct Limit {
  std::optional<bool> none_left;
  std::optional<Duration> reset;
  bool malformed = false;

  void set_left(std::string_view text) {
    const auto left = parse_whole(text, milliseconds(1));
    malformed = malformed || !left;
    if (left) none_left = none_left.value_or(false) || *left == Duration::zero();
  }
  void set_reset(std::string_view text) {
    const auto wait = parse_whole(text, seconds(1));
    malformed = malformed || !wait;
    if (wait) reset = std::max(reset.value_or(Duration::zero()), *wait);
  }
  void add_to(Longest& longest) const {
    if (!none_left || malformed) return longest.unparsable();
    if (!*none_left) return;  // this limit did not cause the response
    if (!reset) return longest.unparsable();
    longest.add(reset, DelaySource::rate_limit);
  }
};

/// `"name";r=0;t=30`: each member describes one limit.
void read_item(std::string_view params, Longest& longest) {
  Limit limit;
  while (!params.empty()) {
    std::string_view value = take_until(params, ';');
    const std::string_view key = take_until(value, '=');
    if (key == "r") limit.set_left(without_blanks(value));
    if (key == "t") limit.set_reset(without_blanks(value));
  }
  limit.add_to(longest);
}

/// The RateLimit field. The members of several fields form one list (RFC 9651 §4.2).
class RateLimitField {
 public:
  void read(std::string_view members, Longest& longest) {
    if (without_blanks(members).empty()) longest.unparsable();
    while (!members.empty()) {
      std::string_view params = take_until(members, ',');
      std::string_view value = take_until(params, ';');
      const std::string_view name = take_until(value, '=');
      value = without_blanks(value);
      if (value.empty()) {
        read_item(params, longest);
        continue;
      }
      has_dictionary_ = true;
      if (name == "remaining") dictionary_.set_left(value);
      if (name == "reset") dictionary_.set_reset(value);
    }
  }
  void finish(Longest& longest) const {
    if (has_dictionary_) dictionary_.add_to(longest);
  }

 private:
  Limit dictionary_;
  bool has_dictionary_ = false;
};

/// The smallest number in all fields of this name; nullopt if there is none.
std::optional<Duration> least_of(const Headers& headers, std::string_view name) {
  std::optional<Duration> least;
  for (const HeaderField field : headers) {
    if (!same_name(field.name, name)) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const auto number = parse_whole(take_until(rest, ','), milliseconds(1));
      if (number && (!least || *number < *least)) least = number;
    }
  }
  return least;
}

/// The reset of a limit that is not used up does not concern this response: servers send both
/// fields with every response.
bool is_used_up(const Headers& headers, std::string_view remaining) {
  return least_of(headers, remaining).value_or(Duration::zero()) == Duration::zero();
}

template <class Parse>
void add_members(std::string_view members, DelaySource source, Longest& longest, Parse parse) {
  longest.unparsable();  // unless a member is valid
  while (!members.empty()) longest.add(parse(take_until(members, ',')), source);
}

}  // namespace

WaitHint read_rate_limit(const Headers& headers, base::Now now) {
  ResponseClock clock(headers, now);
  Longest longest;
  RateLimitField rate_limit;
  const auto in_milliseconds = [](std::string_view text) {
    return parse_whole(text, milliseconds(1));
  };
  const auto reset = [&](std::string_view text) { return parse_reset(text, clock); };
  for (const HeaderField field : headers) {
    if (same_name(field.name, "retry-after-ms")) {
      add_members(field.value, DelaySource::retry_after_ms, longest, in_milliseconds);
    } else if (same_name(field.name, "RateLimit")) {
      rate_limit.read(field.value, longest);
    } else if ((same_name(field.name, "RateLimit-Reset") &&
                is_used_up(headers, "RateLimit-Remaining")) ||
               (same_name(field.name, "X-RateLimit-Reset") &&
                is_used_up(headers, "X-RateLimit-Remaining"))) {
      add_members(field.value, DelaySource::rate_limit_reset, longest, reset);
    }
  }
  rate_limit.finish(longest);
  return longest.take();
}

WaitHint read_wait_hint(const Headers& headers, base::Now now, bool others) {
  const RetryAfter retry_after = read_retry_after(headers, now);
  const bool valid =
      retry_after.note == RetryAfterNote::used || retry_after.note == RetryAfterNote::past;
  if (valid) return {retry_after.note, retry_after.wait, DelaySource::retry_after};
  WaitHint hint;
  if (others) hint = read_rate_limit(headers, now);
  if (hint.note == RetryAfterNote::absent) hint.note = retry_after.note;
  return hint;
}

}  // namespace holdfast::policy
