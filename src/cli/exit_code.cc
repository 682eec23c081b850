#include "cli/exit_code.h"

namespace holdfast::cli {

namespace {

/// For a broken connection the phase is more telling than the error.
int broken(Phase phase, int otherwise) {
  if (phase == Phase::connect) return 7;
  return phase == Phase::tls ? 35 : phase == Phase::write ? 55 : otherwise;
}

constexpr ExitStatus kStatuses[] = {
    {0, "Everything was delivered, whatever its status"},
    {1,
     "The scheme of the URL, or of a redirect, is not supported; of load: some requests failed, "
     "but not all"},
    {2, "Wrong usage: an option or a request"},
    {3, "The URL, or that of a redirect to follow, is not valid"},
    {6, "The DNS lookup failed"},
    {7, "No connection could be made"},
    {8, "The response violates the protocol"},
    {16, "The HTTP/2 connection failed with an error"},
    {18, "The body was cut short"},
    {22, "--fail, and the status is 400 or above; of load: the first one's, where all failed"},
    {23, "The output could not be written"},
    {26, "The request body, or a file of it, could not be read"},
    {27, "The system is out of sockets or memory"},
    {28, "A timeout or the deadline was reached"},
    {35, "The TLS handshake failed"},
    {42, "The request was cancelled"},
    {47, "More redirects than --max-redirs"},
    {52, "The connection was closed before a response"},
    {55, "The connection broke while sending, or an early success ended the upload"},
    {56, "The connection broke while receiving, or a proxy opened no tunnel"},
    {60, "The server's certificate was rejected"},
    {61, "The response body could not be decoded"},
    {63, "The body is larger than --max-filesize"},
    {92, "The HTTP/2 stream was refused or reset"},
    {110, "A redirect from https to http was not followed (--location-downgrade does)"},
    {111, "A redirect was not followed: it would repeat a POST, or a body that cannot be repeated"},
    {130, "Interrupted (Ctrl-C); other signals that end it: 128 and their number"},
};

}  // namespace

std::span<const ExitStatus> exit_statuses() { return kStatuses; }

int exit_code_for(const Error& error) {
  switch (error.code) {
    case ErrorCode::none:
      return kDelivered;
    case ErrorCode::unsupported_scheme:
      return 1;
    case ErrorCode::invalid_request:
    case ErrorCode::invalid_option:
    case ErrorCode::would_deadlock:
    case ErrorCode::forked:
      return kUsage;
    case ErrorCode::invalid_url:
      return kBadUrl;
    case ErrorCode::dns_not_found:
    case ErrorCode::dns_temporary:
      return 6;
    case ErrorCode::connect_refused:
    case ErrorCode::connect_unreachable:
      return 7;
    case ErrorCode::http2_error:
    case ErrorCode::peer_flooding:
      return 16;
    case ErrorCode::tls_handshake_failed:
      return 35;
    case ErrorCode::certificate_rejected:
      return 60;
    case ErrorCode::stream_refused:
    case ErrorCode::stream_reset:
    case ErrorCode::stream_error:
    case ErrorCode::http_1_1_required:
      return 92;
    case ErrorCode::protocol_error:
    case ErrorCode::head_too_large:
    case ErrorCode::interim_too_large:
      return 8;
    case ErrorCode::response_truncated:
      return 18;
    case ErrorCode::file_failed:
      return kWriteFailed;
    case ErrorCode::too_many_redirects:
      return 47;
    case ErrorCode::proxy_refused:
    case ErrorCode::proxy_unavailable:
      return 56;
    case ErrorCode::attempt_refused:
      return 42;
    case ErrorCode::body_source_failed:
      return kReadFailed;
    case ErrorCode::out_of_resources:
      return 27;
    case ErrorCode::connect_timeout:
    case ErrorCode::pool_timeout:
    case ErrorCode::write_timeout:
    case ErrorCode::read_timeout:
    case ErrorCode::first_byte_timeout:
    case ErrorCode::attempt_timeout:
    case ErrorCode::throughput_too_low:
    case ErrorCode::deadline_exceeded:
      return 28;
    case ErrorCode::cancelled:
    case ErrorCode::client_closed:
      return 42;
    case ErrorCode::connection_closed:
      return error.phase == Phase::tls ? 35 : 52;
    case ErrorCode::connection_reset:
    case ErrorCode::connection_aborted:
      return broken(error.phase, 56);
    case ErrorCode::content_undecodable:
      return 61;
    case ErrorCode::body_too_large:
    case ErrorCode::expansion_too_large:
      return kTooLarge;
    case ErrorCode::status_error:
      return kHttpError;
  }
  return kUsage;
}

int exit_code_for(StopReason reason) {
  switch (reason) {
    case StopReason::redirect_unsupported:
      return 1;
    case StopReason::redirect_invalid:
      return kBadUrl;
    case StopReason::redirect_downgrade:
      return kDowngrade;
    case StopReason::redirect_refused:
      return kNotSentAgain;
    default:
      return kDelivered;
  }
}

}  // namespace holdfast::cli
