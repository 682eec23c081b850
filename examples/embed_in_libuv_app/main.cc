// embed-in-libuv-app URL: an application with a libuv loop, timers and signals of its own, and a
// client on the same loop. It sends a report to a service on every tick. On SIGTERM it starts no
// new work, lets the running requests end, and leaves an empty loop. Exit status 0 if no report was
// lost.
#include <uv.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>

#include "holdfast/client.h"

namespace {

struct App {
  uv_loop_t loop;
  uv_timer_t ticks;
  uv_signal_t terminate;
  std::optional<holdfast::Client> client;
  int sent = 0, arrived = 0;

  explicit App(const char* url) {
    uv_loop_init(&loop);
    uv_timer_init(&loop, &ticks);
    uv_signal_init(&loop, &terminate);
    ticks.data = terminate.data = this;
    loop.data = this;  // the client never uses it

    holdfast::ClientOptions options;
    options.base_url = url;
    options.retry.backoff.base = std::chrono::milliseconds(20);
    options.timeouts.total = std::chrono::seconds(10);  // also limits the time of the shutdown
    client.emplace(&loop, options);

    uv_timer_start(
        &ticks, [](uv_timer_t* timer) { static_cast<App*>(timer->data)->tick(); }, 0, 20);
    uv_signal_start(
        &terminate, [](uv_signal_t* signal, int) { static_cast<App*>(signal->data)->shut_down(); },
        SIGTERM);
  }

  void tick() {
    ++sent;
    // PUT may be retried; a POST would not be.
    client->put("/report", "all is well", [this](holdfast::Result<holdfast::Response> result) {
      if (!result || !result->is_success()) return;
      if (++arrived == 3) std::printf("three have arrived\n");
      std::fflush(stdout);
    });
  }

  void shut_down() {
    std::printf("SIGTERM: finishing\n");
    uv_close(reinterpret_cast<uv_handle_t*>(&ticks), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&terminate), nullptr);
    client->close_gracefully([this] {
      // The client has no handle left on the loop. The application's own handles are closed as
      // well, so uv_run() returns without uv_stop().
      std::printf("%s\n", arrived == sent ? "no report was lost" : "reports were lost");
    });
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  App app(argv[1]);
  uv_run(&app.loop, UV_RUN_DEFAULT);
  return uv_loop_close(&app.loop) == 0 && app.arrived == app.sent && app.sent != 0 ? 0 : 1;
}
