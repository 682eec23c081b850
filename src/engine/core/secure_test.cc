// Requests over TLS, with OpenSSL's own server at the other end of an engine driven by hand (SPEC
// H3, R4–R6, T1).
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/core/engine_rig.h"
#include "wire/tls/session_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

/// A client that trusts one authority, and servers certified by it.
class Secure {
 public:
  explicit Secure(ClientOptions options = {})
      : authority_(wire::make_authority()),
        leaf_(wire::make_certificate({"10.0.0.1", "IP:10.0.0.1"}, &authority_)),
        server_({&leaf_}),
        rig(with_trust(std::move(options))) {}

  void get(int tag = 0, bool streaming = false) {
    Request request;
    request.url = "https://10.0.0.1/";
    id = rig.send(std::move(request), tag, streaming);
  }
  /// Accepts the n-th connection and carries bytes both ways until there are none.
  void accept(std::size_t n, wire::RigServer* server = nullptr) {
    peer = std::make_unique<wire::RigConnection>(server != nullptr ? *server : server_);
    carried_ = 0;
    at = n;
    rig.connect(n);
    exchange();
  }
  void exchange() {
    for (int round = 0; round < 100; ++round) {
      const std::string& sent = rig.socket(at).sent;
      peer->give(std::string_view(sent).substr(carried_));
      carried_ = sent.size();
      rig.accept_writes(at);
      const std::string back = peer->take();
      if (!back.empty()) rig.receive(at, back);
      if (back.empty() && rig.socket(at).sent.size() == carried_) return;
    }
  }
  void answer(std::string_view plain) {
    peer->send(plain);
    exchange();
  }
  const wire::RigCertificate& authority() const { return authority_; }
  wire::RigServer& server() { return server_; }

 private:
  ClientOptions with_trust(ClientOptions options) const {
    options.tls.ca_pem = authority_.pem();
    return options;
  }

  wire::RigCertificate authority_, leaf_;
  wire::RigServer server_;
  std::size_t carried_ = 0;

 public:
  std::unique_ptr<wire::RigConnection> peer;
  std::size_t at = 0;
  ExchangeId id;
  Rig rig;
};

class SecureEngine : public ::testing::Test {
 protected:
  void SetUp() override { wall_is_the_rigs(); }
  /// The hand-driven rig's wall clock stands in 2023, the certificates' in 2033.
  void wall_is_the_rigs() { tls.rig.set_wall(wire::kRigNow); }
  Secure tls;
};

TEST_F(SecureEngine, a_request_is_answered_and_its_record_says_how) {
  tls.get();
  tls.accept(0);
  EXPECT_NE(tls.peer->received().find("GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n"), std::string::npos);
  tls.answer(kHello);
  ASSERT_TRUE(tls.rig.ended().response);
  EXPECT_EQ(tls.rig.ended().response->body, "hello");
  const AttemptRecord& record = tls.rig.ended().timeline().last();
  EXPECT_EQ(record.tls_minor, 3);
  EXPECT_FALSE(record.tls_resumed);
  EXPECT_FALSE(record.tls_unverified);
}

TEST_F(SecureEngine, the_connection_is_kept_although_tickets_come_while_it_is_idle) {
  tls.get();
  tls.accept(0);
  tls.answer(kHello);
  tls.peer->key_update(true);
  tls.answer("");
  tls.get(1);
  tls.exchange();
  tls.answer(kHello);
  ASSERT_TRUE(tls.rig.ended(1).response);
  EXPECT_EQ(tls.rig.dials(), 1U);
}

TEST_F(SecureEngine, a_certificate_that_is_not_trusted_ends_it_before_a_byte_of_the_request) {
  const wire::RigCertificate stranger = wire::make_authority("Stranger");
  const wire::RigCertificate leaf = wire::make_certificate({"10.0.0.1", "IP:10.0.0.1"}, &stranger);
  wire::RigServer server({&leaf});
  tls.get();
  tls.accept(0, &server);
  ASSERT_TRUE(tls.rig.ended().error);
  EXPECT_EQ(tls.rig.ended().error->code, ErrorCode::certificate_rejected);
  EXPECT_EQ(tls.rig.ended().error->phase, Phase::tls);
  EXPECT_EQ(tls.rig.ended().error->replay, ReplayClass::permanent);
  EXPECT_EQ(tls.rig.ended().error->attempts(), 1U);
  EXPECT_EQ(tls.peer->received(), "");
}

