#include "cli/redirect_report.h"

#include <string_view>

#include "holdfast/url.h"

namespace holdfast::cli {

namespace {

/// Why Location cannot be used, as the URL's own error has it.
std::string location_complaint(const Response& response, const std::string& url) {
  const auto locations = response.headers.values("Location");
  if (locations.empty() || locations.front().empty()) return "it has no Location";
  for (const auto& location : locations) {
    if (location != locations.front()) return "it has several Locations that differ";
  }
  const Result<Url> from = Url::parse(response.final_url.empty() ? url : response.final_url);
  if (!from) return "its Location is not a valid URL";
  const Result<Url> to = from->resolve(locations.front());
  if (to) return "its Location is not valid";
  return (to.error().code == ErrorCode::unsupported_scheme
              ? "the scheme of its Location is not supported: "
              : "its Location is not valid: ") +
         to.error().detail;
}

}  // namespace

bool is_left_redirect(const ResponseHead& head, bool follow) {
  const int status = head.status;
  return follow && ((status >= 301 && status <= 303) || status == 307 || status == 308);
}

std::string redirect_complaint(const Response& response, const std::string& method,
                               const std::string& url) {
  const std::string start =
      "the redirect (status " + std::to_string(response.status) + ") was not followed: ";
  switch (response.timeline.stop_reason()) {
    case StopReason::redirect_invalid:
    case StopReason::redirect_unsupported:
      return start + location_complaint(response, url);
    case StopReason::redirect_downgrade:
      return start + "it leads from https to http; --location-downgrade follows it";
    case StopReason::redirect_refused:
      return start + "it would send the " + method +
             " again; --option redirects.resend_unsafe=true sends it to each place once, where "
             "its body can be read again";
    default:
      return "";
  }
}

}  // namespace holdfast::cli
