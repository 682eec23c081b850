// Every header of the C++ face, with the examples of their comments, as a project compiles them
// that has warnings for errors, and neither exceptions nor run-time type information.
#include <holdfast.h>
#include <holdfast/authorization.h>
#include <holdfast/blocking.h>
#include <holdfast/coro.h>
#include <holdfast/multipart.h>
#include <holdfast/options_text.h>
#include <holdfast/request_builder.h>
#include <holdfast/stats.h>
#include <holdfast/testing.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

void callbacks(uv_loop_s* loop, const std::string& token, const std::string& key) {
  holdfast::Client client(loop);
  client.get("http://localhost:8080/", [](holdfast::Result<holdfast::Response> result) {
    if (result)
      puts(result->body.c_str());
    else
      puts(result.error().message().c_str());
  });
  client.send({.url = "/x"}, {});
  client.stream({.method = "PUT", .url = "/x", .body = "bytes"},
                {.on_body = [](std::string_view) {}});
  client.send(holdfast::RequestBuilder::post("/orders")
                  .query("dry run", "yes")
                  .json(R"({"item": 7})")
                  .bearer(token)
                  .idempotency_key(key)
                  .build(),
              [](holdfast::Result<holdfast::Response>) {});
  client.before_attempt([](holdfast::AttemptPlan& plan) {
    plan.headers.set("Authorization", "Bearer x");
    return holdfast::Prepare::proceed;
  });
  std::vector<holdfast::Request> requests(3);
  client.for_each(std::move(requests), 2, [](std::size_t, holdfast::Result<holdfast::Response>) {});
}

void blocking() {
  holdfast::BlockingClient client({.base_url = "http://localhost:8080"});
  holdfast::Result<holdfast::Response> result = client.get("/x");
  if (result)
    puts(result->body.c_str());
  else
    puts(result.error().message().c_str());
  holdfast::Response response = std::move(result).value();
  client.stream({.url = "/big"}, {.on_body = [](std::string_view) { return true; }});
}

holdfast::co::Task<int> length(holdfast::CoClient& client) {
  auto op = client.get("/x");
  holdfast::Result<holdfast::Response> result = co_await op;
  co_return result ? static_cast<int>(result->body.size()) : -1;
}

holdfast::co::Task<void> pieces(holdfast::CoClient& client) {
  auto body = client.stream({.url = "/big"});
  for (;;) {
    holdfast::Result<std::string_view> piece = co_await body.next();
    if (!piece || piece->empty()) break;
  }
  auto all = holdfast::co::gather(client.get("/a"), client.get("/b"));
  std::vector<holdfast::Result<holdfast::Response>> results = co_await all;
  co_await client.close();
}

holdfast::ClientOptions options() {
  return {.base_url = "http://localhost/",
          .retry = {.max_attempts = 3, .backoff = {.max = std::chrono::seconds(4)}},
          .timeouts = {.connect = std::chrono::seconds(1)},
          .pool = {.max_connections = 5},
          .tls = {.ca_file = "ca.pem"},
          .resolve = {{.host = "a.test", .address = "127.0.0.1"}}};
}
