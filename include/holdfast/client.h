// The asynchronous client: embeds in a libuv loop that it does not own (SPEC F1).
//
//   uv_loop_t* loop = uv_default_loop();
//   holdfast::Client client(loop);
//   client.get("http://localhost:8080/", [](holdfast::Result<holdfast::Response> result) {
//     if (result) puts(result->body.c_str()); else puts(result.error().message().c_str());
//   });
//   uv_run(loop, UV_RUN_DEFAULT);
//
// Thread: everything here belongs to the loop's thread, except post_to_loop(). Callbacks run on it,
// exactly once, never inside the call that started them (except as "The end" and fork() say); they
// are destroyed as soon as they were called. A callback may send, cancel, close and destroy the
// client; it must not run the loop or throw. The client never touches loop->data and never runs or
// stops the loop. Requests under way keep uv_run from returning; idle connections do not.
//
// Exceptions: one that leaves a function that you gave to the client (a callback, an observer, a
// hook, a body source, posted work) ends the process by std::terminate(). It cannot be caught
// around uv_run: it would skip libuv's own bookkeeping, and other requests would never end.
//
// The end: run the loop once more after close() or destruction; the callbacks of requests that were
// under way come then. Where the program closes every handle itself (uv_walk and uv_close), before
// or after it destroys the client, no handle is closed twice, and every request ends with
// client_closed: from the loop where the client was closed or destroyed first; else, as the loop
// may be gone, within the next send(), close() or the destructor. In that last case the client's
// memory is kept to the end of the process, since libuv may still refer to it.
//
// fork(): a client belongs to the process that made it. In the child, send() calls back at once
// with `forked`, close() calls `done` at once, destruction closes nothing, and callbacks of the
// parent's requests are not called. Make a client of its own in the child, on a loop of its own.
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

namespace holdfast {

namespace engine {
class Driver;
}  // namespace engine
namespace api {
class Batch;
class ClientState;
struct ClientMaker;
}  // namespace api

using Callback = Function<void(Result<Response>)>;

/// What a streaming caller wants to hear. Unset ones are not called. Order: on_interim* on_head
/// on_body* on_done. Once on_head has been called the request is not retried any more (SPEC R5).
/// With neither on_head nor on_body the response is buffered and retried as send() does, and
/// on_done gets its body.
struct StreamCallbacks {
  Function<void(const ResponseHead&)> on_interim{};  ///< 1xx, not final
  Function<void(const ResponseHead&)> on_head{};
  Function<void(std::string_view)> on_body{};  ///< the bytes live until this returns
  Callback on_done{};                          ///< exactly once; a streamed body is not in it
};

/// How far a buffered or downloaded response has come; see RequestHandle::progress().
struct ResponseProgress {
  /// Of the body, content codings undone. Less than before when another attempt has begun.
  std::uint64_t received = 0;
  /// The whole body's length, once a head has said it of bytes that are delivered as they come.
  std::optional<std::uint64_t> expected{};
};

/// A request under way. May be copied, kept and used after the request or the client has ended:
/// it then does nothing.
class HOLDFAST_EXPORT RequestHandle {
 public:
  RequestHandle() = default;

  /// Ends the request with `cancelled`; its callback comes on a later turn (SPEC P5).
  void cancel();
  /// Streaming: no more on_body until resume(); the peer is held back by flow control.
  void pause();
  void resume();
  /// A body source that said `pending` has bytes now. In the other faces: co::Operation, co::Stream
  /// and BodyWaker (blocking.h).
  void body_ready();
  /// Where a hook said `wait` (Client::before_attempt): the attempt goes ahead, with the fields as
  /// the hook left them, or with these instead. Nothing happens when it does not wait any more.
  void proceed();
  void proceed(Headers headers);
  /// The same: ends the request with attempt_refused; `why` is the error's detail.
  void refuse(std::string why = {});
  /// Whether the final callback is still to come.
  bool active() const;
  /// For whoever shows it to a person, asked now and then: nothing is counted for it. Zeros for a
  /// streamed response (its on_body sees the bytes), and when the request has ended.
  ResponseProgress progress() const;

