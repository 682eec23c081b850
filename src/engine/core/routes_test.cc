// Which way requests go, and what the wire shows of it: forward proxies, Unix sockets, the choice
// of HTTP for one request, and that connections of different ways never mix (invariant 36).
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEmptyOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr const char* kPreface = "PRI * HTTP/2.0\r\n";

ClientOptions through(std::string proxy, std::vector<std::string> exempt = {}) {
  ClientOptions options;
  options.proxy = {std::move(proxy), "", std::move(exempt)};
  options.retry.max_attempts = 1;
  return options;
}

ClientOptions with_socket(std::string path) {
  ClientOptions options;
  options.unix_socket = std::move(path);
  options.retry.max_attempts = 1;
  return options;
}

Request with(RequestPolicy policy, std::string url = "http://10.0.0.1/") {
  Request request;
  request.url = std::move(url);
  request.policy = std::make_shared<RequestPolicy>(std::move(policy));
  return request;
}

// --- Forward proxies -----------------------------------------------------------------------------

TEST(ForwardProxy, is_connected_to_and_told_the_whole_url) {
  Rig rig(through("http://user:s3cret@10.9.9.9:3128"));
  rig.get("http://u:p@origin.test:81/a?b=c");
  EXPECT_EQ(rig.lookups(), 0U) << "the origin's name is the proxy's business";
  EXPECT_EQ(rig.socket(0).address.to_string(), "10.9.9.9:3128");
  rig.connect(0);
  const std::string& sent = rig.socket(0).sent;
  EXPECT_TRUE(
      sent.starts_with("GET http://origin.test:81/a?b=c HTTP/1.1\r\n"
                       "Host: origin.test:81\r\n"))
      << sent;
  EXPECT_NE(sent.find("Proxy-Authorization: Basic dXNlcjpzM2NyZXQ=\r\n"), std::string::npos);
  rig.serve(0, kEmptyOk);
  ASSERT_TRUE(rig.ended().response);
  EXPECT_EQ(rig.ended().timeline().last().peer.to_string(), "10.9.9.9:3128");
}

TEST(ForwardProxy, its_name_is_looked_up_and_resolve_acts_on_it) {
  Rig named(through("http://proxy.test"));
  named.get("http://origin.test/");
  EXPECT_EQ(named.lookups(), 1U);

  ClientOptions options = through("http://proxy.test:3128");
  options.resolve = {{"origin.test", 0, "10.0.0.5"}, {"proxy.test", 3128, "10.0.0.6"}};
  Rig fixed(options);
  fixed.get("http://origin.test/");
  EXPECT_EQ(fixed.lookups(), 0U);
  EXPECT_EQ(fixed.socket(0).address.to_string(), "10.0.0.6:3128");
}

TEST(ForwardProxy, a_request_s_own_credentials_for_it_go_before_the_client_s) {
  Rig rig(through("http://user:pw@10.9.9.9"));
  Request request;
  request.url = "http://origin.test/";
  request.headers.add("Proxy-Authorization", "Bearer mine");
  rig.send(std::move(request));
  rig.connect(0);
  EXPECT_NE(rig.socket(0).sent.find("Proxy-Authorization: Bearer mine\r\n"), std::string::npos);
  EXPECT_EQ(rig.socket(0).sent.find("Basic"), std::string::npos);
}

TEST(ForwardProxy, an_exempt_host_is_gone_to_directly_and_sees_no_proxy_credentials) {
  ClientOptions options = through("http://user:pw@10.9.9.9", {"10.0.0.0/8"});
  options.default_headers.add("Proxy-Authorization", "Basic default");
  Rig rig(options);
  Request request;
  request.url = "http://10.0.0.1/";
  request.headers.add("Proxy-Authorization", "Bearer mine");
  request.headers.add("X-Other", "stays");
  rig.send(std::move(request));
  EXPECT_EQ(rig.socket(0).address.to_string(), "10.0.0.1:80");
  rig.connect(0);
  const std::string& sent = rig.socket(0).sent;
  EXPECT_TRUE(sent.starts_with("GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n")) << sent;
  EXPECT_EQ(sent.find("Proxy-Authorization"), std::string::npos) << sent;
  EXPECT_NE(sent.find("X-Other: stays"), std::string::npos);
}

