#include "wire/tls/certificate_pool.h"

#include <algorithm>

namespace holdfast::wire {

CertificateHandle TlsCertificatePool::intern(X509& certificate) {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const CertificateHandle& kept) {
    return X509_cmp(kept.get(), &certificate) == 0;
  });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
  } else {
    X509_up_ref(&certificate);
    kept_.emplace_front(&certificate);
    if (kept_.size() > kMost) kept_.pop_back();
  }
  X509* const shared = kept_.front().get();
  X509_up_ref(shared);
  return CertificateHandle(shared);
}

}  // namespace holdfast::wire
