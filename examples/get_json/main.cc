// get-json URL: sends a query to a service and reads its response in JSON. holdfast has no JSON
// library: use any. Exit status 0 if the response could be read.
#include <uv.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "holdfast/client.h"
#include "holdfast/request_builder.h"

namespace {

using holdfast::Response;
using holdfast::Result;
using nlohmann::json;

/// Prints the items in the service's JSON; checks everything, because the text can be anything.
bool print_items(std::string_view text) {
  const json answer = json::parse(text, nullptr, false);  // false: no exceptions
  if (!answer.is_object() || !answer.contains("items") || !answer["items"].is_array()) return false;
  for (const json& item : answer["items"]) {
    if (!item.is_object() || !item.contains("name") || !item["name"].is_string()) return false;
    std::printf("found: %s\n", item["name"].get<std::string>().c_str());
  }
  return true;
}

bool understand(Result<Response> result) {
  // A status of 400 or above is a response, too, but not one that this program can use.
  if (result) result = std::move(*result).raise_for_status();
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    return false;
  }
  std::printf("answered %d after %u attempt(s)\n", static_cast<int>(result->status),
              result->timeline.attempts());
  if (print_items(result->text())) return true;
  std::fprintf(stderr, "not the JSON that was expected: %.60s\n", result->body.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  uv_loop_t* loop = uv_default_loop();
  bool understood = false;
  {
    holdfast::Client client(loop);
    client.send(holdfast::RequestBuilder::get(std::string(argv[1]) + "/search")
                    .query("q", "green tea & honey")  // percent-encoded by the client
                    .query("limit", "2")
                    .header("Accept", "application/json")
                    .build(),
                [&](Result<Response> result) { understood = understand(std::move(result)); });
    uv_run(loop, UV_RUN_DEFAULT);
  }
  uv_run(loop, UV_RUN_DEFAULT);  // lets the client's handles close
  return uv_loop_close(loop) == 0 && understood ? 0 : 1;
}
