// Implements holdfast.h: observers and log lines.
#include "c/watch.h"

using holdfast::Function;
using holdfast::Url;
using holdfast::c::guarded;
using holdfast::c::Watch;
using holdfast::c::word;

// --- Events --------------------------------------------------------------------------------------

namespace holdfast::c {
namespace {

holdfast_event of_request(holdfast_event_kind kind, const ObservedRequest& request) {
  holdfast_event told(kind);
  told.request = &request;
  return told;
}

holdfast_event connection_event(holdfast_event_kind kind, const ObservedConnection& connection) {
  holdfast_event told(kind);
  told.connection = &connection;
  return told;
}

holdfast_event of_attempt(holdfast_event_kind kind, const ObservedRequest& request,
                          const AttemptRecord& record) {
  holdfast_event told = of_request(kind, request);
  told.record = &record;
  told.number = record.number;
  told.hop = record.hop;
  return told;
}

}  // namespace

void Watch::on_attempt_started(const AttemptStarted& event) {
  holdfast_event told = of_request(HOLDFAST_ON_ATTEMPT_STARTED, event.request);
  told.number = event.number;
  told.hop = event.hop;
  tell(told, &Observer::on_attempt_started, event);
}

void Watch::on_attempt_ended(const AttemptEnded& event) {
  tell(of_attempt(HOLDFAST_ON_ATTEMPT_ENDED, event.request, *event.record),
       &Observer::on_attempt_ended, event);
}

void Watch::on_retry_scheduled(const RetryScheduled& event) {
  holdfast_event told = of_attempt(HOLDFAST_ON_RETRY_SCHEDULED, event.request, *event.after);
  told.delay = event.delay.count();
  told.source = word(name(event.source));
  tell(told, &Observer::on_retry_scheduled, event);
}

void Watch::on_redirect_followed(const RedirectFollowed& event) {
  tell(of_attempt(HOLDFAST_ON_REDIRECT_FOLLOWED, event.request, *event.after),
       &Observer::on_redirect_followed, event);
}

void Watch::on_request_ended(const RequestEnded& event) {
  holdfast_event told = of_request(HOLDFAST_ON_REQUEST_ENDED, event.request);
  told.status = event.status;
  told.error = event.error;
  told.stop = word(name(event.stop));
  told.attempts = event.attempts;
  told.duration = event.duration.count();
  tell(told, &Observer::on_request_ended, event);
}

void Watch::on_connection_opened(const ConnectionOpened& event) {
  holdfast_event told = connection_event(HOLDFAST_ON_CONNECTION_OPENED, event.connection);
  told.duration = event.took.count();
  tell(told, &Observer::on_connection_opened, event);
}

void Watch::on_connection_reused(const ConnectionReused& event) {
  holdfast_event told = connection_event(HOLDFAST_ON_CONNECTION_REUSED, event.connection);
  told.request = &event.request;
  tell(told, &Observer::on_connection_reused, event);
}

void Watch::on_connection_closed(const ConnectionClosed& event) {
  holdfast_event told = connection_event(HOLDFAST_ON_CONNECTION_CLOSED, event.connection);
  told.cause = word(name(event.cause));
  told.duration = event.duration.count() < 0 ? -1 : event.duration.count();
  tell(told, &Observer::on_connection_closed, event);
}

void Watch::on_pool_wait_began(const PoolWaitBegan& event) {
  tell(of_request(HOLDFAST_ON_POOL_WAIT_BEGAN, event.request), &Observer::on_pool_wait_began,
       event);
}

void Watch::on_pool_wait_ended(const PoolWaitEnded& event) {
  holdfast_event told = of_request(HOLDFAST_ON_POOL_WAIT_ENDED, event.request);
  told.duration = event.waited.count();
  tell(told, &Observer::on_pool_wait_ended, event);
}

// --- Observers -----------------------------------------------------------------------------------

namespace {

Watch& watch_of(holdfast_client& client) {
  if (client.watch == nullptr) client.watch = std::make_shared<Watch>();
  return *client.watch;
}

void watch_if_wanted(const holdfast_client& client) {
  client.state->observe(client.watch->wanted() ? client.watch : nullptr);
}

/// Lines are views; the C function needs a NUL.
Function<void(LogLevel, std::string_view)> tell_line(holdfast_on_line call, void* context) {
  return [call, context](LogLevel level, std::string_view line) {
    call(context, static_cast<holdfast_log_level>(level), std::string(line).c_str());
  };
}

}  // namespace

void hush(holdfast_client& client) noexcept {
  if (client.watch == nullptr) return;
  client.watch->call = nullptr;
  client.watch->log.reset();
}

}  // namespace holdfast::c

void holdfast_client_observe(holdfast_client* client, holdfast_on_event call, void* context) {
  guarded(false, [&] {
    Watch& watch = holdfast::c::watch_of(*client);
    watch.call = call;
    watch.context = context;
    holdfast::c::watch_if_wanted(*client);
    return true;
  });
}

void holdfast_client_log_to(holdfast_client* client, holdfast_on_line call,
                            holdfast_log_level least, void* context) {
  guarded(false, [&] {
    std::shared_ptr<holdfast::Observer> log;
    if (call != nullptr) {
      log = log_to(holdfast::c::tell_line(call, context), static_cast<holdfast::LogLevel>(least));
    }
    holdfast::c::watch_of(*client).log = std::move(log);
    holdfast::c::watch_if_wanted(*client);
    return true;
  });
}

const char* holdfast_log_level_name(holdfast_log_level level) {
  return word(name(static_cast<holdfast::LogLevel>(level)));
}

void holdfast_client_on_attempt(holdfast_client* client, holdfast_on_attempt call, void* context) {
  guarded(false, [&] {
    Function<void(const holdfast::AttemptNotice&)> observer;
    if (call != nullptr) {
      observer = [call, context](const holdfast::AttemptNotice& notice) {
        call(context, notice.request_id, reinterpret_cast<const holdfast_attempt*>(notice.record),
             notice.delay.count());
      };
    }
    client->state->on_attempt(std::move(observer));
    return true;
  });
}
