// A scenario as a JSON document: the counterpart of scenario_json.cc.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "fault_server/script/line.h"
#include "fault_server/script/scenario.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

using Json = nlohmann::ordered_json;
using Fields = std::vector<std::pair<std::string, std::string>>;

// A number where the reader gives back the same text, else text.
Json number_or_text(std::string_view text) {
  const auto n = parse_count(text);
  if (n && std::to_string(*n) == text) return *n;
  return std::string(text);
}

Json fields_json(const Fields& fields) {
  std::set<std::string> names;
  for (const auto& [name, value] : fields) names.insert(name);
  Json out = names.size() == fields.size() ? Json::object() : Json::array();
  for (const auto& [name, value] : fields) {
    if (out.is_object()) {
      out[name] = value;
    } else {
      out.push_back(Json::array({name, value}));
    }
  }
  return out;
}

Json body_json(std::string_view spec) {
  if (spec.starts_with("text:")) return Json{{"text", spec.substr(5)}};
  const std::size_t colon = spec.find(':');
  const std::string kind(spec.substr(0, colon));
  if (colon == std::string_view::npos) return Json{{kind, true}};
  return Json{{kind, number_or_text(spec.substr(colon + 1))}};
}

void put_action(Json& out, const Step& step) {
  const auto weighted = raw(step, "status");
  switch (step.action) {
    case ActionKind::kStatus:
      if (!weighted) out["status"] = step.status;
      break;
    case ActionKind::kRaw:
      out["raw"] = step.name;
      break;
    case ActionKind::kH2:
    case ActionKind::kTls:
      out["fault"] = std::string(action_word(step.action).word) + step.name;
      break;
    default:
      out["fault"] = action_word(step.action).word;
  }
  if (weighted) {
    out["status"] = *weighted;
  } else if (step.action != ActionKind::kStatus && step.status != 200) {
    out["status"] = step.status;
  }
}

Json step_object(const Step& step) {
  Json out = Json::object();
  if (step.probability) out["p"] = *step.probability;
  put_action(out, step);
  if (step.at) {
    out["at"] = phase_word(step.at->phase);
    if (step.at->percent) {
      out["percent"] = step.at->offset;
    } else if (step.at->offset != 0) {
      out["offset"] = step.at->offset;
    }
  }
  if (step.retry_after) out["retry_after"] = *step.retry_after;
  if (step.delay) out["delay"] = print_distribution(*step.delay);
  if (step.rate_bytes_per_s) out["rate"] = *step.rate_bytes_per_s;
  if (step.chunk_bytes) {
    out["chunk"] = std::to_string(*step.chunk_bytes) + "/" + print_duration(step.chunk_gap);
  }
  if (!step.headers.empty()) out["headers"] = fields_json(step.headers);
  if (!step.trailers.empty()) out["trailers"] = fields_json(step.trailers);
  for (const auto& [word, value] : step.extra) {
    if (word == "status") continue;
    out[word] = word == "body" ? body_json(value) : number_or_text(value);
  }
  if (step.times != 1) out["times"] = step.times;
  return out;
}

// JSON holds text, not bytes: a step with other bytes in it is written as a line with escapes.
Json step_json(const Step& step) {
  Json out = step_object(step);
  try {
    (void)out.dump();
  } catch (const Json::type_error&) {
    return print_step(step);
  }
  return out;
}

Json script_json(const Script& script, ScriptSpelling spelling) {
  if (spelling == ScriptSpelling::kLine) {
    Script steps = script;
    steps.tail = Tail::kStay;  // "then" says it
    return print_script(steps);
  }
  Json out = Json::array();
  for (const Step& step : script.steps) out.push_back(step_json(step));
  return out;
}

Json field_match_json(const FieldMatch& match) {
  switch (match.how) {
    case FieldMatch::How::kPresent:
      return true;
    case FieldMatch::How::kAbsent:
      return false;
    case FieldMatch::How::kEquals:
      return match.value;
    case FieldMatch::How::kGlob:
      break;
  }
  return Json{{"glob", match.value}};
}

