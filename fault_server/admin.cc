#include "fault_server/admin.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "fault_server/admin_verify.h"
#include "fault_server/connection.h"
#include "fault_server/match.h"
#include "fault_server/peer_shared.h"
#include "fault_server/script_line.h"
#include "fault_server/script_values.h"

namespace fault {
namespace {

using Json = nlohmann::ordered_json;

Answer json_answer(int status, const Json& json) {
  Answer answer;
  answer.status = status;
  answer.headers.emplace_back("Content-Type", "application/json");
  answer.body = BodySource::text(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  return answer;
}

Answer problem(int status, const std::string& text) {
  return json_answer(status, Json{{"error", text}});
}

std::optional<std::uint64_t> number_of(std::string_view query, std::string_view name) {
  const auto value = query_value(query, name);
  return value ? parse_count(*value) : std::nullopt;
}

// Numbers in a query that are none, named; "" when all is well.
std::string bad_number(std::string_view query, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) {
    const auto value = query_value(query, name);
    if (value && !parse_count(*value)) {
      return "found " + std::string(name) + "=" + *value + ", expected a whole number";
    }
  }
  return "";
}

}  // namespace

const std::vector<Admin::Route>& Admin::routes() {
  static const std::vector<Route> kRoutes = {
      {"GET", "health", &Admin::health, "is it up, which generation of rules"},
      {"GET", "version", &Admin::version, "of the server"},
      {"GET", "journal", &Admin::journal, "?since=SEQ&key=K&conn=N&type=T&limit=N as NDJSON"},
      {"GET", "scenario", &Admin::get_scenario, "the whole document"},
      {"PUT", "scenario", &Admin::put_scenario, "checks it, then puts it in place at once"},
      {"GET", "rules", &Admin::get_rules, "all, or /rules/ID"},
      {"POST", "rules", &Admin::add_rule, "a JSON rule, or a line: GET /x : 503 x2; 200"},
      {"DELETE", "rules", &Admin::delete_rule, "/rules/ID"},
      {"POST", "inject", &Admin::inject, "{script, match, count}: a rule before all others"},
      {"POST", "reset", &Admin::reset, "cursors and journal; ?rules=1: the rules too"},
      {"POST", "verify", &Admin::verify,
       "{match, count:{min,max}, gaps:{min,max}, ...}: 200 or 417"},
      {"POST", "wait", &Admin::wait, "{match, n, timeout}: when n were seen: 200, else 417"},
      {"GET", "events", &Admin::events, "the journal live, as server-sent events"},
      {"GET", "connections", &Admin::get_connections, "open ones"},
      {"DELETE", "connections", &Admin::delete_connection, "/connections/N?how=rst|fin"},
      {"POST", "shutdown", &Admin::shut_down, "ends the server"},
  };
  return kRoutes;
}

Plan Admin::answer(const Connection& connection, const Exchange& exchange, Now now) {
  Request request;
  request.method = exchange.head.method;
  request.path = std::string_view(exchange.path).substr(std::string_view("/__fault/").size());
  request.query = exchange.query;
  request.body = exchange.kept_body;
  request.now = now;
  request.connection = connection.serial();
  request.headers = &exchange.head.headers;
  request.asked = exchange.read_since;

  Choice choice;
  Step pass;
  pass.action = ActionKind::kPass;
  PlanInput input;
  input.choice = &choice;
  input.step = &pass;
  input.answer = dispatch(request);
  input.context.request = &exchange.head;
  input.context.exchange = exchange.serial;
  input.context.wall = now.wall;
  input.context.closes = !exchange.head.keep_alive || shutdown_;
  if (const auto again = std::exchange(ask_again_, std::nullopt)) {
    Op op;
    op.kind = OpKind::kAskAgain;
    op.wait = *again;
    Plan plan;
    plan.ops.push_back(op);
    return plan;
  }
  const auto from = std::exchange(feed_from_, std::nullopt);
  if (from) {  // until the client leaves: its end is what ends the body
    pass.extra.emplace_back("length", "none");
    input.context.closes = true;
  }
  Plan plan = make_plan(std::move(input));
  if (from) {
    std::erase_if(plan.ops, [](const Op& op) {
      return op.kind != OpKind::kBytes && op.kind != OpKind::kHeadDone;
    });
    Op op;
    op.kind = OpKind::kFeed;
    op.count = *from;
    plan.ops.push_back(op);
  }
  return plan;
}

Answer Admin::dispatch(const Request& request) {
  const std::string_view name = request.path.substr(0, request.path.find('/'));
  bool known = false;
  std::string methods;
  for (const Route& route : routes()) {
    if (route.path != name) continue;
    known = true;
    if (route.method == request.method) return (this->*route.answer)(request);
    methods += (methods.empty() ? "" : ", ") + std::string(route.method);
  }
  if (known) {
    Answer answer = problem(405, std::string(name) + " takes " + methods);
    answer.headers.emplace_back("Allow", methods);
    return answer;
  }
  Json list = Json::object();
  for (const Route& route : routes()) {
    list[std::string(route.method) + " /__fault/" + std::string(route.path)] = route.help;
  }
  return json_answer(404,
                     Json{{"error", "no '" + std::string(name) + "' here"}, {"there is", list}});
}

Answer Admin::health(const Request&) {
  return json_answer(200, Json{{"ok", true},
                               {"generation", generation_},
                               {"seed", shared_.rules.scenario().seed},
                               {"connections", peer_->open_connections()},
                               {"journal", shared_.journal.last_seq()},
                               {"dropped", shared_.journal.dropped()}});
}

Answer Admin::version(const Request&) {
#ifdef HOLDFAST_VERSION
  return json_answer(200, Json{{"version", HOLDFAST_VERSION}});
#else
  return json_answer(200, Json{{"version", "unknown"}});
#endif
}

Answer Admin::journal(const Request& request) {
  if (const std::string bad = bad_number(request.query, {"since", "conn", "limit"}); !bad.empty()) {
    return problem(400, bad);
  }
  const std::uint64_t since = number_of(request.query, "since").value_or(0);
  const auto connection = number_of(request.query, "conn");
  const auto limit = number_of(request.query, "limit");
  const auto key = query_value(request.query, "key");
  const auto type = query_value(request.query, "type");
  std::string lines;
  std::uint64_t count = 0;
  for (const Entry& entry : shared_.journal.entries()) {
    if (entry.seq <= since || (connection && entry.conn != *connection)) continue;
    if ((key && entry.key != *key) || (type && type_word(entry.type) != *type)) continue;
    // The connection that asks says nothing about the clients under test.
    if (!connection && entry.conn == request.connection) continue;
    if (limit && count++ >= *limit) break;
    lines += to_json_line(entry) + "\n";
  }
  Answer answer;
  answer.headers.emplace_back("Content-Type", "application/x-ndjson");
  answer.headers.emplace_back("X-Fault-Journal-Dropped", std::to_string(shared_.journal.dropped()));
  answer.body = BodySource::text(std::move(lines));
  return answer;
}

Answer Admin::get_scenario(const Request&) {
  Answer answer;
  answer.headers.emplace_back("Content-Type", "application/json");
  answer.body = BodySource::text(scenario_to_json(shared_.rules.scenario()) + "\n");
  return answer;
}

Answer Admin::adopt(Scenario scenario, Now now) {
  if (const auto complaints = validate(scenario); !complaints.empty()) {
    std::string text;
    for (const std::string& one : complaints) text += (text.empty() ? "" : "; ") + one;
    return problem(422, text);
  }
  // What the command line granted is not for a document to widen.
  scenario.allow_override = scenario.allow_override && shared_.rules.scenario().allow_override;
  peer_->replace(std::move(scenario), now);
  return json_answer(200, Json{{"generation", ++generation_}});
}

Answer Admin::put_scenario(const Request& request) {
  auto scenario = parse_scenario(request.body);
  if (!scenario) return problem(422, to_string(scenario.error()));
  return adopt(std::move(*scenario), request.now);
}

Answer Admin::get_rules(const Request& request) {
  const std::size_t slash = request.path.find('/');
  Json list = Json::array();
  for (const Rule& rule : shared_.rules.scenario().rules) {
    if (slash != std::string_view::npos && rule.id != request.path.substr(slash + 1)) continue;
    list.push_back(Json::parse(rule_to_json(rule)));
  }
  if (slash == std::string_view::npos) return json_answer(200, list);
  if (list.empty()) return problem(404, "no rule " + std::string(request.path.substr(slash + 1)));
  return json_answer(200, list.front());
}

Answer Admin::add_rule(const Request& request) {
  Scenario scenario = shared_.rules.scenario();
  const bool json = request.body.find_first_not_of(" \t\r\n") != std::string_view::npos &&
                    request.body[request.body.find_first_not_of(" \t\r\n")] == '{';
  if (!json) {
    std::string line(request.body);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    if (const auto bad = add_rule_line(scenario, line)) return problem(422, to_string(*bad));
  } else {
    auto rule = parse_rule_json(request.body);
    if (!rule) return problem(422, to_string(rule.error()));
    if (rule->id.empty()) rule->id = "admin-" + std::to_string(++injected_);
    std::erase_if(scenario.rules, [&](const Rule& old) { return old.id == rule->id; });
    scenario.rules.push_back(std::move(*rule));
  }
  return adopt(std::move(scenario), request.now);
}

Answer Admin::delete_rule(const Request& request) {
  const std::size_t slash = request.path.find('/');
  Scenario scenario = shared_.rules.scenario();
  if (slash == std::string_view::npos) {
    scenario.rules.clear();
    scenario.connections.clear();
    return adopt(std::move(scenario), request.now);
  }
  const std::string_view id = request.path.substr(slash + 1);
  const auto named = [&](const Rule& rule) { return rule.id == id; };
  if (std::erase_if(scenario.rules, named) + std::erase_if(scenario.connections, named) == 0) {
    return problem(404, "no rule " + std::string(id));
  }
  return adopt(std::move(scenario), request.now);
}

Answer Admin::inject(const Request& request) {
  const Json json = Json::parse(request.body, nullptr, false);
  if (!json.is_object() || !json.contains("script") || !json["script"].is_string()) {
    return problem(422, "expected {\"script\": \"503 ra=1\", \"match\": {...}, \"count\": 1}");
  }
  Json text;
  text["id"] = "inject-" + std::to_string(++injected_);
  if (json.contains("match")) text["match"] = json["match"];
  text["script"] = json["script"];
  text["then"] = "drop";
  auto rule = parse_rule_json(text.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!rule) return problem(422, to_string(rule.error()));
  if (json.contains("count")) {
    if (!json["count"].is_number_unsigned() || rule->script.steps.size() != 1) {
      return problem(422, "count: expected a whole number, and a script of one step");
    }
    rule->script.steps.front().times = json["count"].get<std::uint32_t>();
  }
  rule->per = Per::kGlobal;
  Scenario scenario = shared_.rules.scenario();
  scenario.rules.insert(scenario.rules.begin(), std::move(*rule));
  return adopt(std::move(scenario), request.now);
}

Answer Admin::reset(const Request& request) {
  peer_->reset(request.now);
  if (query_value(request.query, "rules") != "1") {
    return json_answer(200, Json{{"generation", generation_}});
  }
  Scenario scenario = shared_.rules.scenario();
  scenario.rules.clear();
  scenario.connections.clear();
  return adopt(std::move(scenario), request.now);
}

Answer Admin::verify(const Request& request) {
  const Verification result = verify_journal(shared_.journal, request.body);
  if (!result.problem.empty()) return problem(422, result.problem);
  Json json{{"ok", result.failures.empty()}, {"count", result.count}};
  json["failures"] = result.failures;
  return json_answer(result.failures.empty() ? 200 : 417, json);
}

// Long polling: the question is asked again whenever the journal has grown.
Answer Admin::wait(const Request& request) {
  Json json = Json::parse(request.body, nullptr, false);
  const bool good = json.is_object() && json.contains("n") && json["n"].is_number_unsigned() &&
                    (!json.contains("timeout") || json["timeout"].is_string());
  if (!good) return problem(422, "expected {\"match\": {...}, \"n\": 3, \"timeout\": \"5s\"}");
  const auto timeout = parse_duration(json.value("timeout", "30s"));
  if (!timeout || timeout->count() < 0)
    return problem(422, "timeout: expected a time such as \"5s\"");
  Json question{{"match", json.value("match", Json::object())}, {"count", {{"min", json["n"]}}}};
  const Verification result = verify_journal(shared_.journal, question.dump());
  if (!result.problem.empty()) return problem(422, result.problem);
  const Duration waited = request.now.mono - request.asked;
  if (!result.failures.empty() && waited < *timeout) ask_again_ = *timeout - waited;
  return json_answer(result.failures.empty() ? 200 : 417,
                     Json{{"ok", result.failures.empty()}, {"count", result.count}});
}

Answer Admin::events(const Request& request) {
  const auto last = header_value(*request.headers, "Last-Event-ID");
  const auto since = last ? parse_count(*last) : number_of(request.query, "since");
  if (const std::string bad = bad_number(request.query, {"since"}); !bad.empty() && !last) {
    return problem(400, bad);
  }
  feed_from_ = since.value_or(shared_.journal.last_seq());
  Answer answer;
  answer.headers.emplace_back("Content-Type", "text/event-stream");
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

Answer Admin::get_connections(const Request&) {
  Json list = Json::array();
  for (const ConnectionInfo& one : peer_->connections()) {
    list.push_back(Json{{"conn", one.serial},
                        {"listener", one.listener},
                        {"peer", one.peer},
                        {"requests", one.requests},
                        {"bytes_in", one.bytes_in},
                        {"bytes_out", one.bytes_out}});
  }
  return json_answer(200, list);
}

Answer Admin::delete_connection(const Request& request) {
  const std::size_t slash = request.path.find('/');
  const auto serial =
      slash == std::string_view::npos ? std::nullopt : parse_count(request.path.substr(slash + 1));
  if (!serial) return problem(400, "expected /__fault/connections/N with N from GET connections");
  const std::string how = query_value(request.query, "how").value_or("rst");
  if (how != "rst" && how != "fin") {
    return problem(400, "found how=" + how + ", expected rst or fin");
  }
  if (*serial == request.connection) return problem(409, "this is the connection that asks");
  for (const ConnectionInfo& one : peer_->connections()) {
    if (one.serial != *serial) continue;
    peer_->kill(one.id, how == "rst", request.now);
    return json_answer(200, Json{{"closed", *serial}, {"how", how}});
  }
  return problem(404, "no open connection " + std::to_string(*serial));
}

Answer Admin::shut_down(const Request&) {
  shutdown_ = true;
  return json_answer(200, Json{{"ok", true}});
}

}  // namespace fault
