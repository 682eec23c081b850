// Closing a client, as an operation to await. Made by CoClient (coro.h, whose rules apply). Does
// nothing until it is awaited. Owner: the awaiting expression. Thread: the loop's.
#pragma once

#include <coroutine>
#include <memory>

#include "holdfast/client.h"

namespace holdfast::co {

/// The closing of a client; await it at once. The client can be destroyed as soon as the coroutine
/// resumes.
class [[nodiscard]] Closing {
 public:
  /// Made by CoClient::close() and close_gracefully().
  Closing(Client& client, bool gracefully) : client_(&client), gracefully_(gracefully) {}

  class Awaiter;
  /// Closes the client and waits for the end.
  Awaiter operator co_await() const;

 private:
  // Plain values only: GCC before 13 destroys temporaries next to a co_await twice.
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
  /// Returns false if the client has closed at once: the coroutine continues without being
  /// suspended.
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
