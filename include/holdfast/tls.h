// TLS for https URLs (H3). A plain struct; each field's initializer is its default. Thread: any;
// plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/export.h"

namespace holdfast {

/// A version of TLS.
enum class TlsVersion : std::uint8_t { tls1_2, tls1_3 };

/// Trust, client certificate and versions of TLS. By default the server's certificate chain is
/// verified against the system's trust store and its name against the URL's host (subject
/// alternative names only; RFC 9525), and TLS 1.2 and 1.3 are offered.
struct TlsPolicy {
  /// Path of trusted certificates in PEM. If this or `ca_pem` is set, the system's trust store
  /// is not used unless `also_system_trust` is set. Revocation lists among them apply. Each
  /// certificate is trusted itself, whether or not it is the root of a chain.
  std::string ca_file{}, ca_pem{};  ///< trusted certificates as PEM text
  /// Use the system's trust store in addition. It is the first found of SSL_CERT_FILE /
  /// SSL_CERT_DIR, OpenSSL's default, and the places of Debian, Alpine and Fedora. If either
  /// variable is set, no other place is used.
  bool also_system_trust = false;
  std::string certificate_file{},  ///< path of the client's certificate or chain; needs a key
      certificate_pem{};           ///< the same as PEM text
  std::string key_file{},          ///< path of the private key of the client's certificate
      key_pem{};                   ///< the same as PEM text
  /// Pinned public keys, each "sha256/BASE64" of a SubjectPublicKeyInfo as in RFC 7469. If there
  /// are any, the server's certificate or another one of its verified chain must have one of these
  /// keys, in addition to all other checks. With verification off, only the server's own
  /// certificate counts.
  std::vector<std::string> pinned_keys{};
  /// The lowest version accepted.
  TlsVersion min_version = TlsVersion::tls1_2;
  /// Resume sessions across connections of an origin (RFC 8446 §2.2). Early data is never sent.
  bool resume_sessions = true;
  /// DANGER: accepts any certificate for any name, so that anyone on the network path can read and
  /// change everything. For tests. AttemptRecord::tls_unverified tells that it was set.
  bool insecure_skip_verification = false;
};

}  // namespace holdfast
