// A connection from its first flight to its end: what is agreed on, what is carried, how it ends.
#include "wire/tls/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "wire/tls/session_rig.h"

namespace holdfast::wire {
namespace {

using Event = TlsSession::Event;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

/// Run for both versions of TLS.
class TlsBoth : public testing::TestWithParam<int> {
 protected:
  RigCertificate root = make_authority();
  RigCertificate certificate = make_certificate({}, &root);
  RigServerWish wish = {.certificate = &certificate, .max_version = GetParam()};
  TlsPolicy policy = rig_policy(root);
  bool is_1_3() const { return GetParam() == TLS1_3_VERSION; }
};

INSTANTIATE_TEST_SUITE_P(Versions, TlsBoth, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                           return version.param == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2";
                         });

/// A client and a server that have met.
struct Pair {
  Pair(const TlsPolicy& policy, const RigServerWish& wish, const TlsTarget& target = rig_target())
      : context(policy), listener(wish), server(listener), client(context, target) {
    meet(client, server);
  }
  void expect_error(ErrorCode code, std::string_view detail) {
    EXPECT_EQ(name(client.session.error()), name(code)) << client.session.detail();
    EXPECT_NE(client.session.detail().find(detail), std::string::npos) << client.session.detail();
    // And it stays so.
    std::string_view more = "more";
    EXPECT_EQ(client.session.next(more), Event::error);
    EXPECT_EQ(more, "more");
  }

