// Tunnels through a proxy, driven by hand: what the proxy sees, what its answers mean, and that
// nothing of a request leaves before the origin's certificate has been seen (T1, R2, R4, H3).
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/core/engine_rig.h"
#include "wire/tls/session_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOpen = "HTTP/1.1 200 Connection established\r\n\r\n";

/// A client behind the proxy 10.9.9.9:3128, an origin "origin.test", and what lies between.
class Tunnel : public ::testing::Test {
 protected:
  Tunnel() { make({}); }

  void make(ClientOptions options, const std::string& userinfo = "") {
    options.proxy.https_proxy = "http://" + userinfo + "10.9.9.9:3128";
    options.tls.ca_pem = authority_.pem();
    rig = std::make_unique<Rig>(std::move(options));
    rig->set_wall(wire::kRigNow);  // the rigs' certificates are of another year
  }
  void send(const char* method = "GET", int tag = 0, Headers headers = {}) {
    Request request;
    request.method = method;
    request.url = "https://origin.test/secret-path";
    request.headers = std::move(headers);
    rig->send(std::move(request), tag);
  }
  /// Lets the proxy take CONNECT and say that; then TLS goes on as far as it will.
  void open(std::size_t n, const std::string& answer = kOpen) {
    rig->connect(n);
    rig->accept_writes(n);
    carried_ = rig->socket(n).sent.size();
    asked = rig->socket(n).sent;
    peer = std::make_unique<wire::RigConnection>(server_);
    rig->receive(n, answer);
    exchange(n);
  }
  void exchange(std::size_t n) {
    for (int round = 0; round < 100; ++round) {
      const std::string& sent = rig->socket(n).sent;
      peer->give(std::string_view(sent).substr(carried_));
      carried_ = sent.size();
      rig->accept_writes(n);
      const std::string back = peer->take();
      if (!back.empty()) rig->receive(n, back);
      if (back.empty() && rig->socket(n).sent.size() == carried_) return;
    }
  }
  void answer(std::size_t n, std::string_view plain) {
    peer->send(plain);
    exchange(n);
  }
  /// The proxy answers CONNECT with this and the exchange, which may try once, ends.
  const Error& refused(const std::string& said) {
    ClientOptions options;
    options.retry.max_attempts = 1;
    make(options, "user:s3cret@");
    send();
    rig->connect(0);
    rig->accept_writes(0);
    rig->receive(0, said);
    EXPECT_TRUE(rig->ended().error) << said;
    EXPECT_EQ(rig->ended().error->phase, Phase::tunnel) << said;
    EXPECT_EQ(rig->ended().error->message().find("s3cret"), std::string::npos);
    EXPECT_EQ(rig->closing().size(), 1U);
    return *rig->ended().error;
  }

  void expect_wait(const std::string& refusal, Duration wait, DelaySource source);

  wire::RigCertificate authority_ = wire::make_authority();
  wire::RigCertificate leaf_ =
      wire::make_certificate({"origin.test", "DNS:origin.test"}, &authority_);
  wire::RigServer server_{{&leaf_}};
  std::size_t carried_ = 0;
  std::string asked;
  std::unique_ptr<wire::RigConnection> peer;
  std::unique_ptr<Rig> rig;
};

TEST_F(Tunnel, the_proxy_sees_the_host_and_nothing_of_the_request) {
  make({}, "user:s3cret@");
  send("GET", 0, {{"Cookie", "c00kie"}});
  EXPECT_EQ(rig->lookups(), 0U);
  EXPECT_EQ(rig->socket(0).address.to_string(), "10.9.9.9:3128");
  open(0);
  EXPECT_EQ(asked,
            "CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nUser-Agent: holdfast\r\n"
            "Proxy-Authorization: Basic dXNlcjpzM2NyZXQ=\r\n\r\n");
  EXPECT_TRUE(peer->received().starts_with("GET /secret-path HTTP/1.1\r\nHost: origin.test\r\n"))
      << peer->received();
  answer(0, kHello);
  ASSERT_TRUE(rig->ended().response);
  EXPECT_EQ(rig->ended().response->body, "hello");
  EXPECT_EQ(rig->socket(0).sent.find("secret-path"), std::string::npos);
  EXPECT_EQ(rig->socket(0).sent.find("c00kie"), std::string::npos);
  EXPECT_EQ(rig->ended().timeline().last().tls_minor, 3);
  EXPECT_EQ(rig->ended().timeline().last().route, Route::tunnel);
}

TEST_F(Tunnel, is_kept_and_used_again) {
  send();
  open(0);
  answer(0, kHello);
  send("GET", 1);
  exchange(0);
  answer(0, kHello);
  ASSERT_TRUE(rig->ended(1).response);
  EXPECT_EQ(rig->dials(), 1U);
  EXPECT_TRUE(rig->ended(1).timeline().last().reused);
}

