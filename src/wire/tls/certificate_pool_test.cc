#include "wire/tls/certificate_pool.h"

#include <gtest/gtest.h>

#include <vector>

#include "wire/tls/session_rig.h"

namespace holdfast::wire {
namespace {

CertificateHandle copy_of(const RigCertificate& certificate) {
  return CertificateHandle(X509_dup(certificate.certificate.get()));
}

TEST(TlsCertificatePool, equal_certificates_become_one) {
  TlsCertificatePool pool;
  const RigCertificate first = make_certificate({});
  const RigCertificate second = make_certificate({});
  const CertificateHandle shared = pool.intern(*first.certificate);
  EXPECT_EQ(shared, first.certificate);
  EXPECT_EQ(pool.intern(*copy_of(first)), first.certificate);
  EXPECT_EQ(pool.intern(*second.certificate), second.certificate);
  EXPECT_EQ(pool.size(), 2U);
}

TEST(TlsCertificatePool, what_was_not_asked_for_the_longest_is_forgotten) {
  TlsCertificatePool pool;
  const RigCertificate kept = make_certificate({});
  const RigCertificate forgotten = make_certificate({});
  pool.intern(*kept.certificate);
  pool.intern(*forgotten.certificate);
  for (std::size_t i = 2; i < TlsCertificatePool::kMost + 1; ++i) {
    pool.intern(*kept.certificate);
    pool.intern(*make_certificate({}).certificate);
  }
  EXPECT_EQ(pool.size(), TlsCertificatePool::kMost);
  EXPECT_EQ(pool.intern(*copy_of(kept)), kept.certificate);
  EXPECT_NE(pool.intern(*copy_of(forgotten)), forgotten.certificate);
}

}  // namespace
}  // namespace holdfast::wire
