// The public keys a server may have: the digests of their SubjectPublicKeyInfo, as RFC 7469 §2.4
// writes them ("sha256/BASE64"). A value. Thread: any, while nobody adds.
#pragma once

#include <openssl/x509.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::wire {

class TlsPins {
 public:
  /// False, and nothing added, if `text` is not "sha256/" and the base64 of 32 bytes.
  bool add(std::string_view text);

  bool empty() const { return pins_.empty(); }
  /// Whether the certificate's public key is one of these.
  bool match(const X509& certificate) const;

  /// How `certificate` would have to be pinned; for people. Empty if its key cannot be encoded.
  static std::string of(const X509& certificate);

 private:
  using Digest = std::array<unsigned char, 32>;
  static bool digest(const X509& certificate, Digest& out);

  std::vector<Digest> pins_;
};

}  // namespace holdfast::wire
