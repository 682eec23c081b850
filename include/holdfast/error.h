// Errors as values. One table lists every code with its text, the party at fault and whether it is
// retried by default (R4, R5). Thread: any; plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/export.h"
#include "holdfast/timeline.h"

/// The table of error codes: X(name, text, fault, transient). `transient` is true for the failures
/// that R4 retries, where the method allows it; all others are those of R5.
#define HOLDFAST_ERROR_CODES(X)                                                                    \
  X(invalid_url, "the URL is not valid", caller, false)                                            \
  X(unsupported_scheme, "the URL's scheme is not supported", caller, false)                        \
  X(invalid_request, "the request is not valid", caller, false)                                    \
  X(invalid_option, "the options are not valid", caller, false)                                    \
  X(dns_not_found, "the host name does not exist", network, false)                                 \
  X(dns_temporary, "the DNS lookup failed temporarily", network, true)                             \
  X(connect_refused, "the connection was refused", network, true)                                  \
  X(connect_unreachable, "the host or network is unreachable", network, true)                      \
  X(connect_timeout, "no connection was established within the connect timeout", network, true)    \
  X(tls_handshake_failed, "the TLS handshake failed", peer, false)                                 \
  X(certificate_rejected, "the server's certificate was rejected", peer, false)                    \
  X(pool_timeout, "no connection became free within the pool timeout", local, true)                \
  X(out_of_resources, "the system is out of sockets or memory", local, true)                       \
  X(write_timeout, "the peer accepted no byte within the write timeout", network, true)            \
  X(read_timeout, "the peer sent no byte within the read timeout", network, true)                  \
  X(first_byte_timeout, "the response did not begin within the first-byte timeout", network, true) \
  X(attempt_timeout, "the attempt took longer than the attempt timeout", network, true)            \
  X(throughput_too_low, "the response was slower than the minimum throughput", network, true)      \
  X(connection_reset, "the connection was reset", network, true)                                   \
  X(connection_aborted, "the connection was aborted", network, true)                               \
  X(connection_closed, "the connection was closed before a response", network, true)               \
  X(response_truncated, "the response was cut short", network, true)                               \
  X(protocol_error, "the peer violated the protocol", peer, false)                                 \
  X(stream_refused, "the peer refused the request without processing it", peer, true)              \
  X(stream_reset, "the peer reset the stream", peer, true)                                         \
  X(stream_error, "the peer reset the stream with an error", peer, false)                          \
  X(http2_error, "the HTTP/2 connection failed with an error", peer, false)                        \
  X(http_1_1_required, "the peer requires HTTP/1.1", peer, true)                                   \
  X(head_too_large, "the response head exceeds its limit", peer, false)                            \
  X(body_too_large, "the response body exceeds its limit", peer, false)                            \
  X(content_undecodable, "the response body could not be decoded", peer, false)                    \
  X(deadline_exceeded, "the request took longer than the total timeout", caller, false)            \
  X(too_many_redirects, "there were too many redirects", peer, false)                              \
  X(proxy_refused, "the proxy refused to open a tunnel", peer, false)                              \
  X(proxy_unavailable, "the proxy temporarily could not open a tunnel", network, true)             \
  X(attempt_refused, "the hook refused the attempt", caller, false)                                \
  X(file_failed, "the response could not be stored in the file", local, false)                     \
  X(body_source_failed, "the request body could not be read", caller, false)                       \
  X(status_error, "the response has an error status", peer, false)                                 \
  X(cancelled, "the request was cancelled", caller, false)                                         \
  X(would_deadlock, "the call would wait for its own thread", caller, false)                       \
  X(client_closed, "the client was closed", caller, false)                                         \
  X(forked, "the process has forked since the client was made", caller, false)                     \
  X(interim_too_large, "the interim responses exceed their limit", peer, false)                    \
  X(expansion_too_large, "the decoded content exceeds the ratio limit", peer, false)               \
  X(peer_flooding, "the peer sent too many frames without content", peer, true)

namespace holdfast {

/// Every failure that can end a request or an attempt. text() returns the sentence for each.
/// `none`: no failure, as in the record of an attempt that got a response.
enum class ErrorCode : std::uint8_t {
  none = 0,
#define X(name, text, fault, transient) name,
  HOLDFAST_ERROR_CODES(X)
#undef X
};

/// The party at fault: the caller (request, options, cancellation), the local system, the network
/// or the peer.
enum class Fault : std::uint8_t { caller, local, network, peer };

/// Returns the code's name, for example "connect_refused"; "none" for `none`. The view is static.
HOLDFAST_EXPORT std::string_view name(ErrorCode code) noexcept;
/// Returns a sentence without full stop that can be shown to users. The view is static.
HOLDFAST_EXPORT std::string_view text(ErrorCode code) noexcept;
/// Returns the party at fault.
HOLDFAST_EXPORT Fault fault_of(ErrorCode code) noexcept;
/// Returns whether the failure is retried by default: true for R4's, false for R5's.
HOLDFAST_EXPORT bool is_transient(ErrorCode code) noexcept;

/// A failed request: what happened, in which phase, after which attempts. Compare `code` in
/// programs; message() is for people. It contains no secrets (H4): URLs are without userinfo and
/// query values.
struct HOLDFAST_EXPORT Error {
  ErrorCode code = ErrorCode::none;             ///< what happened
  Phase phase = Phase::submit;                  ///< where the last attempt was
  ReplayClass replay = ReplayClass::permanent;  ///< of the last attempt (R6)
  int os_error = 0;                             ///< errno if a system call failed, else 0
  /// The HTTP/2 error code (RFC 9113 §7) if `code` is a stream or HTTP/2 error, else 0.
  std::uint32_t h2_error = 0;
  std::string detail;  ///< specifics: the option, the path, the parser's reason; can be empty
  Timeline timeline;   ///< one record per attempt (R11)

  /// No error.
  Error() = default;
  /// An error with this code, detail and phase.
  explicit Error(ErrorCode c, std::string d = {}, Phase p = Phase::submit)
      : code(c), phase(p), detail(std::move(d)) {}

  /// Returns the number of attempts made.
  std::uint32_t attempts() const noexcept { return timeline.attempts(); }
  /// Returns the party at fault.
  Fault fault() const noexcept { return fault_of(code); }
  /// Returns all of it in one line, for example "the connection was reset: ECONNRESET
  /// (reading the body, 3 attempts)".
  std::string message() const;
};

}  // namespace holdfast
