// Redirects and cookies through the public client, on real sockets.
#include <memory>

#include "api/client_rig.h"
#include "holdfast/cookies.h"

namespace holdfast::api {
namespace {

TEST_F(ClientTest, a_redirect_is_followed_with_its_cookie_on_one_connection) {
  std::string heads;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.received.find("\r\n\r\n") == std::string::npos) return;
    const bool first = peer.received.starts_with("POST /login ");
    heads += peer.received;
    peer.received.clear();
    peer.send(first ? "HTTP/1.1 303 See Other\r\nContent-Length: 5\r\nLocation: home\r\n"
                      "Set-Cookie: sid=7; Path=/\r\n\r\nwait!"
                    : response("welcome"));
  };
  ClientOptions options;
  options.redirects.follow = true;
  options.cookies = std::make_shared<CookieJar>();
  Outcome outcome;
  make(options).post(server.url("/login"), "name=x", outcome.callback());
  run();
  ASSERT_EQ("200 welcome", outcome.text());
  EXPECT_EQ(server.url("/home"), (*outcome.result)->final_url);
  EXPECT_EQ(2U, (*outcome.result)->timeline.attempts());
  EXPECT_NE(heads.find("GET /home HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(heads.find("\r\nCookie: sid=7\r\n"), std::string::npos);
  ASSERT_EQ(1U, options.cookies->all().size());
  EXPECT_EQ("sid", options.cookies->all()[0].name);
}

}  // namespace
}  // namespace holdfast::api
