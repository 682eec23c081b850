#include "holdfast/error.h"

namespace holdfast {

std::string_view name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::none:
      return "none";
#define X(name, text, fault, transient) \
  case ErrorCode::name:                 \
    return #name;
      HOLDFAST_ERROR_CODES(X)
#undef X
  }
  return "unknown";
}

std::string_view text(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::none:
      return "no error";
#define X(name, text, fault, transient) \
  case ErrorCode::name:                 \
    return text;
      HOLDFAST_ERROR_CODES(X)
#undef X
  }
  return "unknown error";
}

Fault fault_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::none:
      return Fault::caller;
#define X(name, text, fault, transient) \
  case ErrorCode::name:                 \
    return Fault::fault;
      HOLDFAST_ERROR_CODES(X)
#undef X
  }
  return Fault::local;
}

bool is_transient(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::none:
      return false;
#define X(name, text, fault, transient) \
  case ErrorCode::name:                 \
    return transient;
      HOLDFAST_ERROR_CODES(X)
#undef X
  }
  return false;
}

namespace {

/// Whether the code's text names what failed, so that the phase would only repeat it.
bool names_phase(ErrorCode code, Phase phase) noexcept {
  switch (code) {
    case ErrorCode::dns_not_found:
    case ErrorCode::dns_temporary:
      return phase == Phase::dns;
    case ErrorCode::connect_refused:
    case ErrorCode::connect_unreachable:
    case ErrorCode::connect_timeout:
      return phase == Phase::connect;
    case ErrorCode::tls_handshake_failed:
      return phase == Phase::tls;
    case ErrorCode::proxy_refused:
    case ErrorCode::proxy_unavailable:
      return phase == Phase::tunnel;
    case ErrorCode::attempt_refused:
      return phase == Phase::prepare;
    default:
      return false;
  }
}

std::string_view activity(Phase phase) noexcept {
  switch (phase) {
    case Phase::submit:
    case Phase::pool:
    case Phase::done:
      break;
    case Phase::prepare:
      return "preparing the attempt";
    case Phase::dns:
      return "DNS lookup";
    case Phase::connect:
      return "connecting";
    case Phase::tunnel:
      return "opening the proxy tunnel";
    case Phase::tls:
      return "TLS handshake";
    case Phase::write:
      return "sending the request";
    case Phase::head:
      return "waiting for the response";
    case Phase::body:
      return "reading the body";
    case Phase::backoff:
      return "waiting before the next attempt";
  }
  return {};
}

}  // namespace

std::string Error::message() const {
  std::string all(text(code));
  if (!detail.empty()) all.append(": ").append(detail);
  std::string evidence;
  if (!names_phase(code, phase)) evidence = activity(phase);
  if (attempts() > 1) {
    if (!evidence.empty()) evidence += ", ";
    evidence += std::to_string(attempts()) + " attempts";
  }
  if (!evidence.empty()) all.append(" (").append(evidence).append(")");
  return all;
}

}  // namespace holdfast
