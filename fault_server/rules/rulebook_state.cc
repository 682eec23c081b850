#include "fault_server/rules/rulebook_state.h"

#include <algorithm>
#include <utility>

#include "fault_server/script/line.h"

namespace fault {
namespace {

constexpr std::size_t kMostUnmatched = 128;
constexpr std::size_t kMostNearest = 3;

const Rule* find_rule(const std::vector<Rule>& rules, std::string_view id) {
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.id == id; });
  return found == rules.end() ? nullptr : &*found;
}

CursorState place_of_cursor(const Cursor& cursor, std::string rule, std::string scope) {
  CursorState out;
  out.rule = std::move(rule);
  out.scope = std::move(scope);
  out.step = cursor.step;
  out.used = cursor.used;
  out.ordinal = cursor.ordinal;
  return out;
}

Cursor cursor_at(const CursorState& place) {
  Cursor out;
  out.step = static_cast<std::size_t>(place.step);
  out.used = static_cast<std::uint32_t>(place.used);
  out.ordinal = place.ordinal;
  return out;
}

std::string override_name(const CursorState& place) {
  return "k" + place.scope + "\n" + place.script;
}

// Nullopt when a cursor may stand there; else why not.
std::optional<std::string> misplaced(const Script& script, const CursorState& place) {
  const auto all = static_cast<std::uint64_t>(script.steps.size());
  const std::string where = "step " + std::to_string(place.step);
  if (place.step > all) {
    return where + ": the script has " + std::to_string(all) + " steps (" + std::to_string(all) +
           " is its end)";
  }
  if (place.step > 0 && script.steps[static_cast<std::size_t>(place.step - 1)].probability) {
    return where + " is one of several alternatives; give the first of them";
  }
  auto close = static_cast<std::size_t>(place.step);
  while (close < script.steps.size() && script.steps[close].probability) ++close;
  const std::uint64_t times = close < script.steps.size() ? script.steps[close].times : 1;
  if (place.used >= times) {
    return "used " + std::to_string(place.used) + ": " + where + " is served " +
           std::to_string(times) + " times; the next place is the step after it";
  }
  return std::nullopt;
}

std::optional<std::string> wrong_place(const Scenario& scenario, const CursorState& place) {
  const std::string whose = "cursor of '" + place.rule + "' for '" + place.scope + "': ";
  if (place.rule == "override" && !place.of_connections) {
    const auto script = parse_script(place.script);
    if (!script) return whose + to_string(script.error());
    const auto wrong = misplaced(*script, place);
    return wrong ? std::optional(whose + *wrong) : std::nullopt;
  }
  const Rule* rule =
      find_rule(place.of_connections ? scenario.connections : scenario.rules, place.rule);
  if (rule == nullptr) return whose + "there is no such rule";
  const auto wrong = misplaced(rule->script, place);
  return wrong ? std::optional(whose + *wrong) : std::nullopt;
}

AttemptState attempt_named(const std::string& name, std::uint64_t count) {
  const std::size_t first = name.find('\n');
  const std::size_t second = name.find('\n', first + 1);
  return {name.substr(0, first), name.substr(first + 1, second - first - 1),
          name.substr(second + 1), count};
}

using CursorsByRule = std::map<std::string, Cursors>;

void show(const CursorsByRule& cursors, bool of_connections, std::vector<CursorState>& out) {
  for (const auto& [rule, scopes] : cursors) {
    for (const auto& [scope, cursor] : scopes) {
      if (cursor.ordinal == 0 && cursor.step == 0 && cursor.used == 0) continue;
      out.push_back(place_of_cursor(cursor, rule, scope));
      out.back().of_connections = of_connections;
    }
  }
}

void forget(CursorsByRule& cursors, std::optional<std::string_view> scope) {
  if (!scope) return cursors.clear();
  for (auto& [rule, scopes] : cursors) scopes.erase(std::string(*scope));
}

}  // namespace