  TlsContext context;
  RigServer listener;
  RigConnection server;
  RigClient client;
};

TEST_P(TlsBoth, handshake_ends_in_established_on_both_sides) {
  Pair pair(policy, wish);
  EXPECT_EQ(pair.client.events, std::vector{Event::established});
  EXPECT_TRUE(pair.client.session.established());
  EXPECT_TRUE(pair.server.established());
  EXPECT_EQ(pair.client.session.version(), GetParam());
  EXPECT_EQ(pair.client.session.protocol(), "");
  EXPECT_FALSE(pair.client.session.resumed());
  EXPECT_EQ(pair.client.session.error(), ErrorCode::none);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(TlsBoth, first_flight_is_there_at_once_and_once_only) {
  TlsContext context(policy);
  RigClient client(context, rig_target());
  const std::string flight = client.take();
  ASSERT_EQ(records_of(flight).size(), 1U);
  EXPECT_EQ(flight[0], 22);  // a handshake record
  EXPECT_EQ(client.take(), "");
  EXPECT_FALSE(client.session.established());
  EXPECT_EQ(client.session.version(), 0);
}

TEST_P(TlsBoth, a_mebibyte_goes_both_ways) {
  Pair pair(policy, wish);
  const std::string text = pattern(1 << 20);
  pair.server.give(pair.client.seal(text));
  EXPECT_EQ(pair.server.received(), text);
  pair.server.send(text);
  pair.client.give(pair.server.take());
  EXPECT_EQ(pair.client.received, text);
}

TEST_P(TlsBoth, sealing_appends_and_nothing_seals_to_nothing) {
  Pair pair(policy, wish);
  std::string out = "before";
  pair.client.session.seal("", out);
  EXPECT_EQ(out, "before");
  pair.client.session.seal("a", out);
  pair.client.session.seal("b", out);
  ASSERT_TRUE(out.starts_with("before"));
  pair.server.give(std::string_view(out).substr(6));
  EXPECT_EQ(pair.server.received(), "ab");
}

TEST_P(TlsBoth, sealing_sends_what_was_waiting_first) {
  TlsContext context(policy);
  RigServer listener(wish);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  std::string last_flight;
  while (!client.session.established()) {
    server.give(client.take());
    client.give(server.take());
  }
  server.give(client.seal("first"));  // in TLS 1.3 behind our Finished, which nobody took
  EXPECT_TRUE(server.established());
  EXPECT_EQ(server.received(), "first");
  EXPECT_EQ(server.error(), "");
}

TEST_P(TlsBoth, sealing_before_the_peer_is_known_ends_the_process) {
  TlsContext context(policy);
  RigClient client(context, rig_target());
  EXPECT_DEATH(client.seal("secret"), "broken invariant: .*established");
}

TEST_P(TlsBoth, each_record_is_one_data_event_and_input_is_consumed_up_to_it) {
  Pair pair(policy, wish);
  pair.server.send("first");
  pair.server.send("second");
  const std::string flight = pair.server.take();
  ASSERT_EQ(records_of(flight).size(), 2U);
  std::string_view input = flight;
  TlsSession& session = pair.client.session;
  EXPECT_EQ(session.next(input), Event::data);
  EXPECT_EQ(session.data(), "first");
  EXPECT_EQ(input, records_of(flight)[1]);
  EXPECT_EQ(session.next(input), Event::data);
  EXPECT_EQ(session.data(), "second");
  EXPECT_EQ(input, "");
  EXPECT_EQ(session.next(input), Event::need_more);
  EXPECT_EQ(session.data(), "");
}

TEST_P(TlsBoth, close_notify_of_the_peer_is_closed_and_what_follows_it_is_left) {
  Pair pair(policy, wish);
  pair.server.send("last words");
  pair.server.close_notify();
  const std::string flight = pair.server.take() + "and more";
  pair.client.give(flight);
  EXPECT_EQ(pair.client.received, "last words");
  EXPECT_EQ(pair.client.events.back(), Event::closed);
  std::string_view input = "x";
  EXPECT_EQ(pair.client.session.next(input), Event::closed);
  EXPECT_EQ(pair.client.session.error(), ErrorCode::none);
  // Only the peer's direction is closed.
  pair.server.give(pair.client.seal("still here"));
}

TEST_P(TlsBoth, close_notify_of_ours_reaches_the_peer_once) {
  Pair pair(policy, wish);
  std::string out = pair.client.seal("last words");
  pair.client.session.close_notify(out);
  const std::string all = out;
  pair.client.session.close_notify(out);
  EXPECT_EQ(out, all);
  pair.server.give(out);
  EXPECT_EQ(pair.server.received(), "last words");
  EXPECT_TRUE(pair.server.closed());
  EXPECT_DEATH(pair.client.seal("x"), "broken invariant");
}

TEST_P(TlsBoth, close_notify_before_established_says_nothing) {
  TlsContext context(policy);
  RigClient client(context, rig_target());
  client.take();
  std::string out;
  client.session.close_notify(out);
  EXPECT_EQ(out, "");
}

TEST_P(TlsBoth, silence_is_no_close) {
  Pair pair(policy, wish);
  pair.server.send("half of it");
  const std::string flight = pair.server.take();
  pair.client.give(std::string_view(flight).substr(0, flight.size() - 1));
  EXPECT_EQ(pair.client.received, "");
  EXPECT_EQ(pair.client.events, std::vector{Event::established});
  std::string_view nothing;
  EXPECT_EQ(pair.client.session.next(nothing), Event::need_more);
}

TEST_P(TlsBoth, fatal_alert_in_mid_stream_is_connection_aborted) {
  Pair pair(policy, wish);
  std::string damaged = pair.client.seal("hello");
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  pair.server.give(damaged);
  pair.server.send("");
  pair.client.give(pair.server.take());
  pair.expect_error(ErrorCode::connection_aborted, "the alert \"bad record mac\"");
}

TEST_P(TlsBoth, changed_record_is_a_protocol_error_and_the_peer_is_told) {
  Pair pair(policy, wish);
  pair.server.send("hello");
  std::string damaged = pair.server.take();
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  pair.client.give(damaged);
  pair.expect_error(ErrorCode::protocol_error, "does not decrypt");
  EXPECT_EQ(pair.client.received, "");
  pair.server.give(pair.client.take());
  EXPECT_NE(pair.server.error().find("bad record mac"), std::string::npos) << pair.server.error();
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(TlsBoth, replayed_record_is_a_protocol_error) {
  Pair pair(policy, wish);
  pair.server.send("pay");
  const std::string flight = pair.server.take();
  pair.client.give(flight);
  pair.client.give(flight);
  EXPECT_EQ(pair.client.received, "pay");
  pair.expect_error(ErrorCode::protocol_error, "does not decrypt");
}

TEST_P(TlsBoth, garbage_after_the_handshake_is_a_protocol_error) {
  Pair pair(policy, wish);
  pair.client.give("HTTP/1.1 400 Bad Request\r\n\r\n");
  pair.expect_error(ErrorCode::protocol_error, "no TLS record");
}

TEST_P(TlsBoth, nothing_can_be_sealed_after_an_error) {
  Pair pair(policy, wish);
  pair.client.give("garbage");
  EXPECT_DEATH(pair.client.seal("x"), "broken invariant");
  pair.client.take();
  std::string out;
  pair.client.session.close_notify(out);
  EXPECT_EQ(out, "");
}

TEST_P(TlsBoth, protocol_is_the_one_the_server_picks) {
  const std::string_view offer[] = {"h2", "http/1.1"};
  TlsTarget target = rig_target();
  target.protocols = offer;
  wish.protocols = {"http/1.1", "h2"};
  EXPECT_EQ(Pair(policy, wish, target).client.session.protocol(), "http/1.1");
  wish.protocols = {"h2"};
  EXPECT_EQ(Pair(policy, wish, target).client.session.protocol(), "h2");
  wish.protocols = {};
  Pair none(policy, wish, target);
  EXPECT_TRUE(none.client.session.established());
  EXPECT_EQ(none.client.session.protocol(), "");
}

TEST_P(TlsBoth, server_that_speaks_none_of_the_protocols_refuses) {
  const std::string_view offer[] = {"h2", "http/1.1"};
  TlsTarget target = rig_target();
  target.protocols = offer;
  wish.protocols = {"spdy/3"};
  Pair pair(policy, wish, target);
  pair.expect_error(ErrorCode::tls_handshake_failed,
                    "\"no application protocol\": it speaks none of the protocols offered");
}

TEST_P(TlsBoth, server_that_picks_a_protocol_nobody_offered_is_refused) {
  const std::string_view offer[] = {"http/1.1"};
  TlsTarget target = rig_target();
  target.protocols = offer;
  wish.protocols = {"h2"};
  wish.picks_first = true;
  Pair pair(policy, wish, target);
  EXPECT_FALSE(pair.client.session.established());
  EXPECT_EQ(pair.client.session.error(), ErrorCode::tls_handshake_failed);
}

TEST_P(TlsBoth, server_learns_the_name_but_never_an_address) {
  EXPECT_EQ(Pair(policy, wish).server.server_name(), "a.test");
  EXPECT_EQ(Pair(policy, wish, rig_target("a.test.")).server.server_name(), "a.test");
  RigWish addresses;
  addresses.alternatives = "IP:192.0.2.1,IP:::1";
  certificate = make_certificate(addresses, &root);
  for (const std::string_view host : {"192.0.2.1", "::1"}) {
    Pair pair(policy, wish, rig_target(host));
    EXPECT_TRUE(pair.client.session.established());
    EXPECT_EQ(pair.server.server_name(), "");
  }
}

TEST_P(TlsBoth, demanded_certificate_is_shown_with_its_chain) {
  const RigCertificate between = make_authority("Client Between", &root);
  const RigCertificate own = make_certificate({.name = "client"}, &between);
  policy.certificate_pem = own.pem() + between.pem();
  policy.key_pem = own.key_pem();
  wish.demands_certificate = true;
  Pair pair(policy, wish);
  EXPECT_TRUE(pair.client.session.established());
  EXPECT_TRUE(pair.server.established()) << pair.server.error();
  const CertificateHandle shown(SSL_get1_peer_certificate(&pair.server.ssl()));
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(X509_cmp(shown.get(), own.certificate.get()), 0);
  EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(&pair.server.ssl())), 1);
}

TEST_P(TlsBoth, demanded_certificate_that_there_is_none_of) {
  wish.demands_certificate = true;
  Pair pair(policy, wish);
  // TLS 1.3 lets a client be through before the server has judged.
  EXPECT_EQ(pair.client.session.established(), is_1_3());
  pair.expect_error(ErrorCode::tls_handshake_failed,
                    is_1_3() ? "certificate required" : "asked for a client certificate");
}

TEST_P(TlsBoth, certificate_of_ours_that_is_refused) {
  const RigCertificate own = make_certificate({.name = "client"}, &root);
  policy.certificate_pem = own.pem();
  policy.key_pem = own.key_pem();
  wish.demands_certificate = true;
  wish.refuses_certificate = true;
  Pair pair(policy, wish);
  EXPECT_EQ(pair.client.session.established(), is_1_3());
  pair.expect_error(ErrorCode::tls_handshake_failed, "it had asked for our certificate");
}

TEST_P(TlsBoth, goodbye_in_the_middle_of_the_handshake) {
  TlsContext context(policy);
  RigClient client(context, rig_target());
  client.give(std::string_view("\x15\x03\x03\0\2\1\0", 7));  // the alert close_notify
  EXPECT_EQ(client.session.error(), ErrorCode::tls_handshake_failed);
  EXPECT_NE(client.session.detail().find("goodbye"), std::string::npos) << client.session.detail();
}

TEST(TlsSession, answers_that_are_no_tls_are_named) {
  struct Answer {
    std::string_view bytes, detail;
  };
  const RigCertificate root = make_authority();
  TlsContext context(rig_policy(root));
  for (const Answer& answer :
       {Answer{"HTTP/1.1 400 Bad Request\r\n\r\n",
               "the peer does not speak TLS: it answered with what looks like HTTP"},
        Answer{"SSH-2.0-OpenSSH_9.2\r\n", "what looks like SSH"},
        Answer{"220 mail.a.test ESMTP\r\n", "does not speak TLS: it answered with \"220 m\""},
        Answer{std::string_view("\0\0\x12\4\0\0\0\0\0", 9), "does not speak TLS"},
        Answer{std::string_view("\x16\x03\x03\0\4\2\0\0\0", 9), ""},
        Answer{"\x16\x03\xff\xff\xff garbage garbage garbage", ""}}) {
    for (const RigCut& cut : {RigCut(&rig_whole), RigCut(&rig_byte_by_byte)}) {
      RigClient client(context, rig_target());
      client.take();
      client.give(answer.bytes, cut);
      if (client.events.empty()) continue;  // a record that has not come to its end
      EXPECT_EQ(client.session.error(), ErrorCode::tls_handshake_failed);
      EXPECT_NE(client.session.detail().find(answer.detail), std::string::npos)
          << client.session.detail();
      EXPECT_EQ(ERR_peek_error(), 0U);
    }
  }
}

TEST(TlsSession, alerts_that_refuse_the_handshake_are_named) {
  const RigCertificate root = make_authority();
  TlsContext context(rig_policy(root));
  const auto alert = [&](int number) {
    RigClient client(context, rig_target());
    client.take();
    const char record[] = {21, 3, 3, 0, 2, 2, static_cast<char>(number)};
    client.give(std::string_view(record, sizeof record));
    EXPECT_EQ(client.session.error(), ErrorCode::tls_handshake_failed);
    return client.session.detail();
  };
  EXPECT_NE(alert(40).find("\"handshake failure\": no cipher"), std::string::npos) << alert(40);
  EXPECT_NE(alert(70).find("\"protocol version\": it speaks no version"), std::string::npos);
  EXPECT_NE(alert(80).find("\"internal error\""), std::string::npos);
  EXPECT_NE(alert(112).find("\"unrecognized name\": it serves no host"), std::string::npos);
  EXPECT_NE(alert(200).find("alert"), std::string::npos);
}

TEST(TlsSession, versions_below_the_least_are_refused) {
  const RigCertificate root = make_authority();
  const RigCertificate certificate = make_certificate({}, &root);
  RigServerWish wish = {.certificate = &certificate};
  TlsPolicy policy = rig_policy(root);
  const auto version = [&](int most) {
    wish.min_version = TLS1_VERSION;
    wish.max_version = most;
    Pair pair(policy, wish);
    if (!pair.client.session.established()) {
      EXPECT_EQ(pair.client.session.error(), ErrorCode::tls_handshake_failed);
      EXPECT_NE(pair.client.session.detail().find("version"), std::string::npos)
          << pair.client.session.detail();
    }
    return pair.client.session.version();
  };
  EXPECT_EQ(version(TLS1_3_VERSION), 0x0304);
  EXPECT_EQ(version(TLS1_2_VERSION), 0x0303);
  EXPECT_EQ(version(TLS1_1_VERSION), 0);
  EXPECT_EQ(version(TLS1_VERSION), 0);
  policy.min_version = TlsVersion::tls1_3;
  EXPECT_EQ(version(TLS1_3_VERSION), 0x0304);
  EXPECT_EQ(version(TLS1_2_VERSION), 0);
}

TEST(TlsSession, ciphers_without_forward_secrecy_or_authentication_are_not_offered) {
  const RigCertificate root = make_authority();
  const RigCertificate certificate = make_certificate({.kind = RigKey::rsa2048}, &root);
  RigServerWish wish = {.certificate = &certificate, .max_version = TLS1_2_VERSION};
  for (const char* ciphers : {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "ADH-AES128-SHA256"}) {
    wish.ciphers = ciphers;
    Pair pair(rig_policy(root), wish);
    pair.expect_error(ErrorCode::tls_handshake_failed, "handshake failure");
  }
  for (const char* ciphers : {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"}) {
    wish.ciphers = ciphers;
    EXPECT_TRUE(Pair(rig_policy(root), wish).client.session.established()) << ciphers;
  }
}

}  // namespace
}  // namespace holdfast::wire
