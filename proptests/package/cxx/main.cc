// A small libuv application as a user would write it, built against an installed holdfast from
// outside the tree: one GET whose server is unwell at first, then a loop that closes clean.
#include <holdfast/client.h>
#include <uv.h>

#include <cstdio>
#include <utility>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  uv_loop_t loop;
  if (uv_loop_init(&loop) != 0) return 1;

  int answers = 0;
  bool as_expected = false;
  {
    holdfast::Client client(&loop);
    client.get(argv[1], [&](holdfast::Result<holdfast::Response> result) {
      ++answers;
      if (!result) {
        std::fprintf(stderr, "%s\n", result.error().message().c_str());
        return;
      }
      std::printf("%d after %u attempts, %zu bytes\n", static_cast<int>(result->status),
                  result->timeline.attempts(), result->body.size());
      as_expected = result->status == 200 && result->timeline.attempts() == 2;
    });
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  uv_run(&loop, UV_RUN_DEFAULT);  // the client's handles close on this turn
  const int closed = uv_loop_close(&loop);
  if (closed != 0) std::fprintf(stderr, "uv_loop_close: %s\n", uv_strerror(closed));
  return answers == 1 && as_expected && closed == 0 ? 0 : 1;
}
