// Test support for the blocking client: the server runs on the test's thread and loop, the calls on
// threads of their own. Thread: the test's.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "api/client_rig.h"
#include "api/result_text_rig.h"
#include "holdfast/blocking.h"

namespace holdfast::api {

class BlockingTest : public ClientTest {
 protected:
  /// Serves until `work`, which runs on a thread of its own, has ended.
  template <class Work>
  void serve(Work work) {
    serve_many(1, [&](int) { work(); });
  }
  /// The same with `count` threads, numbered from 0.
  template <class Work>
  void serve_many(int count, Work work) {
    begin(count, std::move(work));
    finish();
  }
  template <class Work>
  void begin(int count, Work work) {
    left_ += count;
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, work, i]() mutable {
        work(i);
        --left_;
      });
    }
  }
  void finish() {
    run_until([this] { return left_ == 0; });
    // A failed expectation ends run_until(); the threads still need their responses to end.
    while (left_ != 0) run_ready();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  void silent_server() { server.on_bytes = nullptr; }
  /// The number of requests that the server has received and not responded to.
  std::size_t asked() const {
    std::size_t count = 0;
    for (const auto& peer : server.peers) count += peer->received.empty() ? 0U : 1U;
    return count;
  }
  ClientOptions options() const {
    ClientOptions options = without_retries();
    options.base_url = server.url("/");
    return options;
  }

 private:
  std::atomic<int> left_{0};
  std::vector<std::thread> threads_;
};

/// A body source that runs `act` once on the client's thread and then returns `done`.
class ActingSource final : public BodySource {
 public:
  explicit ActingSource(Function<void()> act) : act_(std::move(act)) {}
  Read read(char* into, std::size_t capacity) override {
    act_();
    return {State::end, std::string("done").copy(into, capacity)};
  }
  static Body body(Function<void()> act) {
    return Body::one_shot(std::make_unique<ActingSource>(std::move(act)));
  }

 private:
  Function<void()> act_;
};

}  // namespace holdfast::api
