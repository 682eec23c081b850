// Hearing what a client does, as it does it: attempts, retries and their reasons, connections,
// waits. For traces, metrics and logs; ClientStats (stats.h) has the sums for free.
//
// Names follow OpenTelemetry's semantic conventions for HTTP clients (1.27). Each attempt is what
// they call an HTTP client span: begin it in on_attempt_started, end it in on_attempt_ended.
//
//   attribute                        from
//   http.request.method              ObservedRequest::method
//   url.full                         ObservedRequest::url->redacted()
//   url.scheme, server.address,      ObservedRequest::url: scheme(), host(), port(); of connections
//     server.port                    ObservedConnection: scheme, host, port
//   http.request.resend_count        AttemptRecord::number - 1 (redirects count, as they should)
//   http.response.status_code        AttemptRecord::status, RequestEnded::status
//   error.type                       error_type(): the error's name, or a status from 400 on
//   network.protocol.name            "http"
//   network.protocol.version         protocol_version(): "1.0", "1.1", "2"
//   network.peer.address, .port      AttemptRecord::peer, ObservedConnection::peer
//   tls.protocol.version             "1." and AttemptRecord::tls_minor
//   http.request.size,               AttemptRecord::bytes_sent, bytes_received (heads included)
//     http.response.size
//
//   metric                           from
//   http.client.request.duration     RequestEnded::duration; ClientStats::durations
//   http.client.active_requests      ClientStats::in_flight
//   http.client.open_connections     on_connection_opened, on_connection_closed; PoolStats
//   http.client.connection.duration  ConnectionClosed::duration
//
// Thread: the client's loop. An observer is called there, outside of any call of the client's that
// the user is in; in it anything is allowed that is in a callback (client.h), but it should be
// quick and must not throw. While there is one, a request that is sent from outside the client's
// callbacks begins on the loop's next turn.
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

/// Whose event it is. Views and pointers in events live until the call returns.
struct ObservedRequest {
  std::uint64_t id = 0;  ///< counts this client's requests, from 1
  std::string_view method{};
  const Url* url = nullptr;  ///< of this hop; null for a request refused for its URL. May hold
                             ///< secrets: redacted() is for logs
};

/// The try begins: the first right when the request is sent. With a hook (Client::before_attempt)
/// it is asked next; then the attempt enters the pool's line.
struct AttemptStarted {
  ObservedRequest request{};
  std::uint32_t number = 1;  ///< from 1
  std::uint16_t hop = 0;     ///< redirects followed before it
};

struct AttemptEnded {
  ObservedRequest request{};
  const AttemptRecord* record = nullptr;  ///< error, status, class, connection, times, bytes
};

/// An attempt has ended and another will follow. Comes after its AttemptEnded.
struct RetryScheduled {
  ObservedRequest request{};
  const AttemptRecord* after = nullptr;  ///< the attempt that ended: its error, or its status, is
                                         ///< why; its replay class, why it may be
  Duration delay{0};                     ///< wait before the next one
  DelaySource source = DelaySource::none;
};

/// An attempt was answered by a redirect that is followed (ClientOptions::redirects). Comes after
/// its AttemptEnded; the next hop's first attempt comes next.
struct RedirectFollowed {
  ObservedRequest request{};  ///< method and URL of the next hop
  const AttemptRecord* after = nullptr;
};

/// The request is over; its callback comes next. Exactly one for each request.
struct RequestEnded {
  ObservedRequest request{};
  int status = 0;                ///< of the response; 0 if it failed
  const Error* error = nullptr;  ///< null if there is a response
  StopReason stop = StopReason::success;
  std::uint32_t attempts = 0;
  Duration duration{0};  ///< since it was sent, every attempt and wait included
};

struct ObservedConnection {
  std::uint64_t id = 0;       ///< AttemptRecord::connection_id
  std::string_view scheme{};  ///< of its origin, as host and port
  std::string_view host{};
  std::uint16_t port = 0;
  PeerAddress peer{};
  std::uint8_t http_major = 0;  ///< 1 or 2; 0 as long as it is not open
  std::uint8_t tls_minor = 0;   ///< 2 or 3 for TLS 1.2 and 1.3, 0 for none
  bool tls_resumed = false;
};

/// It can carry requests now.
struct ConnectionOpened {
  ObservedConnection connection{};
  Duration took{0};  ///< since the dial began: look-up, connecting and TLS
};

/// Another request is given to a connection that has been given one before. Over HTTP/2 it may
/// still be carrying that.
struct ConnectionReused {
  ObservedConnection connection{};
  ObservedRequest request{};
};

/// It is being closed. With CloseCause::connect_failed (or shutdown) it may never have opened.
struct ConnectionClosed {
  ObservedConnection connection{};
  CloseCause cause = CloseCause::by_error;
  Duration duration{-1};  ///< since it opened; negative if it never did
};

/// An attempt stands in line: all connections that are allowed are in use.
struct PoolWaitBegan {
  ObservedRequest request{};
};
/// It has a connection, or a dial of its own, or has ended.
struct PoolWaitEnded {
  ObservedRequest request{};
  Duration waited{0};
};

/// Override what is of interest; what is added in later versions does nothing by default.
class HOLDFAST_EXPORT Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer();

  virtual void on_attempt_started(const AttemptStarted& event);
  virtual void on_attempt_ended(const AttemptEnded& event);
  virtual void on_retry_scheduled(const RetryScheduled& event);
  virtual void on_redirect_followed(const RedirectFollowed& event);
  virtual void on_request_ended(const RequestEnded& event);
  virtual void on_connection_opened(const ConnectionOpened& event);
  virtual void on_connection_reused(const ConnectionReused& event);
  virtual void on_connection_closed(const ConnectionClosed& event);
  virtual void on_pool_wait_began(const PoolWaitBegan& event);
  virtual void on_pool_wait_ended(const PoolWaitEnded& event);
};

/// error.type of an attempt: the error's name, a status of 400 and above, else empty.
HOLDFAST_EXPORT std::string error_type(const AttemptRecord& record);
/// network.protocol.version: "1.0", "1.1", "2"; empty for none.
HOLDFAST_EXPORT std::string_view protocol_version(std::uint8_t major, std::uint8_t minor) noexcept;

/// One observer that tells each of `observers`, in their order.
HOLDFAST_EXPORT std::shared_ptr<Observer> observe_all(
    std::vector<std::shared_ptr<Observer>> observers);

enum class LogLevel : std::uint8_t {
  debug,    ///< attempts, connections, waits in line
  info,     ///< requests that ended with a response below 500, or were cancelled
  warning,  ///< retries, and requests that ended with a response from 500 on
  error,    ///< requests that failed
};
HOLDFAST_EXPORT std::string_view name(LogLevel level) noexcept;

/// An observer that turns events into lines for people, without line ends, and hands over those of
/// `least` and above. No secret is in them (SPEC H4): URLs are redacted (no userinfo, no query
/// value; a path is shown, so keep secrets out of paths), fields and bodies are not shown at all.
/// The line lives until `line` returns.
HOLDFAST_EXPORT std::shared_ptr<Observer> log_to(
    Function<void(LogLevel level, std::string_view line)> line, LogLevel least = LogLevel::info);

}  // namespace holdfast