 private:
  friend class api::ClientState;
  std::weak_ptr<api::ClientState> client_;
  std::uint64_t id_ = 0;
};

/// What an attempt observer hears, live: an attempt has ended and another will follow (SPEC R11).
struct AttemptNotice {
  std::uint64_t request_id = 0;           ///< counts this client's requests, from 1
  const AttemptRecord* record = nullptr;  ///< the attempt that ended; lives until the call returns
  Duration delay{0};                      ///< wait before the next one
  DelaySource delay_source = DelaySource::none;
};

/// What a hook says to an attempt.
enum class Prepare : std::uint8_t {
  go,      ///< it goes ahead
  wait,    ///< not yet: RequestHandle::proceed() or refuse() follows
  refuse,  ///< the request ends with attempt_refused
};

/// An attempt that is about to be made, shown to the hook. Lives until the hook returns.
struct AttemptPlan {
  std::uint64_t request_id = 0;  ///< counts this client's requests, from 1
  std::uint32_t number = 1;      ///< of the attempt, from 1
  std::uint16_t hop = 0;         ///< redirects followed before it
  std::string_view method{};
  const Url& url;  ///< in full, userinfo and query included
  /// The request's own fields, to be changed for this attempt alone: the next one starts from the
  /// request's again. The client's default headers and cookies come on top. Host and
  /// Idempotency-Key stay the same in all attempts (SPEC R2), and the framing is holdfast's: to
  /// change those ends the request with invalid_request.
  Headers& headers;
  RequestHandle request{};  ///< for proceed() and refuse() later on
  std::string refusal{};    ///< with Prepare::refuse: the error's detail; no secrets, please
};
using AttemptHook = Function<Prepare(AttemptPlan&)>;

/// A for_each() under way. May be copied, kept and used after its end: it then does nothing.
class HOLDFAST_EXPORT BatchHandle {
 public:
  BatchHandle() = default;
  /// Ends requests under way, and those that have not begun, with `cancelled`.
  void cancel();
  /// Whether a callback is still to come.
  bool active() const;

 private:
  friend class Client;
  std::weak_ptr<api::Batch> batch_;
};

/// Sets a function to be called at the end of the process, from exit(), where requests of a client
/// that was destroyed never ended because its loop did not run again. `warning` is one line. Null:
/// standard error, in debug builds of the library, and nothing in release builds (the default).
/// Call it from any thread; the function may use nothing that static destructors have destroyed.
HOLDFAST_EXPORT void on_unfinished_clients(void (*warn)(std::string_view warning)) noexcept;

class HOLDFAST_EXPORT Client {
 public:
  /// `loop` must outlive the client's closing: run it once more after close() or destruction, and
  /// uv_loop_close() returns 0. Invalid options: see ClientOptions::validate().
  explicit Client(uv_loop_s* loop, ClientOptions options = {});
  /// Ends every exchange with client_closed; the callbacks still come, from the loop. Where they
  /// cannot, see on_unfinished_clients().
  ~Client();
  /// The client that was moved from has no loop: its requests and closes are answered at once, the
  /// former with client_closed.
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Sends a request and buffers its response. Every failure comes through the callback.
  RequestHandle send(Request request, Callback callback);
  /// Sends a request and hands its response over as it arrives.
  RequestHandle stream(Request request, StreamCallbacks callbacks);

