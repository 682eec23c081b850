#include "fault_server/rules/rulebook_cursor.h"

#include <algorithm>
#include <string>

#include "fault_server/script/chance.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

using holdfast::base::Rng;

// The step without p= that closes the group beginning at `first`, or the script's end.
std::size_t closing(const Script& script, std::size_t first) {
  std::size_t i = first;
  while (i < script.steps.size() && script.steps[i].probability) ++i;
  return i;
}

std::size_t last_group(const Script& script) {
  std::size_t first = 0;
  for (std::size_t i = 0; i < script.steps.size();) {
    first = i;
    i = closing(script, i) + 1;
  }
  return first;
}

bool is_distribution(std::string_view word, ActionKind action) {
  const ModifierWord* known = find_modifier(word, action);
  return known != nullptr && known->kind == ValueKind::kDistribution;
}

// Every draw gets a stream of its own, so that one modifier more moves no other's draw.
void decide(Step& step, std::uint64_t chance) {
  step.probability.reset();
  step.times = 1;
  if (const auto choices = weighted_statuses(step); !choices.empty()) {
    step.status = pick(choices, unit(chance, "status"));
    std::erase_if(step.extra, [](const auto& word) { return word.first == "status"; });
  }
  if (step.delay) {
    Rng rng = Rng::stream(chance, "delay");
    step.delay = Distribution{Distribution::Kind::kFixed, sample(*step.delay, rng), Duration{0}, 0};
  }
  for (auto& [word, value] : step.extra) {
    if (!is_distribution(word, step.action)) continue;
    const auto spread = parse_distribution(value);
    if (!spread || spread->kind == Distribution::Kind::kFixed) continue;
    Rng rng = Rng::stream(chance, word);
    value = print_duration(sample(*spread, rng));
  }
}

// Does not name the rule: a frozen run has other names and answers the same.
Step fail_step() {
  Step step;
  step.status = 404;
  step.extra.emplace_back("body", "text:no step is left in this rule's script\n");
  return step;
}

// Which alternative of [first, close] a draw falls to.
std::size_t alternative(const Script& script, std::size_t first, std::size_t close, double u) {
  double sum = 0;
  for (std::size_t i = first; i < close; ++i) {
    sum += *script.steps[i].probability;
    if (u < sum) return i;
  }
  return close;
}

bool draws_bytes(const Step& step) {
  if (step.action == ActionKind::kGarbage || has(step, "slice")) return true;
  const auto spec = body(step);
  return spec && spec->kind == BodySpec::Kind::kRandom;
}

bool ended(const Script& script, const Cursor& cursor) {
  return cursor.step >= script.steps.size();
}

}  // namespace

std::optional<Taken> advance(Cursor& cursor, const Script& script, std::uint64_t seed,
                             std::string_view rule, std::string_view scope) {
  bool staying = false;
  if (ended(script, cursor)) {
    if (script.tail == Tail::kDrop) return std::nullopt;
    if (script.tail == Tail::kLoop) cursor.rewind();
    staying = script.tail == Tail::kStay;
  }
  Taken taken;
  taken.chance = chance_of(seed, rule, scope, ++cursor.ordinal);
  if (!staying && ended(script, cursor)) {  // 404, or a script without steps
    taken.index = static_cast<std::uint32_t>(script.steps.size());
    taken.step = fail_step();
    return taken;
  }
  const std::size_t first = staying ? last_group(script) : cursor.step;
  const std::size_t close = closing(script, first);
  std::size_t chosen = close;
  if (close != first) {
    taken.draw = unit(taken.chance, "p");
    chosen = alternative(script, first, close, *taken.draw);
  }
  taken.index = static_cast<std::uint32_t>(chosen);
  if (chosen < script.steps.size()) {
    taken.step = script.steps[chosen];
  } else {
    taken.step.action = ActionKind::kPass;  // alternatives that nothing closes
  }
  decide(taken.step, taken.chance);
  if (const auto fixed = count(taken.step, "seed")) taken.chance = *fixed;
  const std::uint32_t times = close < script.steps.size() ? script.steps[close].times : 1;
  if (!staying && ++cursor.used >= times) {
    cursor.step = close + 1;
    cursor.used = 0;
  }
  return taken;
}

bool has_chance(const Script& script) {
  return std::any_of(script.steps.begin(), script.steps.end(), [](const Step& step) {
    Step decided = step;
    decide(decided, 1);
    decided.times = step.times;
    return decided != step;
  });
}

Script recorded(const Script& script, const Cursor& cursor, std::uint64_t seed,
                std::string_view rule, std::string_view scope) {
  Script out;
  out.tail = Tail::kFail404;
  Cursor again;
  while (again.ordinal < cursor.ordinal) {
    const bool over = ended(script, again) && script.tail == Tail::kFail404;
    auto taken = advance(again, script, seed, rule, scope);
    if (!taken || over) break;
    Step step = std::move(taken->step);
    if (draws_bytes(step) && !has(step, "seed")) {
      step.extra.emplace_back("seed", std::to_string(taken->chance));
    }
    if (!out.steps.empty()) {
      Step& last = out.steps.back();
      const std::uint32_t times = last.times;
      last.times = 1;
      const bool same = last == step;
      last.times = same ? times + 1 : times;
      if (same) continue;
    }
    out.steps.push_back(std::move(step));
  }
  if (script.tail == Tail::kDrop && ended(script, again)) out.tail = Tail::kDrop;
  return out;
}

}  // namespace fault
