// The certificates a TLS listener misbehaves with: one authority, a good certificate by it, and one
// of every bad kind. Made in memory at start; the keys never leave it but by client_key_pem().
// Shared by any number of peers, since making one costs milliseconds. Immutable but for the weak
// certificate, which is made when first used. Thread: any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "fault_server/script/certificate_kind.h"

struct ssl_st;
struct ssl_ctx_st;

namespace fault {

/// kEd25519 has signatures of one length, so that simulated runs have the same bytes on the wire
/// in number; every client there is takes kP256.
enum class CertificateKey : std::uint8_t { kP256, kEd25519 };

struct CertificateWish {
  /// Host names and addresses the certificates are for. A name of two labels is not covered by a
  /// wildcard: clients refuse *.test.
  std::vector<std::string> names = {"localhost", "a.test",       "b.test",    "*.a.test",
                                    "*.b.test",  "example.test", "127.0.0.1", "::1"};
  CertificateKey key = CertificateKey::kP256;
  holdfast::base::WallTime now;  // what valid, expired and not yet valid are relative to
};

class CertificateKit {
 public:
  explicit CertificateKit(const CertificateWish& wish);
  ~CertificateKit();
  CertificateKit(const CertificateKit&) = delete;
  CertificateKit& operator=(const CertificateKit&) = delete;

  CertificateKey key() const;
  /// What a client has to trust.
  const std::string& ca_pem() const;
  /// A client certificate by the same authority, and its key.
  const std::string& client_pem() const;
  const std::string& client_key_pem() const;
  /// The certificate itself, as a test may want to pin it.
  std::string leaf_pem(CertificateKind kind) const;

  /// Gives a connection the certificate of this kind with its key and chain.
  void use(ssl_st* connection, CertificateKind kind) const;
  /// Whose client certificates are accepted.
  void trust_own_clients(ssl_ctx_st* context) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fault
