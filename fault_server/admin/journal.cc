// What the admin interface reads off the journal.
#include <algorithm>

#include "fault_server/admin/admin.h"
#include "fault_server/admin/answer.h"
#include "fault_server/admin/verify.h"
#include "fault_server/answer/builtin.h"
#include "fault_server/report/report.h"
#include "fault_server/script/match.h"
#include "fault_server/script/values.h"
#include "fault_server/session/peer_shared.h"

namespace fault {

using admin::bad_number;
using admin::Json;
using admin::json_answer;
using admin::number_of;
using admin::problem;

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
  Answer answer = admin::typed(200, "application/x-ndjson", std::move(lines));
  answer.headers.emplace_back("X-Fault-Journal-Dropped", std::to_string(shared_.journal.dropped()));
  return answer;
}

// A request is known in the journal by its key, method, target and ordinal among its key's.
Answer Admin::unmatched(const Request&) {
  Json list = Json::array();
  for (const Unmatched& one : shared_.rules.unmatched()) {
    Json json{{"t_ns", one.since_start.ns},
              {"key", one.key},
              {"method", one.method},
              {"target", one.target},
              {"attempt", one.attempt},
              {"exch", nullptr},
              {"built_in", is_builtin(one.path)}};
    const auto& entries = shared_.journal.entries();
    const auto head = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
      return entry.type == EntryType::kReqHead && entry.attempt == one.attempt &&
             entry.key == one.key && entry.method == one.method && entry.target == one.target;
    });
    if (head != entries.end()) json["exch"] = head->exch;
    Json& nearest = json["nearest"] = Json::array();
    for (const NearMiss& miss : one.nearest) {
      nearest.push_back({{"rule", miss.rule}, {"failed", miss.failed}, {"held", miss.held}});
    }
    list.push_back(std::move(json));
  }
  return json_answer(200, list);
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
  const Json json = admin::parse_json(request.body);
  const bool good = json.is_object() && json.contains("n") && json["n"].is_number_unsigned() &&
                    (!json.contains("timeout") || json["timeout"].is_string());
  if (!good) return problem(422, "expected {\"match\": {...}, \"n\": 3, \"timeout\": \"5s\"}");
  const auto timeout = parse_duration(json.value("timeout", "30s"));
  if (!timeout || timeout->count() < 0)
    return problem(422, "timeout: expected a time such as \"5s\"");
  const Json question{{"match", json.value("match", Json::object())},
                      {"count", {{"min", json["n"]}}}};
  const Verification result = verify_journal(shared_.journal, admin::line_of(question));
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
  // A number from the life before a restart: everything of this one is new.
  if (*feed_from_ > shared_.journal.last_seq()) feed_from_ = 0;
  return admin::typed(200, "text/event-stream", "");
}

Answer Admin::metrics(const Request& request) {
  const Scenario& scenario = shared_.rules.scenario();
  Gauges gauges;
  gauges.connections = peer_.open_connections();
  gauges.rules = scenario.rules.size() + scenario.connections.size();
  gauges.journal_entries = shared_.journal.entries().size();
  gauges.journal_dropped = shared_.journal.dropped();
  gauges.generation = generation_;
  gauges.resets = resets_;
  gauges.limiters = shared_.limiters.all().size();
  gauges.unmatched = shared_.rules.unmatched_count();
  gauges.uptime_s = static_cast<double>(shared_.since_start(request.now).ns) / 1e9;
  return admin::typed(200, "text/plain; version=0.0.4; charset=utf-8",
                      shared_.journal.metrics().text(gauges));
}

Answer Admin::conduct(const Request&) {
  const auto& rules = shared_.rules.scenario().rules;
  return admin::typed(200, "application/json", conduct_json(shared_.journal, rules));
}

Answer Admin::timeline(const Request&) {
  Answer answer = admin::typed(200, "image/svg+xml", timeline_svg(series_of(shared_.journal)));
  // A picture with what clients sent in it: nothing in there is to run when it is opened alone.
  answer.headers.emplace_back("Content-Security-Policy",
                              "default-src 'none'; style-src 'unsafe-inline'");
  return answer;
}

Answer Admin::report(const Request& request) {
  ReportFacts facts;
  facts.scenario = &shared_.rules.scenario();
  facts.journal = &shared_.journal;
  facts.uptime = Duration(shared_.since_start(request.now).ns);
  facts.generation = generation_;
  Answer answer = admin::typed(200, "text/html; charset=utf-8", report_html(facts));
  answer.headers.emplace_back("Content-Security-Policy",
                              "default-src 'none'; style-src 'unsafe-inline'");
  return answer;
}

}  // namespace fault
