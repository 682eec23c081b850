// The client for programs without an event loop (SPEC F3): a call returns when its response is
// here. The same core and options as Client, on a loop and a thread of its own.
//
//   holdfast::BlockingClient client({.base_url = "http://localhost:8080"});
//   holdfast::Result<holdfast::Response> result = client.get("/x");
//   if (result) puts(result->body.c_str()); else puts(result.error().message().c_str());
//
// Thread: any, and many at once; calls share one pool and do not wait for each other. Body sources,
// body factories and retry predicates run on the client's own thread and should be quick: meanwhile
// no other call gets on. A call of a client from its own thread, from one of those, would wait for
// itself: it ends at once with would_deadlock. Owner: the user; closed by its destructor. Does not
// throw for anything the network, the peer or the system does; value() throws for those who like
// exceptions. All signals are blocked on the client's thread, so handlers run on the program's own.
// An exception that leaves a body source, an observer, a hook or posted work ends the process; one
// that leaves a callback of stream() or for_each() is thrown to the caller.
//
// fork(): the child has no such thread. There every call fails at once with `forked`, close() and
// the destructor return at once. Make a client of its own in the child.
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

/// Wakes the body source of a blocking call. Copies are of one call at a time. Thread: any.
class HOLDFAST_EXPORT BodyWaker {
 public:
  BodyWaker();
  /// The call's body source, which said `pending`, has bytes now. No effect before the call and
  /// after it.
  void ready() const;

 private:
  friend class api::BlockingState;
  struct State;
  std::shared_ptr<State> state_;
};

/// Who takes a response as it arrives. Called on the thread that called stream(), while no other
/// lock or call of the client's is held: anything is allowed in them, other calls of the same
/// client, closing it and throwing among it. Returning false ends the request with `cancelled`.
struct BlockingCallbacks {
  Function<bool(const ResponseHead&)> on_head{};  ///< once, before the first piece
  Function<bool(std::string_view)> on_body{};     ///< the bytes live until this returns
};

class HOLDFAST_EXPORT BlockingClient {
 public:
  /// Invalid options: see ClientOptions::validate(). If the system denies a loop or a thread, every
  /// call ends with out_of_resources.
  explicit BlockingClient(ClientOptions options = {});
  /// close(), and the end of the thread. On the client's own thread it does not wait for the
  /// latter.
  ~BlockingClient();
  BlockingClient(const BlockingClient&) = delete;
  BlockingClient& operator=(const BlockingClient&) = delete;

  /// A request and its whole response, retried as the policy says. How long that may take is up to
  /// TimeoutPolicy; `total` bounds it altogether. `stop`: ends the call with `cancelled`, from any
  /// thread and soon; one that has stopped already keeps the request from being sent.
  Result<Response> send(Request request, StopToken stop = {});
  /// The same with a body source that may say `pending`: `waker.ready()` makes it be read again.
  Result<Response> send(Request request, const BodyWaker& waker, StopToken stop = {});

  Result<Response> get(std::string_view url, StopToken stop = {});
  Result<Response> head(std::string_view url, StopToken stop = {});
  Result<Response> options(std::string_view url, StopToken stop = {});
  Result<Response> post(std::string_view url, Body body, StopToken stop = {});
  Result<Response> put(std::string_view url, Body body, StopToken stop = {});
  Result<Response> patch(std::string_view url, Body body, StopToken stop = {});
  Result<Response> del(std::string_view url, StopToken stop = {});
  /// QUERY (RFC 10008): safe and idempotent, so retried like GET; its body says what is asked for.
  Result<Response> query(std::string_view url, Body body, StopToken stop = {});

  /// A response handed over as it arrives, on this thread. A callback that takes its time holds the
  /// peer back by flow control (about 64 KiB wait here). Not retried once on_head was called
  /// (SPEC R5). The result has head, trailers and timeline, and no body; an error comes after the
  /// bytes that came before it. What a callback throws is thrown here, the request cancelled.
  Result<Response> stream(Request request, BlockingCallbacks callbacks, StopToken stop = {});

  Result<Response> stream(Request request, BlockingCallbacks callbacks, const BodyWaker& waker,
                          StopToken stop = {});

  /// Sends all of `requests`, at most `limit` of them at once (0: as many as the pool has
  /// connections), and calls `callback` on this thread with the index and the result of each as it
  /// ends; returns after the last. A request beyond the limit has not begun: no timeout of it runs.
  /// `stop` ends those under way, and those that have not begun, with `cancelled`. What the
  /// callback throws is thrown here, the other requests cancelled.
  void for_each(std::vector<Request> requests, std::size_t limit,
                Function<void(std::size_t index, Result<Response> result)> callback,
                StopToken stop = {});

  /// A response stored in the file `path`: see Client::download(). Written on the client's thread.
  Result<Response> download(Request request, std::string path, StopToken stop = {});
  Result<Response> download(Request request, std::string path, const BodyWaker& waker,
                            StopToken stop = {});

  /// Ends calls that wait on other threads, and all later ones, with client_closed; returns when
  /// the client has let go of all sockets. A name look-up that hangs is not waited for. On the
  /// client's own thread it only asks for that. May be called often.
  void close();
  /// Takes no new call, lets those under way end (retries included), then closes and returns.
  void close_gracefully();

  /// A snapshot; empty once closed.
  ClientStats stats() const;
  std::vector<OriginStats> origin_stats() const;

  /// As Client::observe() and Client::before_attempt(), for calls that begin after this one has
  /// returned. Both are called, and in the end destroyed, on the client's own thread. A hook that
  /// says `wait` is answered through post(), as handles belong to that thread.
  void observe(std::shared_ptr<Observer> observer);
  void before_attempt(AttemptHook hook);

  /// Runs `work` on the client's own thread, in the order posted; false, and not run, once closed.
  bool post(Function<void()> work);

 private:
  std::shared_ptr<api::BlockingState> state_;
};

}  // namespace holdfast
