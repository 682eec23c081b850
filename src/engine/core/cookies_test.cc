// Cookies by example (RFC 6265bis), hop by hop.
#include "holdfast/cookies.h"
#include "engine/core/redirect_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

ClientOptions with_jar() {
  ClientOptions options = following();
  options.cookies = std::make_shared<CookieJar>();
  return options;
}

TEST(cookies, every_answer_sets_them_and_every_hop_sends_its_own) {
  Rig rig(with_jar());
  rig.get("http://10.0.0.1/a");
  rig.connect(0);
  EXPECT_FALSE(says(rig.socket(0).sent, "Cookie"));
  rig.serve(0, "HTTP/1.1 503 X\r\nContent-Length: 0\r\nSet-Cookie: busy=1\r\n\r\n");
  rig.pass(1s);
  rig.socket(0).sent.clear();
  rig.serve(0, moved(302, "http://10.0.0.2/b", "Set-Cookie: a=1\r\nset-cookie: b=2; Path=/x\r\n"));
  EXPECT_FALSE(says(rig.socket(0).sent, "a=1"));
  rig.connect(1);
  EXPECT_FALSE(says(rig.socket(1).sent, "Cookie"));
  rig.socket(0).sent.clear();
  rig.serve(1, moved(302, "http://10.0.0.1/x", "Set-Cookie: other=3\r\n"));
  EXPECT_TRUE(says(rig.socket(0).sent, "\r\nCookie: b=2; busy=1; a=1\r\n"));
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().response->status, 200);
}

TEST(cookies, a_field_of_ones_own_goes_before_the_jar) {
  ClientOptions options = with_jar();
  options.cookies->set("http://10.0.0.1/", "jar=1", 1'700'000'000);
  Rig rig(options);
  Request request;
  request.url = "http://10.0.0.1/";
  request.headers.add("cookie", "own=2");
  rig.send(std::move(request));
  rig.connect(0);
  EXPECT_TRUE(says(rig.socket(0).sent, "cookie: own=2"));
  EXPECT_FALSE(says(rig.socket(0).sent, "jar=1"));
}

TEST(cookies, they_expire_by_the_wall_clock) {
  Rig rig(with_jar());
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: n=v; Max-Age=10\r\n\r\n");
  rig.pass(9s);
  rig.socket(0).sent.clear();
  rig.get("http://10.0.0.1/", 2);
  EXPECT_TRUE(says(rig.socket(0).sent, "Cookie: n=v"));
  rig.serve(0, kOk);
  rig.pass(1s);
  rig.socket(0).sent.clear();
  rig.get("http://10.0.0.1/", 3);
  EXPECT_FALSE(says(rig.socket(0).sent, "Cookie"));
}

TEST(cookies, they_stand_in_no_error) {
  ClientOptions options = with_jar();
  options.retry.max_attempts = 1;
  options.cookies->set("http://10.0.0.1/", "secret=hush", 1'700'000'000);
  Rig rig(options);
  rig.get();
  rig.connect(0);
  EXPECT_TRUE(says(rig.socket(0).sent, "Cookie: secret=hush"));
  rig.accept_writes(0);
  rig.receive(0, "HTTP/1.1 200 OK\r\nSet-Cookie: secret=hush2\x01\r\nContent-Length: x\r\n\r\n");
  EXPECT_FALSE(says(rig.ended().error->message(), "hush"));
  EXPECT_FALSE(says(rig.ended().error->timeline.to_string(), "hush"));
}

}  // namespace
}  // namespace holdfast::engine
