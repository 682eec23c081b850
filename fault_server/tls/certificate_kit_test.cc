#include "fault_server/tls/certificate_kit.h"

#include <gtest/gtest.h>

#include <string>

#include "fault_server/script/line.h"
#include "fault_server/tls/client_rig.h"

namespace fault {
namespace {

using holdfast::base::WallTime;

constexpr WallTime kIssued{1'700'000'000'000'000'000};

CertificateKit kit_with(CertificateKey key) {
  CertificateWish wish;
  wish.key = key;
  wish.now = kIssued;
  wish.names = {"h1.test", "*.deep.h1.test", "10.0.1.1", "::1"};
  return CertificateKit(wish);
}

// What OpenSSL's own verification says of a certificate, without any TLS.
int verdict(const CertificateKit& kit, CertificateKind kind, const std::string& host = "h1.test",
            WallTime now = kIssued) {
  const auto leaf = TlsClient::certificate(kit.leaf_pem(kind));
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, TlsClient::certificate(kit.ca_pem()).get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf.get(), nullptr);
  X509_VERIFY_PARAM* terms = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(terms, static_cast<time_t>(now.ns / 1'000'000'000));
  X509_VERIFY_PARAM_set_auth_level(terms, 2);
  X509_VERIFY_PARAM_set1_host(terms, host.c_str(), host.size());
  X509_VERIFY_PARAM_set_purpose(terms, X509_PURPOSE_SSL_SERVER);
  X509_verify_cert(context);
  const int out = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return out;
}

TEST(CertificateKit, every_kind_fails_for_its_own_reason_and_the_good_one_does_not) {
  for (const CertificateKey key : {CertificateKey::kP256, CertificateKey::kEd25519}) {
    const CertificateKit kit = kit_with(key);
    EXPECT_EQ(verdict(kit, CertificateKind::kGood), X509_V_OK);
    EXPECT_EQ(verdict(kit, CertificateKind::kExpired), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(verdict(kit, CertificateKind::kNotYetValid), X509_V_ERR_CERT_NOT_YET_VALID);
    EXPECT_EQ(verdict(kit, CertificateKind::kSelfSigned), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    EXPECT_EQ(verdict(kit, CertificateKind::kWrongHost), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(verdict(kit, CertificateKind::kUnknownCa),
              X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    EXPECT_EQ(verdict(kit, CertificateKind::kIncomplete),
              X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    EXPECT_EQ(verdict(kit, CertificateKind::kWeak), X509_V_ERR_EE_KEY_TOO_SMALL);
  }
}

TEST(CertificateKit, it_is_good_for_the_names_and_addresses_it_was_made_for) {
  const CertificateKit kit = kit_with(CertificateKey::kEd25519);
  EXPECT_EQ(verdict(kit, CertificateKind::kGood, "a.deep.h1.test"), X509_V_OK);
  EXPECT_EQ(verdict(kit, CertificateKind::kGood, "localhost"), X509_V_ERR_HOSTNAME_MISMATCH);
  const auto leaf = TlsClient::certificate(kit.leaf_pem(CertificateKind::kGood));
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "10.0.1.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "10.0.1.2", 0), 0);
}

TEST(CertificateKit, validity_is_relative_to_the_time_it_was_given) {
  const CertificateKit kit = kit_with(CertificateKey::kEd25519);
  constexpr std::int64_t kDay = 86'400LL * 1'000'000'000;
  const WallTime later{kIssued.ns + 900 * kDay};
  const WallTime soon{kIssued.ns + 400 * kDay};
  EXPECT_EQ(verdict(kit, CertificateKind::kGood, "h1.test", later), X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verdict(kit, CertificateKind::kNotYetValid, "h1.test", soon), X509_V_OK);
  const WallTime before{kIssued.ns - 45 * kDay};
  EXPECT_EQ(verdict(kit, CertificateKind::kExpired, "h1.test", before), X509_V_OK);
}

TEST(CertificateKit, certificates_of_two_kits_have_the_same_serials_and_lengths) {
  const CertificateKit one = kit_with(CertificateKey::kEd25519);
  const CertificateKit other = kit_with(CertificateKey::kEd25519);
  EXPECT_NE(one.ca_pem(), other.ca_pem());
  for (std::size_t i = 0; i + 1 < certificate_words().size(); ++i) {  // but the weak one: RSA
    const auto kind = static_cast<CertificateKind>(i);
    const auto mine = TlsClient::certificate(one.leaf_pem(kind));
    const auto theirs = TlsClient::certificate(other.leaf_pem(kind));
    EXPECT_EQ(i2d_X509(mine.get(), nullptr), i2d_X509(theirs.get(), nullptr));
    EXPECT_EQ(
        ASN1_INTEGER_cmp(X509_get0_serialNumber(mine.get()), X509_get0_serialNumber(theirs.get())),
        0);
    EXPECT_EQ(X509_get0_serialNumber(mine.get())->length, 8);
  }
}

TEST(CertificateKit, its_words_are_those_of_scripts) {
  for (const std::string_view word : certificate_words()) {
    const auto kind = parse_certificate_kind(word);
    ASSERT_TRUE(kind) << word;
    EXPECT_EQ(certificate_word(*kind), word);
    EXPECT_TRUE(parse_step("tls.cert cert=" + std::string(word))) << word;
  }
  EXPECT_FALSE(parse_certificate_kind("fine"));
}

}  // namespace
}  // namespace fault