TEST_F(Tunnel, credentials_for_a_proxy_do_not_reach_the_origin) {
  ClientOptions options;
  options.default_headers.add("Proxy-Authorization", "Basic default");
  make(options, "user:pw@");
  send("GET", 0, {{"Proxy-Authorization", "Bearer mine"}, {"X-Other", "stays"}});
  open(0);
  EXPECT_EQ(peer->received().find("Proxy-Authorization"), std::string::npos) << peer->received();
  EXPECT_NE(peer->received().find("X-Other: stays\r\n"), std::string::npos);
  EXPECT_EQ(asked.find("mine"), std::string::npos) << "nor does a request's own make a tunnel";
}

TEST_F(Tunnel, the_certificate_is_the_origin_s_to_show_and_not_the_proxy_s) {
  const wire::RigCertificate of_proxy =
      wire::make_certificate({"10.9.9.9", "IP:10.9.9.9"}, &authority_);
  wire::RigServer impostor({&of_proxy});
  send();
  rig->connect(0);
  rig->accept_writes(0);
  carried_ = rig->socket(0).sent.size();
  peer = std::make_unique<wire::RigConnection>(impostor);
  rig->receive(0, kOpen);
  exchange(0);
  ASSERT_TRUE(rig->ended().error);
  EXPECT_EQ(rig->ended().error->code, ErrorCode::certificate_rejected);
  EXPECT_EQ(rig->ended().error->phase, Phase::tls);
  EXPECT_TRUE(rig->ended().error->detail.starts_with(
      "origin.test through http://10.9.9.9:3128 (10.9.9.9:3128): "))
      << rig->ended().error->detail;
  EXPECT_EQ(peer->received(), "");
}

TEST_F(Tunnel, an_answer_in_pieces_with_interim_ones_before_it_opens_it_just_as_well) {
  send();
  rig->connect(0);
  rig->accept_writes(0);
  carried_ = rig->socket(0).sent.size();
  peer = std::make_unique<wire::RigConnection>(server_);
  for (const char c : std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
                                  "Link: x\r\n\r\nHTTP/1.0 204 Fine\r\nVia: p\r\n\r\n")) {
    rig->receive(0, std::string(1, c));
  }
  exchange(0);
  answer(0, kHello);
  EXPECT_TRUE(rig->ended().response);
}