TEST(ForwardProxy, is_spoken_to_in_http_1_even_where_origins_are_known_to_speak_http_2) {
  ClientOptions options = through("http://10.9.9.9");
  options.http2.use = Http2::prior_knowledge;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  EXPECT_TRUE(rig.socket(0).sent.starts_with("GET http://10.0.0.1/ HTTP/1.1\r\n"));
}

TEST(ForwardProxy, a_retry_goes_the_same_way) {
  ClientOptions options = through("http://10.9.9.9:3128");
  options.retry.max_attempts = 2;
  Rig rig(options);
  rig.get();
  rig.refuse(0);
  rig.answer_closes();
  rig.pass(1s);
  EXPECT_EQ(rig.socket(1).address.to_string(), "10.9.9.9:3128");
  rig.refuse(1);
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::connect_refused);
  EXPECT_EQ(rig.ended().error->detail, "the proxy http://10.9.9.9:3128 (10.9.9.9:3128)");
  ASSERT_EQ(rig.ended().timeline().size(), 2U);
  EXPECT_EQ(rig.ended().timeline()[0].route, Route::proxy)
      << "known though there was no connection";
  EXPECT_EQ(rig.ended().timeline()[1].route, Route::proxy);
}

// --- Unix sockets --------------------------------------------------------------------------------

TEST(UnixSocket, is_connected_to_without_a_look_up_and_the_url_stands_in_host) {
  Rig rig(with_socket("/run/x.sock"));
  rig.get("http://api.test:99/v1");
  EXPECT_EQ(rig.lookups(), 0U);
  EXPECT_EQ(rig.socket(0).path, "/run/x.sock");
  EXPECT_EQ(rig.socket(0).address.family, 0);
  rig.connect(0);
  EXPECT_TRUE(rig.socket(0).sent.starts_with("GET /v1 HTTP/1.1\r\nHost: api.test:99\r\n"));
  rig.serve(0, kEmptyOk);
  ASSERT_TRUE(rig.ended().response);
  EXPECT_EQ(rig.ended().timeline().last().route, Route::unix_socket);
}

TEST(UnixSocket, goes_before_the_client_s_proxy_unless_the_request_says_none) {
  ClientOptions options = with_socket("/run/x.sock");
  options.proxy.http_proxy = "http://10.9.9.9";
  Rig rig(options);
  rig.get();
  EXPECT_EQ(rig.socket(0).path, "/run/x.sock");
  RequestPolicy none;
  none.unix_socket = "";
  rig.send(with(none), 1);
  EXPECT_EQ(rig.socket(1).path, "");
  EXPECT_EQ(rig.socket(1).address.to_string(), "10.9.9.9:8080");
}

TEST(UnixSocket, one_that_is_not_there_says_which_and_why) {
  Rig rig(with_socket("/run/none.sock"));
  rig.get();
  rig.engine().handle_connect_failed(rig.socket(0).id, ErrorCode::connect_refused, ENOENT,
                                     rig.now());
  rig.drain();
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->message(),
            "the connection was refused: unix:/run/none.sock: there is no such file");
}

TEST(UnixSocket, that_is_not_accepted_on_is_a_connect_timeout) {
  Rig rig(with_socket("/run/x.sock"));
  rig.get();
  rig.pass(5s);
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::connect_timeout);
}

TEST(UnixSocket, may_speak_http_2_with_prior_knowledge) {
  ClientOptions options = with_socket("/run/x.sock");
  options.http2.use = Http2::prior_knowledge;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  EXPECT_TRUE(rig.socket(0).sent.starts_with(kPreface));
}

// --- One request's own choice --------------------------------------------------------------------

TEST(OwnChoice, of_http_acts_for_that_request_and_for_no_other) {
  Rig rig;
  RequestPolicy known;
  known.http2 = Http2::prior_knowledge;
  rig.send(with(known), 0);
  rig.connect(0);
  EXPECT_TRUE(rig.socket(0).sent.starts_with(kPreface));
  rig.get("http://10.0.0.1/", 1);
  ASSERT_EQ(rig.dials(), 2U) << "it may not share an HTTP/2 connection that it did not ask for";
  rig.connect(1);
  EXPECT_TRUE(rig.socket(1).sent.starts_with("GET / HTTP/1.1\r\n"));
}

