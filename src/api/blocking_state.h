// The implementation of BlockingClient: a loop, its thread, and a Client on the loop. Owner: the
// BlockingClient, the thread, and every running call, so that the client can be destroyed while
// other threads still wait in it. Thread: see each member.
//
// Invariants:
//  1. The loop's thread ends only after the client has closed; the anchor, a handle of ours, keeps
//     the loop running until then.
//  2. Accepted work is run: a posted call ends, at the latest when the client closes.
//  3. In a forked child the thread does not exist: no lock is taken, nothing is waited for.
//  4. No lock is held while user code runs or while a thread waits for the loop.
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
  /// Starts the thread; on failure every call fails with `out_of_resources`.
  void begin();
  /// Closes the client and joins the thread (detaches it when called on it). The owner's last call.
  void leave();

  // Callable on any thread.
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
  /// Calls `begin` on the loop's thread to start the request; `begin` gets the final callback.
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
  std::size_t width_ = 1;  // requests that run at once without waiting in the pool
  std::optional<Client> client_;
  std::optional<Error> trouble_;  // why there is no thread
  std::thread thread_;
  std::thread::id thread_id_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;  // under mutex_
};

}  // namespace holdfast::api