Json field_matches_json(const std::vector<FieldMatch>& matches) {
  std::set<std::string> names;
  for (const FieldMatch& match : matches) names.insert(match.name);
  const bool plain = names.size() == matches.size();
  Json out = plain ? Json::object() : Json::array();
  for (const FieldMatch& match : matches) {
    if (plain) {
      out[match.name] = field_match_json(match);
    } else {
      out.push_back(Json{{match.name, field_match_json(match)}});
    }
  }
  return out;
}

Json match_json(const Match& match, bool for_connections) {
  Json out = Json::object();
  if (!match.method.empty()) out["method"] = match.method;
  if (!match.path.empty()) out["path"] = match.path;
  if (!match.path_regex.empty()) out["path_regex"] = match.path_regex;
  if (!match.query.empty()) out["query"] = field_matches_json(match.query);
  if (!match.headers.empty()) out["headers"] = field_matches_json(match.headers);
  if (match.min_body) out["body"]["min"] = *match.min_body;
  if (match.max_body) out["body"]["max"] = *match.max_body;
  if (!match.listener.empty()) out["listener"] = match.listener;
  if (!match.protocol.empty()) out["protocol"] = match.protocol;
  if (!match.sni.empty()) out["sni"] = match.sni;
  if (!match.alpn.empty()) out["alpn"] = match.alpn;
  if (!match.connection.ranges.empty()) {
    out[for_connections ? "nth" : "connection"] = print_nth(match.connection);
  }
  if (!match.request.ranges.empty()) out["request"] = print_nth(match.request);
  if (!match.attempt.ranges.empty()) out["attempt"] = print_nth(match.attempt);
  if (match.since) out["since"] = print_duration(*match.since);
  if (match.until) out["until"] = print_duration(*match.until);
  if (match.scope) out["scope"] = *match.scope;
  return out;
}

Json rule_json(const Rule& rule, bool for_connections, ScriptSpelling spelling) {
  Json out = Json::object();
  if (!rule.id.empty()) out["id"] = rule.id;
  Json match = match_json(rule.match, for_connections);
  if (!match.empty()) out["match"] = std::move(match);
  out["per"] = per_word(rule.per);
  out["script"] = script_json(rule.script, spelling);
  out["then"] = tail_word(rule.script.tail);
  Json expect = Json::object();
  if (rule.expect.max_attempts) expect["max_attempts"] = *rule.expect.max_attempts;
  if (rule.expect.min_gap) expect["min_gap"] = print_duration(*rule.expect.min_gap);
  if (rule.expect.method_safe) expect["method_safe"] = *rule.expect.method_safe;
  if (!expect.empty()) out["expect"] = std::move(expect);
  if (rule.priority != 0) out["priority"] = rule.priority;
  return out;
}

Json listener_json(const Listener& listener) {
  Json out = {{"id", listener.id}};
  if (listener.port != 0) out["port"] = listener.port;
  if (!listener.host.empty()) out["host"] = listener.host;
  if (!listener.unix_path.empty()) out["unix"] = listener.unix_path;
  if (!listener.tls_cert.empty()) out["tls"] = Json{{"cert", listener.tls_cert}};
  if (!listener.tls_versions.empty()) out["tls"]["versions"] = listener.tls_versions;
  if (!listener.tls_client_cert.empty()) out["tls"]["client_cert"] = listener.tls_client_cert;
  if (!listener.alpn.empty()) out["alpn"] = listener.alpn;
  return out;
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string scenario_to_json(const Scenario& scenario, ScriptSpelling spelling) {
  Json out = {{"version", 1}, {"seed", scenario.seed}};
  for (const Listener& listener : scenario.listeners) {
    out["listeners"].push_back(listener_json(listener));
  }
  for (const KeySource& source : scenario.key) {
    out["defaults"]["key"].push_back(print_key_source(source));
  }
  if (!scenario.allow_override) out["allow_override"] = false;
  for (const Rule& rule : scenario.connections) {
    out["connections"].push_back(rule_json(rule, true, spelling));
  }
  for (const Rule& rule : scenario.rules) out["rules"].push_back(rule_json(rule, false, spelling));
  return dump(out);
}

std::string rule_to_json(const Rule& rule, ScriptSpelling spelling) {
  return dump(rule_json(rule, false, spelling));
}

}  // namespace fault
