// The blocking client, for programs without an event loop (F3). The same client and options as
// Client, on a loop and a thread of its own.
//
//     holdfast::BlockingClient client({.base_url = "http://localhost:8080"});
//     holdfast::Result<holdfast::Response> result = client.get("/x");
//     if (result) puts(result->body.c_str()); else puts(result.error().message().c_str());
//
// Thread: any, and many at once; concurrent calls share one pool and do not wait for each other.
// Body sources, body factories and retry predicates run on the client's own thread and must be
// quick, because all calls wait meanwhile. A call of a client from its own thread would wait for
// itself, so it fails at once with `would_deadlock`. All signals are blocked on the client's
// thread, so that handlers run on the program's threads.
//
// Exceptions: failures of network, peer and system are values. Result::value() throws for programs
// that use exceptions. An exception that leaves a body source, an observer, a hook or posted work
// ends the process; one that leaves a callback of stream() or for_each() is thrown to the caller.
//
// fork(): the child does not have the client's thread. There every call fails at once with
// `forked`; close() and the destructor return at once. Make another client in the child.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/client.h"
#include "holdfast/export.h"
#include "holdfast/function.h"
#include "holdfast/options.h"
#include "holdfast/request.h"
#include "holdfast/response.h"
#include "holdfast/result.h"
#include "holdfast/stats.h"
#include "holdfast/stop.h"

namespace holdfast {

namespace api {
class BlockingState;
}  // namespace api

/// Tells a blocking call that its body source has bytes. Copies belong to the same call; one call
/// at a time. Thread: any.
class HOLDFAST_EXPORT BodyWaker {
 public:
  /// For the next call that it is passed to.
  BodyWaker();
  /// Tells that the body source, which returned `pending`, has bytes now. No effect before and
  /// after the call.
  void ready() const;

 private:
  friend class api::BlockingState;
  struct State;
  std::shared_ptr<State> state_;
};

/// The callbacks of BlockingClient::stream(). They are called on the thread that called stream(),
/// while the client holds no lock: they may make other calls of the same client, close it, and
/// throw. Returning false ends the request with `cancelled`.
struct BlockingCallbacks {
  Function<bool(const ResponseHead&)> on_head{};  ///< once, before the first piece of the body
  Function<bool(std::string_view)> on_body{};     ///< the next bytes; they live until this returns
};

/// The blocking client. The opening comment of this file has the rules for threads and exceptions.
class HOLDFAST_EXPORT BlockingClient {
 public:
  /// Makes a client and starts its thread. Invalid options fail every call; see
  /// ClientOptions::validate(). If the system has no loop or thread left, every call fails with
  /// `out_of_resources`.
  explicit BlockingClient(ClientOptions options = {});
  /// Closes the client and waits for its thread to end. On the client's own thread it does not
  /// wait.
  ~BlockingClient();
  BlockingClient(const BlockingClient&) = delete;
  BlockingClient& operator=(const BlockingClient&) = delete;

  /// Sends a request and returns the whole response, after retries if the policy asks for them.
  /// TimeoutPolicy bounds the time, `total` all of it. A stop request to `stop`, from any thread,
  /// ends the call with `cancelled`; if it was made already, nothing is sent.
  Result<Response> send(Request request, StopToken stop = {});
  /// As above, with a body source that can return `pending`; call `waker.ready()` when it has
  /// bytes.
  Result<Response> send(Request request, const BodyWaker& waker, StopToken stop = {});

  /// Sends a GET request to `url`, as send().
  Result<Response> get(std::string_view url, StopToken stop = {});
  /// Sends a HEAD request to `url`, as send().
  Result<Response> head(std::string_view url, StopToken stop = {});
  /// Sends an OPTIONS request to `url`, as send().
  Result<Response> options(std::string_view url, StopToken stop = {});
  /// Sends a POST request with this body, as send().
  Result<Response> post(std::string_view url, Body body, StopToken stop = {});
  /// Sends a PUT request with this body, as send().
  Result<Response> put(std::string_view url, Body body, StopToken stop = {});
  /// Sends a PATCH request with this body, as send().
  Result<Response> patch(std::string_view url, Body body, StopToken stop = {});
  /// Sends a DELETE request to `url`, as send().
  Result<Response> del(std::string_view url, StopToken stop = {});
  /// Sends a QUERY request (RFC 10008), whose body is the query. Safe and idempotent, so it is
  /// retried like GET.
  Result<Response> query(std::string_view url, Body body, StopToken stop = {});

  /// Sends a request and passes its response to `callbacks` as it is received, on this thread.
  /// While a callback runs, at most about 64 KiB are buffered; then flow control stops the peer.
  /// Once on_head has been called, the request is not retried (R5). Returns head, trailers and
  /// timeline, without the body. An error is returned after the bytes received before it have been
  /// passed on; `cancelled` is returned at once. If a callback throws, the request is cancelled and
  /// the exception leaves this call. Without callbacks it is send().
  Result<Response> stream(Request request, BlockingCallbacks callbacks, StopToken stop = {});

  /// As above, with a body source that can return `pending`.
  Result<Response> stream(Request request, BlockingCallbacks callbacks, const BodyWaker& waker,
                          StopToken stop = {});

  /// Sends all of `requests`, at most `limit` at a time, and calls `callback` on this thread with
  /// the index and the result of each as it ends. Returns after the last. `limit` 0: the number of
  /// connections of the pool. Requests beyond the limit have not begun: none of their timeouts
  /// runs. A stop request to `stop` ends all requests, begun or not, with `cancelled`. If the
  /// callback throws, the other requests are cancelled and the exception leaves this call.
  void for_each(std::vector<Request> requests, std::size_t limit,
                Function<void(std::size_t index, Result<Response> result)> callback,
                StopToken stop = {});

  /// Stores a response in the file `path`; see Client::download(). The file is written on the
  /// client's thread.
  Result<Response> download(Request request, std::string path, StopToken stop = {});
  /// As above, with a body source that can return `pending`.
  Result<Response> download(Request request, std::string path, const BodyWaker& waker,
                            StopToken stop = {});

  /// Ends calls on other threads, and all later ones, with `client_closed`, and returns when the
  /// client has closed all its sockets. A DNS lookup that hangs is not waited for. On the client's
  /// own thread it returns at once. Can be called more than once.
  void close();
  /// Accepts no new call, lets those under way end, retries included, then closes as close() does.
  void close_gracefully();

  /// Returns a copy of the gauges and counters; zeros once the client has closed.
  ClientStats stats() const;
  /// Returns a copy of the gauges of each origin; empty once the client has closed.
  std::vector<OriginStats> origin_stats() const;

  /// Sets the observer; see Client::observe(). For calls that begin after this one has returned.
  /// The observer is called and destroyed on the client's own thread.
  void observe(std::shared_ptr<Observer> observer);
  /// Sets the hook; see Client::before_attempt(). For calls that begin after this one has returned.
  /// The hook is called and destroyed on the client's own thread. After Prepare::defer use
  /// post_to_loop() to call RequestHandle::proceed() or reject(), because handles belong to that
  /// thread.
  void before_attempt(AttemptHook hook);

  /// Runs `work` on the client's own thread, in the order posted. Returns false, and does not run
  /// it, once the client has closed.
  bool post_to_loop(Function<void()> work);

 private:
  std::shared_ptr<api::BlockingState> state_;
};

}  // namespace holdfast
