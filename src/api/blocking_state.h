// What stands behind BlockingClient: a loop, its thread, and a Client on it. Owner: the
// BlockingClient, the thread, and every call under way, so that the client may be destroyed while
// others still wait in it. Thread: what is said at each member.
//
// Invariants:
//  1. The loop's thread ends after the client has closed, and only then; the anchor, a handle of
//     ours, holds the loop until that.
//  2. Work that the client took is run: a call that was posted ends, by the close if need be.
//  3. In a forked child there is no thread: no lock is taken, nothing is waited for.
//  4. No lock is held while user code runs or the loop is waited for.
#pragma once

#include <uv.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "holdfast/blocking.h"
#include "holdfast/client.h"
#include "holdfast/stop.h"
#include "uv/fork_count.h"

namespace holdfast::api {

class BlockingCall;

class BlockingState final : public std::enable_shared_from_this<BlockingState> {
 public:
  explicit BlockingState(ClientOptions&& options);
  /// Begins the thread; where it cannot, every call says why.
  void begin();
  /// Closes; waits for the thread unless this is it. By the owner, last.
  void leave();

  // Any thread.
  Result<Response> send(Request&& request, const StopToken& stop, const BodyWaker* waker = nullptr);
  Result<Response> stream(Request&& request, BlockingCallbacks& callbacks, const StopToken& stop,
                          const BodyWaker* waker = nullptr);
  Result<Response> download(Request&& request, std::string&& path, const StopToken& stop,
                            const BodyWaker* waker = nullptr);
  void for_each(std::vector<Request>&& requests, std::size_t limit,
                Function<void(std::size_t, Result<Response>)>& callback, const StopToken& stop);
  void body_ready(const std::shared_ptr<BlockingCall>& call);
  void close(bool gracefully);
  ClientStats stats();
  std::vector<OriginStats> origin_stats();
  void observe(std::shared_ptr<Observer>&& observer);
  void before_attempt(AttemptHook&& hook);
  bool post(Function<void()>&& work);

 private:
  void serve();
  void begin_closing(bool gracefully);
  std::optional<Error> refusal(const StopToken& stop) const;
  bool on_own_thread() const { return std::this_thread::get_id() == thread_id_; }
  void cancel(const std::shared_ptr<BlockingCall>& call);
  /// `begin` starts the request, on the loop's thread, given its callback.
  Result<Response> run(Function<RequestHandle(Callback)> begin, const StopToken& stop,
                       const BodyWaker* waker);
  void tie(const BodyWaker* waker, const std::shared_ptr<BlockingCall>& call);
  template <class Value, class Ask>
  Value ask(Ask ask);
  Result<Response> hand_over(const std::shared_ptr<BlockingCall>& call,
                             BlockingCallbacks& callbacks);

  uv_loop_t loop_{};
  uv_async_t anchor_{};
  const uv::ProcessMark process_;
  std::size_t width_ = 1;  // requests that need no wait in the pool
  std::optional<Client> client_;
  std::optional<Error> trouble_;  // why there is no thread
  std::thread thread_;
  std::thread::id thread_id_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;  // under mutex_
};

}  // namespace holdfast::api