TEST(OwnChoice, http_1_for_one_request_does_not_last_in_its_slot) {
  ClientOptions options;
  options.http2.use = Http2::prior_knowledge;
  Rig rig(options);
  RequestPolicy off;
  off.http2 = Http2::off;
  rig.send(with(off), 0);
  rig.connect(0);
  EXPECT_TRUE(rig.socket(0).sent.starts_with("GET / HTTP/1.1\r\n"));
  rig.serve(0, kEmptyOk);
  ASSERT_TRUE(rig.has_ended(0));
  // The same URL, the same slot of the engine's, another choice.
  rig.get("http://10.0.0.1/", 1);
  ASSERT_EQ(rig.dials(), 2U);
  rig.connect(1);
  EXPECT_TRUE(rig.socket(1).sent.starts_with(kPreface));
}

TEST(OwnChoice, of_a_proxy_acts_and_its_mistakes_are_refused) {
  Rig rig;
  RequestPolicy own;
  own.proxy = ProxyPolicy{"http://10.8.8.8", "", {}};
  rig.send(with(own), 0);
  EXPECT_EQ(rig.socket(0).address.to_string(), "10.8.8.8:8080");
  own.proxy = ProxyPolicy{"ftp://u:s3cret@10.8.8.8", "", {}};
  rig.send(with(own), 1);
  ASSERT_TRUE(rig.ended(1).error);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::invalid_option);
  EXPECT_NE(rig.ended(1).error->detail.find("proxy.http_proxy"), std::string::npos);
  EXPECT_EQ(rig.ended(1).error->detail.find("s3cret"), std::string::npos);
  own.proxy.reset();
  own.unix_socket = std::string(200, 'x');
  rig.send(with(own), 2);
  ASSERT_TRUE(rig.ended(2).error);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::invalid_option);
}

TEST(OwnChoice, an_empty_proxy_policy_goes_straight_past_the_client_s) {
  Rig rig(through("http://10.9.9.9"));
  RequestPolicy own;
  own.proxy = ProxyPolicy{};
  rig.send(with(own));
  EXPECT_EQ(rig.socket(0).address.to_string(), "10.0.0.1:80");
}

// --- Invariant 36 --------------------------------------------------------------------------------

TEST(Routes, connections_of_different_ways_never_mix) {
  Rig rig;
  const auto one = [](const char* proxy) {
    RequestPolicy policy;
    policy.proxy = ProxyPolicy{proxy, "", {}};
    return policy;
  };
  RequestPolicy socket_a, socket_b;
  socket_a.unix_socket = "/a";
  socket_b.unix_socket = "/b";
  const RequestPolicy ways[] = {RequestPolicy{},
                                one("http://10.9.9.9"),
                                one("http://10.8.8.8"),
                                one("http://u:a@10.9.9.9"),
                                one("http://u:b@10.9.9.9"),
                                socket_a,
                                socket_b};
  std::size_t dials = 0;
  for (int round = 0; round < 2; ++round) {
    int tag = round * 100;
    for (std::size_t i = 0; i < std::size(ways); ++i, ++tag) {
      rig.send(with(ways[i]), tag);
      if (round == 0) {
        ASSERT_EQ(rig.dials(), dials + 1) << "way " << i << " took another's connection";
        rig.connect(dials++);
      }
      rig.serve(i, kEmptyOk);
      ASSERT_TRUE(rig.has_ended(tag)) << "way " << i;
    }
  }
  EXPECT_EQ(rig.dials(), dials) << "the second round has a connection for each way";
  EXPECT_EQ(rig.engine().stats().idle, std::size(ways));
}

TEST(Routes, a_proxy_that_cannot_be_used_fails_those_that_would_use_it) {
  for (const bool by_request : {false, true}) {
    const ProxyPolicy proxy{"socks5://10.9.9.9:1", "", {"10.0.0.2"}, true};
    ClientOptions options;
    if (!by_request) options.proxy = proxy;
    Rig rig(options);
    Request request;
    if (by_request) {
      RequestPolicy policy;
      policy.proxy = proxy;
      request.policy = std::make_shared<RequestPolicy>(policy);
    }
    request.url = "http://10.0.0.1/";
    rig.send(request, 1);
    EXPECT_EQ(rig.ended(1).error->code, ErrorCode::invalid_option);
    EXPECT_EQ(rig.ended(1).error->attempts(), 1U);
    EXPECT_NE(rig.ended(1).error->detail.find("socks5://10.9.9.9:1"), std::string::npos);
    EXPECT_EQ(rig.dials(), 0U);
    request.url = "http://10.0.0.2/";
    rig.send(request, 2);
    rig.connect(0);
    rig.serve(0, kOk);
    EXPECT_EQ(rig.ended(2).response->status, 200);
  }
}

