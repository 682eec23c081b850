// Whom to trust and how to show who we are when a URL says https (SPEC H3). A plain struct with the
// default beside the field. Thread: any (values).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/export.h"

namespace holdfast {

enum class TlsVersion : std::uint8_t { tls1_2, tls1_3 };

/// The default verifies the server's chain against the system's trust store and its name against
/// the URL's host (subject alternative names only; RFC 9525), and offers TLS 1.2 and 1.3.
struct TlsPolicy {
  /// PEM certificates to trust: a file's path, or the text itself. Where either is given, the
  /// system's store is not asked unless `also_system_trust`. Revocation lists among them are
  /// heeded, and each certificate is trusted as it is, at the root of a chain or not.
  std::string ca_file{}, ca_pem{};
  /// The system's store is the first found of SSL_CERT_FILE / SSL_CERT_DIR, OpenSSL's own default,
  /// and the places that Debian, Alpine and Fedora use.
  /// Where either variable is set, no other place is asked.
  bool also_system_trust = false;
  /// The client's certificate (chain) and its private key, PEM, as files or as text; both or none.
  std::string certificate_file{}, certificate_pem{};
  std::string key_file{}, key_pem{};
  /// "sha256/BASE64" of a public key (SubjectPublicKeyInfo, as in RFC 7469). Where there are any,
  /// the server's certificate or one of its verified chain must have one of these keys, in addition
  /// to all other checks (with verification off: the server's own certificate).
  std::vector<std::string> pinned_keys{};
  TlsVersion min_version = TlsVersion::tls1_2;
  /// Resume sessions across connections of an origin (RFC 8446 §2.2). Early data is never sent.
  bool resume_sessions = true;
  /// DANGER: accepts any certificate for any name, so anybody on the way can read and change
  /// everything. For tests. Shows in the timeline of every request made so.
  bool insecure_skip_verification = false;
};

}  // namespace holdfast
