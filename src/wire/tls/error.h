// Why TLS with a peer came to nothing: OpenSSL's error queue, alerts and X.509 verification codes
// become one of our codes and a sentence for people. The only place that knows OpenSSL's reasons.
// Thread: any; it reads the calling thread's error queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/error.h"
#include "wire/tls/handles.h"

namespace holdfast::wire {

struct TlsFailure {
  ErrorCode code = ErrorCode::none;
  std::string detail;
};

/// How the judgement on the peer's certificates ended, where it went against them.
struct TlsRejection {
  int reason = X509_V_OK;         ///< X509_V_ERR_…
  int depth = 0;                  ///< 0: the peer's own certificate, else one of its issuers
  CertificateHandle certificate;  ///< the one at fault; may be null
  std::size_t sent = 0;           ///< how many the peer sent
  bool pins_differ = false;       ///< all is well but for the public key
};

/// What is known beside OpenSSL's errors.
struct TlsCircumstances {
  bool established = false;
  bool asked_for_certificate = false;   ///< the peer asked for ours,
  bool has_certificate = false;         ///< and there is one
  bool declined_renegotiation = false;  ///< see TlsPeer
  int version = 0;                      ///< as SSL_version() says
  std::string_view host;
  std::string_view opening;  ///< the first bytes the peer sent, up to five
};

/// The failure that the error queue, or else `rejection`, tells of. `ssl_error` is what
/// SSL_get_error() said.
TlsFailure tls_failure(int ssl_error, const TlsRejection& rejection,
                       const TlsCircumstances& circumstances);

/// Why a peer ends a connection whose renegotiation was declined.
extern const std::string_view kRenegotiationComplaint;

/// The first error of the queue in words, for complaints about options.
std::string tls_reason();

}  // namespace holdfast::wire
