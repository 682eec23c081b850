// Who is believed to be the peer: chains, times, names, pins; and that each refusal names its
// reason and comes before a single byte of ours.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire/tls/certificate.h"
#include "wire/tls/pins.h"
#include "wire/tls/session_rig.h"

namespace holdfast::wire {
namespace {

using Event = TlsSession::Event;

/// What came of a handshake.
struct Outcome {
  bool accepted = false;
  ErrorCode code = ErrorCode::none;
  std::string detail;
  std::string heard;  // by the server
};

Outcome try_peer(const TlsPolicy& policy, const RigServerWish& wish,
                 const TlsTarget& target = rig_target()) {
  TlsContext context(policy);
  EXPECT_EQ(context.complaint(), "");
  RigServer server(wish);
  RigConnection peer(server);
  RigClient client(context, target);
  meet(client, peer);
  Outcome outcome{client.session.established(), client.session.error(), client.session.detail(),
                  peer.error()};
  EXPECT_EQ(outcome.accepted, outcome.code == ErrorCode::none);
  EXPECT_EQ(client.events, std::vector{outcome.accepted ? Event::established : Event::error});
  return outcome;
}

Outcome try_certificate(const TlsPolicy& policy, const RigCertificate& certificate,
                        const TlsTarget& target = rig_target()) {
  RigServerWish wish;
  wish.certificate = &certificate;
  return try_peer(policy, wish, target);
}

void expect_rejected(const Outcome& outcome, std::string_view reason, std::string_view alert) {
  EXPECT_EQ(name(outcome.code), "certificate_rejected");
  EXPECT_NE(outcome.detail.find(reason), std::string::npos) << outcome.detail;
  EXPECT_NE(outcome.heard.find(alert), std::string::npos) << outcome.heard;
}

class TlsVerify : public testing::Test {
 protected:
  RigCertificate root = make_authority();
  TlsPolicy policy = rig_policy(root);

