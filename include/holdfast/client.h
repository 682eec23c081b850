// The asynchronous client, on a libuv loop that the caller owns and runs (F1).
//
//     uv_loop_t* loop = uv_default_loop();
//     holdfast::Client client(loop);
//     client.get("http://localhost:8080/", [](holdfast::Result<holdfast::Response> result) {
//       if (result) puts(result->body.c_str()); else puts(result.error().message().c_str());
//     });
//     uv_run(loop, UV_RUN_DEFAULT);
//
// Thread: the loop's, for everything except post_to_loop(). Callbacks run on it, exactly once, and
// never inside the call that started them; the two exceptions are under "Closing" and "fork()"
// below. A callback is destroyed as soon as it has returned. It may send, cancel, close and destroy
// the client; it must not run the loop or throw. The client never uses loop->data, and never runs
// or stops the loop. Requests keep uv_run() from returning; idle connections do not.
//
// Exceptions: one that leaves a function of the caller (callback, observer, hook, body source,
// posted work) ends the process by std::terminate(). It cannot be caught around uv_run(), because
// it would skip libuv's own bookkeeping, and other requests would never end.
//
// Closing: run the loop once more after close() or destruction; the callbacks of the requests under
// way are called then. If the program closes all handles itself (uv_walk() and uv_close()), before
// or after it destroys the client, no handle is closed twice, and every request ends with
// `client_closed`: from the loop if the client was closed or destroyed first; otherwise within the
// next send(), close() or the destructor, because the loop may be gone. In that case the client's
// memory is never freed, because libuv may still refer to it.
//
// fork(): a client belongs to the process that made it. In the child, send() calls back at once
// with `forked`, close() calls `done` at once, the destructor closes nothing, and callbacks of the
// parent's requests are not called. Make another client in the child, on another loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/export.h"
#include "holdfast/function.h"
#include "holdfast/observe.h"
#include "holdfast/options.h"
#include "holdfast/request.h"
#include "holdfast/response.h"
#include "holdfast/result.h"
#include "holdfast/stats.h"

struct uv_loop_s;

/// The library: a resilient HTTP client.
namespace holdfast {

namespace engine {
class Driver;
}  // namespace engine
namespace api {
class Batch;
class ClientState;
struct ClientMaker;
}  // namespace api

/// Called once with the response or the error.
using Callback = Function<void(Result<Response>)>;

/// The callbacks of a streamed response; empty ones are skipped. Order: on_interim*, on_head,
/// on_body*, on_done. Once on_head has been called, the request is not retried (R5). With neither
/// on_head nor on_body, the response is buffered and retried as by send(), and on_done gets its
/// body.
struct StreamCallbacks {
  Function<void(const ResponseHead&)> on_interim{};  ///< an interim response (1xx)
  Function<void(const ResponseHead&)> on_head{};     ///< the final response, before its body
  Function<void(std::string_view)> on_body{};  ///< the next bytes; they live until this returns
  Callback on_done{};  ///< the end, exactly once; a streamed body is not in the response
};

/// How much of a buffered or downloaded response has been received; see RequestHandle::progress().
struct ResponseProgress {
  /// Decoded body bytes received so far; restarts at 0 when the request is retried.
  std::uint64_t received = 0;
  /// Length of the whole body, if the response head announces it and the body is not decoded.
  std::optional<std::uint64_t> expected{};
};

/// A request under way. Can be copied and kept; once the request or the client has ended, its
/// functions have no effect.
class HOLDFAST_EXPORT RequestHandle {
 public:
  /// No request.
  RequestHandle() = default;

  /// Ends the request with `cancelled`. Its callback is called on a later turn of the loop (P5).
  void cancel();
  /// Stops on_body until resume() is called. Flow control then stops the peer.
  void pause();
  /// Continues after pause().
  void resume();
  /// Tells that a body source that returned `pending` has bytes now. co::Operation and co::Stream
  /// have this function too; for blocking calls see BodyWaker.
  void body_ready();
  /// Lets an attempt go ahead whose hook returned `defer` (Client::before_attempt), with the fields
  /// as the hook left them. No effect unless the attempt is waiting.
  void proceed();
  /// As above, with these fields instead.
  void proceed(Headers headers);
  /// Ends a request whose hook returned `defer` with `attempt_refused`; `why` becomes the error's
  /// detail. No effect unless the attempt is waiting.
  void reject(std::string why = {});
  /// Returns whether the last callback is still to come.
  bool active() const;
  /// Returns how much of the response has been received. Cheap to poll; meant for progress
  /// displays. Zeros for a streamed response, whose on_body gets the bytes, and when the request
  /// has ended.
  ResponseProgress progress() const;

