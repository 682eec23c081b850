// Errors of requests that the client ended or never began. Pure. Thread: any.
#pragma once

#include <string>
#include <utility>

#include "holdfast/error.h"

namespace holdfast::api {

inline Error ended(ErrorCode code, StopReason reason, std::string detail = {}) {
  Error error(code, std::move(detail));
  error.timeline.set_stop_reason(reason);
  return error;
}

inline Error closed_error(const char* why = "") {
  return ended(ErrorCode::client_closed, StopReason::permanent_error, why);
}

inline Error forked_error() {
  return ended(ErrorCode::forked, StopReason::permanent_error,
               "make a client of its own in the child process");
}

}  // namespace holdfast::api
