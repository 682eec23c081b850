// Proxies and Unix domain sockets on real ones: the client, the fault server and, between them, a
// proxy that keeps what it could read.
#include <gtest/gtest.h>
#include <uv.h>

#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fault_server/uv/server.h"
#include "holdfast/client.h"
#include "proptests/command/command_rig.h"
#include "proptests/simulation/proxy_server_rig.h"

namespace proof {
namespace {

using holdfast::ClientOptions;
using holdfast::ErrorCode;
using holdfast::Http2;
using holdfast::Request;
using holdfast::RequestPolicy;
using holdfast::Response;
using holdfast::Result;

/// A fault server with a plain listener, a TLS one, and one of each kind on Unix sockets.
class Routes : public ::testing::Test {
 protected:
  Routes() {
    uv_loop_init(&loop_);
    fault::Scenario scenario;
    EXPECT_FALSE(fault::add_rule_line(scenario, "/x : 200 body=text:hello"));
    EXPECT_FALSE(fault::add_rule_line(scenario, "/cut : reset@body:2; 200 body=text:whole"));
    scenario.listeners.resize(4);
    const char* const ids[] = {"h1", "tls", "unix", "unix-tls"};
    for (std::size_t i = 0; i < 4; ++i) {
      scenario.listeners[i].id = ids[i];
      if (i >= 2) scenario.listeners[i].unix_path = scratch_ / ids[i];
      if (i % 2 == 1) scenario.listeners[i].tls_cert = "good";
    }
    EXPECT_EQ(fault::validate(scenario), std::vector<std::string>{});
    server_.emplace(&loop_, scenario);
    const auto error = server_->start();
    EXPECT_FALSE(error) << *error;
    options.tls.ca_pem = server_->peer().certificates().ca_pem();
    options.retry.max_attempts = 1;
  }
  ~Routes() override {
    client_.reset();
    server_->close();
    uv_run(&loop_, UV_RUN_DEFAULT);
    server_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }

  Result<Response> send(Request request) {
    if (client_ == nullptr) client_ = std::make_unique<holdfast::Client>(&loop_, options);
    std::optional<Result<Response>> got;
    client_->send(std::move(request), [&](Result<Response> result) { got = std::move(result); });
    while (!got) uv_run(&loop_, UV_RUN_ONCE);
    return std::move(*got);
  }
  Result<Response> get(const std::string& url) {
    Request request;
    request.url = url;
    return send(std::move(request));
  }
  std::string plain(const std::string& path) const {
    return "http://a.test:" + std::to_string(server_->port("h1")) + path;
  }
  std::string secure(const std::string& path) const {
    return "https://a.test:" + std::to_string(server_->port("tls")) + path;
  }
  /// The listeners that requests came to, in order.
  std::string came_to() {
    std::string text;
    std::map<std::uint64_t, std::string> of;
    for (const fault::Entry& entry : server_->peer().journal().entries()) {
      if (entry.type == fault::EntryType::kConnOpen) of[entry.conn] = entry.listener;
      if (entry.type == fault::EntryType::kReqHead) text += of[entry.conn] + entry.target + " ";
    }
    return text;
  }

  ClientOptions options;
  const Scratch scratch_;

 private:
  uv_loop_t loop_{};
  std::optional<fault::ServerUv> server_;
  std::unique_ptr<holdfast::Client> client_;
};

TEST_F(Routes, https_goes_through_a_tunnel_of_which_the_proxy_reads_the_host_only) {
  ProxyServer proxy;
  options.proxy.https_proxy = proxy.url("user:pw@");
  for (int i = 0; i < 3; ++i) {
    const auto got = get(secure("/x"));
    ASSERT_TRUE(got.ok()) << got.error().message();
    EXPECT_EQ(got->body, "hello");
    EXPECT_EQ(got->timeline.last().http_major, 2) << "ALPN is the origin's";
  }
  ASSERT_EQ(proxy.heads().size(), 1U);
  EXPECT_TRUE(proxy.heads()[0].starts_with("CONNECT a.test:")) << proxy.heads()[0];
  EXPECT_NE(proxy.heads()[0].find("Proxy-Authorization: Basic dXNlcjpwdw==\r\n"),
            std::string::npos);
  EXPECT_EQ(proxy.read().find("PRI * HTTP/2.0"), std::string::npos);
  EXPECT_EQ(came_to(), "tls/x tls/x tls/x ");
}

TEST_F(Routes, https_in_http_1_goes_the_same_way) {
  ProxyServer proxy;
  options.proxy.https_proxy = proxy.url();
  options.http2.use = Http2::off;
  const auto got = get(secure("/x"));
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(got->body, "hello");
  EXPECT_EQ(got->timeline.last().http_major, 1);
  EXPECT_EQ(proxy.read().find("/x"), std::string::npos);
}

TEST_F(Routes, http_is_handed_on_by_a_forward_proxy_and_its_credentials_stay_there) {
  ProxyServer proxy;
  options.proxy.http_proxy = proxy.url("user:pw@");
  for (int i = 0; i < 2; ++i) {
    const auto got = get(plain("/x"));
    ASSERT_TRUE(got.ok()) << got.error().message();
    EXPECT_EQ(got->body, "hello");
  }
  ASSERT_EQ(proxy.heads().size(), 2U);
  EXPECT_TRUE(proxy.heads()[0].starts_with("GET " + plain("/x") + " HTTP/1.1\r\n"));
  EXPECT_NE(proxy.heads()[1].find("Proxy-Authorization: Basic dXNlcjpwdw==\r\n"),
            std::string::npos);
  EXPECT_EQ(came_to(), "h1/x h1/x ");
}

TEST_F(Routes, a_proxy_that_refuses_ends_it_and_one_that_is_busy_is_asked_again) {
  options.retry.max_attempts = 2;
  options.retry.backoff.base = std::chrono::milliseconds(1);
  options.proxy.https_proxy = "http://127.0.0.1:1";
  RequestPolicy own;
  {
    ProxyServer proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    own.proxy = holdfast::ProxyPolicy{"", proxy.url("user:s3cret@"), {}};
    Request request;
    request.url = secure("/x");
    request.policy = std::make_shared<RequestPolicy>(own);
    const auto got = send(std::move(request));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, ErrorCode::proxy_refused);
    EXPECT_NE(got.error().message().find("407"), std::string::npos) << got.error().message();
    EXPECT_EQ(got.error().message().find("s3cret"), std::string::npos) << got.error().message();
    EXPECT_EQ(got.error().attempts(), 1U);
  }
  {
    ProxyServer proxy("HTTP/1.1 503 Busy\r\n\r\n");
    own.proxy = holdfast::ProxyPolicy{"", proxy.url(), {}};
    Request request;
    request.url = secure("/x");
    request.policy = std::make_shared<RequestPolicy>(own);
    const auto got = send(std::move(request));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, ErrorCode::proxy_unavailable);
    EXPECT_EQ(proxy.heads().size(), 2U);
  }
  EXPECT_EQ(came_to(), "");
}

