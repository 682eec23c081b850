// A test as a user would write it, built against an installed holdfast from outside the tree: no
// server, no loop, and an answer after a 503 and a reset, over TLS.
#include <holdfast/coro.h>
#include <holdfast/testing.h>

#include <cstdio>
#include <stdexcept>

holdfast::co::Task<int> ask(holdfast::CoClient& client) {
  auto op = client.get("/hello");
  const holdfast::Result<holdfast::Response> result = co_await op;
  if (!result) std::fprintf(stderr, "%s\n", result.error().message().c_str());
  co_return result ? result->status : 0;
}

int main() {
  holdfast::testing::World world(7);
  world.serve("https://api.example", {"/hello : 503 ra=1; reset; 200 body=text:hello"});
  holdfast::ClientOptions options;
  options.base_url = "https://api.example";
  holdfast::Client client = world.client(options);
  holdfast::CoClient face(client);
  auto task = ask(face);
  task.start();
  const bool ended = world.run() && task.done();
  bool refused = false;
  try {
    world.serve("https://api.example", {"no such rule"});
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  const bool good = ended && refused && task.result() == 200 && world.journal().size() == 3 &&
                    world.now() >= std::chrono::seconds(1);
  std::printf("%zu requests in %lld virtual ms\n", world.journal().size(),
              static_cast<long long>(world.now().count() / 1'000'000));
  if (!good) std::fputs(world.failure_report().c_str(), stderr);
  return good ? 0 : 1;
}
