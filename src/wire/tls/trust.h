// Where the system keeps the certificates it trusts: what SSL_CERT_FILE and SSL_CERT_DIR say, else
// OpenSSL's own default, else the places of Debian, Alpine, Fedora and openSUSE. Files are read
// when asked for and at no other time, which is why directories are read whole and not, as OpenSSL
// would, in the middle of a handshake. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "wire/tls/handles.h"

namespace holdfast::wire {

struct TlsTrustPlaces {
  /// What the environment says; empty if it says nothing. Where it says anything, no other place
  /// is looked at: somebody narrowed trust on purpose. The directories are parted by ':'.
  std::string environment_file, environment_directories;
  /// Looked through in this order, files first; the first that holds a certificate is the store.
  std::vector<std::string> files, directories;
};

/// `root` goes before all places that the environment does not name; for tests.
TlsTrustPlaces system_trust_places(const std::string& root = {});

/// Adds what is found to `store`. Returns what is wrong and the remedy; empty if nothing is.
std::string add_system_trust(X509_STORE& store, const TlsTrustPlaces& places);

}  // namespace holdfast::wire