 private:
  friend class api::ClientState;
  std::weak_ptr<api::ClientState> client_;
  std::uint64_t id_ = 0;
};

/// An attempt has ended and another one follows, a retry or the next hop of a redirect (R11).
struct AttemptNotice {
  std::uint64_t request_id = 0;  ///< number of the request in this client, from 1
  /// The attempt that ended; lives until the observer returns.
  const AttemptRecord* record = nullptr;
  Duration delay{0};                             ///< wait before the next attempt
  DelaySource delay_source = DelaySource::none;  ///< what determined `delay`
};

/// The decision of a hook about an attempt.
enum class Prepare : std::uint8_t {
  proceed,  ///< the attempt begins
  defer,    ///< not yet: RequestHandle::proceed() or reject() will be called
  reject,   ///< the request ends with `attempt_refused`
};

/// An attempt that is about to begin, as passed to the hook. It lives until the hook returns.
struct AttemptPlan {
  std::uint64_t request_id = 0;  ///< number of the request in this client, from 1
  std::uint32_t number = 1;      ///< of the attempt, from 1
  std::uint16_t hop = 0;         ///< redirects followed before it
  std::string_view method{};     ///< of the request
  const Url& url;                ///< the whole URL, userinfo and query included
  /// The request's own fields; the hook can change them for this attempt. The next attempt starts
  /// from the request's fields again. The client's default headers and cookies are added
  /// afterwards. A changed Host or Idempotency-Key, which must be the same in all attempts (R2), or
  /// a field for framing ends the request with `invalid_request`.
  Headers& headers;
  RequestHandle request{};  ///< for proceed() and reject() later
  std::string refusal{};    ///< with Prepare::reject: the error's detail; must not contain secrets
};
/// Called before each attempt; see Client::before_attempt().
using AttemptHook = Function<Prepare(AttemptPlan&)>;

/// A for_each() under way. Can be copied and kept; once it has ended, its functions have no effect.
class HOLDFAST_EXPORT BatchHandle {
 public:
  /// No batch.
  BatchHandle() = default;
  /// Ends all its requests with `cancelled`, those under way and those not yet begun.
  void cancel();
  /// Returns whether a callback is still to come.
  bool active() const;

 private:
  friend class Client;
  std::weak_ptr<api::Batch> batch_;
};

/// Sets a function that reports, at exit(), requests that never ended because the loop of their
/// destroyed client did not run again. `warning` is one line. Null (the default): standard error in
/// debug builds of the library, nothing in release builds. Thread: any. The function must not use
/// anything that static destructors destroy.
HOLDFAST_EXPORT void on_unfinished_clients(void (*warn)(std::string_view warning)) noexcept;

/// The asynchronous client. The opening comment of this file has the rules for threads, callbacks
/// and closing.
class HOLDFAST_EXPORT Client {
 public:
  /// Makes a client on this loop. The loop must outlive the client's closing: run it once more
  /// after close() or destruction, and uv_loop_close() returns 0. Invalid options fail every
  /// request; see ClientOptions::validate().
  explicit Client(uv_loop_s* loop, ClientOptions options = {});
  /// Ends every request with `client_closed`. The callbacks are still called, from the loop; if the
  /// loop does not run again, see on_unfinished_clients().
  ~Client();
  /// Moves the client. The client moved from has no loop: its send() calls back at once with
  /// `client_closed`, and its close() calls `done` at once.
  Client(Client&&) noexcept;
  /// Ends every request as the destructor does, then moves the other client here.
  Client& operator=(Client&&) noexcept;

  /// Sends a request and buffers its response. Every failure is reported to the callback.
  RequestHandle send(Request request, Callback callback);
  /// Sends a request and delivers its response as it is received.
  RequestHandle stream(Request request, StreamCallbacks callbacks);

  /// Sends a request and stores the decoded content of its response in the file `path`.
  ///
  /// The content is written to a new file next to it ("PATH.part"), which replaces `path` by
  /// renaming once the response is complete with status 2xx. In every other case `path` is
  /// unchanged and the new file removed; the result then has the body of a response that was not
  /// 2xx, up to LimitPolicy::max_body_bytes. A stored body is not in the result. A response that is
  /// cut short is retried from its beginning like any other (R4); the file never mixes two
  /// responses. The size of the content is not limited. A file that cannot be created, written or
  /// renamed fails with `file_failed`, with the path and the reason; a directory fails so before
  /// anything is sent. pause() and resume() work as for a stream.
  ///
  /// A symbolic link is followed: its target is replaced. Devices and FIFOs are never replaced;
  /// they are written as the response is received, and once a byte of the body has been written the
  /// request is not retried. A FIFO that no process has open for reading fails with `file_failed`.
  ///
  /// `on_interim` is called for interim responses (1xx).
  ///
  /// Limits: the file is written on the loop's thread, at most 64 KiB at a time, which blocks the
  /// loop. While the disk hangs, no request of that loop makes progress, and no timeout, cancel or
  /// close acts; when it responds, they act first, and only `total` counts the time. For a disk
  /// that may hang use stream() and pause() while another thread writes. The data is not
  /// synchronised to the disk (fsync): a power failure soon afterwards can leave an empty file.
  RequestHandle download(Request request, std::string path, Callback callback,
                         Function<void(const ResponseHead&)> on_interim = {});

