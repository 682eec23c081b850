// Implements holdfast.h: the properties of an event.
#include <utility>

#include "c/watch.h"

using holdfast::c::guarded;

namespace holdfast::c {
namespace {

/// Stores `text()` in the event's slot for it.
template <class Text>
const char* keep(const holdfast_event& event, std::size_t place, Text&& text) noexcept {
  return guarded("", [&] {
    event.texts.at(place) = std::forward<Text>(text)();
    return event.texts.at(place).c_str();
  });
}

const Url* url_of(const holdfast_event& event) {
  return event.request != nullptr ? event.request->url : nullptr;
}

const char* name_of(holdfast_event_kind kind) {
  switch (kind) {
    case HOLDFAST_ON_ATTEMPT_STARTED:
      return "attempt_started";
    case HOLDFAST_ON_ATTEMPT_ENDED:
      return "attempt_ended";
    case HOLDFAST_ON_RETRY_SCHEDULED:
      return "retry_scheduled";
    case HOLDFAST_ON_REDIRECT_FOLLOWED:
      return "redirect_followed";
    case HOLDFAST_ON_REQUEST_ENDED:
      return "request_ended";
    case HOLDFAST_ON_CONNECTION_OPENED:
      return "connection_opened";
    case HOLDFAST_ON_CONNECTION_REUSED:
      return "connection_reused";
    case HOLDFAST_ON_CONNECTION_CLOSED:
      return "connection_closed";
    case HOLDFAST_ON_POOL_WAIT_BEGAN:
      return "pool_wait_began";
    case HOLDFAST_ON_POOL_WAIT_ENDED:
      return "pool_wait_ended";
  }
  return "";
}

std::int64_t of_connection(const holdfast_event& event, holdfast_event_number what) {
  if (event.connection == nullptr) return -1;
  const ObservedConnection& connection = *event.connection;
  switch (what) {
    case HOLDFAST_EVENT_CONNECTION:
      return static_cast<std::int64_t>(connection.id);
    case HOLDFAST_EVENT_HTTP_MAJOR:
      return connection.http_major;
    case HOLDFAST_EVENT_TLS_MINOR:
      return connection.tls_minor;
    case HOLDFAST_EVENT_TLS_RESUMED:
      return connection.tls_resumed ? 1 : 0;
    default:
      return -1;  // the program was built against a later version
  }
}

std::int64_t port_of(const holdfast_event& event) {
  if (event.connection != nullptr) return event.connection->port;
  return url_of(event) != nullptr ? url_of(event)->port() : -1;
}

}  // namespace
}  // namespace holdfast::c

holdfast_event_kind holdfast_event_what(const holdfast_event* event) { return event->kind; }

int64_t holdfast_event_get(const holdfast_event* event, holdfast_event_number what) {
  switch (what) {
    case HOLDFAST_EVENT_REQUEST:
      return event->request != nullptr ? static_cast<int64_t>(event->request->id) : -1;
    case HOLDFAST_EVENT_ATTEMPT:
      return event->number;
    case HOLDFAST_EVENT_HOP:
      return event->hop;
    case HOLDFAST_EVENT_DELAY:
      return event->delay;
    case HOLDFAST_EVENT_STATUS:
      return event->status;
    case HOLDFAST_EVENT_ATTEMPTS:
      return event->attempts;
    case HOLDFAST_EVENT_DURATION:
      return event->duration;
    case HOLDFAST_EVENT_PORT:
      return holdfast::c::port_of(*event);
    default:
      return holdfast::c::of_connection(*event, what);
  }
}

const char* holdfast_event_say(const holdfast_event* event, holdfast_event_word what) {
  using holdfast::c::keep;
  const holdfast::Url* url = holdfast::c::url_of(*event);
  const holdfast::ObservedConnection* connection = event->connection;
  switch (what) {
    case HOLDFAST_EVENT_NAME:
      return holdfast::c::name_of(event->kind);
    case HOLDFAST_EVENT_METHOD:
      return event->request == nullptr ? ""
                                       : keep(*event, 0, [&] { return event->request->method; });
    case HOLDFAST_EVENT_URL:
      return url == nullptr ? "" : keep(*event, 1, [&] { return url->redacted(); });
    case HOLDFAST_EVENT_FULL_URL:
      return url == nullptr ? "" : keep(*event, 2, [&] { return url->to_string(); });
    case HOLDFAST_EVENT_SCHEME:
      if (connection != nullptr) return keep(*event, 3, [&] { return connection->scheme; });
      return url == nullptr ? "" : url->scheme().c_str();
    case HOLDFAST_EVENT_HOST:
      if (connection != nullptr) return keep(*event, 4, [&] { return connection->host; });
      return url == nullptr ? "" : url->host().c_str();
    case HOLDFAST_EVENT_PEER:
      return connection == nullptr ? ""
                                   : keep(*event, 5, [&] { return connection->peer.to_string(); });
    case HOLDFAST_EVENT_DELAY_SOURCE:
      return event->source;
    case HOLDFAST_EVENT_STOP_REASON:
      return event->stop;
    case HOLDFAST_EVENT_CLOSE_CAUSE:
      return event->cause;
  }
  return "";
}

const holdfast_attempt* holdfast_event_record(const holdfast_event* event) {
  return reinterpret_cast<const holdfast_attempt*>(event->record);
}

const holdfast_error* holdfast_event_error(const holdfast_event* event) {
  if (event->error == nullptr) return nullptr;
  return guarded<>(static_cast<const holdfast_error*>(nullptr), [&] {
    if (event->told_error == nullptr) {
      event->told_error = std::make_unique<holdfast_error>(holdfast::Error(*event->error));
    }
    return static_cast<const holdfast_error*>(event->told_error.get());
  });
}
