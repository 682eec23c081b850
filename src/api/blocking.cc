// The public blocking client: it owns a BlockingState.
#include "holdfast/blocking.h"

#include <utility>

#include "api/blocking_state.h"
#include "api/request_of.h"

namespace holdfast {

BlockingClient::BlockingClient(ClientOptions options)
    : state_(std::make_shared<api::BlockingState>(std::move(options))) {
  state_->begin();
}

BlockingClient::~BlockingClient() { state_->leave(); }

// A call holds the state itself, because the client can be destroyed during the call, even by the
// call's own callback.

Result<Response> BlockingClient::send(Request request, StopToken stop) {
  const auto state = state_;
  return state->send(std::move(request), stop);
}

Result<Response> BlockingClient::stream(Request request, BlockingCallbacks callbacks,
                                        StopToken stop) {
  const auto state = state_;
  return state->stream(std::move(request), callbacks, stop);
}

Result<Response> BlockingClient::download(Request request, std::string path, StopToken stop) {
  const auto state = state_;
  return state->download(std::move(request), std::move(path), stop);
}

Result<Response> BlockingClient::send(Request request, const BodyWaker& waker, StopToken stop) {
  const auto state = state_;
  return state->send(std::move(request), stop, &waker);
}

Result<Response> BlockingClient::stream(Request request, BlockingCallbacks callbacks,
                                        const BodyWaker& waker, StopToken stop) {
  const auto state = state_;
  return state->stream(std::move(request), callbacks, stop, &waker);
}

Result<Response> BlockingClient::download(Request request, std::string path, const BodyWaker& waker,
                                          StopToken stop) {
  const auto state = state_;
  return state->download(std::move(request), std::move(path), stop, &waker);
}

Result<Response> BlockingClient::get(std::string_view url, StopToken stop) {
  return send(api::request_of("GET", url), std::move(stop));
}
Result<Response> BlockingClient::head(std::string_view url, StopToken stop) {
  return send(api::request_of("HEAD", url), std::move(stop));
}
Result<Response> BlockingClient::options(std::string_view url, StopToken stop) {
  return send(api::request_of("OPTIONS", url), std::move(stop));
}
Result<Response> BlockingClient::post(std::string_view url, Body body, StopToken stop) {
  return send(api::request_of("POST", url, std::move(body)), std::move(stop));
}
Result<Response> BlockingClient::put(std::string_view url, Body body, StopToken stop) {
  return send(api::request_of("PUT", url, std::move(body)), std::move(stop));
}
Result<Response> BlockingClient::patch(std::string_view url, Body body, StopToken stop) {
  return send(api::request_of("PATCH", url, std::move(body)), std::move(stop));
}
Result<Response> BlockingClient::del(std::string_view url, StopToken stop) {
  return send(api::request_of("DELETE", url), std::move(stop));
}

Result<Response> BlockingClient::query(std::string_view url, Body body, StopToken stop) {
  return send(api::request_of("QUERY", url, std::move(body)), std::move(stop));
}

void BlockingClient::for_each(std::vector<Request> requests, std::size_t limit,
                              Function<void(std::size_t, Result<Response>)> callback,
                              StopToken stop) {
  const auto state = state_;
  state->for_each(std::move(requests), limit, callback, stop);
}

void BlockingClient::close() {
  const auto state = state_;
  state->close(false);
}
void BlockingClient::close_gracefully() {
  const auto state = state_;
  state->close(true);
}

ClientStats BlockingClient::stats() const {
  const auto state = state_;
  return state->stats();
}
std::vector<OriginStats> BlockingClient::origin_stats() const {
  const auto state = state_;
  return state->origin_stats();
}
void BlockingClient::observe(std::shared_ptr<Observer> observer) {
  const auto state = state_;
  state->observe(std::move(observer));
}
void BlockingClient::before_attempt(AttemptHook hook) {
  const auto state = state_;
  state->before_attempt(std::move(hook));
}
bool BlockingClient::post_to_loop(Function<void()> work) {
  const auto state = state_;
  return state->post(std::move(work));
}

}  // namespace holdfast
