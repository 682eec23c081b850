#include "policy/error_set.h"

#include <array>
#include <string_view>

#include "holdfast/policy.h"

namespace holdfast {
namespace {

constexpr std::array kCodes = {
#define X(name, text, fault, transient) ErrorCode::name,
    HOLDFAST_ERROR_CODES(X)
#undef X
};

void append(std::string& list, std::string_view sign, ErrorCode code) {
  if (!list.empty()) list += ',';
  list.append(sign).append(name(code));
}

}  // namespace

std::string to_string(const ErrorSet& errors) {
  if (errors.empty()) return "none";
  constexpr ErrorSet kDefault = ErrorSet::transient();
  std::string list, edits = "default";
  std::size_t listed = 0, edited = 1;
  for (const ErrorCode code : kCodes) {
    const bool in = errors.contains(code), by_default = kDefault.contains(code);
    if (in) append(list, "", code);
    if (in != by_default) append(edits, in ? "" : "-", code);
    listed += in ? 1 : 0;
    edited += in != by_default ? 1 : 0;
  }
  return listed < edited ? list : edits;
}

namespace policy {

const char* why_unlistable(ErrorCode code) {
  switch (code) {
    case ErrorCode::protocol_error:
    case ErrorCode::stream_error:
    case ErrorCode::http2_error:
      return "remove it: a peer that violates the protocol gets no retry (R5)";
    case ErrorCode::cancelled:
    case ErrorCode::client_closed:
      return "remove it: the caller ended the request";
    case ErrorCode::deadline_exceeded:
      return "remove it and raise timeouts.total: no retry begins after the deadline";
    case ErrorCode::status_error:
      return "remove it and list the status in retry.statuses";
    case ErrorCode::too_many_redirects:
      return "remove it and raise redirects.max_redirects";
    case ErrorCode::file_failed:
      return "remove it: the response arrived, and a retry would fail on the same file";
    case ErrorCode::none:
      return "remove it: it is not a failure";
    default:
      return fault_of(code) == Fault::caller ? "remove it: the request itself is at fault, and a "
                                               "retry would fail the same way"
                                             : nullptr;
  }
}

}  // namespace policy
}  // namespace holdfast
