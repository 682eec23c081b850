// Whether redirections are followed (RFC 9110 §15.4, SPEC F4). A plain struct with the default
// beside the field. Thread: any (values).
#pragma once

#include <cstdint>

namespace holdfast {

/// What becomes of a 301, 302, 303, 307 or 308 with a Location. Each hop is a request of its own,
/// with attempts of its own under the same RetryPolicy and deadline, all in one timeline
/// (AttemptRecord::hop); Response::final_url says where it ended. 303 (and, for POST, 301 and 302)
/// becomes GET without a body and without the fields that describe one; 307 and 308 keep method and
/// body. A method that may not be replayed (SPEC R2; of RetryPolicy::non_idempotent only `keyed`,
/// with its key, allows it), or a body that cannot be read again (R8), is never sent twice for a
/// redirect either: the 3xx itself is the answer then, with StopReason::redirect_refused, and so it
/// is for a Location that is missing, ambiguous or no http or https URL.
///
/// Across origins (another scheme, host or port) Authorization, Cookie, Proxy-Authorization and
/// Host are dropped, those of the client's default headers included, and stay dropped should later
/// hops come back. Credentials that stand in a Location itself are not sent at all. Fields of other
/// names go along wherever the redirects lead: who puts a secret into one (X-Api-Key, say) had
/// better not follow redirects. A Retry-After on a 3xx is not heeded.
struct RedirectPolicy {
  bool follow = false;  ///< false: a 3xx is the answer
  /// Hops that are followed; one more ends the request with too_many_redirects.
  std::uint32_t max_redirects = 10;
  /// false: an https URL that redirects to http is not followed; the 3xx is the answer.
  bool allow_downgrade = false;
};

}  // namespace holdfast
