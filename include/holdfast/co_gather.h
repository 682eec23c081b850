// Many operations awaited as one. At most `limit` of them are under way at a time, and every result
// is kept, whether or not others failed. Owner: the holder of the Gather, which owns the
// operations. Thread: the loop's.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <utility>
#include <vector>

#include "holdfast/co_operation.h"

namespace holdfast::co {

/// Many operations as one, made by gather(). Awaiting it returns all results in the order of the
/// operations, failed ones included. Cannot be moved. Destroying it cancels the operations that
/// have not ended.
class [[nodiscard]] Gather {
 public:
  /// Made by gather().
  Gather(std::vector<Operation> operations, std::size_t limit)
      : operations_(std::move(operations)), limit_(limit == 0 ? operations_.size() : limit) {}
  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;
  ~Gather() {
    for (Operation& operation : operations_) operation.pending_->set_waiter({});
  }

  /// Starts the operations now; await it later.
  void start() {
    while (running_ < limit_ && next_ < operations_.size()) {
      detail::Pending& pending = *operations_[next_++].pending_;
      pending.start();
      if (pending.ended()) continue;
      ++running_;
      pending.set_waiter([this] { one_ended(); });
    }
  }
  /// Ends the operations that have not ended with `cancelled`.
  void cancel() {
    for (Operation& operation : operations_) operation.cancel();
  }
  /// Returns whether all operations have ended.
  bool done() const { return running_ == 0 && next_ == operations_.size(); }

  class Awaiter;
  /// Waits for all results.
  Awaiter operator co_await() &;
#if HOLDFAST_AWAITS_TEMPORARIES
  /// As above.
  Awaiter operator co_await() &&;
#else
  void operator co_await() && = delete;
#endif

 private:
  void one_ended() {
    --running_;
    start();
    // Moved out first: the coroutine can destroy this object.
    const std::coroutine_handle<> waiter =
        done() ? std::exchange(waiter_, nullptr) : std::coroutine_handle<>();
    if (waiter) waiter.resume();
  }

  std::vector<Operation> operations_;
  std::size_t limit_, next_ = 0, running_ = 0;
  std::coroutine_handle<> waiter_;
};

class Gather::Awaiter {
 public:
  explicit Awaiter(Gather& gather) : gather_(gather) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  ~Awaiter() {
    if (waiting_) gather_.waiter_ = nullptr;
  }
  bool await_ready() {
    gather_.start();
    return gather_.done();
  }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiting_ = true;
    gather_.waiter_ = waiter;
  }
  std::vector<Result<Response>> await_resume() {
    waiting_ = false;
    std::vector<Result<Response>> results;
    results.reserve(gather_.operations_.size());
    for (Operation& operation : gather_.operations_) {
      results.push_back(operation.pending_->take());
    }
    return results;
  }

 private:
  Gather& gather_;
  bool waiting_ = false;
};

inline Gather::Awaiter Gather::operator co_await() & { return Awaiter(*this); }
#if HOLDFAST_AWAITS_TEMPORARIES
inline Gather::Awaiter Gather::operator co_await() && { return Awaiter(*this); }
#endif

/// Awaits all of `operations`, at most `limit` at a time (0: all at once). Those beyond the limit
/// have not begun, so none of their timeouts runs; with a limit up to PoolPolicy::max_connections
/// none waits in the pool's queue.
///
///     auto all = holdfast::co::gather(std::move(operations), 10);
///     std::vector<holdfast::Result<holdfast::Response>> results = co_await all;
inline Gather gather(std::vector<Operation> operations, std::size_t limit = 0) {
  return Gather(std::move(operations), limit);
}
/// As above, for operations given one by one: gather(client.get("/a"), client.get("/b")).
template <std::same_as<Operation>... Others>
Gather gather(Operation first, Others... others) {
  std::vector<Operation> operations;
  operations.reserve(1 + sizeof...(others));
  operations.push_back(std::move(first));
  (operations.push_back(std::move(others)), ...);
  return Gather(std::move(operations), 0);
}

}  // namespace holdfast::co