TEST_F(SecureEngine, a_reset_in_the_handshake_is_retried_as_never_sent) {
  tls.get();
  tls.rig.connect(0);
  tls.rig.rst(0);
  EXPECT_FALSE(tls.rig.has_ended());
  tls.rig.pass(1s);
  tls.rig.answer_closes();
  tls.accept(1);
  tls.answer(kHello);
  const Timeline& timeline = tls.rig.ended().timeline();
  ASSERT_EQ(timeline.size(), 2U);
  EXPECT_EQ(timeline[0].error, ErrorCode::connection_reset);
  EXPECT_EQ(timeline[0].phase, Phase::tls);
  EXPECT_EQ(timeline[0].replay, ReplayClass::unprocessed);
}

TEST_F(SecureEngine, a_handshake_that_stalls_is_a_connect_timeout) {
  tls.get();
  tls.rig.connect(0);
  tls.rig.pass(5s);
  tls.rig.cancel(tls.id);
  const AttemptRecord& record = tls.rig.ended().timeline()[0];
  EXPECT_EQ(record.error, ErrorCode::connect_timeout);
  EXPECT_EQ(record.phase, Phase::tls);
}

TEST_F(SecureEngine, a_body_that_ends_with_the_connection_needs_a_close_notify) {
  constexpr const char* kUntilClose = "HTTP/1.1 200 OK\r\n\r\nhello";
  Secure whole;
  whole.rig.set_wall(wire::kRigNow);
  whole.get();
  whole.accept(0);
  whole.answer(kUntilClose);
  whole.peer->close_notify();
  whole.exchange();
  ASSERT_TRUE(whole.rig.ended().response);
  EXPECT_EQ(whole.rig.ended().response->body, "hello");

  tls.get();
  tls.accept(0);
  tls.answer(kUntilClose);
  tls.rig.fin(0);
  EXPECT_FALSE(tls.rig.has_ended());  // it is retried: anybody can forge a FIN
  tls.rig.cancel(tls.id);
  EXPECT_EQ(tls.rig.ended().timeline()[0].error, ErrorCode::response_truncated);
}

