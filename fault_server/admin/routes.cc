// The table of all that the admin interface offers: routing, the list, the OpenAPI document and the
// answer to a wrong method are read off it.
#include <utility>

#include "fault_server/admin/admin.h"

namespace fault {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPlainText = "text/plain";

const RouteBody kScenarioBody{
    kJson, R"({"version": 1, "seed": 42, "rules": [{"id": "pay", "script": "503 ra=1 x2; 200"}]})"};
const RouteBody kPatchBody{"application/merge-patch+json", R"({"seed": 7, "rules": []})"};
const RouteBody kRuleBody{
    kJson, R"({"match": {"method": "POST", "path": "/pay/*"}, "script": "503 ra=1 x2; 200"})"};
const RouteBody kRuleLine{kPlainText, "POST /pay/* : 503 ra=1 x2; 200"};
const RouteBody kInjectBody{kJson,
                            R"({"script": "503 ra=1", "match": {"path": "/pay/*"}, "count": 2})"};
const RouteBody kStateBody{
    kJson,
    R"({"cursors": [{"rule": "pay", "scope": "127.0.0.1", "step": 1, "used": 0, "ordinal": 2}],
        "limiters": []})"};
const RouteBody kVerifyBody{
    kJson, R"({"match": {"path": "/pay/*"}, "count": {"max": 3}, "gaps": {"min": "1s"}})"};
const RouteBody kWaitBody{kJson, R"({"match": {"path": "/pay/*"}, "n": 3, "timeout": "5s"})"};

const RouteParameter kRules{"rules", "integer", "1: the rules too"};
const RouteParameter kOnce{"once", "integer", "1: for the next matching request only"};
const RouteParameter kHow{"how", "string", "rst (default), fin, goaway or tls-alert"};

}  // namespace

std::vector<Admin::Route> Admin::routes_of_server() {
  using A = Admin;
  return {
      {&A::index, {"GET", "", "the live page for a browser, for others this list", "text/html"}},
      {&A::health, {"GET", "health", "is it up, which generation of rules", kJson}},
      {&A::version, {"GET", "version", "of the server", kJson}},
      {&A::openapi, {"GET", "openapi.json", "this interface as an OpenAPI 3.1 document", kJson}},
      {&A::authority,
       {"GET", "ca.pem", "the authority that clients of its TLS listeners have to trust",
        "application/pem-certificate-chain"}},
      {&A::get_connections, {"GET", "connections", "open ones", kJson}},
      {&A::delete_connection,
       {"DELETE",
        "connections/{n}",
        "?how=rst|fin|goaway|tls-alert",
        kJson,
        {kHow},
        {},
        {400, 404, 409}}},
      {&A::conduct,
       {"GET", "conduct.json", "how each client behaved, read off the journal", kJson}},
      {&A::timeline, {"GET", "timeline.svg", "the journal drawn on a time line", "image/svg+xml"}},
      {&A::report,
       {"GET", "report.html", "conduct and time line in one file to keep", "text/html"}},
      {&A::metrics, {"GET", "metrics", "for Prometheus", kPlainText}},
      {&A::clock,
       {"POST", "clock", "refused: only virtual time can be moved", kJson, {}, {}, {409}}},
      {&A::shut_down, {"POST", "shutdown", "ends the server", kJson}},
  };
}

std::vector<Admin::Route> Admin::routes_of_rules() {
  using A = Admin;
  return {
      {&A::get_scenario, {"GET", "scenario", "the whole document", kJson}},
      {&A::put_scenario,
       {"PUT",
        "scenario",
        "checks it, then puts it in place at once",
        kJson,
        {},
        {kScenarioBody},
        {422}}},
      {&A::patch_scenario,
       {"PATCH",
        "scenario",
        "a JSON merge patch (RFC 7396) of it, checked like PUT",
        kJson,
        {},
        {kPatchBody},
        {415, 422}}},
      {&A::get_rules,
       {"GET", "rules", "for requests; those for connections are in the scenario", kJson}},
      {&A::add_rule,
       {"POST",
        "rules",
        "a JSON rule, or a line: GET /x : 503 x2; 200",
        kJson,
        {kOnce},
        {kRuleBody, kRuleLine},
        {422}}},
      {&A::delete_rules, {"DELETE", "rules", "all of them", kJson}},
      {&A::get_rule, {"GET", "rules/{id}", "one rule", kJson, {}, {}, {404}}},
      {&A::put_rule,
       {"PUT",
        "rules/{id}",
        "puts a rule in the place of the one of that name, or last",
        kJson,
        {},
        {kRuleBody, kRuleLine},
        {422}}},
      {&A::delete_rule, {"DELETE", "rules/{id}", "one rule", kJson, {}, {}, {404}}},
      {&A::inject,
       {"POST",
        "inject",
        "{script, match, count}: a rule before all others",
        kJson,
        {},
        {kInjectBody},
        {422}}},
      {&A::reset,
       {"POST",
        "reset",
        "cursors, limiters and journal; ?rules=1: the rules too",
        kJson,
        {kRules}}},
      {&A::get_state, {"GET", "state", "cursors, attempts, limiters, overload models", kJson}},
      {&A::put_state,
       {"PUT",
        "state",
        "puts cursors, attempts and limiters where they are said to be",
        kJson,
        {},
        {kStateBody},
        {422}}},
      {&A::get_state, {"GET", "state/{key}", "of one key only", kJson}},
      {&A::put_state, {"PUT", "state/{key}", "of one key only", kJson, {}, {kStateBody}, {422}}},
  };
}

std::vector<Admin::Route> Admin::routes_of_journal() {
  using A = Admin;
  return {
      {&A::journal,
       {"GET",
        "journal",
        "?since=SEQ&key=K&conn=N&type=T&limit=N as NDJSON",
        "application/x-ndjson",
        {{"since", "integer", "entries numbered above this"},
         {"key", "string", "of this key"},
         {"conn", "integer", "of this connection"},
         {"type", "string", "such as req.head"},
         {"limit", "integer", "so many at most"}},
        {},
        {400}}},
      {&A::unmatched,
       {"GET", "journal/unmatched", "requests that no rule served, and which came closest", kJson}},
      {&A::events,
       {"GET",
        "events",
        "the journal live, as server-sent events",
        "text/event-stream",
        {{"since", "integer", "from after this entry; Last-Event-ID says the same"}},
        {},
        {400}}},
      {&A::verify,
       {"POST",
        "verify",
        "{match, count:{min,max}, gaps:{min,max}, ...}: 200 or 417",
        kJson,
        {},
        {kVerifyBody},
        {417, 422}}},
      {&A::wait,
       {"POST",
        "wait",
        "{match, n, timeout}: when n were seen: 200, else 417",
        kJson,
        {},
        {kWaitBody},
        {417, 422}}},
  };
}

const std::vector<Admin::Route>& Admin::routes() {
  static const std::vector<Route> kRoutes = [] {
    std::vector<Route> all = routes_of_server();
    for (auto* more : {&Admin::routes_of_rules, &Admin::routes_of_journal}) {
      for (Route& route : more()) all.push_back(std::move(route));
    }
    return all;
  }();
  return kRoutes;
}

}  // namespace fault
