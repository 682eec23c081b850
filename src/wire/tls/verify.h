// Whether the peer is who it should be (SPEC H3): chain, name and pins, judged while the handshake
// runs, so that a peer found wanting gets an alert and not a byte more. Called by OpenSSL. Thread:
// the session's owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "wire/tls/certificate_pool.h"
#include "wire/tls/error.h"
#include "wire/tls/handles.h"
#include "wire/tls/pins.h"
#include "wire/tls/tickets.h"

namespace holdfast::wire {

/// What OpenSSL's callbacks have to know of a session; its SSL's app data points here.
struct TlsPeer {
  const TlsPins* pins = nullptr;
  bool verifies = true;  ///< false: pins alone count
  TlsCertificatePool* pool = nullptr;
  TlsTickets* tickets = nullptr;  ///< null: sessions are not resumed
  std::string origin;             ///< whose tickets they are
  base::WallTime now;

  bool asked_for_certificate = false;  ///< the peer asked for ours
  /// The peer asked for renegotiation (RFC 5246 §7.4.1.1), was refused, and has sent no data since.
  bool declined_renegotiation = false;
  TlsRejection rejection;
  /// Certificates that gave way to equal ones of the pool, until the handshake is over.
  std::vector<CertificateHandle> replaced;
};

/// Makes the callbacks known to `context`, for all sessions made of it.
void install_verification(SSL_CTX& context);

/// Makes the session's TlsPeer notice that OpenSSL declines a renegotiation.
void watch_renegotiation(SSL& ssl);

/// Says whom `ssl` expects: by SNI, and for the check of names (RFC 9525). `host` is a name, or an
/// IP literal without brackets. Returns what is wrong with it; empty if nothing is.
std::string expect_peer(SSL& ssl, std::string_view host, base::WallTime now);

}  // namespace holdfast::wire
