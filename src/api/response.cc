// Member functions of Response.
#include "holdfast/response.h"

#include <utility>

namespace holdfast {

Result<Response> Response::raise_for_status() && {
  if (status < 400) return std::move(*this);
  Error error(ErrorCode::status_error, std::to_string(status), Phase::done);
  if (!reason.empty()) error.detail.append(" ").append(reason);
  error.replay = ReplayClass::processed;
  error.timeline = std::move(timeline);
  return error;
}

}  // namespace holdfast
