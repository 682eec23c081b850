#include "fault_server/rules/rulebook.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "fault_server/rules/rulebook_state.h"
#include "fault_server/script/chance.h"
#include "fault_server/script/line.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

// Scopes end up in JSON documents and journals; bytes that do not belong there are escaped.
std::string printable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string connection_name(std::string_view listener, std::uint64_t nth) {
  return std::string(listener) + "#" + std::to_string(nth);
}

std::optional<std::string> key_from(const KeySource& source, const RequestView& request) {
  switch (source.kind) {
    case KeySource::Kind::kHeader:
      if (request.headers != nullptr) {
        if (const auto value = header_value(*request.headers, source.name)) {
          return std::string(*value);
        }
      }
      return std::nullopt;
    case KeySource::Kind::kQuery:
      return query_value(request.query, source.name);
    case KeySource::Kind::kConnection:
      return connection_name(request.listener, request.connection);
    case KeySource::Kind::kPeer:
      break;
  }
  return std::string(request.peer);
}

std::string request_key(const std::vector<KeySource>& sources, const RequestView& request) {
  for (const KeySource& source : sources) {
    if (auto key = key_from(source, request)) return printable(*key);
  }
  return printable(request.peer);
}

// What tells one request and its retries from another of the same client.
std::string request_identity(const RequestView& request, const std::string& key) {
  if (request.headers != nullptr) {
    for (std::string_view name : {"Idempotency-Key", "X-Request-Id"}) {
      if (const auto id = header_value(*request.headers, name)) return printable(*id);
    }
  }
  return printable(key + " " + std::string(request.method) + " " + std::string(request.target));
}

std::string connection_scope(Per per, std::string_view listener, std::uint64_t nth,
                             std::string_view peer) {
  if (per == Per::kGlobal) return "*";
  if (per == Per::kConnection) return connection_name(listener, nth);
  return printable(peer);
}

std::vector<std::size_t> by_priority(const std::vector<Rule>& rules) {
  std::vector<std::size_t> order(rules.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return rules[a].priority > rules[b].priority;
  });
  return order;
}

}  // namespace

std::string cursor_scope(Per per, const RequestView& request, const std::string& key) {
  switch (per) {
    case Per::kGlobal:
      return "*";
    case Per::kConnection:
      return connection_name(request.listener, request.connection);
    case Per::kRequest:
      return request_identity(request, key);
    case Per::kKey:
      break;
  }
  return key;
}

Rulebook::Rulebook(Scenario scenario) : state_(std::make_unique<State>(std::move(scenario))) {}
Rulebook::~Rulebook() = default;
Rulebook::Rulebook(Rulebook&&) noexcept = default;
Rulebook& Rulebook::operator=(Rulebook&&) noexcept = default;

const Scenario& Rulebook::scenario() const { return state_->scenario; }

void Rulebook::State::take(Scenario from) {
  scenario = std::move(from);
  rule_order = by_priority(scenario.rules);
  connection_order = by_priority(scenario.connections);
}

// The cursor's next step for this scope; nullopt when the rule has dropped out of it.
std::optional<Choice> Rulebook::State::turn(const Rule& rule, const std::string& scope,
                                            Cursor& cursor) const {
  auto taken = advance(cursor, rule.script, scenario.seed, rule.id, scope);
  if (!taken) return std::nullopt;
  Choice choice;
  choice.step = std::move(taken->step);
  choice.rule = rule.id;
  choice.scope = scope;
  choice.step_index = taken->index;
  choice.ordinal = cursor.ordinal;
  choice.draw = taken->draw;
  choice.chance = taken->chance;
  return choice;
}

// ?fault= and X-Fault. Without a fault_key the script's first step serves this one exchange.
std::optional<Choice> Rulebook::State::choose_override(const RequestView& request,
                                                       const std::string& key) {
  if (!scenario.allow_override) return std::nullopt;
  std::optional<std::string> line, fault_key;
  if (request.headers != nullptr) {
    if (const auto header = header_value(*request.headers, "X-Fault")) line = *header;
    if (const auto header = header_value(*request.headers, "X-Fault-Key")) fault_key = *header;
  }
  if (!line) line = query_value(request.query, "fault");
  if (!line) return std::nullopt;
  if (!fault_key) fault_key = query_value(request.query, "fault_key");

  Choice choice;
  choice.rule = "override";
  choice.scope = fault_key ? printable(*fault_key) : key;
  auto script = parse_script(*line);
  std::string problem;
  if (!script) {
    problem = to_string(script.error());
  } else if (const auto wrong = misplaced_step(*script, false)) {
    problem = "found '" + print_step(script->steps[wrong->step]) + "', expected " + wrong->text;
  } else if (const auto strangers = unplayable(*script, {request.version == "HTTP/2", false});
             !strangers.empty()) {
    problem = strangers.front();
  }
  if (!problem.empty()) {
    choice.problem = "fault script: " + problem;
    choice.step.status = 400;
    choice.step.extra.emplace_back("body", "text:" + choice.problem + "\n");
    return choice;
  }
  // Another script under the same key begins at its own beginning.
  Cursor& cursor = override_cursors[(fault_key ? "k" : "-") + choice.scope + "\n" + *line];
  if (!fault_key) cursor.rewind();
  auto taken = advance(cursor, *script, scenario.seed, choice.rule, choice.scope);
  if (!taken) return std::nullopt;  // "a; b; drop": the rules take over
  choice.step = std::move(taken->step);
  choice.step_index = taken->index;
  choice.ordinal = cursor.ordinal;
  choice.draw = taken->draw;
  choice.chance = taken->chance;
  return choice;
}

