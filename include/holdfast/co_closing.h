// The end of a client as something to await. Made by CoClient (coro.h, which says what holds for
// all of these). Owner: the awaiting expression. Thread: the loop's. Does nothing until it is
// awaited.
#pragma once

#include <coroutine>
#include <memory>

#include "holdfast/client.h"

namespace holdfast::co {

/// A close to be awaited, at once. The client may be destroyed as soon as the coroutine goes on.
class [[nodiscard]] Closing {
 public:
  Closing(Client& client, bool gracefully) : client_(&client), gracefully_(gracefully) {}

  class Awaiter;
  Awaiter operator co_await() const;

 private:
  // Nothing but plain values: GCC before 13 destroys temporaries beside a co_await twice.
  Client* client_;
  bool gracefully_;
};

class Closing::Awaiter {
 public:
  Awaiter(Client& client, bool gracefully) : client_(client), gracefully_(gracefully) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  /// A coroutine that is destroyed while it waits is not resumed.
  ~Awaiter() {
    if (waiter_ != nullptr) *waiter_ = nullptr;
  }

  bool await_ready() const noexcept { return false; }
  /// False where the end is known at once: the coroutine goes on without being resumed.
  bool await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = std::make_shared<std::coroutine_handle<>>();
    const auto shared = waiter_;
    const auto told = std::make_shared<bool>(false);
    Function<void()> done = [shared, told] {
      *told = true;
      if (*shared) shared->resume();
    };
    if (gracefully_) {
      client_.close_gracefully(std::move(done));
    } else {
      client_.close(std::move(done));
    }
    if (*told) return false;
    *shared = waiter;
    return true;
  }
  void await_resume() const noexcept {}

 private:
  Client& client_;
  bool gracefully_;
  std::shared_ptr<std::coroutine_handle<>> waiter_;
};

inline Closing::Awaiter Closing::operator co_await() const {
  return Awaiter(*client_, gracefully_);
}

}  // namespace holdfast::co
