// The server's journal, put in order: which attempts each request made, what each connection
// carried. Points into a report, which must outlive it. Thread: any (read only).
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "proptests/simulation/report.h"

namespace proof {

/// One request message as the server saw it. What never came is null.
struct WireAttempt {
  const fault::Entry* head = nullptr;
  const fault::Entry* body = nullptr;
  const fault::Entry* end = nullptr;
  const fault::Entry* answer_head = nullptr;
  const fault::Entry* answer_body = nullptr;
  const fault::Entry* answer_end = nullptr;
  std::vector<const fault::Entry*> faults;
  const fault::Entry* rule = nullptr;       ///< which step it met
  std::vector<const fault::Entry*> frames;  ///< HTTP/2: control frames about its stream
  /// Whose it is; kNobody for a message that the server could not read.
  static constexpr std::size_t kNobody = ~std::size_t{0};
  std::size_t seen = kNobody;
  bool raced = false;  ///< met a connection that was closing; was not processed

  Instant at() const;
  Instant answered_at() const;  ///< its answer's head left; only with answer_head
  bool answer_complete() const { return answer_end != nullptr && answer_end->complete; }
  /// The value of a field of the request, or of its answer; empty if there is none.
  std::string_view asked(std::string_view field) const;
  std::string_view answered(std::string_view field) const;
  /// Whether the step it met has this modifier, such as "early=drain".
  bool met(std::string_view modifier) const;
};

class WireView {
 public:
  explicit WireView(const Report& report);
  WireView(const WireView&) = delete;
  WireView& operator=(const WireView&) = delete;

  /// In the order they reached the server.
  const std::vector<const WireAttempt*>& attempts_of(std::size_t seen) const;
  const WireAttempt* exchange(std::uint64_t serial) const;
  /// What each connection carried, in order.
  const std::map<std::uint64_t, std::vector<const WireAttempt*>>& connections() const {
    return by_connection_;
  }
  /// An answer that nobody had asked for.
  struct Poison {
    std::uint64_t connection = 0;
    Instant at;
  };
  const std::vector<Poison>& poisons() const { return poisons_; }
  /// How a connection ended; null if it was still open at the end of the run.
  const fault::Entry* close_of(std::uint64_t connection) const;
  bool is_poisoned(std::uint64_t connection) const;

 private:
  std::map<std::uint64_t, WireAttempt> exchanges_;
  std::vector<std::vector<const WireAttempt*>> by_seen_;
  std::map<std::uint64_t, std::vector<const WireAttempt*>> by_connection_;
  std::vector<Poison> poisons_;
  std::map<std::uint64_t, const fault::Entry*> closes_;
};

/// A journal's time as the client's clock has it.
Instant instant_of(const fault::Entry& entry);

}  // namespace proof
