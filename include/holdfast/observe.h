// Events of a client as they happen: attempts, retries and their reasons, connections, waits in the
// pool's queue. For traces, metrics and logs; ClientStats (stats.h) has the sums at no cost.
//
// Names follow OpenTelemetry's semantic conventions for HTTP clients (1.27). Each attempt is an
// HTTP client span: begin it in on_attempt_started(), end it in on_attempt_ended().
//
//     attribute                        from
//     http.request.method              ObservedRequest::method
//     url.full                         ObservedRequest::url->redacted()
//     url.scheme, server.address,      ObservedRequest::url: scheme(), host(), port(); of
//     connections
//       server.port                    ObservedConnection: scheme, host, port
//     http.request.resend_count        AttemptRecord::number - 1 (redirects count, as they should)
//     http.response.status_code        AttemptRecord::status, RequestEnded::status
//     error.type                       error_type(): the error's name, or a status from 400 on
//     network.protocol.name            "http"
//     network.protocol.version         protocol_version(): "1.0", "1.1", "2"
//     network.peer.address, .port      AttemptRecord::peer, ObservedConnection::peer
//     tls.protocol.version             "1." and AttemptRecord::tls_minor
//     http.request.size,               AttemptRecord::bytes_sent, bytes_received (heads included)
//       http.response.size
//
//     metric                           from
//     http.client.request.duration     RequestEnded::duration; ClientStats::durations
//     http.client.active_requests      ClientStats::in_flight
//     http.client.open_connections     on_connection_opened, on_connection_closed; PoolStats
//     http.client.connection.duration  ConnectionClosed::duration
//
// Thread: the client's loop. An observer is never called inside a call of the client's functions.
// It may do whatever a callback may do (client.h), but must be quick and must not throw. While
// there is an observer, a request that is not sent from a callback of the client begins on the
// loop's next turn.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/error.h"
#include "holdfast/export.h"
#include "holdfast/function.h"
#include "holdfast/stats.h"
#include "holdfast/timeline.h"
#include "holdfast/url.h"

namespace holdfast {

/// The request of an event. Views and pointers in events live until the observer's function
/// returns.
struct ObservedRequest {
  std::uint64_t id = 0;       ///< number of the request in this client, from 1
  std::string_view method{};  ///< of this hop
  /// The URL of this hop; null for a request refused because of its URL. It can contain secrets:
  /// use redacted() in logs.
  const Url* url = nullptr;
};

/// An attempt begins, the first one as soon as the request is sent. A hook (Client::before_attempt)
/// is called next; then the attempt enters the pool's queue. The retry of a pool timeout stands in
/// the queue during its backoff (P3): its hook is called before, and it begins when it is served.
struct AttemptStarted {
  ObservedRequest request{};  ///< the request
  std::uint32_t number = 1;   ///< from 1
  std::uint16_t hop = 0;      ///< redirects followed before it
};

/// An attempt has ended.
struct AttemptEnded {
  ObservedRequest request{};              ///< the request
  const AttemptRecord* record = nullptr;  ///< error, status, class, connection, times, bytes
};

/// An attempt has ended and will be retried. Follows its AttemptEnded.
struct RetryScheduled {
  ObservedRequest request{};  ///< the request
  /// The attempt that ended: its error or status is the reason for the retry, its replay class what
  /// permits it.
  const AttemptRecord* after = nullptr;
  Duration delay{0};                       ///< wait before the next attempt
  DelaySource source = DelaySource::none;  ///< what determined `delay`
};

/// The response is a redirect that is followed (RedirectPolicy). Follows its AttemptEnded; the
/// first attempt of the next hop is next.
struct RedirectFollowed {
  ObservedRequest request{};             ///< with method and URL of the next hop
  const AttemptRecord* after = nullptr;  ///< the attempt that got the redirect
};

/// A request has ended; its callback is called next. Exactly one for each request.
struct RequestEnded {
  ObservedRequest request{};              ///< the request
  int status = 0;                         ///< of the response; 0 if the request failed
  const Error* error = nullptr;           ///< null if there is a response
  StopReason stop = StopReason::success;  ///< why no attempt followed
  std::uint32_t attempts = 0;             ///< attempts made
  Duration duration{0};                   ///< since it was sent, attempts and waits included
};

/// The connection of an event.
struct ObservedConnection {
  std::uint64_t id = 0;         ///< AttemptRecord::connection_id
  std::string_view scheme{};    ///< of its origin
  std::string_view host{};      ///< of its origin
  std::uint16_t port = 0;       ///< of its origin
  PeerAddress peer{};           ///< address connected to; the proxy's if there is one
  std::uint8_t http_major = 0;  ///< 1 or 2; 0 until it is open
  std::uint8_t tls_minor = 0;   ///< 2 or 3 for TLS 1.2 or 1.3, 0 for none
  bool tls_resumed = false;     ///< the TLS handshake resumed an earlier session
};

/// A connection is open: it can carry requests.
struct ConnectionOpened {
  ObservedConnection connection{};  ///< the connection
  Duration took{0};                 ///< DNS lookup, connecting and TLS
};

/// A request is given to a connection that carried one before. Over HTTP/2 the connection can still
/// be carrying others.
struct ConnectionReused {
  ObservedConnection connection{};  ///< the connection
  ObservedRequest request{};        ///< the request
};

/// A connection is closed. With CloseCause::connect_failed it never opened; with `shutdown`
/// possibly not.
struct ConnectionClosed {
  ObservedConnection connection{};          ///< the connection
  CloseCause cause = CloseCause::by_error;  ///< why
  Duration duration{-1};                    ///< since it opened; negative if it never did
};

/// An attempt waits in the pool's queue: all permitted connections are in use.
struct PoolWaitBegan {
  ObservedRequest request{};  ///< the request
};
/// That wait has ended: the attempt got a connection or a dial of its own, or has ended.
struct PoolWaitEnded {
  ObservedRequest request{};  ///< the request
  Duration waited{0};         ///< how long it took
};

/// Receives a client's events: override the functions of interest. Events added in later versions
/// do nothing by default.
class HOLDFAST_EXPORT Observer {
 public:
  /// For derived classes.
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer();

