// Whether redirections are followed (RFC 9110 §15.4, SPEC F4). A plain struct with the default
// beside the field. Thread: any (values).
#pragma once

#include <cstdint>

#include "holdfast/export.h"

namespace holdfast {

/// What becomes of a 301, 302, 303, 307 or 308. Each hop is a request of its own, with attempts of
/// its own under the same RetryPolicy and deadline, all in one timeline (AttemptRecord::hop);
/// Response::final_url is where the last one went. 303 (and, for POST, 301 and 302) becomes GET
/// without a body and without the fields that describe one; 307 and 308 keep method and body.
///
/// Location is normalised like any URL (Url, SPEC H7). A redirect that is not followed is never
/// silent (SPEC H8): the 3xx itself is the response, and its timeline's stop_reason() says why:
/// - redirect_invalid: Location is missing, there are several that differ, or it is no valid URL;
/// - redirect_unsupported: it has a scheme other than http and https;
/// - redirect_downgrade: it leads from https to http, see `allow_downgrade`;
/// - redirect_refused: it would send a method that is not safe to repeat a second time (SPEC R2; of
///   RetryPolicy::non_idempotent only `keyed`, with its key, allows it), see `resend_unsafe`, or a
///   body that cannot be read again (SPEC R8).
///
/// Across origins (another scheme, host or port) Authorization, Cookie, Proxy-Authorization and
/// Host are dropped, those of the client's default headers included, and stay dropped should later
/// hops come back. Credentials that stand in a Location itself are not sent at all. Fields of other
/// names go along wherever the redirects lead: do not follow redirects with a secret in one
/// (X-Api-Key, say). A Retry-After on a 3xx is ignored.
struct RedirectPolicy {
  bool follow = false;  ///< false: a 3xx is returned like any other response
  /// Hops that are followed; one more ends the request with too_many_redirects. 0: the first
  /// redirect does.
  std::uint32_t max_redirects = 10;
  /// false: an https URL that redirects to http is not followed.
  bool allow_downgrade = false;
  /// true: a 307 or 308 sends POST, PATCH and other methods that are not idempotent to the new
  /// place as well, if their body can be read again (SPEC H8). No place is sent one twice: a
  /// redirect back to a URL that has had it is refused.
  bool resend_unsafe = false;
};

}  // namespace holdfast
