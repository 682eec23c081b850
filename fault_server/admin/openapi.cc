#include "fault_server/admin/openapi.h"
#include "fault_server/script/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fault_server/answer/emit.h"
#include "fault_server/h1/request_reader.h"

namespace fault {
namespace {

using Json = nlohmann::ordered_json;

bool is_json(std::string_view type) { return type.ends_with("json") && !type.ends_with("ndjson"); }

// "getJournalUnmatched": unique, since method and path are.
std::string operation_id(const RouteInfo& route) {
  std::string out = lower_case(route.method);
  bool raise = true;
  for (const char c : route.path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter) out += raise && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    raise = !letter;
  }
  return route.path.empty() ? out + "Page" : out;
}

Json parameters_of(const RouteInfo& route) {
  Json out = Json::array();
  if (const std::size_t open = route.path.find('{'); open != std::string_view::npos) {
    const std::string name(route.path.substr(open + 1, route.path.find('}') - open - 1));
    out.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const RouteParameter& one : route.query) {
    out.push_back({{"name", one.name},
                   {"in", "query"},
                   {"description", one.help},
                   {"schema", {{"type", one.type}}}});
  }
  return out;
}

Json body_of(const RouteInfo& route) {
  Json content = Json::object();
  for (const RouteBody& one : route.takes) {
    Json example = is_json(one.type) ? Json::parse(one.example, nullptr, false) : Json(one.example);
    content[std::string(one.type)] = {
        {"schema", {{"type", is_json(one.type) ? "object" : "string"}}}, {"example", example}};
  }
  return {{"required", true}, {"content", content}};
}

Json responses_of(const RouteInfo& route) {
  Json out = Json::object();
  out["200"] = {{"description", "as asked"}};
  out["200"]["content"][std::string(route.gives)] = Json::object();
  std::vector<int> refusals = route.refusals;
  const bool has_400 = std::find(refusals.begin(), refusals.end(), 400) != refusals.end();
  if (!route.takes.empty() && !has_400)
    refusals.insert(refusals.begin(), 400);  // nested too deeply
  for (const int status : refusals) {
    Json refusal{{"description", reason_phrase(status)}};
    refusal["content"]["application/json"]["schema"] = {{"$ref", "#/components/schemas/Problem"}};
    out[std::to_string(status)] = std::move(refusal);
  }
  return out;
}

}  // namespace

std::string openapi_document(std::span<const RouteInfo> routes, std::string_view version) {
  Json document;
  document["openapi"] = "3.1.0";
  document["info"] = {
      {"title", "fault-server"},
      {"version", version},
      {"description",
       "Scripts, rules, journal and live view of an HTTP server that misbehaves exactly as told. "
       "Requests to it are neither matched against rules nor written into the journal."}};
  document["servers"] = Json::array({Json{{"url", "/__fault"}}});
  Json& paths = document["paths"] = Json::object();
  for (const RouteInfo& route : routes) {
    Json& operation = paths["/" + std::string(route.path)][lower_case(route.method)];
    operation["operationId"] = operation_id(route);
    operation["summary"] = route.help;
    if (Json parameters = parameters_of(route); !parameters.empty()) {
      operation["parameters"] = std::move(parameters);
    }
    if (!route.takes.empty()) operation["requestBody"] = body_of(route);
    operation["responses"] = responses_of(route);
  }
  document["components"]["schemas"]["Problem"] = {
      {"type", "object"},
      {"required", Json::array({"error"})},
      {"properties",
       {{"error", {{"type", "string"}, {"description", "what was found, what was expected"}}}}}};
  return document.dump(2) + "\n";
}

}  // namespace fault
