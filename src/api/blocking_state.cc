#include "api/blocking_state.h"

#include <signal.h>

#include <algorithm>
#include <future>
#include <system_error>
#include <utility>

#include "api/batch.h"
#include "api/blocking_call.h"
#include "api/ended.h"
#include "base/check.h"
#include "base/keep.h"

namespace holdfast {

struct BodyWaker::State {
  std::mutex mutex;
  std::weak_ptr<api::BlockingState> client;  // under mutex
  std::weak_ptr<api::BlockingCall> call;     // under mutex
};

BodyWaker::BodyWaker() : state_(std::make_shared<State>()) {}

void BodyWaker::ready() const {
  std::unique_lock lock(state_->mutex);
  const auto client = state_->client.lock();
  const auto call = state_->call.lock();
  lock.unlock();
  if (client != nullptr && call != nullptr) client->body_ready(call);
}

}  // namespace holdfast

namespace holdfast::api {

namespace {

/// Blocks all signals on this thread, and on threads started during its lifetime for good.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

Error out_of_resources(const char* what, int os_error) {
  Error error(ErrorCode::out_of_resources, what);
  error.os_error = os_error;
  error.timeline.set_stop_reason(StopReason::permanent_error);
  return error;
}

}  // namespace

// --- Life ----------------------------------------------------------------------------------------

BlockingState::BlockingState(ClientOptions&& options) {
  const int status = uv_loop_init(&loop_);
  if (status != 0) {
    trouble_ = out_of_resources("no event loop is to be had", -status);
    return;
  }
  // uv_async_init() cannot fail on an initialized loop.
  HF_CHECK(uv_async_init(&loop_, &anchor_, nullptr) == 0);
  width_ = std::max<std::size_t>(pool_width(options.pool), 1);
  client_.emplace(&loop_, std::move(options));
}

void BlockingState::begin() {
  if (!client_) return;
  try {
    const SignalsBlocked blocked;
    thread_ = std::thread([self = shared_from_this()] { self->serve(); });
    thread_id_ = thread_.get_id();
  } catch (const std::system_error& error) {
    trouble_ = out_of_resources("no thread is to be had", error.code().value());
    begin_closing(false);
    serve();
  }
}

void BlockingState::serve() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  HF_CHECK(uv_loop_close(&loop_) == 0);
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

void BlockingState::begin_closing(bool gracefully) {
  const auto let_go = [this] {
    auto* anchor = reinterpret_cast<uv_handle_t*>(&anchor_);
    if (uv_is_closing(anchor) == 0) uv_close(anchor, nullptr);
  };
  if (gracefully) {
    client_->close_gracefully(let_go);
  } else {
    client_->close(let_go);
  }
}

void BlockingState::close(bool gracefully) {
  if (trouble_ || process_.is_child()) return;
  // The post fails only when the client is closing already.
  client_->post_to_loop([this, gracefully] { begin_closing(gracefully); });
  if (on_own_thread()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_; });
}

void BlockingState::leave() {
  // In a forked child the thread does not exist, and the mutex may be locked for ever.
  if (process_.is_child()) return base::keep_for_ever(shared_from_this());
  close(false);
  if (!thread_.joinable()) return;
  if (on_own_thread()) {
    thread_.detach();  // the thread owns the state and whatever else it needs
  } else {
    thread_.join();
  }
}

// --- Calls ---------------------------------------------------------------------------------------

std::optional<Error> BlockingState::refusal(const StopToken& stop) const {
  if (process_.is_child()) return forked_error();
  if (trouble_) return trouble_;
  if (on_own_thread()) {
    Error error = ended(ErrorCode::would_deadlock, StopReason::permanent_error);
    error.detail = "called on the client's own thread, by a body source or a predicate";
    return error;
  }
  if (stop.stop_requested()) return ended(ErrorCode::cancelled, StopReason::cancelled);
  return std::nullopt;
}

void BlockingState::body_ready(const std::shared_ptr<BlockingCall>& call) {
  if (client_) client_->post_to_loop([call] { call->handle.body_ready(); });
}

void BlockingState::tie(const BodyWaker* waker, const std::shared_ptr<BlockingCall>& call) {
  if (waker == nullptr) return;
  const std::lock_guard lock(waker->state_->mutex);
  waker->state_->client = weak_from_this();
  waker->state_->call = call;
}

void BlockingState::cancel(const std::shared_ptr<BlockingCall>& call) {
  client_->post_to_loop([call] { call->handle.cancel(); });
}

Result<Response> BlockingState::send(Request&& request, const StopToken& stop,
                                     const BodyWaker* waker) {
  return run(
      [this, request = std::move(request)](Callback done) mutable {
        return client_->send(std::move(request), std::move(done));
      },
      stop, waker);
}

