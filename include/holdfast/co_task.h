// A small coroutine type for those who have none (SPEC F2). Lazy: it begins when it is awaited,
// started or spawned. Owner: whoever holds the Task; destroying it before its end destroys its
// frame, and so cancels every request that it waits for. Thread: one, the loop's where it awaits
// requests. Never allocates beyond the frame. Any other coroutine type does as well: nothing in
// coro.h knows this one.
//
//   holdfast::co::Task<int> length(holdfast::CoClient& client) {
//     auto op = client.get("/x");
//     holdfast::Result<holdfast::Response> result = co_await op;
//     co_return result ? static_cast<int>(result->body.size()) : -1;
//   }
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "holdfast/export.h"

// GCC before 13 moves some temporaries of a full expression that awaits bitwise and destroys them
// twice: `co_await fetch(client, std::string("x"))` compiles and corrupts memory. So awaiting a
// temporary does not compile there; name it first:
//   auto task = fetch(client, "x");
//   co_await task;
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#define HOLDFAST_AWAITS_TEMPORARIES 0
#else
#define HOLDFAST_AWAITS_TEMPORARIES 1
#endif

namespace holdfast::co {

template <class T = void>
class Task;

namespace detail {

/// What the promises of all tasks have in common.
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
  /// Goes on with whoever waits by symmetric transfer: no stack is used up by a chain of tasks.
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

/// A coroutine that has not begun, is under way, or has ended with a T or an exception. Moves;
/// awaited or started once.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle frame) noexcept : frame_(frame) {}
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    // By way of a third: what the old frame holds may hold us.
    Task old(std::exchange(frame_, std::exchange(other.frame_, nullptr)));
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  /// Begins without anybody waiting; the caller keeps the task and asks done().
  void start() { frame_.resume(); }
  bool done() const noexcept { return !frame_ || frame_.done(); }
  /// Of a task that is done: what it returned, or its exception thrown. Once.
  T result() { return frame_.promise().take(); }

  /// Begins it and waits for its end; an exception that left it is thrown here.
  auto operator co_await() & noexcept { return Awaiter{frame_}; }
#if HOLDFAST_AWAITS_TEMPORARIES
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

/// A coroutine that nobody owns: its frame goes with its end.
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

/// Begins a task at once and lets it run to its end by itself; until then it owns itself. Closing
/// or destroying the client ends the requests that it waits for, so it comes to its end then. An
/// exception that leaves it ends the program, as one that leaves a thread does.
inline void spawn(Task<void> task) { detail::run_detached(std::move(task)); }

}  // namespace holdfast::co