  /// Sends a GET request to `url`, as send().
  RequestHandle get(std::string_view url, Callback callback);
  /// Sends a HEAD request to `url`, as send().
  RequestHandle head(std::string_view url, Callback callback);
  /// Sends an OPTIONS request to `url`, as send().
  RequestHandle options(std::string_view url, Callback callback);
  /// Sends a POST request with this body, as send().
  RequestHandle post(std::string_view url, Body body, Callback callback);
  /// Sends a PUT request with this body, as send().
  RequestHandle put(std::string_view url, Body body, Callback callback);
  /// Sends a PATCH request with this body, as send().
  RequestHandle patch(std::string_view url, Body body, Callback callback);
  /// Sends a DELETE request to `url`, as send().
  RequestHandle del(std::string_view url, Callback callback);
  /// Sends a QUERY request (RFC 10008), whose body is the query. Safe and idempotent, so it is
  /// retried like GET.
  RequestHandle query(std::string_view url, Body body, Callback callback);

  /// Sends all of `requests`, at most `limit` at a time, and calls `callback` with the index and
  /// the result of each as it ends, then `done`. Requests beyond the limit have not begun, so none
  /// of their timeouts runs and they cannot fail with `pool_timeout`. `limit` 0: the number of
  /// connections of the pool (PoolPolicy::max_connections, or max_per_origin if that is lower). A
  /// request that waits for its retry counts as begun. The functions are called from the loop; with
  /// no requests, `done` is called inside this call.
  BatchHandle for_each(std::vector<Request> requests, std::size_t limit,
                       Function<void(std::size_t index, Result<Response> result)> callback,
                       Function<void()> done = {});

  /// Ends every request with `client_closed` and closes all connections, then calls `done`. By then
  /// the loop has no handle of this client (P7). A DNS lookup that hangs is not waited for; its
  /// thread ends by itself. Requests sent later end with `client_closed`. Once `done` has been
  /// called the loop may be gone, so later send() and close() call back inside the call.
  void close(Function<void()> done = {});
  /// Accepts no new request, lets those under way end, retries included, then closes as close()
  /// does.
  void close_gracefully(Function<void()> done = {});

  /// Runs `work` on the loop's thread. Thread: any; this is the only function that another thread
  /// may call. Work posted by one thread runs in order. Returns false, and drops `work`, once the
  /// client has closed. Does not keep uv_run() from returning; a request or another handle does.
  bool post_to_loop(Function<void()> work);

  /// Sets a function that is called for every attempt that ended and is followed by another. Empty:
  /// none. Costs nothing while there is none.
  void on_attempt(Function<void(const AttemptNotice&)> observer);

  /// Sets the observer of all events from now on (observe.h). Null: none. It is released when the
  /// client closes. Costs nothing while there is none.
  void observe(std::shared_ptr<Observer> observer);

  /// Sets a hook that is called before each attempt from now on, immediate replays and redirects
  /// included: to sign a request, to add a token, or to refuse the attempt. Empty: none.
  ///
  /// While the hook is pending (Prepare::defer), the request holds no connection, only its
  /// deadlines: `attempt`, `total`, cancel() and close() act, TimeoutPolicy::pool does not. After a
  /// pool timeout it is called at once, not when the backoff is over (P3). The
  /// hook may do whatever a callback may do; it is also called for requests that it sends with this
  /// client. Costs nothing while there is none; with one, a request that is not sent from a
  /// callback of the client begins on the loop's next turn.
  void before_attempt(AttemptHook hook);

  /// Returns the gauges and counters.
  ClientStats stats() const;
  /// Returns the gauges of each origin.
  std::vector<OriginStats> origin_stats() const;

 private:
  friend struct api::ClientMaker;  // for holdfast/testing.h
  explicit Client(std::shared_ptr<engine::Driver> driver);

  std::shared_ptr<api::ClientState> state_;
};

}  // namespace holdfast