Result<Response> BlockingState::download(Request&& request, std::string&& path,
                                         const StopToken& stop, const BodyWaker* waker) {
  return run(
      [this, request = std::move(request), path = std::move(path)](Callback done) mutable {
        return client_->download(std::move(request), std::move(path), std::move(done));
      },
      stop, waker);
}

Result<Response> BlockingState::run(Function<RequestHandle(Callback)> begin, const StopToken& stop,
                                    const BodyWaker* waker) {
  if (auto refused = refusal(stop)) return std::move(*refused);
  const auto call = std::make_shared<BlockingCall>();
  tie(waker, call);
  const bool taken = client_->post_to_loop([call, begin = std::move(begin)]() mutable {
    call->handle = begin([call](Result<Response> result) { call->finish(std::move(result)); });
  });
  if (!taken) return closed_error();
  // Registered after the request was posted, so that a cancel is posted after it.
  const StopCallback on_stop(stop, [&] { cancel(call); });
  return call->take_result();
}

Result<Response> BlockingState::stream(Request&& request, BlockingCallbacks& callbacks,
                                       const StopToken& stop, const BodyWaker* waker) {
  if (!callbacks.on_head && !callbacks.on_body) return send(std::move(request), stop, waker);
  if (auto refused = refusal(stop)) return std::move(*refused);
  const auto call = std::make_shared<BlockingCall>();
  tie(waker, call);
  const bool taken = client_->post_to_loop([this, call, request = std::move(request)]() mutable {
    StreamCallbacks stream;
    stream.on_head = [call](const ResponseHead& head) { call->add_head(head); };
    stream.on_body = [call](std::string_view bytes) { call->add_bytes(bytes); };
    stream.on_done = [call](Result<Response> result) { call->finish(std::move(result)); };
    call->handle = client_->stream(std::move(request), std::move(stream));
  });
  if (!taken) return closed_error();
  const StopCallback on_stop(stop, [&] { cancel(call); });
  return hand_over(call, callbacks);
}

/// The calling thread's half of stream().
Result<Response> BlockingState::hand_over(const std::shared_ptr<BlockingCall>& call,
                                          BlockingCallbacks& callbacks) {
  BlockingCall::News news;
  const auto keep_on = [&] {
    if (news.head && callbacks.on_head && !callbacks.on_head(*news.head)) return false;
    return news.bytes.empty() || !callbacks.on_body || callbacks.on_body(news.bytes);
  };
  const auto was_cancelled = [&] {
    return news.result && !news.result->ok() && news.result->error().code == ErrorCode::cancelled;
  };
  for (;;) {
    call->take(news);
    // After a cancel, news that arrived earlier is dropped, as Client does.
    if (was_cancelled()) return std::move(*news.result);
    // Resume first, so that the next bytes arrive while the callback handles these.
    if (news.resume && !news.result) client_->post_to_loop([call] { call->handle.resume(); });
    bool wanted = false;
    try {
      wanted = keep_on();
    } catch (...) {
      cancel(call);
      throw;
    }
    if (!wanted) break;
    if (news.result) return std::move(*news.result);
  }
  cancel(call);
  Result<Response> result = news.result ? std::move(*news.result) : call->take_result();
  if (!result) return result;
  // The request succeeded while the callback was returning false.
  Error error = ended(ErrorCode::cancelled, StopReason::cancelled);
  error.timeline = std::move(result->timeline);
  return error;
}

// --- Watching ------------------------------------------------------------------------------------

/// Returns the result of `ask`, called on the client's thread; a default value once it is closed.
template <class Value, class Ask>
Value BlockingState::ask(Ask ask) {
  if (trouble_ || process_.is_child()) return {};
  if (on_own_thread()) return ask(*client_);
  std::promise<Value> promise;
  std::future<Value> answer = promise.get_future();
  const bool taken = client_->post_to_loop(
      [this, ask, promise = std::move(promise)]() mutable { promise.set_value(ask(*client_)); });
  return taken ? answer.get() : Value();
}

ClientStats BlockingState::stats() {
  return ask<ClientStats>([](const Client& client) { return client.stats(); });
}

std::vector<OriginStats> BlockingState::origin_stats() {
  return ask<std::vector<OriginStats>>([](const Client& client) { return client.origin_stats(); });
}

void BlockingState::observe(std::shared_ptr<Observer>&& observer) {
  post([this, observer = std::move(observer)]() mutable { client_->observe(std::move(observer)); });
}

void BlockingState::before_attempt(AttemptHook&& hook) {
  post([this, hook = std::move(hook)]() mutable { client_->before_attempt(std::move(hook)); });
}

bool BlockingState::post(Function<void()>&& work) {
  return !trouble_ && client_->post_to_loop(std::move(work));
}

}  // namespace holdfast::api
