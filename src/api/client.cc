// The public client, which owns a ClientState, and the handles that refer to one.
#include "holdfast/client.h"

#include <utility>

#include "api/batch.h"
#include "api/client_state.h"
#include "api/request_of.h"

namespace holdfast {

// --- RequestHandle -------------------------------------------------------------------------------

void RequestHandle::cancel() {
  if (const auto client = client_.lock()) client->cancel(id_);
}
void RequestHandle::pause() {
  if (const auto client = client_.lock()) client->pause(id_);
}
void RequestHandle::resume() {
  if (const auto client = client_.lock()) client->resume(id_);
}
void RequestHandle::body_ready() {
  if (const auto client = client_.lock()) client->body_ready(id_);
}
void RequestHandle::proceed() {
  if (const auto client = client_.lock()) client->proceed(id_, nullptr);
}
void RequestHandle::proceed(Headers headers) {
  if (const auto client = client_.lock()) client->proceed(id_, &headers);
}
void RequestHandle::reject(std::string why) {
  if (const auto client = client_.lock()) client->refuse(id_, std::move(why));
}
ResponseProgress RequestHandle::progress() const {
  const auto client = client_.lock();
  return client != nullptr ? client->progress(id_) : ResponseProgress();
}
bool RequestHandle::active() const {
  const auto client = client_.lock();
  return client != nullptr && client->is_active(id_);
}

void BatchHandle::cancel() {
  if (const auto batch = batch_.lock()) batch->cancel();
}
bool BatchHandle::active() const {
  const auto batch = batch_.lock();
  return batch != nullptr && batch->active();
}

// --- Client --------------------------------------------------------------------------------------

Client::Client(uv_loop_s* loop, ClientOptions options)
    : state_(api::ClientState::on_loop(loop, std::move(options))) {}

Client::Client(std::shared_ptr<engine::Driver> driver)
    : state_(api::ClientState::make(std::move(driver))) {}

Client::~Client() {
  if (state_ != nullptr) state_->abandon();
}

Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
  if (this != &other) {
    if (state_ != nullptr) state_->abandon();
    state_ = std::move(other.state_);
  }
  return *this;
}

RequestHandle Client::send(Request request, Callback callback) {
  if (state_ == nullptr) {
    // A moved-from client has no loop to call back from. Calling at once is better than never.
    if (callback) callback(Error(ErrorCode::client_closed, "the client was moved from"));
    return {};
  }
  return state_->send(std::move(request), std::move(callback));
}

RequestHandle Client::stream(Request request, StreamCallbacks callbacks) {
  if (state_ == nullptr) {
    if (callbacks.on_done) {
      callbacks.on_done(Error(ErrorCode::client_closed, "the client was moved from"));
    }
    return {};
  }
  return state_->stream(std::move(request), std::move(callbacks));
}

RequestHandle Client::download(Request request, std::string path, Callback callback,
                               Function<void(const ResponseHead&)> on_interim) {
  if (state_ == nullptr) return send(std::move(request), std::move(callback));  // reports the error
  return state_->download(std::move(request), std::move(path), std::move(callback),
                          std::move(on_interim));
}

RequestHandle Client::get(std::string_view url, Callback callback) {
  return send(api::request_of("GET", url), std::move(callback));
}
RequestHandle Client::head(std::string_view url, Callback callback) {
  return send(api::request_of("HEAD", url), std::move(callback));
}
RequestHandle Client::options(std::string_view url, Callback callback) {
  return send(api::request_of("OPTIONS", url), std::move(callback));
}
RequestHandle Client::post(std::string_view url, Body body, Callback callback) {
  return send(api::request_of("POST", url, std::move(body)), std::move(callback));
}
RequestHandle Client::put(std::string_view url, Body body, Callback callback) {
  return send(api::request_of("PUT", url, std::move(body)), std::move(callback));
}
RequestHandle Client::patch(std::string_view url, Body body, Callback callback) {
  return send(api::request_of("PATCH", url, std::move(body)), std::move(callback));
}
RequestHandle Client::del(std::string_view url, Callback callback) {
  return send(api::request_of("DELETE", url), std::move(callback));
}

RequestHandle Client::query(std::string_view url, Body body, Callback callback) {
  return send(api::request_of("QUERY", url, std::move(body)), std::move(callback));
}

BatchHandle Client::for_each(std::vector<Request> requests, std::size_t limit,
                             Function<void(std::size_t, Result<Response>)> callback,
                             Function<void()> done) {
  const auto batch = std::make_shared<api::Batch>(state_, std::move(requests), limit,
                                                  std::move(callback), std::move(done));
  batch->start();
  BatchHandle handle;
  handle.batch_ = batch;
  return handle;
}

void Client::close(Function<void()> done) {
  if (state_ != nullptr) return state_->close(std::move(done));
  if (done) done();
}

void Client::close_gracefully(Function<void()> done) {
  if (state_ != nullptr) return state_->close_gracefully(std::move(done));
  if (done) done();
}

bool Client::post_to_loop(Function<void()> work) {
  return state_ != nullptr && state_->post(std::move(work));
}

void Client::on_attempt(Function<void(const AttemptNotice&)> observer) {
  if (state_ != nullptr) state_->on_attempt(std::move(observer));
}

void Client::observe(std::shared_ptr<Observer> observer) {
  if (state_ != nullptr) state_->observe(std::move(observer));
}

void Client::before_attempt(AttemptHook hook) {
  if (state_ != nullptr) state_->before_attempt(std::move(hook));
}

ClientStats Client::stats() const { return state_ != nullptr ? state_->stats() : ClientStats(); }

std::vector<OriginStats> Client::origin_stats() const {
  return state_ != nullptr ? state_->origin_stats() : std::vector<OriginStats>();
}

}  // namespace holdfast
