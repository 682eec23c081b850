#include "fault_server/admin/state.h"

#include <utility>
#include <vector>

#include "fault_server/admin/answer.h"
#include "fault_server/script/line.h"
#include "fault_server/script/values.h"
#include "fault_server/session/peer_shared.h"

namespace fault {
namespace {

using admin::Json;

// Limiters and overload models are named by the rule, or the built-in path, and the scope.
std::pair<std::string, std::string> split_name(const std::string& name) {
  const std::size_t line = name.find('\n');
  return {name.substr(0, line), line == std::string::npos ? "" : name.substr(line + 1)};
}

const Rule* rule_of(const Scenario& scenario, const CursorState& place) {
  for (const Rule& rule : place.of_connections ? scenario.connections : scenario.rules) {
    if (rule.id == place.rule) return &rule;
  }
  return nullptr;
}

// What the cursor will serve, as far as no chance is in it.
std::string next_text(const Rule& rule, const CursorState& place) {
  if (place.step < rule.script.steps.size()) {
    return print_step(rule.script.steps[static_cast<std::size_t>(place.step)]);
  }
  return "then " + std::string(tail_word(rule.script.tail));
}

Json cursor_json(const Scenario& scenario, const CursorState& place) {
  Json out{{"rule", place.rule}, {"scope", place.scope}};
  if (place.of_connections) out["of"] = "connections";
  if (!place.script.empty()) out["script"] = place.script;
  out["step"] = place.step;
  out["used"] = place.used;
  out["ordinal"] = place.ordinal;
  if (const Rule* rule = rule_of(scenario, place)) {
    out["next"] = next_text(*rule, place);
  }
  return out;
}

std::string_view kind_word(LimitSpec::Kind kind) {
  if (kind == LimitSpec::Kind::kBucket) return "bucket";
  return kind == LimitSpec::Kind::kWindow ? "window" : "concurrency";
}

Json limiters_json(const PeerShared& shared, std::optional<std::string_view> key, Now now) {
  Json out = Json::array();
  for (const auto& [name, limiter] : shared.limiters.all()) {
    const auto [owner, scope] = split_name(name);
    if (key && scope != *key) continue;
    out.push_back({{"owner", owner},
                   {"scope", scope},
                   {"kind", kind_word(limiter.spec().kind)},
                   {"level", limiter.level(now.mono)},
                   {"capacity", limiter.capacity()}});
    if (limiter.spec().kind == LimitSpec::Kind::kConcurrency) {
      out.back()["running"] = limiter.running();
    } else {
      out.back()["rate"] =
          std::to_string(limiter.spec().count) + "/" + print_duration(limiter.spec().per);
    }
  }
  return out;
}

Json overloads_json(const PeerShared& shared, std::optional<std::string_view> key) {
  Json out = Json::array();
  for (const auto& [name, model] : shared.overloads) {
    const auto [owner, scope] = split_name(name);
    if (key && scope != *key) continue;
    out.push_back({{"owner", owner},
                   {"scope", scope},
                   {"workers", model.spec().workers},
                   {"places", model.spec().queue},
                   {"order", model.spec().lifo ? "lifo" : "fifo"},
                   {"serving", model.serving()},
                   {"queued", model.queued()}});
  }
  return out;
}

// --- Reading -------------------------------------------------------------------------------------

struct Malformed {
  std::string text;
};

[[noreturn]] void fail(const std::string& where, const Json& found, std::string_view expected) {
  throw Malformed{where + ": found " + admin::line_of(found).substr(0, 60) + ", expected " +
                  std::string(expected)};
}

// One object of a section, with its place in the document for complaints.
class Row {
 public:
  Row(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) fail(where_, json, "an object");
  }

  std::string text(const char* name, std::optional<std::string_view> otherwise) const {
    if (!json_.contains(name)) {
      if (otherwise) return std::string(*otherwise);
      fail(where_ + "." + name, nullptr, "text");
    }
    if (!json_[name].is_string()) fail(where_ + "." + name, json_[name], "text");
    return json_[name].get<std::string>();
  }
  std::uint64_t number(const char* name) const {
    if (!json_.contains(name)) return 0;
    if (!json_[name].is_number_unsigned()) fail(where_ + "." + name, json_[name], "a whole number");
    return json_[name].get<std::uint64_t>();
  }
  std::optional<double> real(const char* name) const {
    if (!json_.contains(name)) return std::nullopt;
    if (!json_[name].is_number() || json_[name].get<double>() < 0) {
      fail(where_ + "." + name, json_[name], "a number from 0 up");
    }
    return json_[name].get<double>();
  }
  // Whose it is: the key of the path where it is not said.
  std::string owner(const char* name, std::optional<std::string_view> key) const {
    std::string out = text(name, key);
    if (key && out != *key) fail(where_ + "." + name, out, std::string(*key) + " as in the path");
    return out;
  }