  /// Sends a request and stores the content of its response in the file `path`, decoded. The
  /// content goes to a new file beside it ("PATH.part"), which takes its place, by renaming, when
  /// the response is whole and its status 2xx; whatever else happens, `path` is left as it is and
  /// the new file removed. Then, too, the result has the body of a response that was not 2xx, at
  /// most LimitPolicy::max_body_bytes of it; a stored body is not in it. A response cut short is
  /// retried from its beginning, as send() would (SPEC R4); two are never mixed. There is no limit
  /// on what is stored. A file that cannot be made, written or renamed is file_failed, with the
  /// path and the reason; so is a directory, before anything is sent. pause() and resume() hold the
  /// server back.
  ///
  /// A symbolic link is followed: its target is what is replaced. A device or a FIFO is never
  /// replaced: it is written as the response comes, and once a byte of the body has been written
  /// the request is not retried. A FIFO that no process has open for reading is file_failed.
  ///
  /// `on_interim` hears of interim responses (1xx), as StreamCallbacks::on_interim does.
  ///
  /// Weaknesses: it is written on the loop's thread, which that blocks, at most 64 KiB at a time,
  /// so `path` had better be on a local disk. Nothing waits for the disk (fsync): a power failure
  /// soon after may leave an empty file.
  RequestHandle download(Request request, std::string path, Callback callback,
                         Function<void(const ResponseHead&)> on_interim = {});

  RequestHandle get(std::string_view url, Callback callback);
  RequestHandle head(std::string_view url, Callback callback);
  RequestHandle options(std::string_view url, Callback callback);
  RequestHandle post(std::string_view url, Body body, Callback callback);
  RequestHandle put(std::string_view url, Body body, Callback callback);
  RequestHandle patch(std::string_view url, Body body, Callback callback);
  RequestHandle del(std::string_view url, Callback callback);
  /// QUERY (RFC 10008): safe and idempotent, so retried like GET; its body says what is asked for.
  RequestHandle query(std::string_view url, Body body, Callback callback);

  /// Sends all of `requests`, at most `limit` of them at once, and calls `callback` with the index
  /// and the result of each as it ends, then `done`. A request beyond the limit has not begun: no
  /// timeout of it runs, so work beyond the pool ends in no pool_timeout. `limit` 0: as many as the
  /// pool has connections (PoolPolicy::max_connections, or max_per_origin where that is lower). A
  /// request that waits for its retry counts as begun. The functions are called from the loop, as
  /// callbacks are; with no request, `done` is called inside this call.
  BatchHandle for_each(std::vector<Request> requests, std::size_t limit,
                       Function<void(std::size_t index, Result<Response> result)> callback,
                       Function<void()> done = {});

  /// Ends every exchange with client_closed and closes all connections; then calls `done`, after
  /// which the loop has no handle of this client (SPEC P7). A name look-up that hangs is not waited
  /// for: its thread ends by itself. Requests sent later end with client_closed; once `done` was
  /// called the loop may be gone, so their callbacks, and a later `done`, are called inside the
  /// call.
  void close(Function<void()> done = {});
  /// Takes no new request, lets those under way end (retries included), then closes.
  void close_gracefully(Function<void()> done = {});

  /// Runs `work` on the loop's thread, in the order posted by each thread; the one call that any
  /// thread may make. Says whether it was taken: once the client has closed it is not, and is
  /// dropped. Does not keep uv_run from returning: that takes a request, or a handle of yours.
  bool post_to_loop(Function<void()> work);

  /// Hears of every attempt that will be retried, as it ends. One observer; empty: none. Costs
  /// nothing while there is none.
  void on_attempt(Function<void(const AttemptNotice&)> observer);

  /// Tells `observer` of everything from now on (observe.h); null: nobody. One observer; it is let
  /// go of when the client closes. Costs nothing while there is none.
  void observe(std::shared_ptr<Observer> observer);

  /// Asks `hook` before each attempt that begins from now on, immediate replays and redirects
  /// included: to sign, to add a token, to say no. While it says `wait` the request holds no
  /// connection; `attempt`, `total`, cancel() and close() act meanwhile, the pool's timeout does
  /// not. One hook; empty: none. It may do all that a callback may; a request that it sends with
  /// this client is asked about as well. Costs nothing while there is none; else a request that is
  /// sent from outside the client's callbacks begins on the loop's next turn.
  void before_attempt(AttemptHook hook);

  ClientStats stats() const;
  std::vector<OriginStats> origin_stats() const;

 private:
  friend struct api::ClientMaker;  // for holdfast/testing.h
  explicit Client(std::shared_ptr<engine::Driver> driver);

  std::shared_ptr<api::ClientState> state_;
};

}  // namespace holdfast
