// Whether a response redirects its request, where to, and which parts of the request go along (RFC
// 9110 §15.4, F4). Pure functions of values: no connection, no exchange, no clock. Thread: any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/headers.h"
#include "holdfast/policy.h"
#include "holdfast/redirect.h"
#include "holdfast/timeline.h"
#include "holdfast/url.h"

namespace holdfast::policy {

/// A final response and its request.
struct RedirectQuestion {
  int status = 0;
  const Headers& response;  ///< for Location
  const Url& from;          ///< the URL of the request
  std::uint32_t hops = 0;   ///< redirects followed so far
  std::string_view method;
  NonIdempotent non_idempotent = NonIdempotent::never;
  bool has_idempotency_key = false;
  bool body_replayable = true;             ///< R8
  DotSegments dots = DotSegments::remove;  ///< of Location
  /// The places from which `resend_unsafe` has sent this request on.
  std::span<const std::string> sent_to{};
};

/// Why a redirect is not followed although `follow` is set.
enum class RedirectRefusal : std::uint8_t {
  none,
  no_location,  ///< missing, or several that differ
  unreadable,   ///< not a valid URL
  unsupported,  ///< a scheme other than http and https
  downgrade,    ///< from https to http
  method,       ///< it would repeat a method that must not be repeated (R2)
  body,         ///< it would need a body that cannot be read again (R8)
};

/// The URL without its credentials, the form used in `sent_to`.
std::string place_of(const Url& url);

/// The stop reason in the timeline.
StopReason stop_reason(RedirectRefusal why);

struct RedirectVerdict {
  enum class Kind : std::uint8_t {
    none,     ///< not a redirect: the response is final
    refused,  ///< a redirect that is not followed: the response is final, see `why`
    too_many,
    follow,
  };
  Kind kind = Kind::none;
  RedirectRefusal why = RedirectRefusal::none;
  Url to;                        ///< follow; its userinfo must not be sent
  std::string_view method;       ///< follow: of the next hop: "GET", or the request's method
  bool keeps_body = false;       ///< follow: the next hop sends the body again
  bool resends_unsafe = false;   ///< follow: allowed only by `resend_unsafe`
  bool crosses_origins = false;  ///< follow: scheme, host or port differ
};

/// 301, 302, 303, 307, 308. 300 (the choice is the user's), 304 and 305 are no redirects.
constexpr bool is_redirect(int status) {
  return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

RedirectVerdict decide_redirect(const RedirectPolicy& policy, const RedirectQuestion& question);

/// Removes the fields that the next hop must not get: across origins the credentials and Host;
/// without the body, the fields that describe it.
void strip_fields(Headers& fields, const RedirectVerdict& verdict);

/// What is nonsensical about it (T4).
std::vector<OptionError> check_redirects(const RedirectPolicy& policy);

}  // namespace holdfast::policy