TEST_F(Tunnel, the_length_of_a_success_is_not_believed) {
  // RFC 9110 §9.3.6: a 2xx to CONNECT has no content, whatever it says.
  send();
  open(0, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  answer(0, kHello);
  EXPECT_TRUE(rig->ended().response);
}

TEST_F(Tunnel, bytes_behind_the_answer_are_refused) {
  const Error& error = refused(std::string(kOpen) + "\x16\x03");
  EXPECT_EQ(error.code, ErrorCode::protocol_error);
}

TEST_F(Tunnel, an_answer_before_the_question_is_refused) {
  send();
  rig->connect(0);
  rig->receive(0, kOpen);
  ASSERT_TRUE(rig->ended().error);
  EXPECT_EQ(rig->ended().error->code, ErrorCode::protocol_error);
}

TEST_F(Tunnel, client_errors_and_redirects_refuse_it_for_good) {
  for (const char* status : {"407 Proxy Authentication Required", "403 Forbidden", "404 No",
                             "302 Found", "425 Too Early"}) {
    const Error& error = refused("HTTP/1.1 " + std::string(status) +
                                 "\r\nContent-Length: 5\r\nProxy-Authenticate: Basic\r\n\r\noops!");
    EXPECT_EQ(error.code, ErrorCode::proxy_refused) << status;
    EXPECT_EQ(error.replay, ReplayClass::permanent) << status;
    EXPECT_NE(error.detail.find(std::string(status, 3)), std::string::npos) << error.detail;
  }
}

TEST_F(Tunnel, server_errors_make_it_unavailable_for_now) {
  for (const char* status : {"500 Oops", "502 Bad Gateway", "503 Busy", "504 Slow",
                             "408 Request Timeout", "429 Too Many", "599 Odd"}) {
    const Error& error = refused("HTTP/1.1 " + std::string(status) + "\r\n\r\n");
    EXPECT_EQ(error.code, ErrorCode::proxy_unavailable) << status;
    EXPECT_EQ(error.replay, ReplayClass::unprocessed) << status;
  }
}

TEST_F(Tunnel, what_is_no_answer_is_a_protocol_error) {
  EXPECT_EQ(refused("SSH-2.0-OpenSSH\r\n").code, ErrorCode::protocol_error);
  EXPECT_EQ(refused("HTTP/1.1 200 OK\nX: y\n\n").code, ErrorCode::protocol_error);
  EXPECT_EQ(refused("HTTP/1.1 101 Switching\r\n\r\n").code, ErrorCode::protocol_error);
}

TEST_F(Tunnel, a_head_without_end_is_bounded) {
  EXPECT_EQ(refused("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')).code,
            ErrorCode::head_too_large);
}

TEST_F(Tunnel, a_proxy_that_leaves_fails_the_dial_in_its_phase) {
  ClientOptions once;
  once.retry.max_attempts = 1;
  make(once);
  send();
  rig->connect(0);
  rig->accept_writes(0);
  rig->fin(0);
  ASSERT_TRUE(rig->ended().error);
  EXPECT_EQ(rig->ended().error->code, ErrorCode::connection_closed);
  EXPECT_EQ(rig->ended().error->phase, Phase::tunnel);
  EXPECT_EQ(rig->ended().error->replay, ReplayClass::unprocessed);

  make(once);
  send();
  rig->connect(0);
  rig->rst(0, true);
  ASSERT_TRUE(rig->ended().error);
  EXPECT_EQ(rig->ended().error->code, ErrorCode::connection_reset);
  EXPECT_EQ(rig->ended().error->phase, Phase::tunnel);
  EXPECT_EQ(rig->ended().error->replay, ReplayClass::unprocessed) << "no byte of the request left";
}

TEST_F(Tunnel, a_proxy_that_says_nothing_is_a_connect_timeout_in_its_phase) {
  ClientOptions options;
  options.retry.max_attempts = 1;
  options.timeouts.connect = 3s;
  make(options);
  send();
  rig->pass(1s);
  rig->connect(0);
  rig->pass(1999ms);
  EXPECT_FALSE(rig->has_ended());
  rig->pass(1ms);  // of the whole dial, not from CONNECT on
  ASSERT_TRUE(rig->ended().error);
  EXPECT_EQ(rig->ended().error->code, ErrorCode::connect_timeout);
  EXPECT_EQ(rig->ended().error->phase, Phase::tunnel);
}

TEST_F(Tunnel, a_get_is_retried_after_503_and_a_post_only_where_unsent_is_allowed) {
  for (const bool unsent : {false, true}) {
    ClientOptions options;
    options.retry.non_idempotent = unsent ? NonIdempotent::unsent : NonIdempotent::never;
    make(options);
    send("GET", 0);
    rig->connect(0);
    rig->accept_writes(0);
    rig->receive(0, "HTTP/1.1 503 Busy\r\n\r\n");
    EXPECT_FALSE(rig->has_ended(0));
    rig->answer_closes();
    rig->pass(1s);
    open(1);
    answer(1, kHello);
    ASSERT_TRUE(rig->ended(0).response);

    make(options);
    send("POST", 1);
    rig->connect(0);
    rig->accept_writes(0);
    rig->receive(0, "HTTP/1.1 503 Busy\r\n\r\n");
    EXPECT_EQ(rig->has_ended(1), !unsent);
    rig->answer_closes();
    rig->pass(1s);
    ASSERT_EQ(rig->dials(), unsent ? 2U : 1U);
    if (!unsent) continue;
    open(1);
    answer(1, kHello);
    EXPECT_TRUE(rig->ended(1).response);
  }
}

/// The proxy answers the first CONNECT with `refusal`; the request is tried again after `wait` and
/// not a nanosecond sooner, and succeeds.
void Tunnel::expect_wait(const std::string& refusal, Duration wait, DelaySource source) {
  make({});
  send();
  rig->connect(0);
  rig->accept_writes(0);
  rig->receive(0, refusal);
  rig->answer_closes();
  EXPECT_FALSE(rig->has_ended()) << refusal;
  rig->pass(wait - 1ns);
  EXPECT_EQ(rig->dials(), 1U) << refusal;
  rig->pass(1ns);
  ASSERT_EQ(rig->dials(), 2U) << refusal;
  open(1);
  answer(1, kHello);
  ASSERT_TRUE(rig->ended().response) << refusal;
  const Timeline& timeline = rig->ended().timeline();
  ASSERT_EQ(timeline.size(), 2U);
  EXPECT_EQ(timeline[0].error, ErrorCode::proxy_unavailable);
  EXPECT_EQ(timeline[0].replay, ReplayClass::unprocessed);
  EXPECT_EQ(timeline[0].status, 0) << "the origin sent none";
  EXPECT_EQ(timeline[0].retry_after, wait);
  EXPECT_EQ(timeline[0].retry_after_note, RetryAfterNote::used);
  EXPECT_EQ(timeline[1].delay, wait);
  EXPECT_EQ(timeline[1].delay_source, source);
}

TEST_F(Tunnel, what_the_proxy_asks_for_is_waited_for) {
  for (const char* status : {"503 Busy", "429 Too Many"}) {
    const std::string start = "HTTP/1.1 " + std::string(status) + "\r\n";
    expect_wait(start + "Retry-After: 7\r\n\r\n", 7s, DelaySource::retry_after);
    expect_wait(start + "retry-after-ms: 1500\r\n\r\n", 1500ms, DelaySource::retry_after_ms);
    expect_wait(start + "RateLimit: \"p\";r=0;t=8\r\n\r\n", 8s, DelaySource::rate_limit);
    expect_wait(start + "X-RateLimit-Reset: 9\r\nContent-Length: 5\r\n\r\nbusy!", 9s,
                DelaySource::rate_limit_reset);
  }
}

TEST_F(Tunnel, a_wait_above_the_limit_ends_it_at_once_with_the_hint_exposed) {
  make({});
  send();
  rig->connect(0);
  rig->accept_writes(0);
  rig->receive(0, "HTTP/1.1 503 Busy\r\nRetry-After: 301\r\n\r\n");
  ASSERT_TRUE(rig->ended().error);
  EXPECT_EQ(rig->ended().error->code, ErrorCode::proxy_unavailable);
  EXPECT_EQ(rig->ended().timeline().stop_reason(), StopReason::retry_after_over_limit);
  EXPECT_EQ(rig->ended().timeline().last().retry_after, 301s);
}

TEST_F(Tunnel, its_status_is_retried_where_the_set_has_it) {
  ClientOptions options;
  options.retry.statuses = {403};
  make(options);
  send("GET", 0);
  rig->connect(0);
  rig->accept_writes(0);
  rig->receive(0, "HTTP/1.1 403 Not now\r\n\r\n");
  EXPECT_FALSE(rig->has_ended(0));
  rig->answer_closes();
  rig->pass(1s);
  ASSERT_EQ(rig->dials(), 2U);
  rig->connect(1);
  rig->accept_writes(1);
  rig->receive(1, "HTTP/1.1 503 Busy\r\n\r\n");
  ASSERT_TRUE(rig->ended(0).error);
  EXPECT_EQ(rig->ended(0).error->code, ErrorCode::proxy_unavailable);
  EXPECT_EQ(rig->ended(0).timeline().stop_reason(), StopReason::status_not_retryable);
}

TEST_F(Tunnel, a_proxy_that_forbids_retries_is_obeyed) {
  make({});
  send();
  rig->connect(0);
  rig->accept_writes(0);
  rig->receive(0, "HTTP/1.1 503 Busy\r\nx-should-retry: false\r\n\r\n");
  ASSERT_TRUE(rig->ended().error);
  EXPECT_EQ(rig->ended().timeline().stop_reason(), StopReason::server_refused);
}

TEST_F(Tunnel, that_fails_costs_its_owner_and_those_that_wait_for_it_get_another) {
  ClientOptions options;
  options.retry.max_attempts = 1;
  make(options);
  for (int tag = 0; tag < 5; ++tag) send("GET", tag);
  ASSERT_EQ(rig->dials(), 1U) << "a cold origin that may speak HTTP/2 gets one dial";
  for (int tag = 0; tag < 5; ++tag) {
    const auto n = static_cast<std::size_t>(tag);
    ASSERT_EQ(rig->dials(), n + 1);
    EXPECT_FALSE(rig->has_ended(tag));
    rig->connect(n);
    rig->accept_writes(n);
    rig->receive(n, "HTTP/1.1 407 No\r\n\r\n");
    ASSERT_TRUE(rig->ended(tag).error);
    EXPECT_EQ(rig->ended(tag).error->code, ErrorCode::proxy_refused);
  }
}

TEST_F(Tunnel, a_request_cancelled_meanwhile_says_where_it_was) {
  send();
  rig->connect(0);
  Request other;
  other.url = "https://origin.test/";
  const ExchangeId id = rig->send(std::move(other), 1);
  rig->cancel(id);
  ASSERT_TRUE(rig->ended(1).error);
  EXPECT_EQ(rig->ended(1).error->phase, Phase::tunnel);
}

TEST_F(Tunnel, to_an_ipv6_address_is_asked_for_in_brackets) {
  Request request;
  request.url = "https://[fd00::1]:8443/";
  rig->send(std::move(request));
  rig->connect(0);
  EXPECT_TRUE(
      rig->socket(0).sent.starts_with("CONNECT [fd00::1]:8443 HTTP/1.1\r\n"
                                      "Host: [fd00::1]:8443\r\n"))
      << rig->socket(0).sent;
}

}  // namespace
}  // namespace holdfast::engine
