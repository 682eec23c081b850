// blocking-script URL: HTTP in a script, without an event loop: a GET, a POST, a download, and many
// requests at once, from plain threads. The server may fail; what may be retried is retried. Exit
// status 0 if everything succeeded.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "holdfast/blocking.h"

namespace {

using namespace std::chrono_literals;
using holdfast::BlockingClient;
using holdfast::Response;
using holdfast::Result;

/// Writes a response to a file as it arrives, and stops when the disk is full.
bool download(BlockingClient& client, const char* url, std::FILE* file) {
  holdfast::Request request;
  request.url = url;
  holdfast::BlockingCallbacks callbacks;
  callbacks.on_head = [](const holdfast::ResponseHead& head) { return head.status == 200; };
  callbacks.on_body = [&](std::string_view bytes) {
    return std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  };
  const Result<Response> result = client.stream(std::move(request), std::move(callbacks));
  if (!result) std::fprintf(stderr, "%s: %s\n", url, result.error().message().c_str());
  return result.ok();
}

/// One client for all threads; each thread waits only for its own response.
int ask_at_once(BlockingClient& client, int count) {
  std::atomic<int> good{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      const Result<Response> result = client.get("/stock/" + std::to_string(i));
      good += result && result->is_success() ? 1 : 0;
    });
  }
  threads.clear();  // joins
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  holdfast::ClientOptions options;
  options.base_url = argv[1];
  options.retry.backoff.base = 20ms;
  options.timeouts.total = 20s;  // the limit of every call, including retries
  BlockingClient client(options);

  try {
    const Response hello = client.get("/hello").value();
    std::printf("hello: %s, after %u attempt(s)\n", hello.body.c_str(), hello.timeline.attempts());
  } catch (const holdfast::RequestFailed& failed) {
    std::fprintf(stderr, "hello: %s\n", failed.what());
    return 1;
  }

  // After a reset the server may have processed the POST, so it is not retried.
  const Result<Response> order = client.post("/orders", "amount=100");
  std::printf("order: %s\n", order ? "accepted" : order.error().message().c_str());

  std::FILE* file = std::tmpfile();
  const bool saved = file != nullptr && download(client, "/archive", file);
  std::printf("archive: %ld bytes\n", file != nullptr ? std::ftell(file) : 0);
  if (file != nullptr) std::fclose(file);

  const int good = ask_at_once(client, 8);
  std::printf("stock: %d of 8\n", good);
  return !order && saved && good == 8 ? 0 : 1;
}
