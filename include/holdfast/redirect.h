// Whether redirections are followed (RFC 9110 §15.4, SPEC F4). A plain struct with the default
// beside the field. Thread: any (values).
#pragma once

#include <cstdint>

namespace holdfast {

/// What becomes of a 301, 302, 303, 307 or 308 with a Location. Each hop is a request of its own,
/// with attempts of its own under the same RetryPolicy and deadline, all in one timeline. 303 (and,
/// for POST, 301 and 302) becomes GET without a body; 307 and 308 keep method and body. A method
/// that may not be replayed (SPEC R2), or a body that cannot be read again (R8), is never sent
/// twice for a redirect either: the 3xx itself is the answer then, with
/// StopReason::redirect_refused. Across origins Authorization, Cookie and Proxy-Authorization of
/// the request are dropped.
struct RedirectPolicy {
  bool follow = false;  ///< false: a 3xx is the answer
  /// Hops that are followed; one more ends the request with too_many_redirects.
  std::uint32_t max_redirects = 10;
  /// false: an https URL that redirects to http is not followed; the 3xx is the answer.
  bool allow_downgrade = false;
};

}  // namespace holdfast
