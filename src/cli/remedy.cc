#include "cli/remedy.h"

namespace holdfast::cli {

namespace {

/// "" where the message says it already, or nobody knows.
const char* remedy_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::dns_not_found:
      return "check the host's name";
    case ErrorCode::dns_temporary:
      return "is the network up, and its name server?";
    case ErrorCode::connect_refused:
      return "is a server listening there?";
    case ErrorCode::connect_unreachable:
      return "is the network up?";
    case ErrorCode::connect_timeout:
      return "--connect-timeout waits longer";
    case ErrorCode::read_timeout:
      return "--read-timeout waits longer";
    case ErrorCode::write_timeout:
      return "--write-timeout waits longer";
    case ErrorCode::pool_timeout:
      return "--pool-timeout waits longer, --connections allows more of them";
    case ErrorCode::deadline_exceeded:
      return "--total-timeout waits longer";
    case ErrorCode::certificate_rejected:
      return "--cacert trusts another authority";
    case ErrorCode::too_many_redirects:
      return "--max-redirs follows more";
    case ErrorCode::tls_handshake_failed:
      return "does the port speak TLS?";
    case ErrorCode::response_truncated:
    case ErrorCode::connection_closed:
    case ErrorCode::connection_reset:
      return "-v tells every attempt";
    default:
      return "";
  }
}

}  // namespace

std::string message_with_remedy(const Error& error) {
  const std::string remedy = remedy_for(error.code);
  return error.message() + (remedy.empty() ? "" : " - " + remedy);
}

}  // namespace holdfast::cli