 private:
  const Json& json_;
  std::string where_;
};

struct Wanted {
  std::optional<std::vector<CursorState>> cursors;
  std::optional<std::vector<AttemptState>> attempts;
  struct Level {
    std::string name;
    std::optional<double> level;
  };
  std::optional<std::vector<Level>> limiters;
};

template <class Take>
void each_row(const Json& document, const char* section, Take&& take) {
  const Json& list = document[section];
  if (!list.is_array()) fail(section, list, "a list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    take(Row(list[i], std::string(section) + "[" + std::to_string(i) + "]"));
  }
}

Wanted read(const Json& document, std::optional<std::string_view> key) {
  if (!document.is_object()) throw Malformed{"expected the document that GET gives"};
  for (const auto& [name, value] : document.items()) {
    if (name != "cursors" && name != "attempts" && name != "limiters" && name != "overloads") {
      throw Malformed{"found \"" + name + "\", expected cursors, attempts, limiters or overloads"};
    }
  }
  Wanted out;
  if (document.contains("cursors")) {
    out.cursors.emplace();
    each_row(document, "cursors", [&](const Row& row) {
      CursorState& to = out.cursors->emplace_back();
      to.rule = row.text("rule", std::nullopt);
      to.scope = row.owner("scope", key);
      to.of_connections = row.text("of", "requests") == "connections";
      to.script = row.text("script", "");
      to.step = row.number("step");
      to.used = row.number("used");
      to.ordinal = row.number("ordinal");
    });
  }
  if (document.contains("attempts")) {
    out.attempts.emplace();
    each_row(document, "attempts", [&](const Row& row) {
      out.attempts->push_back({row.owner("key", key), row.text("method", std::nullopt),
                               row.text("path", std::nullopt), row.number("count")});
    });
  }
  if (document.contains("limiters")) {
    out.limiters.emplace();
    each_row(document, "limiters", [&](const Row& row) {
      out.limiters->push_back(
          {row.text("owner", std::nullopt) + "\n" + row.owner("scope", key), row.real("level")});
    });
  }
  return out;
}

void set_limiters(PeerShared& shared, const std::vector<Wanted::Level>& levels,
                  std::optional<std::string_view> key, Now now) {
  std::vector<std::string> others;
  for (const auto& [name, limiter] : shared.limiters.all()) {
    bool stays = key && split_name(name).second != *key;
    for (const Wanted::Level& one : levels) stays = stays || (one.level && one.name == name);
    if (!stays) others.push_back(name);
  }
  for (const std::string& name : others) shared.limiters.forget(name);
  for (const Wanted::Level& one : levels) {
    Limiter* limiter = shared.limiters.find(one.name);
    if (limiter != nullptr && one.level) limiter->set_level(*one.level, now.mono);
  }
}

}  // namespace

std::string state_json(const PeerShared& shared, std::optional<std::string_view> key, Now now) {
  const RulebookState state = shared.rules.state();
  Json out{{"cursors", Json::array()}, {"attempts", Json::array()}};
  for (const CursorState& place : state.cursors) {
    if (!key || place.scope == *key) {
      out["cursors"].push_back(cursor_json(shared.rules.scenario(), place));
    }
  }
  for (const AttemptState& one : state.attempts) {
    if (key && one.key != *key) continue;
    out["attempts"].push_back(
        {{"key", one.key}, {"method", one.method}, {"path", one.path}, {"count", one.count}});
  }
  out["limiters"] = limiters_json(shared, key, now);
  out["overloads"] = overloads_json(shared, key);
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<std::string> set_state(PeerShared& shared, std::string_view document,
                                     std::optional<std::string_view> key, Now now) {
  Wanted wanted;
  try {
    wanted = read(admin::parse_json(document), key);
  } catch (const Malformed& malformed) {
    return malformed.text;
  }
  RulebookState state;
  if (wanted.cursors) state.cursors = *wanted.cursors;
  if (wanted.attempts) state.attempts = *wanted.attempts;
  if (auto wrong = shared.rules.complaint(state)) return wrong;
  for (const Wanted::Level& one : wanted.limiters.value_or(std::vector<Wanted::Level>{})) {
    const Limiter* limiter = shared.limiters.find(one.name);
    if (limiter == nullptr && one.level) {
      return "limiters: '" + split_name(one.name).first + "' has none for '" +
             split_name(one.name).second + "' yet";
    }
    if (limiter != nullptr && one.level && *one.level > limiter->capacity()) {
      return "limiters: found level " + std::to_string(*one.level) + ", expected at most " +
             std::to_string(limiter->capacity());
    }
  }
  if (wanted.cursors) shared.rules.set_cursors(*wanted.cursors, key);
  if (wanted.attempts) shared.rules.set_attempts(*wanted.attempts, key);
  if (wanted.limiters) set_limiters(shared, *wanted.limiters, key, now);
  return std::nullopt;
}

}  // namespace fault