  /// Called when an attempt begins.
  virtual void on_attempt_started(const AttemptStarted& event);
  /// Called when an attempt has ended.
  virtual void on_attempt_ended(const AttemptEnded& event);
  /// Called when an attempt will be retried.
  virtual void on_retry_scheduled(const RetryScheduled& event);
  /// Called when a redirect is followed.
  virtual void on_redirect_followed(const RedirectFollowed& event);
  /// Called when a request has ended, before its callback.
  virtual void on_request_ended(const RequestEnded& event);
  /// Called when a connection is open.
  virtual void on_connection_opened(const ConnectionOpened& event);
  /// Called when a request is given to a used connection.
  virtual void on_connection_reused(const ConnectionReused& event);
  /// Called when a connection is closed.
  virtual void on_connection_closed(const ConnectionClosed& event);
  /// Called when an attempt begins to wait in the pool's queue.
  virtual void on_pool_wait_began(const PoolWaitBegan& event);
  /// Called when such a wait has ended.
  virtual void on_pool_wait_ended(const PoolWaitEnded& event);
};

/// Returns OpenTelemetry's error.type of an attempt: the error's name, or a status from 400 on;
/// empty for none.
HOLDFAST_EXPORT std::string error_type(const AttemptRecord& record);
/// Returns OpenTelemetry's network.protocol.version: "1.0", "1.1", "2"; empty for none. The view is
/// static.
HOLDFAST_EXPORT std::string_view protocol_version(std::uint8_t major, std::uint8_t minor) noexcept;

/// Returns an observer that passes each event to all of `observers`, in order. Null pointers are
/// skipped.
HOLDFAST_EXPORT std::shared_ptr<Observer> observe_all(
    std::vector<std::shared_ptr<Observer>> observers);

/// The severity of a log line.
enum class LogLevel : std::uint8_t {
  debug,    ///< attempts, connections, waits in the pool's queue
  info,     ///< requests that ended with a response below 500, or were cancelled
  warning,  ///< retries, and requests that ended with a response from 500 on
  error,    ///< requests that failed
};
/// Returns the enumerator's name. The view is static.
HOLDFAST_EXPORT std::string_view name(LogLevel level) noexcept;

/// Returns an observer that calls `line` with each event of level `least` and above as one line of
/// English, without line end. The text lives until `line` returns. It contains no secrets (H4):
/// URLs are redacted, fields and bodies are not logged. Paths are logged, so do not put secrets
/// into paths.
HOLDFAST_EXPORT std::shared_ptr<Observer> log_to(
    Function<void(LogLevel level, std::string_view line)> line, LogLevel least = LogLevel::info);

}  // namespace holdfast
