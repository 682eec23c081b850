// Test support for the coroutine API: a client to await, and a coroutine type that does not depend
// on the library's. Thread: the test's.
#pragma once

#include <coroutine>
#include <exception>
#include <string>
#include <utility>

#include "api/client_rig.h"
#include "api/result_text_rig.h"
#include "holdfast/coro.h"

namespace holdfast::api {

/// A coroutine that starts at once; its frame is destroyed with it.
class Errand {
 public:
  struct promise_type {
    Errand get_return_object() {
      return Errand(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };

  explicit Errand(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  Errand(Errand&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Errand& operator=(Errand&& other) noexcept {
    drop();
    frame_ = std::exchange(other.frame_, nullptr);
    return *this;
  }
  ~Errand() { drop(); }

  bool done() const { return frame_ && frame_.done(); }
  /// Destroys the frame, like an application that no longer needs the result.
  void drop() {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

 private:
  std::coroutine_handle<promise_type> frame_;
};

class CoroTest : public ClientTest {
 protected:
  /// The coroutine client over the fixture's client.
  CoClient& face(ClientOptions options = without_retries()) {
    return face_.emplace(make(std::move(options)));
  }
  void silent_server() { server.on_bytes = nullptr; }
  ~CoroTest() override {
    // The coroutine client borrows the client and must be destroyed first.
    face_.reset();
  }

  std::optional<CoClient> face_;
};

}  // namespace holdfast::api
