// The part of the admin interface that changes what is played: scenario, rules, state.
#include <algorithm>
#include <utility>

#include "fault_server/admin/admin.h"
#include "fault_server/admin/answer.h"
#include "fault_server/admin/state.h"
#include "fault_server/script/line.h"
#include "fault_server/script/match.h"
#include "fault_server/session/peer_shared.h"

namespace fault {

using admin::Json;
using admin::json_answer;
using admin::problem;

namespace {

struct OneRule {
  Rule rule;
  bool for_connections = false;
};

// A JSON rule, or a line as --rule takes it.
Parsed<OneRule> read_rule(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && body[first] == '{') {
    auto rule = parse_rule_json(body);
    if (!rule) return rule.error();
    return OneRule{std::move(*rule), false};
  }
  while (body.ends_with('\n') || body.ends_with('\r')) body.remove_suffix(1);
  bool for_connections = false;
  auto rule = parse_rule_line(body, &for_connections);
  if (!rule) return rule.error();
  return OneRule{std::move(*rule), for_connections};
}

// For the next matching request, whoever's it is, and then no more.
std::optional<std::string> make_once(Rule& rule) {
  if (rule.script.steps.size() != 1 || rule.script.steps.front().times != 1) {
    return "once: expected a script of one step without x, since one request is all it serves";
  }
  rule.script.tail = Tail::kDrop;
  rule.per = Per::kGlobal;
  return std::nullopt;
}

Answer script_problem(std::string_view field, const Complaint& complaint) {
  return json_answer(
      422, Json{{"error", to_string(complaint)}, {"field", field}, {"column", complaint.column}});
}

Answer field_problem(std::string_view field, const std::string& text) {
  return json_answer(422, Json{{"error", text}, {"field", field}});
}

// What an injection says, before it becomes a rule: nullopt when all is well.
std::optional<Answer> injection_problem(const Json& json) {
  if (!json.is_object() || !json.contains("script") || !json["script"].is_string()) {
    return field_problem("script",
                         "expected {\"script\": \"503 ra=1\", \"match\": {...}, \"count\": 1}");
  }
  for (const auto& [name, value] : json.items()) {
    if (name != "script" && name != "match" && name != "count") {
      return field_problem(name, "found \"" + name + "\", expected script, match or count");
    }
  }
  const auto script = parse_script(json["script"].get<std::string>());
  if (!script) return script_problem("script", script.error());
  if (const auto wrong = misplaced_step(*script, false)) {
    return field_problem("script", "found '" + print_step(script->steps[wrong->step]) +
                                       "', expected " + wrong->text);
  }
  if (!json.contains("count")) return std::nullopt;
  const bool fits = json["count"].is_number_unsigned() && json["count"] != 0U &&
                    json["count"].get<std::uint64_t>() <= 1'000'000;
  if (!fits || script->steps.size() != 1) {
    return field_problem("count",
                         "count: expected a whole number from 1 to a million, and a "
                         "script of one step");
  }
  return std::nullopt;
}

}  // namespace

Answer Admin::adopt(Scenario scenario, Now now, std::string_view rule) {
  if (const auto complaints = validate(scenario); !complaints.empty()) {
    std::string text;
    for (const std::string& one : complaints) text += (text.empty() ? "" : "; ") + one;
    return problem(422, text);
  }
  // What the command line granted is not for a document to widen.
  scenario.allow_override = scenario.allow_override && shared_.rules.scenario().allow_override;
  peer_.replace(std::move(scenario), now);
  Json json{{"generation", ++generation_}};
  if (!rule.empty()) json["rule"] = rule;
  return json_answer(200, json);
}

std::string Admin::fresh_id(std::string_view prefix) {
  const Scenario& scenario = shared_.rules.scenario();
  for (;;) {
    std::string id = std::string(prefix) + "-" + std::to_string(++injected_);
    const auto same = [&](const Rule& rule) { return rule.id == id; };
    if (std::none_of(scenario.rules.begin(), scenario.rules.end(), same) &&
        std::none_of(scenario.connections.begin(), scenario.connections.end(), same)) {
      return id;
    }
  }
}

Answer Admin::get_scenario(const Request&) {
  return admin::typed(200, "application/json", scenario_to_json(shared_.rules.scenario()) + "\n");
}

Answer Admin::put_scenario(const Request& request) {
  auto scenario = parse_scenario(request.body);
  if (!scenario) return problem(422, to_string(scenario.error()));
  return adopt(std::move(*scenario), request.now);
}

Answer Admin::patch_scenario(const Request& request) {
  const auto type = header_value(*request.headers, "Content-Type");
  const std::string_view media = type ? type->substr(0, type->find_first_of("; ")) : "";
  // What curl says of anything given with -d, unless told otherwise: it claims nothing.
  const bool unsaid = !type || media == "application/x-www-form-urlencoded";
  if (!unsaid && media != "application/merge-patch+json" && media != "application/json") {
    Answer answer = problem(
        415, "found " + std::string(*type) + ", expected application/merge-patch+json (RFC 7396)");
    answer.headers.emplace_back("Accept-Patch", "application/merge-patch+json");
    return answer;
  }
  const Json patch = admin::parse_json(request.body);
  if (!patch.is_object()) return problem(422, "expected a JSON object: what is to change");
  Json document = admin::parse_json(scenario_to_json(shared_.rules.scenario()));
  document.merge_patch(patch);
  auto scenario = parse_scenario(document.dump(2, ' ', false, Json::error_handler_t::replace));
  if (!scenario) return problem(422, "the patched document: " + to_string(scenario.error()));
  return adopt(std::move(*scenario), request.now);
}

