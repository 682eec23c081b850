// Which step a request or a connection gets. Owns the rules, their cursors (per request,
// connection, key or global: never one for all unless asked) and the seed of the hashed chance.
// Pure state: no I/O, no clock of its own. A cursor advances when a request *matches*, never on
// completion. Thread: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "fault_server/rules/near_miss.h"
#include "fault_server/script/scenario.h"

namespace fault {

/// The step chosen, with what the journal wants to know about the choice. Everything that chance
/// decides about the step itself is decided: its weighted status is one status, its distributions
/// are fixed durations. Only bytes (random bodies, garbage, slices) are still to be drawn.
struct Choice {
  Step step;
  std::string rule;   // id; "" when nothing matched, "override" for ?fault= / X-Fault
  std::string key;    // of the request: first source of `defaults.key` present
  std::string scope;  // whose cursor was used (limiters and overload models live here too)
  std::uint32_t step_index = 0;
  std::uint64_t ordinal = 0;   // n-th match of this rule in this scope, from 1
  std::uint64_t attempt = 0;   // n-th request by this key on this method+path, from 1
  std::optional<double> draw;  // the hashed chance, when a probability was involved
  std::uint64_t chance = 0;    // hash(seed, rule, scope, ordinal): source for every further draw
  std::string problem;         // an override that did not parse: the complaint (step answers 400)
};

/// Where one cursor stands.
struct CursorState {
  bool of_connections = false;  // of a rule for connections
  std::string rule, scope;      // rule "override": the scope is a fault_key
  std::string script;           // "override" only: the script it stands in
  std::uint64_t step = 0;     // where the next group begins; the number of steps: the tail decides
  std::uint64_t used = 0;     // how often that group was served already
  std::uint64_t ordinal = 0;  // matches so far
  friend bool operator==(const CursorState&, const CursorState&) = default;
};

/// How often a key has asked for one path.
struct AttemptState {
  std::string key, method, path;
  std::uint64_t count = 0;
  friend bool operator==(const AttemptState&, const AttemptState&) = default;
};

/// What a rulebook remembers of the run, beside its rules; ordered by rule and scope, or by key.
struct RulebookState {
  std::vector<CursorState> cursors;
  std::vector<AttemptState> attempts;
  friend bool operator==(const RulebookState&, const RulebookState&) = default;
};

class Rulebook {
 public:
  explicit Rulebook(Scenario scenario);
  ~Rulebook();
  Rulebook(Rulebook&&) noexcept;
  Rulebook& operator=(Rulebook&&) noexcept;

  /// Chooses for a request and advances the cursor of the rule that matched.
  Choice choose(const RequestView& request);

  /// Chooses for a connection about to be accepted and advances; nullopt: nothing special.
  std::optional<Choice> choose_connection(std::string_view listener, std::uint64_t nth,
                                          std::string_view peer,
                                          holdfast::base::Instant since_start = {});
  /// The same without advancing anything: what that connection would get.
  std::optional<Choice> peek_connection(std::string_view listener, std::uint64_t nth,
                                        std::string_view peer,
                                        holdfast::base::Instant since_start = {}) const;

  /// Replaces the rules (validated beforehand); cursors of rules with the same id are kept.
  void replace(Scenario scenario);
  void reset_cursors();

  const Scenario& scenario() const;

  RulebookState state() const;
  /// What is wrong with these places: no such rule, or no place in its script where a group begins.
  std::optional<std::string> complaint(const RulebookState& state) const;
  /// Puts cursors where they are said to be (complaint() has none); those not mentioned begin anew.
  /// With `scope` only that scope's cursors and that key's attempts are touched.
  void set_cursors(const std::vector<CursorState>& cursors,
                   std::optional<std::string_view> scope = std::nullopt);
  void set_attempts(const std::vector<AttemptState>& attempts,
                    std::optional<std::string_view> key = std::nullopt);

  /// The last requests that no rule served although there were some, oldest first, with the rules
  /// that come closest now. Forgotten by reset_cursors().
  std::vector<Unmatched> unmatched() const;
  std::size_t unmatched_count() const;

  /// The run so far as a scenario without chance (--freeze): every rule with chance in it becomes
  /// one rule per scope it served, with every draw replaced by its outcome. A request beyond the
  /// recording meets 404, or the rules below where the original had dropped out.
  Scenario frozen() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fault