  Outcome try_wish(const RigWish& wish, const TlsTarget& target = rig_target()) {
    return try_certificate(policy, make_certificate(wish, &root), target);
  }
  Outcome try_name(const std::string& alternatives, std::string_view host) {
    RigWish wish;
    wish.alternatives = alternatives;
    return try_wish(wish, rig_target(host));
  }
  void expect_named(const std::string& alternatives, std::string_view host, bool accepted) {
    const Outcome outcome = try_name(alternatives, host);
    EXPECT_EQ(outcome.accepted, accepted) << alternatives << " for " << host;
    EXPECT_EQ(outcome.code, accepted ? ErrorCode::none : ErrorCode::certificate_rejected);
  }
};

TEST_F(TlsVerify, keys_of_every_usual_kind_are_accepted) {
  for (const RigKey kind : {RigKey::ed25519, RigKey::p256, RigKey::rsa2048}) {
    RigWish wish;
    wish.kind = kind;
    EXPECT_TRUE(try_wish(wish).accepted) << static_cast<int>(kind);
    RigServerWish old;
    const RigCertificate certificate = make_certificate(wish, &root);
    old.certificate = &certificate;
    old.max_version = TLS1_2_VERSION;
    EXPECT_TRUE(try_peer(policy, old).accepted) << static_cast<int>(kind);
  }
}

TEST_F(TlsVerify, times_are_those_of_the_target) {
  RigWish wish;
  wish.from_days = -10;
  wish.until_days = 10;
  const RigCertificate certificate = make_certificate(wish, &root);
  TlsTarget target = rig_target();
  for (const std::int64_t days : {-9, 0, 9}) {
    target.now = rig_time(days);
    EXPECT_TRUE(try_certificate(policy, certificate, target).accepted) << days;
  }
  target.now = rig_time(11);
  expect_rejected(try_certificate(policy, certificate, target),
                  "the certificate expired on 2033-05-28 03:33:20 UTC", "certificate expired");
  target.now = rig_time(-11);
  expect_rejected(try_certificate(policy, certificate, target),
                  "the certificate is not valid before 2033-05-08 03:33:20 UTC", "bad certificate");
}

TEST_F(TlsVerify, validity_includes_its_last_second) {
  const RigCertificate certificate = make_certificate({}, &root);
  TlsTarget target = rig_target();
  target.now = {rig_time(1).ns - 1};
  EXPECT_TRUE(try_certificate(policy, certificate, target).accepted);
  target.now = {rig_time(1).ns + 1'000'000'000};
  EXPECT_FALSE(try_certificate(policy, certificate, target).accepted);
}

TEST_F(TlsVerify, expired_issuer_is_named) {
  TlsTarget target = rig_target();
  target.now = rig_time(1001);
  RigWish wish;
  wish.until_days = 2000;
  expect_rejected(try_wish(wish, target),
                  "the certificate of its issuer \"Rig Root\" expired on 2036-02-12",
                  "certificate expired");
}

TEST_F(TlsVerify, self_signed_certificate) {
  expect_rejected(try_certificate(policy, make_certificate({})),
                  "the certificate is self-signed and not among those trusted", "");
}

TEST_F(TlsVerify, self_signed_certificate_that_is_trusted_itself) {
  const RigCertificate own = make_certificate({});
  EXPECT_TRUE(try_certificate(rig_policy(own), own).accepted);
}

TEST_F(TlsVerify, unknown_issuer_that_was_sent) {
  const RigCertificate stranger = make_authority("Stranger Root");
  const RigCertificate certificate = make_certificate({}, &stranger);
  RigServerWish wish;
  wish.certificate = &certificate;
  wish.chain = {&stranger};
  expect_rejected(try_peer(policy, wish),
                  "unknown issuer: the chain ends with the self-signed certificate "
                  "\"Stranger Root\"",
                  "unknown ca");
}

TEST_F(TlsVerify, chain_that_is_incomplete) {
  const RigCertificate between = make_authority("Rig Between", &root);
  const RigCertificate certificate = make_certificate({}, &between);
  RigServerWish wish;
  wish.certificate = &certificate;
  const Outcome outcome = try_peer(policy, wish);
  expect_rejected(outcome, "the chain is incomplete or its issuer unknown", "unknown ca");
  EXPECT_NE(outcome.detail.find("\"Rig Between\""), std::string::npos) << outcome.detail;
  wish.chain = {&between};
  EXPECT_TRUE(try_peer(policy, wish).accepted);
}

TEST_F(TlsVerify, chain_whose_upper_end_is_unknown) {
  const RigCertificate stranger = make_authority("Stranger Root");
  const RigCertificate between = make_authority("Rig Between", &stranger);
  const RigCertificate certificate = make_certificate({}, &between);
  RigServerWish wish;
  wish.certificate = &certificate;
  wish.chain = {&between};
  expect_rejected(try_peer(policy, wish), "unknown issuer: its issuer \"Stranger Root\" is not",
                  "unknown ca");
}

TEST_F(TlsVerify, intermediate_that_is_trusted_by_hand_needs_no_root) {
  const RigCertificate between = make_authority("Rig Between", &root);
  EXPECT_TRUE(try_certificate(rig_policy(between), make_certificate({}, &between)).accepted);
}

TEST_F(TlsVerify, issuer_that_is_no_authority) {
  RigWish wish;
  wish.name = "Not An Authority";
  const RigCertificate between = make_certificate(wish, &root);
  const RigCertificate certificate = make_certificate({}, &between);
  RigServerWish server;
  server.certificate = &certificate;
  server.chain = {&between};
  expect_rejected(try_peer(policy, server), "no certificate authority", "unknown ca");
}

TEST_F(TlsVerify, certificate_signed_with_another_key_than_its_issuers) {
  RigCertificate forger = make_authority("Forger");
  X509_up_ref(root.certificate.get());
  forger.certificate.reset(root.certificate.get());
  expect_rejected(try_certificate(policy, make_certificate({}, &forger)),
                  "forged: its signature is not its issuer's", "");
}

TEST_F(TlsVerify, certificate_for_clients_only) {
  RigWish wish;
  wish.usage = "clientAuth";
  expect_rejected(try_wish(wish), "was not issued for servers", "unsupported certificate");
  wish.usage = "serverAuth";
  EXPECT_TRUE(try_wish(wish).accepted);
}

TEST_F(TlsVerify, weak_key_and_weak_digest) {
  RigWish wish;
  wish.kind = RigKey::rsa1024;
  expect_rejected(try_wish(wish), "weak: its key is too small", "");
  const RigCertificate signer = make_authority("RSA Root", nullptr, RigKey::rsa2048);
  wish.kind = RigKey::p256;
  wish.digest = "SHA1";
  expect_rejected(try_certificate(rig_policy(signer), make_certificate(wish, &signer)),
                  "weak: it is signed over a digest", "");
}

TEST_F(TlsVerify, revoked_certificate_where_its_issuers_list_is_given) {
  const RigCertificate revoked = make_certificate({}, &root);
  const RigCertificate other = make_certificate({}, &root);
  EXPECT_TRUE(try_certificate(policy, revoked).accepted);
  policy.ca_pem += make_revocation_list(root, revoked);
  expect_rejected(try_certificate(policy, revoked), "the certificate is revoked",
                  "certificate revoked");
  EXPECT_TRUE(try_certificate(policy, other).accepted);
}

TEST_F(TlsVerify, issuer_without_a_revocation_list_is_not_doubted) {
  const RigCertificate second = make_authority("Second Root");
  policy.ca_pem += second.pem() + make_revocation_list(root, make_certificate({}, &root));
  EXPECT_TRUE(try_certificate(policy, make_certificate({}, &second)).accepted);
}

TEST_F(TlsVerify, wrong_host_is_told_the_names_there_are) {
  const Outcome outcome = try_name("DNS:b.test,DNS:*.c.test,IP:192.0.2.1,IP:2001:db8::1", "a.test");
  expect_rejected(outcome,
                  "the certificate is not for \"a.test\" but for b.test, *.c.test, 192.0.2.1, "
                  "2001:db8:0:0:0:0:0:1",
                  "");
}

TEST_F(TlsVerify, long_lists_of_names_are_cut) {
  std::string names = "DNS:b0.test";
  for (int i = 1; i < 20; ++i) names += ",DNS:b" + std::to_string(i) + ".test";
  expect_rejected(try_name(names, "a.test"), "b7.test and 12 more", "");
}

TEST_F(TlsVerify, names_of_strangers_are_shown_without_control_characters) {
  EXPECT_EQ(in_quotes("a\x1b[31m\nb\xff"), "\"a?[31m?b?\"");
  EXPECT_EQ(in_quotes(std::string(101, 'x')), "\"" + std::string(100, 'x') + "...\"");
}

TEST_F(TlsVerify, common_name_does_not_count) {
  RigWish wish;
  wish.alternatives.clear();
  expect_rejected(try_wish(wish), "the certificate is for no host", "");
  wish.alternatives = "email:a@a.test";
  expect_rejected(try_wish(wish), "the certificate is for no host", "");
}

TEST_F(TlsVerify, names_match_without_regard_to_case_and_root_dot) {
  expect_named("DNS:A.Test", "a.test", true);
  expect_named("DNS:a.test", "A.TEST", true);
  expect_named("DNS:a.test", "a.test.", true);
  expect_named("DNS:xn--bcher-kva.test", "xn--bcher-kva.test", true);
  expect_named("DNS:b.test,DNS:a.test", "a.test", true);
  expect_named("DNS:a.test", "ba.test", false);
  expect_named("DNS:a.test", "b.a.test", false);
  expect_named("DNS:b.a.test", "a.test", false);
}

TEST_F(TlsVerify, wildcards_stand_for_one_whole_label_on_the_left) {
  expect_named("DNS:*.a.test", "b.a.test", true);
  expect_named("DNS:*.a.test", "xn--bcher-kva.a.test", true);
  expect_named("DNS:*.a.test", "a.test", false);
  expect_named("DNS:*.a.test", "c.b.a.test", false);
  expect_named("DNS:*.test", "a.test", false);
  expect_named("DNS:*", "test", false);
  expect_named("DNS:b*.a.test", "bc.a.test", false);
  expect_named("DNS:*c.a.test", "bc.a.test", false);
  expect_named("DNS:b.*.test", "b.a.test", false);
  expect_named("DNS:*.*.test", "b.a.test", false);
}

TEST_F(TlsVerify, addresses_are_looked_for_among_addresses_only) {
  expect_named("IP:192.0.2.1", "192.0.2.1", true);
  expect_named("IP:192.0.2.2", "192.0.2.1", false);
  expect_named("DNS:192.0.2.1", "192.0.2.1", false);
  expect_named("IP:2001:db8::1", "2001:db8::1", true);
  expect_named("IP:2001:db8::1", "2001:db8:0:0::1", true);
  expect_named("IP:2001:db8::2", "2001:db8::1", false);
  expect_named("IP:fe80::1", "fe80::1%eth0", true);
  expect_named("IP:192.0.2.1", "::ffff:192.0.2.1", false);
  expect_named("DNS:*.0.2.1", "192.0.2.1", false);
}

TEST_F(TlsVerify, hosts_that_no_certificate_can_be_for) {
  const std::string with_nul("a.test\0.b.test", 14);
  for (const std::string_view host : {std::string_view(""), std::string_view("."),
                                      std::string_view(".test"), std::string_view(with_nul)}) {
    TlsContext context(policy);
    TlsSession session(context, rig_target(host));
    std::string out;
    session.take(out);
    EXPECT_EQ(out, "");
    std::string_view input;
    EXPECT_EQ(session.next(input), Event::error);
    EXPECT_EQ(session.error(), ErrorCode::tls_handshake_failed);
    EXPECT_NE(session.detail(), "");
  }
}

TEST_F(TlsVerify, host_name_beyond_what_tls_can_say) {
  TlsContext context(policy);
  const std::string host(256, 'a');
  TlsSession session(context, rig_target(host));
  std::string_view input;
  EXPECT_EQ(session.next(input), Event::error);
  EXPECT_EQ(session.detail(), "the host name is too long for TLS");
}

TEST_F(TlsVerify, pin_of_any_certificate_of_the_chain_is_enough) {
  const RigCertificate between = make_authority("Rig Between", &root);
  const RigCertificate certificate = make_certificate({}, &between);
  const RigCertificate stranger = make_authority("Stranger Root");
  RigServerWish wish;
  wish.certificate = &certificate;
  wish.chain = {&between, &stranger};
  const auto pinned_to = [&](const RigCertificate& pinned) {
    policy.pinned_keys = {TlsPins::of(*make_certificate({}).certificate),
                          TlsPins::of(*pinned.certificate)};
    return try_peer(policy, wish);
  };
  EXPECT_TRUE(pinned_to(certificate).accepted);
  EXPECT_TRUE(pinned_to(between).accepted);
  EXPECT_TRUE(pinned_to(root).accepted);
  // Sent, but no part of what was verified.
  expect_rejected(pinned_to(stranger), "pin mismatch", "");
}

TEST_F(TlsVerify, pins_come_on_top_of_all_other_checks) {
  const RigCertificate own = make_certificate({});
  policy.pinned_keys = {TlsPins::of(*own.certificate)};
  expect_rejected(try_certificate(policy, own), "self-signed", "");
}

TEST_F(TlsVerify, skipping_verification_accepts_anything) {
  policy = {};
  policy.insecure_skip_verification = true;
  RigWish wish;
  wish.alternatives = "DNS:b.test";
  wish.until_days = -1;
  wish.from_days = -2;
  wish.kind = RigKey::rsa1024;
  EXPECT_TRUE(try_certificate(policy, make_certificate(wish)).accepted);
}

TEST_F(TlsVerify, skipping_verification_leaves_pins_on_the_peers_own_key) {
  const RigCertificate own = make_certificate({}, &root);
  policy = {};
  policy.insecure_skip_verification = true;
  policy.pinned_keys = {TlsPins::of(*own.certificate)};
  EXPECT_TRUE(try_certificate(policy, own).accepted);
  expect_rejected(try_certificate(policy, make_certificate({}, &root)), "pin mismatch", "");
  // Whoever may send what he likes above his own may send what is pinned, too.
  const RigCertificate thief = make_certificate({});
  RigServerWish wish;
  wish.certificate = &thief;
  wish.chain = {&own};
  expect_rejected(try_peer(policy, wish), "pin mismatch", "");
}

TEST_F(TlsVerify, certificate_that_cannot_be_read) {
  const RigCertificate certificate = make_certificate({}, &root);
  RigServerWish wish;
  wish.certificate = &certificate;
  wish.max_version = TLS1_2_VERSION;  // the flight is in the clear
  RigServer server(wish);
  RigConnection peer(server);
  TlsContext context(policy);
  RigClient client(context, rig_target());
  peer.give(client.take());
  std::string flight = peer.take();
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.certificate.get(), &der);
  const std::string encoded(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  const std::size_t at = flight.find(encoded);
  ASSERT_NE(at, std::string::npos);
  flight[at + 4] = '\x02';  // the tag of what should be the sequence inside
  client.give(flight);
  EXPECT_EQ(client.session.error(), ErrorCode::certificate_rejected);
  EXPECT_NE(client.session.detail().find("cannot be read"), std::string::npos)
      << client.session.detail();
}

}  // namespace
}  // namespace holdfast::wire