Answer Admin::get_rules(const Request&) {
  Json list = Json::array();
  for (const Rule& rule : shared_.rules.scenario().rules) {
    list.push_back(admin::parse_json(rule_to_json(rule)));
  }
  return json_answer(200, list);
}

Answer Admin::get_rule(const Request& request) {
  const Scenario& scenario = shared_.rules.scenario();
  for (const auto* rules : {&scenario.rules, &scenario.connections}) {
    for (const Rule& rule : *rules) {
      if (rule.id == request.id) {
        return json_answer(200, admin::parse_json(rule_to_json(rule)));
      }
    }
  }
  return problem(404, "no rule " + request.id);
}

Answer Admin::add_rule(const Request& request) {
  auto one = read_rule(request.body);
  if (!one) return problem(422, to_string(one.error()));
  Rule& rule = one->rule;
  Scenario scenario = shared_.rules.scenario();
  auto& rules = one->for_connections ? scenario.connections : scenario.rules;
  const bool once = query_value(request.query, "once") == "1";
  if (rule.id.empty()) rule.id = fresh_id(once ? "once" : "admin");
  const std::string id = rule.id;
  std::erase_if(rules, [&](const Rule& old) { return old.id == id; });
  if (!once) {
    rules.push_back(std::move(rule));
  } else {
    if (const auto wrong = make_once(rule)) return problem(422, *wrong);
    rules.insert(rules.begin(), std::move(rule));
  }
  return adopt(std::move(scenario), request.now, id);
}

Answer Admin::put_rule(const Request& request) {
  auto one = read_rule(request.body);
  if (!one) return problem(422, to_string(one.error()));
  if (!one->rule.id.empty() && one->rule.id != request.id) {
    return problem(
        422, "found id " + one->rule.id + ", expected " + request.id + " as in the path, or none");
  }
  one->rule.id = request.id;
  Scenario scenario = shared_.rules.scenario();
  const auto same = [&](const Rule& rule) { return rule.id == request.id; };
  auto& rules = one->for_connections ? scenario.connections : scenario.rules;
  // A rule that changes from requests to connections, or back, leaves its old place.
  std::erase_if(one->for_connections ? scenario.rules : scenario.connections, same);
  const auto at = std::find_if(rules.begin(), rules.end(), same);
  if (at == rules.end()) {
    rules.push_back(std::move(one->rule));
  } else {
    *at = std::move(one->rule);
  }
  return adopt(std::move(scenario), request.now, request.id);
}

Answer Admin::delete_rules(const Request& request) {
  Scenario scenario = shared_.rules.scenario();
  scenario.rules.clear();
  scenario.connections.clear();
  return adopt(std::move(scenario), request.now);
}

Answer Admin::delete_rule(const Request& request) {
  Scenario scenario = shared_.rules.scenario();
  const auto named = [&](const Rule& rule) { return rule.id == request.id; };
  if (std::erase_if(scenario.rules, named) + std::erase_if(scenario.connections, named) == 0) {
    return problem(404, "no rule " + request.id);
  }
  return adopt(std::move(scenario), request.now, request.id);
}

Answer Admin::inject(const Request& request) {
  const Json json = admin::parse_json(request.body);
  if (auto wrong = injection_problem(json)) return std::move(*wrong);
  Json text;
  text["id"] = fresh_id("inject");
  if (json.contains("match")) text["match"] = json["match"];
  text["script"] = json["script"];
  auto rule = parse_rule_json(admin::line_of(text));
  if (!rule) return field_problem("match", to_string(rule.error()));
  rule->script.tail = Tail::kDrop;
  rule->per = Per::kGlobal;
  if (json.contains("count")) {
    rule->script.steps.front().times = json["count"].get<std::uint32_t>();
  }
  const std::string id = rule->id;
  Scenario scenario = shared_.rules.scenario();
  scenario.rules.insert(scenario.rules.begin(), std::move(*rule));
  return adopt(std::move(scenario), request.now, id);
}

Answer Admin::reset(const Request& request) {
  peer_.reset(request.now);
  ++resets_;
  if (query_value(request.query, "rules") != "1") {
    return json_answer(200, Json{{"generation", generation_}});
  }
  return delete_rules(request);
}

Answer Admin::get_state(const Request& request) {
  const auto key = request.id.empty() ? std::nullopt : std::optional<std::string_view>(request.id);
  return admin::typed(200, "application/json", state_json(shared_, key, request.now));
}

Answer Admin::put_state(const Request& request) {
  const auto key = request.id.empty() ? std::nullopt : std::optional<std::string_view>(request.id);
  if (const auto wrong = set_state(shared_, request.body, key, request.now)) {
    return problem(422, *wrong);
  }
  return get_state(request);
}

}  // namespace fault
