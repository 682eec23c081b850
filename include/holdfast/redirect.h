// Following redirects (RFC 9110 §15.4, F4). A plain struct; each field's initializer is its
// default. Thread: any; plain values.
#pragma once

#include <cstdint>

#include "holdfast/export.h"

namespace holdfast {

/// Whether and how 301, 302, 303, 307 and 308 responses are followed.
///
/// Each hop is a request with attempts of its own, under the same RetryPolicy and deadline. All
/// attempts are in one timeline (AttemptRecord::hop), and Response::final_url is the URL of the
/// last hop. A 303, and for POST also a 301 or 302, continues as GET (HEAD stays HEAD) without body
/// and without the fields that describe a body. 307 and 308 keep method and body.
///
/// Location is normalised like any URL (Url, H7). A redirect that is not followed is never silent
/// (H8): the 3xx itself is the response, and stop_reason() of its timeline tells why:
/// - `redirect_invalid`: Location is missing, invalid, or there are several that differ;
/// - `redirect_unsupported`: the scheme is neither http nor https;
/// - `redirect_downgrade`: it leads from https to http; see `allow_downgrade`;
/// - `redirect_refused`: it would send a method a second time that must not be sent twice (R2; of
///   RetryPolicy::non_idempotent only `keyed`, with its key, allows it; see `resend_unsafe`), or a
///   body that cannot be read again (R8).
///
/// A redirect to another origin (scheme, host or port) drops Authorization, Cookie,
/// Proxy-Authorization and Host, those of the client's default headers included; they stay dropped
/// even if a later hop returns to the first origin. Credentials in a Location are never sent. All
/// other fields are sent to every hop: do not follow redirects with a secret in such a field, for
/// example X-Api-Key. A Retry-After on a 3xx is ignored.
struct RedirectPolicy {
  bool follow = false;  ///< false: a 3xx is returned like any other response
  /// Most redirects followed; the next one ends the request with `too_many_redirects`. 0: the first
  /// redirect does.
  std::uint32_t max_redirects = 10;
  /// Follow redirects from https to http.
  bool allow_downgrade = false;
  /// Let a 307 or 308 send POST, PATCH and other methods that are not idempotent to the new URL, if
  /// the body can be read again (H8). No URL receives the request twice: a redirect to a URL that
  /// has received it is refused.
  bool resend_unsafe = false;
};

}  // namespace holdfast
