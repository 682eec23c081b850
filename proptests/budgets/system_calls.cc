// System calls of the libuv driver on the connection, in keep-alive GETs one after the other.
// Prints a line `figure value` for each figure of table.txt; run.py judges them.
#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "holdfast/client.h"
#include "proptests/budgets/counted_calls.h"
#include "proptests/budgets/plain_server.h"
#include "proptests/budgets/still_clock.h"

namespace {

using namespace holdfast;
using budgets::Calls;

constexpr std::uint64_t kRequests = 1000;
constexpr std::size_t kBody = 100;
/// A connection that was quiet for 5 ms is read before a request is written to it (R6).
constexpr std::uint64_t kPauseMs = 10;

class Rig {
 public:
  Rig() {
    uv_loop_init(&loop_);
    client_ = std::make_unique<Client>(&loop_, ClientOptions{});
    get();
    server_.accept_one();
    while (!server_.has_input()) turn();
    answer();
  }
  ~Rig() {
    client_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  /// GETs that the callback of the one before sends.
  Calls from_callbacks(std::uint64_t count) {
    const Calls before = budgets::calls();
    left_ = count - 1;
    get();
    for (std::uint64_t i = 0; i < count; ++i) answer();
    return budgets::calls() - before;
  }
  /// GETs that are sent when the callback of the one before has returned, each after a pause.
  Calls from_outside(std::uint64_t count, std::uint64_t pause_ms) {
    const Calls before = budgets::calls();
    for (std::uint64_t i = 0; i < count; ++i) {
      budgets::pass_milliseconds(pause_ms);
      get();
      answer();
    }
    return budgets::calls() - before;
  }

 private:
  void get() {
    client_->get(server_.url(), [this](const Result<Response>& result) {
      if (!result) budgets::give_up(result.error().message());
      if (result->body.size() != kBody) budgets::give_up("the body is not what was sent");
      ++responses_;
      if (left_ == 0) return;
      --left_;
      get();
    });
  }
  /// Waits for an event, and performs what follows from it.
  void turn() { uv_run(&loop_, UV_RUN_ONCE); }
  void answer() {
    const std::uint64_t before = responses_;
    server_.read_head();
    server_.respond(kBody);
    while (responses_ == before) turn();
  }

  uv_loop_t loop_{};
  budgets::PlainServer server_;
  std::unique_ptr<Client> client_;
  std::uint64_t left_ = 0, responses_ = 0;
};

void print(const char* figure, std::uint64_t count) {
  std::printf("%s %.3f\n", figure, static_cast<double>(count) / static_cast<double>(kRequests));
}

}  // namespace

int main() {
  Rig rig;
  const Calls chained = rig.from_callbacks(kRequests);
  print("calls.read", chained.reads);
  print("calls.write", chained.writes);
  print("calls.epoll_wait", chained.polls);
  print("calls.epoll_ctl", chained.poll_changes);
  const Calls repeated = rig.from_outside(kRequests, 0);
  print("calls.read.outside", repeated.reads);
  print("calls.write.outside", repeated.writes);
  const Calls paused = rig.from_outside(kRequests, kPauseMs);
  print("calls.read.paused", paused.reads);
  print("calls.write.paused", paused.writes);
  return 0;
}
