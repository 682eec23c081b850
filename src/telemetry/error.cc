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

std::string Error::message() const {
  std::string all(text(code));
  switch (phase) {
    case Phase::submit:
    case Phase::pool:
    case Phase::done:
      break;
    case Phase::dns:
      all += ", looking the host up";
      break;
    case Phase::connect:
      all += ", connecting";
      break;
    case Phase::tunnel:
      all += ", asking the proxy for a tunnel";
      break;
    case Phase::prepare:
      all += ", preparing the attempt";
      break;
    case Phase::tls:
      all += ", agreeing on TLS";
      break;
    case Phase::write:
      all += ", sending the request";
      break;
    case Phase::head:
      all += ", waiting for the response";
      break;
    case Phase::body:
      all += ", reading the body";
      break;
    case Phase::backoff:
      all += ", waiting before the next attempt";
      break;
  }
  if (!detail.empty()) all.append(": ").append(detail);
  if (attempts() > 1) all += " (after " + std::to_string(attempts()) + " attempts)";
  return all;
}

}  // namespace holdfast