TEST_F(Routes, a_unix_socket_is_gone_to_whatever_the_url_says) {
  options.unix_socket = scratch_ / "unix";
  for (int i = 0; i < 2; ++i) {
    const auto got = get("http://nowhere.test/x");
    ASSERT_TRUE(got.ok()) << got.error().message();
    EXPECT_EQ(got->body, "hello");
    EXPECT_EQ(got->timeline.last().reused, i == 1);
  }
  EXPECT_EQ(came_to(), "unix/x unix/x ");
}

TEST_F(Routes, tls_and_http_2_work_on_a_unix_socket_and_the_certificate_is_the_url_s) {
  options.unix_socket = scratch_ / "unix-tls";
  const auto got = get("https://a.test/x");
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(got->timeline.last().http_major, 2);
  const auto other = get("https://other.test/x");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::certificate_rejected);
  EXPECT_EQ(came_to(), "unix-tls/x ");
}

TEST_F(Routes, an_answer_cut_short_on_a_unix_socket_is_asked_for_again) {
  options.unix_socket = scratch_ / "unix";
  options.retry.max_attempts = 2;
  options.retry.backoff.base = std::chrono::milliseconds(1);
  const auto got = get("http://a.test/cut");
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(got->body, "whole");
  EXPECT_EQ(got->timeline.attempts(), 2U);
}

TEST_F(Routes, a_unix_socket_that_is_not_there_is_refused_with_its_path) {
  options.unix_socket = scratch_ / "none";
  const auto got = get("http://a.test/x");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::connect_refused);
  EXPECT_EQ(got.error().os_error, ENOENT);
  EXPECT_NE(got.error().message().find("unix:" + (scratch_ / "none") + ": there is no such file"),
            std::string::npos)
      << got.error().message();
}

TEST_F(Routes, one_request_s_socket_and_proxy_are_nobody_else_s) {
  ProxyServer proxy;
  options.resolve = {{"a.test", 0, "127.0.0.1"}};
  RequestPolicy by_socket, by_proxy;
  by_socket.unix_socket = scratch_ / "unix";
  by_proxy.proxy = holdfast::ProxyPolicy{proxy.url(), "", {}};
  for (int round = 0; round < 2; ++round) {
    for (const RequestPolicy* policy : {&by_socket, &by_proxy}) {
      Request request;
      request.url = plain("/x");
      request.policy = std::make_shared<RequestPolicy>(*policy);
      const auto got = send(std::move(request));
      ASSERT_TRUE(got.ok()) << got.error().message();
    }
    const auto got = get(plain("/x"));
    ASSERT_TRUE(got.ok()) << got.error().message();
  }
  EXPECT_EQ(came_to(), "unix/x h1/x h1/x unix/x h1/x h1/x ");
  EXPECT_EQ(proxy.heads().size(), 2U);
}

// The commands themselves.
TEST(FaultServerCommand, listens_on_a_unix_socket_and_says_so) {
  const Scratch scratch;
  const std::string path = scratch / "socket";
  {
    Server server({"--unix", path, "--rule", "200 body=text:hello"});
    EXPECT_TRUE(std::filesystem::is_socket(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path)) << "it goes with the server";
  std::ofstream(path) << "precious";
  const Ran ran = run(kBin + "/fault-server --port 0 --unix " + path);
  EXPECT_EQ(ran.exit, 1);
  EXPECT_NE(ran.err.find("no socket"), std::string::npos) << ran.err;
  EXPECT_EQ(slurp(path), "precious");
}

}  // namespace
}  // namespace proof
