// What a client calls: its observers, and the hook before each attempt.
#include <utility>

#include "api/client_state.h"

namespace holdfast::api {

using engine::Note;

namespace {

ObservedConnection connection_of(const Note& note) {
  ObservedConnection c;
  c.id = note.connection;
  c.scheme = note.scheme;
  c.host = note.host;
  c.port = note.port;
  c.peer = note.peer;
  c.http_major = note.http_major;
  c.tls_minor = note.tls_minor;
  c.tls_resumed = note.tls_resumed;
  return c;
}

void tell_of_connection(Observer& observer, const Note& note) {
  if (note.kind == Note::Kind::connection_opened) {
    return observer.on_connection_opened({connection_of(note), note.span});
  }
  observer.on_connection_closed({connection_of(note), note.cause, note.span});
}

void tell_of_request(Observer& observer, std::uint64_t id, const Note& note) {
  ObservedRequest request;
  request.id = id;
  request.method = note.method;
  request.url = note.has_url ? &note.url : nullptr;
  switch (note.kind) {
    case Note::Kind::attempt_started:
      return observer.on_attempt_started({request, note.record.number, note.record.hop});
    case Note::Kind::attempt_ended:
      return observer.on_attempt_ended({request, &note.record});
    case Note::Kind::retry_scheduled:
      return observer.on_retry_scheduled({request, &note.record, note.span, note.source});
    case Note::Kind::redirect_followed:
      return observer.on_redirect_followed({request, &note.record});
    case Note::Kind::request_ended:
      return observer.on_request_ended(
          {request, note.status, note.error, note.stop, note.attempts, note.span});
    case Note::Kind::wait_began:
      return observer.on_pool_wait_began({request});
    case Note::Kind::wait_ended:
      return observer.on_pool_wait_ended({request, note.span});
    case Note::Kind::connection_reused:
      return observer.on_connection_reused({connection_of(note), request});
    case Note::Kind::connection_opened:
    case Note::Kind::connection_closed:
      break;
  }
}

}  // namespace

// --- Observers -----------------------------------------------------------------------------------

void ClientState::tell(const engine::Action& action) {
  const Note& note = *action.note;
  const auto* record = static_cast<const Record*>(action.user);
  // Holds a reference during the call, because the observer may replace itself.
  if (const std::shared_ptr<Observer> observer = observer_) {
    if (record == nullptr) {
      tell_of_connection(*observer, note);
    } else {
      tell_of_request(*observer, record->request_id, note);
    }
  }
  const bool goes_on =
      note.kind == Note::Kind::retry_scheduled || note.kind == Note::Kind::redirect_followed;
  if (goes_on && !record->cancelled) notify(*record, note);
}

void ClientState::notify(const Record& record, const Note& note) {
  if (!attempt_observer_) return;
  AttemptNotice notice{record.request_id, &note.record};
  if (note.kind == Note::Kind::retry_scheduled) {
    notice.delay = note.span;
    notice.delay_source = note.source;
  }
  // Kept here during the call, because the function may replace itself.
  Function<void(const AttemptNotice&)> running = std::move(attempt_observer_);
  attempt_observer_changed_ = false;
  running(notice);
  if (!attempt_observer_changed_) attempt_observer_ = std::move(running);
}

void ClientState::on_attempt(Function<void(const AttemptNotice&)>&& observer) {
  attempt_observer_changed_ = true;
  attempt_observer_ = std::move(observer);
  want_notes();
}

void ClientState::observe(std::shared_ptr<Observer>&& observer) {
  // The old observer's destructor may call this client, so the new one is set first.
  const std::shared_ptr<Observer> before = std::exchange(observer_, std::move(observer));
  want_notes();
}

void ClientState::want_notes() {
  driver_->engine().set_notes(observer_ != nullptr || static_cast<bool>(attempt_observer_));
}

// --- The hook ------------------------------------------------------------------------------------

void ClientState::before_attempt(AttemptHook&& hook) {
  hook_changed_ = true;
  driver_->engine().set_hook(static_cast<bool>(hook));
  hook_ = std::move(hook);
}

void ClientState::prepare(Record& record, const engine::Action& action) {
  using Answer = engine::Engine::HookAnswer;
  const engine::ExchangeId exchange = action.exchange;
  const std::uint32_t attempt = action.attempt;
  engine::AttemptView view;
  // The exchange can have been cancelled or timed out since.
  if (!driver_->engine().plan_of(exchange, attempt, view)) return;
  if (!hook_) return driver_->prepared(exchange, attempt, Answer::proceed, nullptr, {});
  // The hook may end the client and all else; what it is shown is ours.
  const std::string method(view.method);
  const Url url = *view.url;
  record.prepared = *view.headers;
  AttemptPlan plan{record.request_id, attempt,          view.hop, method, url,
                   record.prepared,   handle_of(record)};
  AttemptHook running = std::move(hook_);
  hook_changed_ = false;
  record.preparing = attempt;
  const Prepare answer = running(plan);
  if (!hook_changed_) hook_ = std::move(running);
  switch (answer) {
    case Prepare::proceed:
      record.preparing = 0;
      return driver_->prepared(exchange, attempt, Answer::proceed, &record.prepared, {});
    case Prepare::reject:
      record.preparing = 0;
      return driver_->prepared(exchange, attempt, Answer::reject, nullptr, std::move(plan.refusal));
    case Prepare::defer:
      return;
  }
}

void ClientState::proceed(std::uint64_t id, Headers* headers) {
  Record* record = find(id);
  if (record == nullptr || record->preparing == 0) return;
  const std::uint32_t attempt = std::exchange(record->preparing, 0);
  driver_->prepared(record->exchange, attempt, engine::Engine::HookAnswer::proceed,
                    headers != nullptr ? headers : &record->prepared, {});
}

void ClientState::refuse(std::uint64_t id, std::string&& why) {
  Record* record = find(id);
  if (record == nullptr || record->preparing == 0) return;
  const std::uint32_t attempt = std::exchange(record->preparing, 0);
  driver_->prepared(record->exchange, attempt, engine::Engine::HookAnswer::reject, nullptr,
                    std::move(why));
}

}  // namespace holdfast::api
