// One request as an operation to await. Made by CoClient (coro.h, whose rules apply). Sends nothing
// until it is awaited, started or gathered, and never resumes a coroutine inside a call by that
// coroutine. Owner: the holder of the Operation. Thread: the loop's; a stop can be requested from
// any.
#pragma once

#include <coroutine>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/client.h"
#include "holdfast/co_task.h"
#include "holdfast/stop.h"

namespace holdfast {

class CoClient;

namespace co {

class Gather;

namespace detail {

/// The way from any thread to the client, as long as it exists. Thread: any for post(), the loop's
/// for the rest.
class Link {
 public:
  explicit Link(Client* client) : client_(client) {}
  Client* client() const { return client_; }
  void post(Function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (client_ != nullptr) client_->post_to_loop(std::move(work));
  }
  void cut() {
    const std::lock_guard lock(mutex_);
    client_ = nullptr;
  }

 private:
  std::mutex mutex_;  // over writing client_, and reading it on another thread
  Client* client_;
};

/// What an operation shares with the callbacks of its request and with the coroutine that awaits
/// it.
class Pending : public std::enable_shared_from_this<Pending> {
 public:
  Pending(std::shared_ptr<Link> link, Request&& request, const StopToken& stop)
      : link_(std::move(link)), request_(std::move(request)), stop_(stop) {}
  virtual ~Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  void start() {
    if (std::exchange(started_, true) || result_) return;
    if (stop_.stop_requested()) return refuse(ErrorCode::cancelled);
    Client* client = link_->client();
    if (client == nullptr) return refuse(ErrorCode::client_closed);
    handle_ = send(*client, std::move(request_));
    if (!result_ && stop_.stop_possible()) {
      on_stop_.emplace(stop_, Stopper{link_, weak_from_this()});
    }
  }
  void cancel() {
    if (!started_ && !result_) return refuse(ErrorCode::cancelled);
    abandon();
  }
  /// Detaches the operation. A coroutine still awaiting it resumes with `cancelled`.
  void abandon() {
    if (!result_) handle_.cancel();
  }
  void body_ready() { handle_.body_ready(); }
  bool ended() const { return result_.has_value(); }

  bool has_waiter() const { return static_cast<bool>(wake_); }
  void set_waiter(Function<void()> wake) { wake_ = std::move(wake); }

  /// Returns the result of an operation that has ended; once.
  Result<Response> take() {
    if (std::exchange(taken_, true)) return awaited_before();
    return std::move(*result_);
  }
  static Error awaited_before() {
    return Error(ErrorCode::invalid_request, "the operation was awaited before");
  }

 protected:
  virtual RequestHandle send(Client& client, Request&& request) {
    return client.send(std::move(request), when_done());
  }
  Callback when_done() {
    return [self = shared_from_this()](Result<Response> result) { self->end(std::move(result)); };
  }
  /// noexcept: an exception that leaves the coroutine must not pass through libuv.
  void wake() noexcept {
    Function<void()> waiter = std::move(wake_);
    if (waiter) waiter();
  }

  RequestHandle handle_;
  std::optional<Result<Response>> result_;

 private:
  struct Stopper {
    std::shared_ptr<Link> link;
    std::weak_ptr<Pending> pending;
    void operator()() noexcept {
      link->post([weak = pending] {
        if (const auto self = weak.lock()) self->cancel();
      });
    }
  };

  void refuse(ErrorCode code) {
    Error error(code);
    error.timeline.set_stop_reason(StopReason::cancelled);
    result_.emplace(std::move(error));
  }
  void end(Result<Response>&& result) {
    on_stop_.reset();
    result_.emplace(std::move(result));
    wake();
  }

  std::shared_ptr<Link> link_;
  Request request_;
  StopToken stop_;
  std::optional<StopCallback<Stopper>> on_stop_;
  Function<void()> wake_;
  bool started_ = false, taken_ = false;
};

/// As Pending, for a response that is stored in a file.
class PendingDownload final : public Pending {
 public:
  PendingDownload(std::shared_ptr<Link> link, Request&& request, std::string path,
                  const StopToken& stop)
      : Pending(std::move(link), std::move(request), stop), path_(std::move(path)) {}

 private:
  RequestHandle send(Client& client, Request&& request) override {
    return client.download(std::move(request), std::move(path_), when_done());
  }

  std::string path_;
};

}  // namespace detail

/// One request. Sends nothing until it is awaited, gathered or started. Destroying it cancels the
/// request. Move-only.
class [[nodiscard]] Operation {
 public:
  /// Moves the operation.
  Operation(Operation&&) noexcept = default;
  /// Cancels the request and moves the other operation here.
  Operation& operator=(Operation&& other) noexcept {
    const Operation old(std::exchange(pending_, std::move(other.pending_)));
    return *this;
  }
  /// Cancels the request if it has not ended.
  ~Operation() {
    if (pending_ != nullptr) pending_->abandon();
  }

  /// Sends the request now; await it later.
  void start() { pending_->start(); }
  /// Ends the operation with `cancelled`. A coroutine that awaits it is resumed on a later turn of
  /// the loop.
  void cancel() { pending_->cancel(); }
  /// Tells that the request's body source, which returned `pending`, has bytes now; see
  /// RequestHandle::body_ready(). From another thread call it by Client::post_to_loop().
  void body_ready() { pending_->body_ready(); }
  /// Returns whether the operation has ended, so that awaiting it does not suspend.
  bool done() const { return pending_->ended(); }

  class Awaiter;
  /// Returns the response, buffered, or the error, as a callback would get it.
  Awaiter operator co_await() &;
#if HOLDFAST_AWAITS_TEMPORARIES
  /// As above.
  Awaiter operator co_await() &&;
#else
  void operator co_await() && = delete;  // see co_task.h: auto op = client.get(…); co_await op;
#endif

 private:
  friend class holdfast::CoClient;
  friend class Gather;
  explicit Operation(std::shared_ptr<detail::Pending> pending) : pending_(std::move(pending)) {}

  std::shared_ptr<detail::Pending> pending_;
};

class Operation::Awaiter {
 public:
  explicit Awaiter(std::shared_ptr<detail::Pending> pending) : pending_(std::move(pending)) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  /// A coroutine that is destroyed while it waits is not resumed.
  ~Awaiter() {
    if (waiting_) pending_->set_waiter({});
  }

  bool await_ready() {
    if (pending_->has_waiter()) {
      refused_ = true;
      return true;
    }
    pending_->start();
    return pending_->ended();
  }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiting_ = true;
    pending_->set_waiter([waiter] { waiter.resume(); });
  }
  Result<Response> await_resume() {
    waiting_ = false;
    if (refused_) return detail::Pending::awaited_before();
    return pending_->take();
  }

 private:
  std::shared_ptr<detail::Pending> pending_;
  bool waiting_ = false, refused_ = false;
};

inline Operation::Awaiter Operation::operator co_await() & { return Awaiter(pending_); }
#if HOLDFAST_AWAITS_TEMPORARIES
inline Operation::Awaiter Operation::operator co_await() && { return Awaiter(pending_); }
#endif

}  // namespace co
}  // namespace holdfast
