// What TLS itself says after the handshake: key updates, tickets in pieces, renegotiation; and what
// an idle connection costs.
#include <gtest/gtest.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/tls/session_rig.h"

namespace holdfast::wire {
namespace {

using Event = TlsSession::Event;

class TlsPostHandshake : public testing::Test {
 protected:
  RigCertificate root = make_authority();
  RigCertificate certificate = make_certificate({}, &root);
  RigServerWish wish = {.certificate = &certificate};
  TlsPolicy policy = rig_policy(root);
};

TEST_F(TlsPostHandshake, key_update_is_silent_and_answered_at_once) {
  TlsContext context(policy);
  RigServer listener(wish);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  meet(client, server);
  for (int round = 0; round < 3; ++round) {
    server.key_update(true);
    server.send("new keys");
    client.give(server.take());
    const std::string answer = client.take();
    EXPECT_EQ(records_of(answer).size(), 1U);
    server.give(answer);
    server.give(client.seal("likewise"));
  }
  EXPECT_EQ(client.events,
            (std::vector{Event::established, Event::data, Event::data, Event::data}));
  EXPECT_EQ(client.received, "new keysnew keysnew keys");
  EXPECT_EQ(server.received(), "likewiselikewiselikewise");
  EXPECT_EQ(server.error(), "");
}

TEST_F(TlsPostHandshake, key_update_that_asks_for_no_answer_gets_none) {
  TlsContext context(policy);
  RigServer listener(wish);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  meet(client, server);
  server.key_update(false);
  client.give(server.take());
  EXPECT_EQ(client.take(), "");
  server.send("new keys");
  client.give(server.take());
  EXPECT_EQ(client.received, "new keys");
}

TEST_F(TlsPostHandshake, key_updates_with_data_between_them_may_go_on_for_ever) {
  TlsContext context(policy);
  RigServer listener(wish);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  meet(client, server);
  for (int i = 0; i < 1000; ++i) {
    server.key_update(true);
    server.send(".");
    client.give(server.take());
  }
  EXPECT_EQ(client.received, std::string(1000, '.'));
  server.give(client.take());
  EXPECT_EQ(server.error(), "");
}

TEST_F(TlsPostHandshake, key_updates_without_end_and_without_data_are_a_protocol_error) {
  TlsContext context(policy);
  RigServer listener(wish);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  meet(client, server);
  int updates = 0;
  while (!client.ended() && updates < 1000) {
    server.key_update(true);
    ++updates;
    client.give(server.take());
  }
  EXPECT_EQ(client.session.error(), ErrorCode::protocol_error);
  EXPECT_NE(client.session.detail().find("asks for new keys"), std::string::npos);
  EXPECT_GT(updates, 32);
}

TEST_F(TlsPostHandshake, sealing_in_the_middle_of_a_ticket_waits_for_its_other_half) {
  // A ticket that holds our certificate does not fit into one small record.
  const RigCertificate own = make_certificate({.name = "client"}, &root);
  policy.certificate_pem = own.pem();
  policy.key_pem = own.key_pem();
  wish.demands_certificate = true;
  wish.tickets = 1;
  TlsContext context(policy);
  RigServer listener(wish);
  SSL_CTX_set_max_send_fragment(&listener.context(), 512);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  while (!client.session.established()) {
    server.give(client.take());
    client.give(server.take());
  }
  server.give(client.take());
  const std::string ticket = server.take();
  const std::vector<std::string_view> halves = records_of(ticket);
  ASSERT_GT(halves.size(), 1U);
  client.give(halves[0]);
  std::string out = client.seal("one, ");
  out += client.seal("two");
  server.give(out);
  client.give(std::string_view(ticket).substr(halves[0].size()));
  server.give(client.take());
  EXPECT_EQ(server.received(), "one, two");
  EXPECT_EQ(server.error(), "");
  EXPECT_EQ(client.events, std::vector{Event::established});
}

TEST_F(TlsPostHandshake, renegotiation_is_declined_and_the_connection_lives) {
  wish.max_version = TLS1_2_VERSION;
  TlsContext context(policy);
  RigServer listener(wish);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  meet(client, server);
  ASSERT_EQ(SSL_renegotiate(&server.ssl()), 1);
  SSL_do_handshake(&server.ssl());
  client.give(server.take());
  EXPECT_EQ(client.events, std::vector{Event::established});
  const std::string answer = client.take();
  ASSERT_EQ(records_of(answer).size(), 1U);
  EXPECT_EQ(answer[0], 21);  // an alert: no_renegotiation
  EXPECT_NE(client.seal("still here"), "");
  EXPECT_NE(client.session.renegotiation_complaint(), "");
}

TEST_F(TlsPostHandshake, server_that_insists_on_renegotiation_fails_the_handshake) {
  wish.max_version = TLS1_2_VERSION;
  TlsContext context(policy);
  RigServer listener(wish);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  meet(client, server);
  EXPECT_EQ(client.session.renegotiation_complaint(), "");
  ASSERT_EQ(SSL_renegotiate(&server.ssl()), 1);
  SSL_do_handshake(&server.ssl());
  client.give(server.take());
  server.give(client.take());
  client.give(server.take());  // OpenSSL's server ends the connection: handshake_failure
  EXPECT_EQ(client.session.error(), ErrorCode::tls_handshake_failed);
  EXPECT_NE(client.session.detail().find("renegotiation, which is not supported"),
            std::string::npos)
      << client.session.detail();
}

TEST_F(TlsPostHandshake, server_that_goes_on_without_renegotiation_may_close_later) {
  wish.max_version = TLS1_2_VERSION;
  TlsContext context(policy);
  RigServer listener(wish);
  RigConnection server(listener);
  RigClient client(context, rig_target());
  meet(client, server);
  ASSERT_EQ(SSL_renegotiate(&server.ssl()), 1);
  SSL_do_handshake(&server.ssl());
  const std::string request = server.take();
  server.send("data");
  client.give(request);
  EXPECT_NE(client.session.renegotiation_complaint(), "");
  client.give(server.take());
  EXPECT_EQ(client.received, "data");
  EXPECT_EQ(client.session.renegotiation_complaint(), "");
}

#ifdef __GLIBC__
TEST_F(TlsPostHandshake, idle_connection_keeps_no_buffers_and_no_certificates_of_its_own) {
  policy.resume_sessions = false;  // whole handshakes, with certificates
  TlsContext context(policy);
  RigServer listener(wish);
  const auto connect = [&] {
    auto client = std::make_unique<RigClient>(context, rig_target());
    RigConnection server(listener);
    meet(*client, server);
    server.send("hello");
    client->give(server.take());
    client->seal("hello");
    EXPECT_EQ(client->received, "hello");
    return client;
  };
  constexpr std::size_t kMany = 50;
  std::vector<std::unique_ptr<RigClient>> clients;
  clients.push_back(connect());
  clients.reserve(1 + kMany);
  const std::size_t before = mallinfo2().uordblks;
  for (std::size_t i = 0; i < kMany; ++i) clients.push_back(connect());
  // Most of it is OpenSSL's SSL and its two ciphers. Either thing named above would pass the bound.
  EXPECT_LE((mallinfo2().uordblks - before) / kMany, 16U * 1024);
}
#endif

}  // namespace
}  // namespace holdfast::wire
