// coroutine-service URL: one round of a service that collects data from another service, with
// coroutines on a libuv loop. The other service may fail; the client retries what may be retried,
// and this code does not notice. Exit status 0 if the round succeeded.
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/coro.h"

namespace {

using namespace std::chrono_literals;
using holdfast::CoClient;
using holdfast::Response;
using holdfast::Result;
using holdfast::co::Task;

/// The names in the catalogue. value() throws if there is no response; the exception leaves where
/// the task is awaited.
Task<std::vector<std::string>> catalogue(CoClient& client) {
  auto op = client.get("/catalogue");
  Result<Response> result = co_await op;
  const std::string& text = result.value().body;
  std::vector<std::string> names;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('-', from), text.size());
    names.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  co_return names;
}

/// All prices, three requests at a time.
Task<std::vector<Result<Response>>> prices(CoClient& client, std::vector<std::string> names) {
  std::vector<holdfast::co::Operation> asking;
  for (const std::string& each : names) asking.push_back(client.get("/prices/" + each));
  auto all = holdfast::co::gather(std::move(asking), 3);
  co_return co_await all;
}

/// Reads a long response in pieces; at most one or two pieces are in memory.
Task<Result<std::size_t>> measure(CoClient& client, std::string url) {
  holdfast::Request request;
  request.url = url;
  auto body = client.stream(std::move(request));
  std::size_t bytes = 0;
  for (;;) {
    const Result<std::string_view> piece = co_await body.next();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return bytes;
    bytes += piece->size();
  }
}

/// Whether the supplier had news before `stop`.
Task<bool> news(CoClient& client, std::stop_token stop) {
  auto op = client.get("/news", stop);
  const Result<Response> result = co_await op;
  std::printf("news: %s\n", result ? "some" : result.error().message().c_str());
  co_return result.ok();
}

Task<bool> round(CoClient& client, std::stop_token stop) {
  auto listing = catalogue(client);
  const std::vector<std::string> names = co_await listing;
  auto asking = prices(client, names);
  const std::vector<Result<Response>> found = co_await asking;
  bool good = !found.empty();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Result<Response>& each = found[i];
    good = good && each && each->status == 200;
    std::printf("%s: %s\n", names[i].c_str(),
                each ? each->body.c_str() : each.error().message().c_str());
  }
  auto measuring = measure(client, "/archive");
  const Result<std::size_t> length = co_await measuring;
  if (!length) co_return false;
  std::printf("archive: %zu bytes\n", *length);
  auto waiting = news(client, stop);
  co_return good && !co_await waiting;  // the supplier never sends news
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  uv_loop_t* loop = uv_default_loop();
  // The longest wait for news. Any thread may request the stop.
  std::stop_source patience;
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  timer.data = &patience;
  uv_timer_start(
      &timer,
      [](uv_timer_t* fired) {
        static_cast<std::stop_source*>(fired->data)->request_stop();
        uv_close(reinterpret_cast<uv_handle_t*>(fired), nullptr);
      },
      1000, 0);

  bool good = false;
  {
    holdfast::ClientOptions options;
    options.base_url = argv[1];
    options.retry.backoff.base = 20ms;
    CoClient client(loop, options);
    auto task = round(client, patience.get_token());
    task.start();
    uv_run(loop, UV_RUN_DEFAULT);
    try {
      good = task.done() && task.result();
    } catch (const holdfast::RequestFailed& failed) {
      std::fprintf(stderr, "%s\n", failed.what());
    }
  }
  uv_run(loop, UV_RUN_DEFAULT);  // lets the client's handles close
  return uv_loop_close(loop) == 0 && good ? 0 : 1;
}