TEST_F(SecureEngine, what_follows_a_response_unasked_costs_the_connection) {
  tls.get();
  tls.accept(0);
  tls.answer(std::string(kHello) + "HTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(tls.rig.ended().response);
  EXPECT_EQ(tls.rig.closing().size(), 1U);
}

TEST_F(SecureEngine, a_record_after_the_response_costs_the_connection) {
  tls.get();
  tls.accept(0);
  tls.peer->send(kHello);
  tls.peer->send("HTTP/1.1 200 OK\r\n\r\n");
  tls.exchange();
  ASSERT_TRUE(tls.rig.ended().response);
  EXPECT_EQ(tls.rig.ended().response->body, "hello");
  EXPECT_EQ(tls.rig.closing().size(), 1U);
}

TEST_F(SecureEngine, a_paused_consumer_loses_no_byte_of_any_record) {
  tls.get(0, true);
  tls.accept(0);
  tls.peer->send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab");
  tls.exchange();
  tls.rig.engine().pause(tls.id);
  tls.rig.drain();
  tls.peer->send("cd");
  tls.peer->send("e");
  tls.exchange();
  tls.peer->send("f");
  tls.exchange();
  EXPECT_FALSE(tls.rig.has_ended());
  tls.rig.engine().resume(tls.id, tls.rig.now());
  tls.rig.drain();
  std::string body;
  for (const std::string& event : tls.rig.events()) {
    if (event.starts_with("body ")) body += event.substr(5);
  }
  EXPECT_EQ(body, "abcdef");
  EXPECT_TRUE(tls.rig.has_ended());
}

TEST_F(SecureEngine, a_second_connection_resumes_the_first_ones_session) {
  tls.get();
  tls.accept(0);
  tls.answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  tls.rig.answer_closes();
  tls.get(1);
  tls.accept(1);
  tls.answer(kHello);
  EXPECT_TRUE(tls.rig.ended(1).timeline().last().tls_resumed);
}

TEST_F(SecureEngine, an_alert_in_mid_stream_ends_it_and_nothing_more_is_sealed) {
  const wire::RigCertificate leaf =
      wire::make_certificate({"10.0.0.1", "IP:10.0.0.1"}, &tls.authority());
  wire::RigServerWish wish{&leaf};
  wish.demands_certificate = true;  // TLS 1.3: its alert comes when the client is done
  wire::RigServer server(wish);
  tls.get();
  tls.accept(0, &server);
  ASSERT_TRUE(tls.rig.ended().error);
  EXPECT_EQ(tls.rig.ended().error->code, ErrorCode::tls_handshake_failed);
  EXPECT_EQ(tls.peer->received(), "");
}

/// An OpenSSL server of TLS 1.2 that wants a client certificate for this request only.
TEST_F(SecureEngine, a_server_that_insists_on_renegotiation_ends_the_request_at_once) {
  for (const bool by_alert : {true, false}) {
    wall_is_the_rigs();
    const wire::RigCertificate leaf =
        wire::make_certificate({"10.0.0.1", "IP:10.0.0.1"}, &tls.authority());
    wire::RigServer server({.certificate = &leaf, .max_version = TLS1_2_VERSION});
    const std::size_t attempt = tls.rig.dials();
    const int tag = static_cast<int>(attempt);
    tls.get(tag);
    tls.accept(attempt, &server);
    ASSERT_EQ(SSL_renegotiate(&tls.peer->ssl()), 1);
    SSL_do_handshake(&tls.peer->ssl());
    if (by_alert) {
      tls.exchange();
    } else {
      tls.rig.receive(tls.at, tls.peer->take());
      tls.rig.fin(tls.at);
    }
    ASSERT_TRUE(tls.rig.has_ended(tag));
    ASSERT_TRUE(tls.rig.ended(tag).error);
    EXPECT_EQ(tls.rig.ended(tag).error->code, ErrorCode::tls_handshake_failed);
    EXPECT_EQ(tls.rig.ended(tag).error->attempts(), 1U);
    EXPECT_NE(tls.rig.ended(tag).error->detail.find("renegotiation, which is not supported"),
              std::string::npos);
    tls.rig.answer_closes();
  }
}

TEST_F(SecureEngine, a_large_upload_goes_out_in_bounded_writes) {
  Request request;
  request.method = "PUT";
  request.url = "https://10.0.0.1/";
  request.body = std::string(1'000'000, 'x');
  tls.rig.send(std::move(request));
  tls.rig.connect(0);
  tls.peer = std::make_unique<wire::RigConnection>(tls.server());
  std::size_t carried = 0, most = 0;
  for (int round = 0; round < 1000; ++round) {
    const std::string& sent = tls.rig.socket(0).sent;
    most = std::max(most, sent.size() - carried);
    tls.peer->give(std::string_view(sent).substr(carried));
    carried = sent.size();
    if (const std::string back = tls.peer->take(); !back.empty()) tls.rig.receive(0, back);
    if (tls.rig.socket(0).owed == 0) break;
    tls.rig.accept_one_write(0);
  }
  EXPECT_LT(most, 100'000U);
  EXPECT_GT(tls.peer->received().size(), 1'000'000U);
}

/// A cold origin that may speak HTTP/2 is dialed once for all that wait (SPEC H2): no clock of the
/// pool's runs for them until the dial turns out to carry one request at a time.
TEST(SecureEngineOptions, who_shared_a_dial_that_speaks_only_http1_waits_no_longer_than_the_pool) {
  ClientOptions options;
  options.retry.max_attempts = 1;
  options.pool.max_connections = options.pool.max_idle = 1;
  Secure tls(options);
  tls.rig.set_wall(wire::kRigNow);
  tls.get(1);
  tls.get(2);
  ASSERT_EQ(tls.rig.dials(), 1U);
  tls.rig.pass(1s);
  tls.accept(0);
  EXPECT_NE(tls.peer->received().find("GET / HTTP/1.1\r\n"), std::string::npos);
  tls.rig.pass(2s);
  ASSERT_TRUE(tls.rig.has_ended(2));
  ASSERT_TRUE(tls.rig.ended(2).error);
  EXPECT_EQ(tls.rig.ended(2).error->code, ErrorCode::pool_timeout);
  EXPECT_EQ(tls.rig.ended(2).error->phase, Phase::pool);
  EXPECT_FALSE(tls.rig.has_ended(1)) << "it has its connection, and 10 s to be answered";
}

TEST(SecureEngineOptions, a_trust_store_that_cannot_be_read_is_said_at_the_first_https_request) {
  ClientOptions options;
  options.tls.ca_file = "/nonexistent/ca.pem";
  Rig rig(options);
  rig.get("https://10.0.0.1/");
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::invalid_option);
  EXPECT_NE(rig.ended().error->detail.find("/nonexistent/ca.pem"), std::string::npos);
  rig.get("http://10.0.0.1/", 1);
  EXPECT_FALSE(rig.has_ended(1));
}

TEST(SecureEngineOptions, unverified_connections_show_in_the_timeline) {
  const wire::RigCertificate authority = wire::make_authority("Stranger");
  const wire::RigCertificate leaf = wire::make_certificate({"x", "DNS:x"}, &authority);
  wire::RigServer server({&leaf});
  ClientOptions options;
  options.tls.insecure_skip_verification = true;
  Secure tls(options);
  tls.rig.set_wall(wire::kRigNow);
  tls.get();
  tls.accept(0, &server);
  tls.answer(kHello);
  ASSERT_TRUE(tls.rig.ended().response);
  EXPECT_TRUE(tls.rig.ended().timeline().last().tls_unverified);
}

}  // namespace
}  // namespace holdfast::engine