RulebookState Rulebook::state() const {
  RulebookState out;
  show(state_->rule_cursors, false, out.cursors);
  show(state_->connection_cursors, true, out.cursors);
  for (const auto& [name, cursor] : state_->override_cursors) {
    if (name.front() != 'k') continue;  // without a fault_key it begins anew at each request
    const std::size_t line = name.find('\n');
    out.cursors.push_back(place_of_cursor(cursor, "override", name.substr(1, line - 1)));
    out.cursors.back().script = name.substr(line + 1);
  }
  for (const auto& [name, count] : state_->attempts) {
    out.attempts.push_back(attempt_named(name, count));
  }
  return out;
}

std::optional<std::string> Rulebook::complaint(const RulebookState& state) const {
  for (const CursorState& place : state.cursors) {
    if (auto wrong = wrong_place(state_->scenario, place)) return wrong;
  }
  for (const AttemptState& one : state.attempts) {
    if ((one.key + one.method).find('\n') != std::string::npos) {
      return "attempts: a key or method with a line end in it";
    }
  }
  return std::nullopt;
}

void Rulebook::set_cursors(const std::vector<CursorState>& cursors,
                           std::optional<std::string_view> scope) {
  forget(state_->rule_cursors, scope);
  forget(state_->connection_cursors, scope);
  std::erase_if(state_->override_cursors, [&](const auto& one) {
    return !scope || one.first.starts_with("k" + std::string(*scope) + "\n");
  });
  for (const CursorState& place : cursors) {
    if (place.rule == "override" && !place.of_connections) {
      state_->override_cursors[override_name(place)] = cursor_at(place);
    } else {
      auto& all = place.of_connections ? state_->connection_cursors : state_->rule_cursors;
      all[place.rule][place.scope] = cursor_at(place);
    }
  }
}

void Rulebook::set_attempts(const std::vector<AttemptState>& attempts,
                            std::optional<std::string_view> key) {
  std::erase_if(state_->attempts, [&](const auto& one) {
    return !key || one.first.starts_with(std::string(*key) + "\n");
  });
  for (const AttemptState& one : attempts) {
    state_->attempts[one.key + "\n" + one.method + "\n" + one.path] = one.count;
  }
}

void Rulebook::State::note_unmatched(const RequestView& request, const std::string& key,
                                     std::uint64_t attempt) {
  if (scenario.rules.empty()) return;  // nothing that could have been near
  if (unmatched.size() == kMostUnmatched) unmatched.pop_front();
  unmatched.push_back({key, attempt, RequestCopy(request)});
}

std::size_t Rulebook::unmatched_count() const { return state_->unmatched.size(); }

std::vector<Unmatched> Rulebook::unmatched() const {
  std::vector<Unmatched> out;
  for (const State::Stranger& one : state_->unmatched) {
    const RequestView request = one.request.view();
    Unmatched& to = out.emplace_back();
    to.key = one.key;
    to.method = one.request.method;
    to.target = one.request.target;
    to.path = one.request.path;
    to.attempt = one.attempt;
    to.since_start = one.request.since_start;
    for (std::size_t i : state_->rule_order) {
      const Rule& rule = state_->scenario.rules[i];
      NearMiss miss = near_miss(rule.id, rule.match, request, one.attempt);
      const std::string scope = cursor_scope(rule.per, request, one.key);
      if (rule.match.scope && *rule.match.scope != scope) {
        miss.failed.push_back("scope: found " + scope + ", expected " + *rule.match.scope);
      } else if (miss.failed.empty() && state_->has_dropped_out(rule, scope)) {
        miss.failed.push_back("its script has ended for " + scope + " (then: drop)");
      }
      to.nearest.push_back(std::move(miss));
    }
    sort_by_closeness(to.nearest);
    if (to.nearest.size() > kMostNearest) to.nearest.resize(kMostNearest);
  }
  return out;
}

bool Rulebook::State::has_dropped_out(const Rule& rule, const std::string& scope) const {
  if (rule.script.tail != Tail::kDrop) return false;
  const auto scopes = rule_cursors.find(rule.id);
  if (scopes == rule_cursors.end()) return false;
  const auto cursor = scopes->second.find(scope);
  return cursor != scopes->second.end() && cursor->second.step >= rule.script.steps.size();
}

}  // namespace fault