Choice Rulebook::choose(const RequestView& request) {
  State& state = *state_;
  const std::string key = request_key(state.scenario.key, request);
  const std::uint64_t attempt =
      ++state.attempts[key + "\n" + std::string(request.method) + "\n" + std::string(request.path)];
  std::optional<Choice> choice = state.choose_override(request, key);
  for (std::size_t i = 0; !choice && i < state.rule_order.size(); ++i) {
    const Rule& rule = state.scenario.rules[state.rule_order[i]];
    if (!matches(rule.match, request, attempt)) continue;
    const std::string scope = cursor_scope(rule.per, request, key);
    if (rule.match.scope && *rule.match.scope != scope) continue;
    choice = state.turn(rule, scope, state.rule_cursors[rule.id][scope]);
  }
  if (!choice) {
    state.note_unmatched(request, key, attempt);
    choice.emplace();
    choice->step.action = ActionKind::kPass;
    choice->scope = key;
    choice->ordinal = attempt;
    choice->chance = chance_of(state.scenario.seed, "", key, attempt);
  }
  choice->key = key;
  choice->attempt = attempt;
  return std::move(*choice);
}

std::optional<Choice> Rulebook::State::connection(std::string_view listener, std::uint64_t nth,
                                                  std::string_view peer,
                                                  holdfast::base::Instant since_start,
                                                  std::map<std::string, Cursors>& all) const {
  for (std::size_t i : connection_order) {
    const Rule& rule = scenario.connections[i];
    if (!matches_connection(rule.match, listener, nth, since_start)) continue;
    const std::string scope = connection_scope(rule.per, listener, nth, peer);
    if (rule.match.scope && *rule.match.scope != scope) continue;
    if (auto choice = turn(rule, scope, all[rule.id][scope])) {
      choice->key = printable(peer);
      return choice;
    }
  }
  return std::nullopt;
}

std::optional<Choice> Rulebook::choose_connection(std::string_view listener, std::uint64_t nth,
                                                  std::string_view peer,
                                                  holdfast::base::Instant since_start) {
  return state_->connection(listener, nth, peer, since_start, state_->connection_cursors);
}

std::optional<Choice> Rulebook::peek_connection(std::string_view listener, std::uint64_t nth,
                                                std::string_view peer,
                                                holdfast::base::Instant since_start) const {
  if (state_->scenario.connections.empty()) return std::nullopt;
  auto cursors = state_->connection_cursors;
  return state_->connection(listener, nth, peer, since_start, cursors);
}

namespace {

// A cursor is a position in a script and a history of draws: it survives only both unchanged.
void keep_cursors(std::map<std::string, Cursors>& cursors, const std::vector<Rule>& before,
                  const std::vector<Rule>& after) {
  for (const Rule& old : before) {
    const bool same = std::any_of(after.begin(), after.end(), [&](const Rule& rule) {
      return rule.id == old.id && rule.script == old.script && rule.per == old.per;
    });
    if (!same) cursors.erase(old.id);
  }
}

}  // namespace

void Rulebook::replace(Scenario scenario) {
  State& state = *state_;
  if (scenario.seed != state.scenario.seed) reset_cursors();
  keep_cursors(state.rule_cursors, state.scenario.rules, scenario.rules);
  keep_cursors(state.connection_cursors, state.scenario.connections, scenario.connections);
  state.take(std::move(scenario));
}

void Rulebook::reset_cursors() {
  state_->rule_cursors.clear();
  state_->connection_cursors.clear();
  state_->override_cursors.clear();
  state_->attempts.clear();
  state_->unmatched.clear();
}

namespace {

std::vector<Rule> frozen_rules(const std::vector<Rule>& rules,
                               const std::map<std::string, Cursors>& cursors, std::uint64_t seed) {
  std::vector<Rule> out;
  for (const Rule& rule : rules) {
    const auto found = cursors.find(rule.id);
    if (!has_chance(rule.script) || found == cursors.end()) {
      out.push_back(rule);
      continue;
    }
    std::size_t n = 0;
    for (const auto& [scope, cursor] : found->second) {
      Rule frozen = rule;
      frozen.script = recorded(rule.script, cursor, seed, rule.id, scope);
      if (frozen.script.steps.empty()) continue;
      frozen.match.scope = scope;
      if (found->second.size() > 1) frozen.id += "~" + std::to_string(++n);
      out.push_back(std::move(frozen));
    }
  }
  return out;
}

}  // namespace

Scenario Rulebook::frozen() const {
  Scenario out = state_->scenario;
  out.rules = frozen_rules(state_->scenario.rules, state_->rule_cursors, out.seed);
  out.connections =
      frozen_rules(state_->scenario.connections, state_->connection_cursors, out.seed);
  return out;
}

}  // namespace fault
