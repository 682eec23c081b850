// PEM files and texts: certificates, revocation lists, private keys. What cannot be used is said in
// a `problem`, never with a key's bytes in it. Reads files only when called. Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "wire/tls/handles.h"

namespace holdfast::wire {

/// A file's whole content, wiped from memory when done with: it may be a key.
class PemFile {
 public:
  explicit PemFile(const std::string& path);
  ~PemFile();
  PemFile(const PemFile&) = delete;
  PemFile& operator=(const PemFile&) = delete;

  std::string_view text() const { return text_; }
  /// Why it could not be read; empty if it could.
  const std::string& problem() const { return problem_; }

 private:
  std::string text_, problem_;
};

struct PemCertificates {
  std::vector<CertificateHandle> certificates;
  std::vector<RevocationsHandle> revocations;
  std::size_t unreadable = 0;  ///< sections that are neither, though they say so
};
PemCertificates read_certificates(std::string_view pem);

struct PemKey {
  KeyHandle key;
  std::string problem;  ///< empty if there is a key
};
PemKey read_key(std::string_view pem);

}  // namespace holdfast::wire
