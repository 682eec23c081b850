// Certificates seen lately, each once: OpenSSL parses those of every connection anew and keeps
// them with it, some KiB each, which for the connections of one origin are all the same. Bounded;
// what was not asked for the longest is forgotten first. Owned by a TlsContext. Thread: one owner.
#pragma once

#include <cstddef>
#include <list>

#include "wire/tls/handles.h"

namespace holdfast::wire {

class TlsCertificatePool {
 public:
  static constexpr std::size_t kMost = 64;

  /// One equal to `certificate`, byte by byte; itself if there was none yet.
  CertificateHandle intern(X509& certificate);

  std::size_t size() const { return kept_.size(); }

 private:
  std::list<CertificateHandle> kept_;  // latest first
};

}  // namespace holdfast::wire
