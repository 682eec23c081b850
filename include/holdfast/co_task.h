// A small coroutine type, for programs that have none (F2); the rest of the library does not depend
// on it. Lazy: it begins when it is awaited, started or spawned. Allocates its frame and nothing
// else. Owner: the holder of the Task; destroying it before its end destroys its frame, which
// cancels every request that it awaits. Thread: one, the loop's if it awaits requests.
//
//     holdfast::co::Task<int> length(holdfast::CoClient& client) {
//       auto op = client.get("/x");
//       holdfast::Result<holdfast::Response> result = co_await op;
//       co_return result ? static_cast<int>(result->body.size()) : -1;
//     }
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "holdfast/export.h"

/// Whether temporaries can be awaited. 0 for GCC before 13, which moves some temporaries next to a
/// co_await bitwise and destroys them twice, so that `co_await fetch(client, std::string("x"))`
/// would corrupt memory. There it does not compile; name the task first:
///
///     auto task = fetch(client, "x");
///     co_await task;
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#define HOLDFAST_AWAITS_TEMPORARIES 0
#else
#define HOLDFAST_AWAITS_TEMPORARIES 1
#endif

/// Coroutines: what CoClient returns, and a coroutine type.
namespace holdfast::co {

template <class T = void>
class Task;

namespace detail {

/// What the promises of all tasks share.
class TaskPromiseBase {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept { return Final(); }
  void unhandled_exception() noexcept { thrown_ = std::current_exception(); }

  void set_continuation(std::coroutine_handle<> continuation) noexcept {
    continuation_ = continuation;
  }

 protected:
  void rethrow() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

 private:
  /// Resumes the awaiting coroutine by symmetric transfer, so that a chain of tasks uses no stack.
  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      const std::coroutine_handle<> continuation = ended.promise().continuation_;
      return continuation ? continuation : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::coroutine_handle<> continuation_;
  std::exception_ptr thrown_;
};

template <class T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <class From>
  requires std::is_constructible_v<T, From>
  void return_value(From&& value) { value_.emplace(std::forward<From>(value)); }
  T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() { rethrow(); }
};

}  // namespace detail

/// A coroutine that has not begun, is under way, or has ended with a T or an exception. Awaited or
/// started once. Move-only.
template <class T>
class [[nodiscard]] Task {
 public:
  /// As the language requires.
  using promise_type = detail::TaskPromise<T>;
  /// A handle of the frame.
  using Handle = std::coroutine_handle<promise_type>;

  /// No coroutine; done() is true.
  Task() = default;
  /// Owns this frame. For the promise.
  explicit Task(Handle frame) noexcept : frame_(frame) {}
  /// Moves the coroutine.
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  /// Destroys the frame and moves the other coroutine here.
  Task& operator=(Task&& other) noexcept {
    // By way of a third: what the old frame owns can own this task.
    Task old(std::exchange(frame_, std::exchange(other.frame_, nullptr)));
    return *this;
  }
  /// Destroys the frame.
  ~Task() {
    if (frame_) frame_.destroy();
  }

  /// Begins without an awaiting coroutine. Keep the task until done() is true.
  void start() { frame_.resume(); }
  /// Returns whether the coroutine has ended.
  bool done() const noexcept { return !frame_ || frame_.done(); }
  /// Returns what a task that is done returned, or throws its exception; once.
  T result() { return frame_.promise().take(); }

  /// Begins the coroutine and waits for its end. An exception that left it is thrown here.
  auto operator co_await() & noexcept { return Awaiter{frame_}; }
#if HOLDFAST_AWAITS_TEMPORARIES
  /// As above.
  auto operator co_await() && noexcept { return Awaiter{frame_}; }
#else
  void operator co_await() && = delete;
#endif

 private:
  struct Awaiter {
    Handle frame;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> continuation) const noexcept {
      frame.promise().set_continuation(continuation);
      return frame;
    }
    T await_resume() const { return frame.promise().take(); }
  };

  Handle frame_;
};

namespace detail {

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

/// A coroutine without an owner: it destroys its frame at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

inline Detached run_detached(Task<void> task) { co_await task; }

}  // namespace detail

/// Begins a task at once and lets it run to its end; until then it owns itself. Closing or
/// destroying the client ends the requests that it awaits, and so the task. An exception that
/// leaves it ends the program, as one that leaves a thread does.
inline void spawn(Task<void> task) { detail::run_detached(std::move(task)); }

}  // namespace holdfast::co