TEST(Routes, an_ipv6_zone_decides_the_connection_and_is_sent_to_nobody) {
  Rig rig;
  rig.get("http://[fe80::1%25eth0]:81/x", 1);
  EXPECT_EQ(rig.socket(0).address.to_string(), "[fe80::1]:81");
  EXPECT_EQ(rig.socket(0).zone, "eth0");
  rig.connect(0);
  EXPECT_NE(rig.socket(0).sent.find("Host: [fe80::1]:81\r\n"), std::string::npos);
  rig.serve(0, kOk);
  rig.get("http://[fe80::1%25eth1]:81/x", 2);
  EXPECT_EQ(rig.dials(), 2U) << "another interface is another peer";
  EXPECT_EQ(rig.socket(1).zone, "eth1");
  rig.get("http://[FE80:0::1%eth0]:81/x", 3);
  EXPECT_EQ(rig.dials(), 2U) << "another spelling is not";
  rig.get("http://[fe80::1%257]:81/x", 4);
  EXPECT_EQ(rig.socket(2).zone, "");
  EXPECT_EQ(rig.socket(2).address.scope, 7U);
}

TEST(Routes, a_fixed_address_may_have_a_zone) {
  ClientOptions options;
  options.resolve = {{"a.test", 0, "10.0.0.1"}, {"a.test", 0, "fe80::1%eth0"}};
  Rig rig(options);
  rig.get("http://a.test/");
  EXPECT_EQ(rig.socket(0).zone, "");
  rig.refuse(0, ErrorCode::connect_refused);
  EXPECT_EQ(rig.socket(1).address.to_string(), "[fe80::1]:80");
  EXPECT_EQ(rig.socket(1).zone, "eth0");
  rig.connect(1);
  EXPECT_NE(rig.socket(1).sent.find("Host: a.test\r\n"), std::string::npos);
}

TEST(Routes, an_interface_that_does_not_exist_is_named) {
  Rig rig;
  rig.get("http://[fe80::1%25nope]/");
  rig.refuse(0, ErrorCode::dns_not_found, ENODEV);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::dns_not_found);
  EXPECT_NE(rig.ended().error->detail.find("no network interface 'nope'"), std::string::npos);
  EXPECT_EQ(rig.ended().error->attempts(), 1U);
}

TEST(Routes, each_hop_of_a_redirect_takes_its_own_way) {
  ClientOptions options = through("http://user:pw@10.9.9.9", {"10.0.0.7"});
  options.redirects.follow = true;
  Rig rig(options);
  rig.get("http://a.test/x");
  rig.connect(0);
  EXPECT_TRUE(rig.socket(0).sent.starts_with("GET http://a.test/x HTTP/1.1\r\n"));
  rig.serve(0, "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.7/y\r\nContent-Length: 0\r\n\r\n");
  ASSERT_EQ(rig.dials(), 2U);
  EXPECT_EQ(rig.socket(1).address.to_string(), "10.0.0.7:80") << "an exempt host";
  rig.connect(1);
  EXPECT_TRUE(rig.socket(1).sent.starts_with("GET /y HTTP/1.1\r\nHost: 10.0.0.7\r\n"));
  EXPECT_EQ(rig.socket(1).sent.find("Proxy-Authorization"), std::string::npos);
  rig.serve(1, kEmptyOk);
  ASSERT_TRUE(rig.ended().response);
  const Timeline& timeline = rig.ended().timeline();
  ASSERT_EQ(timeline.size(), 2U);
  EXPECT_EQ(timeline[0].route, Route::proxy);
  EXPECT_EQ(timeline[1].route, Route::direct);
}

TEST(Routes, the_pool_s_report_names_the_way_and_not_its_password) {
  Rig rig(through("http://user:s3cret@10.9.9.9"));
  rig.get("http://origin.test/");
  RequestPolicy own;
  own.unix_socket = "/run/x.sock";
  rig.send(with(own), 1);
  const auto origins = rig.engine().origin_stats();
  ASSERT_EQ(origins.size(), 2U);
  EXPECT_EQ(origins[0].origin, "http://origin.test:80 via http://10.9.9.9:8080");
  EXPECT_EQ(origins[1].origin, "http://10.0.0.1:80 via unix:/run/x.sock");
}

}  // namespace
}  // namespace holdfast::engine
