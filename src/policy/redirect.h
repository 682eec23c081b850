// Whether a response sends its request elsewhere, where to, and what of the request may go along
// (RFC 9110 §15.4, SPEC F4). Pure functions of values: no connection, no exchange, no clock.
// Thread: any.
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

/// A final head, and the request that it answers.
struct RedirectQuestion {
  int status = 0;
  const Headers& response;  ///< for Location
  const Url& from;          ///< what was asked for
  std::uint32_t hops = 0;   ///< redirects followed so far
  std::string_view method;
  NonIdempotent non_idempotent = NonIdempotent::never;
  bool has_idempotency_key = false;
  bool body_replayable = true;             ///< R8
  DotSegments dots = DotSegments::remove;  ///< of Location
  /// The places that `resend_unsafe` has sent this request from.
  std::span<const std::string> sent_to{};
};

/// Why a redirect is not followed although redirects are.
enum class RedirectRefusal : std::uint8_t {
  none,
  no_location,  ///< missing, or several that differ
  unreadable,   ///< not a valid URL
  unsupported,  ///< a scheme other than http and https
  downgrade,    ///< from https to http
  method,       ///< it would send a method again that may not be (R2)
  body,         ///< it would send a body again that is gone (R8)
};

/// A URL without its credentials, as `sent_to` has it.
std::string place_of(const Url& url);

/// How the timeline names it.
StopReason stop_reason(RedirectRefusal why);

struct RedirectVerdict {
  enum class Kind : std::uint8_t {
    none,     ///< not a redirect: the response is the answer
    refused,  ///< a redirect that is not followed: the response is the answer, `why` says why
    too_many,
    follow,
  };
  Kind kind = Kind::none;
  RedirectRefusal why = RedirectRefusal::none;
  Url to;                        ///< follow; its userinfo, if it has any, is not to be sent
  std::string_view method;       ///< follow: of the next hop: "GET", or the question's
  bool keeps_body = false;       ///< follow: the next hop sends the body again
  bool resends_unsafe = false;   ///< follow: by `resend_unsafe` alone
  bool crosses_origins = false;  ///< follow: scheme, host or port differ
};

/// 301, 302, 303, 307, 308; 300 (whose choice is the user's), 304 and 305 are no redirects.
constexpr bool is_redirect(int status) {
  return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

RedirectVerdict decide_redirect(const RedirectPolicy& policy, const RedirectQuestion& question);

/// Takes out of a request's fields what the next hop must not see: across origins the credentials
/// and Host; with the body, what describes it.
void strip_fields(Headers& fields, const RedirectVerdict& verdict);

/// What is nonsensical about it (T4).
std::vector<OptionError> check_redirects(const RedirectPolicy& policy);

}  // namespace holdfast::policy
