#include "wire/tls/pins.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/tls/session_rig.h"

namespace holdfast::wire {
namespace {

TEST(TlsPins, key_matches_its_own_pin_whatever_certificate_carries_it) {
  const RigCertificate first = make_certificate({});
  const RigCertificate second = make_certificate({});
  TlsPins pins;
  EXPECT_TRUE(pins.empty());
  ASSERT_TRUE(pins.add(TlsPins::of(*first.certificate)));
  EXPECT_FALSE(pins.empty());
  EXPECT_TRUE(pins.match(*first.certificate));
  EXPECT_FALSE(pins.match(*second.certificate));
  X509_set_pubkey(second.certificate.get(), first.key.get());
  EXPECT_TRUE(pins.match(*second.certificate));
  const RigCertificate third = make_certificate({});
  ASSERT_TRUE(pins.add(TlsPins::of(*third.certificate)));
  EXPECT_TRUE(pins.match(*first.certificate));
  EXPECT_TRUE(pins.match(*third.certificate));
}

TEST(TlsPins, what_is_pinned_is_the_whole_public_key_info) {
  // From RFC 8410 §10.1: an Ed25519 key's SubjectPublicKeyInfo; its digest by `openssl dgst`.
  const unsigned char info[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
                                0x00, 0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41,
                                0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30,
                                0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1};
  const unsigned char* at = info;
  const KeyHandle key(d2i_PUBKEY(nullptr, &at, sizeof info));
  ASSERT_NE(key, nullptr);
  const RigCertificate certificate = make_certificate({});
  X509_set_pubkey(certificate.certificate.get(), key.get());
  EXPECT_EQ(TlsPins::of(*certificate.certificate),
            "sha256/oekVYFTgT6yJmunydRMs3Ael28TqLCrTof/G4NJTaB8=");
}

TEST(TlsPins, anything_but_a_digest_of_32_bytes_is_refused) {
  const std::string good = TlsPins::of(*make_certificate({}).certificate);
  TlsPins pins;
  for (const std::string& bad :
       {std::string(), std::string("sha256/"), good.substr(7), "sha1/" + good.substr(7),
        "SHA256/" + good.substr(7), good + "=", good + "\n", " " + good,
        good.substr(0, good.size() - 1),
        good.substr(0, good.size() - 2) + "==", good.substr(0, 10) + "*" + good.substr(11),
        good.substr(0, 10) + "\n" + good.substr(11), good.substr(0, 10) + "=" + good.substr(11),
        std::string("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAA=")}) {
    EXPECT_FALSE(pins.add(bad)) << bad;
  }
  EXPECT_TRUE(pins.empty());
  EXPECT_TRUE(pins.add(good));
}

}  // namespace
}  // namespace holdfast::wire
