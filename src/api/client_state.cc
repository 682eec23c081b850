#include "api/client_state.h"

#include <charconv>
#include <utility>
#include <vector>

#include "api/ended.h"
#include "api/unfinished.h"
#include "base/keep.h"
#include "uv/driver.h"

namespace holdfast::api {

namespace {

/// Content-Length counts the encoded bytes; the length of the decoded content is unknown.
ResponseProgress progress_of(const Response* response) {
  ResponseProgress progress;
  if (response == nullptr) return progress;
  progress.received = response->body.size();
  const auto field = response->headers.get("Content-Length");
  std::uint64_t length = 0;
  if (!field || response->decoded) return progress;
  const char* const end = field->data() + field->size();
  const auto [stop, error] = std::from_chars(field->data(), end, length);
  if (error == std::errc() && stop == end) progress.expected = length;
  return progress;
}

constexpr const char* kLoopLost = "the loop's handles were closed before the client";

}  // namespace

std::shared_ptr<ClientState> ClientState::make(std::shared_ptr<engine::Driver> driver) {
  auto state = std::make_shared<ClientState>(std::move(driver));
  state->self_ = state;
  return state;
}

std::shared_ptr<ClientState> ClientState::on_loop(uv_loop_s* loop, ClientOptions options) {
  return make(std::make_shared<uv::Driver>(loop, std::move(options)));
}

bool ClientState::post(Function<void()>&& work) {
  return !process_.is_child() && driver_->post(std::move(work));
}

ClientState::ClientState(std::shared_ptr<engine::Driver> driver) : driver_(std::move(driver)) {
  driver_->start(*this);
}

// --- Requests ------------------------------------------------------------------------------------

RequestHandle ClientState::send(Request&& request, Callback&& callback) {
  return start(std::move(request), std::move(callback), nullptr);
}

RequestHandle ClientState::stream(Request&& request, StreamCallbacks&& callbacks) {
  Callback on_done = std::move(callbacks.on_done);
  return start(std::move(request), std::move(on_done),
               std::make_unique<StreamCallbacks>(std::move(callbacks)));
}

RequestHandle ClientState::download(Request&& request, std::string&& path, Callback&& callback,
                                    Function<void(const ResponseHead&)>&& on_interim) {
  std::unique_ptr<StreamCallbacks> told;
  if (on_interim) {
    told = std::make_unique<StreamCallbacks>();
    told->on_interim = std::move(on_interim);
  }
  return start(std::move(request), std::move(callback), std::move(told),
               std::make_unique<http::FileStore>(std::move(path)));
}

RequestHandle ClientState::start(Request&& request, Callback&& callback,
                                 std::unique_ptr<StreamCallbacks> stream,
                                 std::unique_ptr<http::FileStore> store) {
  if (process_.is_child() || driver_->letting_go()) {
    return refuse(std::move(callback), closed_error());
  }
  if (store != nullptr) {
    std::string obstacle = store->check();
    if (!obstacle.empty()) {
      return refuse(std::move(callback), Error(ErrorCode::file_failed, std::move(obstacle)));
    }
  }
  const RecordId id = records_.take();
  Record& record = records_[id];
  record.id = id;
  record.request_id = ++last_request_id_;
  record.cancelled = record.hungry = false;
  record.preparing = 0;
  record.on_done = std::move(callback);
  record.stream = std::move(stream);
  record.store = std::move(store);
  const StreamCallbacks* told = record.stream.get();
  engine::ExchangeSpec spec;
  spec.streaming = told != nullptr && (told->on_head || told->on_body);
  spec.interim = told != nullptr && told->on_interim;
  spec.storing = record.store != nullptr;
  spec.write_through = spec.storing && record.store->writes_through();
  spec.user = &record;
  // Nothing is delivered inside submit(), so the record can be given its exchange's id afterwards.
  record.exchange = driver_->submit(std::move(request), spec);
  return handle_of(record);
}

RequestHandle ClientState::handle_of(const Record& record) {
  RequestHandle handle;
  handle.client_ = weak_from_this();
  handle.id_ = std::uint64_t{record.id.index} << 32 | record.id.generation;
  return handle;
}

/// Ends a request that was not begun, because the driver is closed or lost or the response could
/// not be stored. The callback is called later, as always, unless the close has been reported: the
/// loop may be gone then.
RequestHandle ClientState::refuse(Callback&& callback, Error&& error) noexcept {
  if (process_.is_child()) {
    if (callback) callback(forked_error());
    return {};
  }
  if (driver_->loop_lost()) loop_closed();
  if (closed_) {
    if (callback) callback(closed_error(loop_lost_ ? kLoopLost : ""));
    return {};
  }
  error.timeline.set_stop_reason(StopReason::permanent_error);
  driver_->defer(
      [self = shared_from_this(), call = std::move(callback), error = std::move(error)]() mutable {
        if (call) call(std::move(error));
      });
  return {};
}

ClientState::Record* ClientState::find(std::uint64_t id) {
  if (process_.is_child()) return nullptr;
  return records_.find({static_cast<std::uint32_t>(id >> 32), static_cast<std::uint32_t>(id)});
}

void ClientState::cancel(std::uint64_t id) {
  Record* record = find(id);
  if (record == nullptr) return;
  record->cancelled = true;
  driver_->cancel(record->exchange);
}

void ClientState::pause(std::uint64_t id) {
  if (Record* record = find(id)) driver_->pause(record->exchange);
}

void ClientState::resume(std::uint64_t id) {
  if (Record* record = find(id)) driver_->resume(record->exchange);
}

void ClientState::body_ready(std::uint64_t id) {
  Record* record = find(id);
  // A source that did not return `pending` is read again anyway. Asking for it here would read into
  // a buffer that may still be in a write.
  if (record == nullptr || !record->hungry) return;
  record->hungry = false;
  driver_->body_ready(record->exchange);
}

ResponseProgress ClientState::progress(std::uint64_t id) {
  const Record* record = find(id);
  if (record == nullptr) return {};
  ResponseProgress progress = progress_of(driver_->engine().response_of(record->exchange));
  if (record->store != nullptr) progress.received += record->store->written();
  return progress;
}

// --- Orders --------------------------------------------------------------------------------------

void ClientState::deliver(engine::Action& action) noexcept {
  using Kind = engine::Action::Kind;
  if (action.kind == Kind::note) return tell(action);
  Record& record = *static_cast<Record*>(action.user);
  // After a cancel() only the completion is delivered, not what was ordered before.
  if (record.cancelled && action.kind != Kind::complete) return;
  switch (action.kind) {
    case Kind::complete:
      complete(record, action);
      break;
    case Kind::restart:
      store(record, action);
      break;
    case Kind::body:
      if (record.store != nullptr) return store(record, action);
      if (record.stream->on_body) record.stream->on_body(action.body);
      break;
    case Kind::head:
      if (record.stream->on_head) record.stream->on_head(*action.response);
      break;
    case Kind::interim:
      if (record.stream->on_interim) record.stream->on_interim(*action.response);
      break;
    case Kind::open_body:
      open_body(record, action);
      break;
    case Kind::need_body:
      feed(record, action);
      break;
    case Kind::prepare:
      prepare(record, action);
      break;
    default:
      HF_CHECK(false);
  }
}

void ClientState::open_body(Record& record, const engine::Action& action) {
  Body* body = driver_->engine().body_of(action.exchange);
  if (body == nullptr) return;
  if (record.feed == nullptr) record.feed = std::make_unique<http::BodyFeed>();
  record.hungry = false;
  driver_->body_opened(action.exchange, action.attempt, record.feed->open(*body));
}

void ClientState::feed(Record& record, const engine::Action& action) {
  record.hungry = false;
  if (record.feed == nullptr) return;
  const http::BodyFeed::Piece piece = record.feed->next();
  using Given = engine::Engine::BodyState;
  Given given = Given::failed;
  switch (piece.state) {
    case BodySource::State::pending:
      record.hungry = true;
      return;
    case BodySource::State::more:
      given = Given::more;
      break;
    case BodySource::State::end:
      given = Given::end;
      break;
    case BodySource::State::failed:
      break;
  }
  driver_->provide_body(action.exchange, action.attempt, piece.bytes, given);
}

/// Stores the bytes of a download, or starts the file again.
void ClientState::store(Record& record, const engine::Action& action) {
  std::string complaint = action.kind == engine::Action::Kind::restart
                              ? record.store->restart()
                              : record.store->write(action.body);
  if (!complaint.empty()) driver_->store_failed(action.exchange, std::move(complaint));
}

namespace {

/// A complete response whose file could not be put in place.
Error not_stored(Response& response, std::string complaint) {
  Error error(ErrorCode::file_failed, std::move(complaint), Phase::body);
  error.timeline = std::move(response.timeline);
  error.timeline.last().error = ErrorCode::file_failed;
  error.timeline.last().phase = Phase::body;
  error.timeline.set_stop_reason(StopReason::permanent_error);
  return error;
}

}  // namespace

void ClientState::complete(Record& record, engine::Action& action) {
  std::string complaint;
  if (record.store != nullptr && action.response != nullptr && action.response->is_success()) {
    complaint = record.store->keep();
  }
  Callback on_done = std::move(record.on_done);
  // Sources, bodies and the other callbacks are destroyed before the final callback is called, so
  // that what they hold is free by then. No write still borrows from the body: a connection with an
  // unfinished write is closed before its exchange completes.
  record.stream.reset();
  record.store.reset();
  record.feed.reset();
  Body* body = driver_->engine().body_of(action.exchange);
  if (body != nullptr && body->kind() != Body::Kind::none) *body = Body();
  records_.erase(record.id);
  if (!on_done) return;
  if (action.error != nullptr) {
    on_done(std::move(*action.error));
  } else if (!complaint.empty()) {
    on_done(not_stored(*action.response, std::move(complaint)));
  } else {
    on_done(std::move(*action.response));
  }
}

// --- The end -------------------------------------------------------------------------------------

void ClientState::add_done(Function<void()>&& done) noexcept {
  if (!done) return;
  if (closed_ || process_.is_child()) return done();
  on_closed_.push_back(std::move(done));
}

void ClientState::close(Function<void()>&& done) {
  add_done(std::move(done));
  if (process_.is_child()) return;
  driver_->close();
  if (driver_->loop_lost()) loop_closed();
}

void ClientState::close_gracefully(Function<void()>&& done) {
  add_done(std::move(done));
  if (process_.is_child()) return;
  driver_->close_gracefully();
  if (driver_->loop_lost()) loop_closed();
}

void ClientState::abandon() {
  // Closing the child's copies of the sockets would remove them from the parent's epoll set.
  if (process_.is_child()) return base::keep_for_ever(shared_from_this());
  on_attempt({});
  observe({});
  before_attempt({});
  driver_->close();
  if (driver_->loop_lost()) loop_closed();
  if (closed_ || records_.empty() || std::exchange(unfinished_, true)) return;
  count_unfinished(1);
}

/// Other code has closed the driver's handles: every request ends here.
void ClientState::loop_closed() noexcept {
  if (std::exchange(loop_lost_, true)) return;
  base::keep_for_ever(shared_from_this());
  closed_ = true;
  if (std::exchange(unfinished_, false)) count_unfinished(-1);
  self_.reset();
  const bool delivering = driver_->forsake();
  std::vector<Callback> ended;
  records_.each([&](RecordId id, Record& record) {
    ended.push_back(std::move(record.on_done));
    if (!delivering) {
      record.stream.reset();
      record.store.reset();
      record.feed.reset();
    }
    records_.erase(id);
  });
  for (Callback& call : ended) {
    if (call) call(closed_error(kLoopLost));
  }
  attempt_observer_.reset();
  observer_.reset();
  hook_.reset();
  for (Function<void()>& done : std::exchange(on_closed_, {})) done();
}

void ClientState::closed() noexcept {
  closed_ = true;
  if (std::exchange(unfinished_, false)) count_unfinished(-1);
  attempt_observer_.reset();
  observer_.reset();
  hook_.reset();
  // Keeps this object alive until all callbacks have run; `self_` may have been the last owner.
  const std::shared_ptr<ClientState> self = std::move(self_);
  for (Function<void()>& done : std::exchange(on_closed_, {})) done();
}

void ClientState::lost() noexcept {
  if (std::exchange(unfinished_, false)) count_unfinished(-1);
  const std::shared_ptr<ClientState> self = std::move(self_);
  // Destructors called here may use the client; its requests are already gone from `records_`.
  std::vector<Record> dropped;
  records_.each([&](RecordId id, Record& record) {
    dropped.push_back(std::exchange(record, Record()));
    records_.erase(id);
  });
  const std::vector<Function<void()>> unsaid = std::exchange(on_closed_, {});
  attempt_observer_.reset();
  observer_.reset();
  hook_.reset();
}

}  // namespace holdfast::api
