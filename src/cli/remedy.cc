#include "cli/remedy.h"

namespace holdfast::cli {

namespace {

/// "" where the message has the remedy, or none is known.
const char* remedy_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::dns_not_found:
      return "check the host name";
    case ErrorCode::dns_temporary:
      return "check the network and its name server";
    case ErrorCode::connect_refused:
      return "check that a server listens there";
    case ErrorCode::connect_unreachable:
      return "check the network";
    case ErrorCode::connect_timeout:
      return "raise --connect-timeout";
    case ErrorCode::read_timeout:
      return "raise --read-timeout";
    case ErrorCode::write_timeout:
      return "raise --write-timeout";
    case ErrorCode::pool_timeout:
      return "raise --pool-timeout or --connections";
    case ErrorCode::deadline_exceeded:
      return "raise --total-timeout";
    case ErrorCode::certificate_rejected:
      return "trust another authority with --cacert";
    case ErrorCode::too_many_redirects:
      return "raise --max-redirs";
    case ErrorCode::tls_handshake_failed:
      return "check that the port speaks TLS";
    case ErrorCode::response_truncated:
    case ErrorCode::connection_closed:
    case ErrorCode::connection_reset:
      return "-v shows every attempt";
    default:
      return "";
  }
}

}  // namespace

std::string message_with_remedy(const Error& error) {
  const std::string remedy = remedy_for(error.code);
  return error.message() + (remedy.empty() ? "" : "; " + remedy);
}

}  // namespace holdfast::cli
