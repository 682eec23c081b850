// many-at-once URL: sends forty requests, at most four at a time, and handles each response as it
// arrives. The pool would open up to fifty connections by default; a lower limit is kinder to the
// server. Exit status 0 if all succeeded. (With coroutines: holdfast::co::gather(operations, 4).)
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "holdfast/client.h"

namespace {

/// Sends the next request whenever one has ended.
class Fetcher {
 public:
  Fetcher(holdfast::Client& client, int count, int at_once)
      : client_(client), count_(count), at_once_(at_once) {
    send_more();
  }

  void report() const {
    const holdfast::PoolStats stats = client_.stats();
    std::printf("%d of %d came, at most %d at once, over %d connection(s)\n", good_, count_, most_,
                static_cast<int>(stats.opened));
  }
  bool all_good() const { return good_ == count_; }

 private:
  void send_more() {
    while (running_ < at_once_ && next_ < count_) {
      const int number = next_++;
      most_ = std::max(most_, ++running_);
      client_.get("/item/" + std::to_string(number),
                  [this, number](holdfast::Result<holdfast::Response> result) {
                    --running_;
                    take(number, result);
                    send_more();  // a callback may send requests
                  });
    }
  }

  void take(int number, const holdfast::Result<holdfast::Response>& result) {
    if (result && result->is_success()) {
      ++good_;
    } else if (result) {
      std::fprintf(stderr, "item %d: status %d\n", number, static_cast<int>(result->status));
    } else {
      std::fprintf(stderr, "item %d: %s\n", number, result.error().message().c_str());
    }
  }

  holdfast::Client& client_;
  const int count_, at_once_;
  int next_ = 0, running_ = 0, most_ = 0, good_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  uv_loop_t* loop = uv_default_loop();
  bool good = false;
  {
    holdfast::ClientOptions options;
    options.base_url = argv[1];
    options.retry.backoff.base = std::chrono::milliseconds(20);
    holdfast::Client client(loop, options);
    Fetcher fetcher(client, 40, 4);
    uv_run(loop, UV_RUN_DEFAULT);
    fetcher.report();
    good = fetcher.all_good();
  }
  uv_run(loop, UV_RUN_DEFAULT);  // lets the client's handles close
  return uv_loop_close(loop) == 0 && good ? 0 : 1;
}
