// Redirects and cookies by example (SPEC F4); over generated graphs they are in
// proptests/redirects_test.cc.
#include "engine/engine_rig.h"
#include "holdfast/cookies.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

std::string moved(int code, const std::string& location, const std::string& fields = "") {
  return "HTTP/1.1 " + std::to_string(code) + " X\r\nContent-Length: 0\r\nLocation: " + location +
         "\r\n" + fields + "\r\n";
}

ClientOptions following() {
  ClientOptions options;
  options.redirects.follow = true;
  options.user_agent.clear();      // heads hold nothing
  options.decode.enabled = false;  // but what is looked at
  return options;
}

bool says(const std::string& head, const std::string& what) {
  return head.find(what) != std::string::npos;
}

TEST(redirects, a_redirect_is_the_answer_unless_asked_for) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, moved(302, "/next"));
  EXPECT_EQ(rig.ended().response->status, 302);
  EXPECT_EQ(rig.ended().response->final_url, "");
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::success);
}

TEST(redirects, a_hop_to_the_same_origin_uses_the_connection_again) {
  Rig rig(following());
  rig.get("http://u:p@10.0.0.1/a/b");
  rig.connect(0);
  rig.serve(0, moved(302, "c?d#e"));
  rig.socket(0).sent.clear();
  rig.serve(0, kOk);
  EXPECT_EQ(rig.dials(), 1U);
  const Response& response = *rig.ended().response;
  EXPECT_EQ(response.body, "hi");
  EXPECT_EQ(response.final_url, "http://10.0.0.1/a/c?d");
  ASSERT_EQ(response.timeline.attempts(), 2U);
  EXPECT_EQ(response.timeline[0].status, 302);
  EXPECT_EQ(response.timeline[0].hop, 0);
  EXPECT_EQ(response.timeline[1].hop, 1);
  EXPECT_EQ(response.timeline[1].delay_source, DelaySource::none);
  EXPECT_EQ(response.timeline.stop_reason(), StopReason::success);
}

TEST(redirects, the_next_request_of_the_slot_is_not_misled) {
  Rig rig(following());
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, moved(302, "http://10.0.0.2/else"));
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended(1).response->final_url, "http://10.0.0.2/else");
  rig.socket(0).sent.clear();
  rig.get("http://10.0.0.1/", 2);
  EXPECT_EQ(rig.socket(0).sent, "GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended(2).response->final_url, "");
}

TEST(redirects, a_redirect_to_another_origin_drops_authorization) {
  ClientOptions options = following();
  options.default_headers = {{"Authorization", "Bearer d"}, {"X-Default", "stays"}};
  Rig rig(options);
  Request request;
  request.url = "http://10.0.0.1/";
  request.headers = {{"Cookie", "own=1"}, {"Proxy-Authorization", "Basic p"}, {"Host", "front"}};
  rig.send(std::move(request));
  rig.connect(0);
  EXPECT_TRUE(says(rig.socket(0).sent, "Authorization: Bearer d"));
  rig.serve(0, moved(307, "//x:y@10.0.0.2/"));
  rig.connect(1);
  EXPECT_EQ(rig.socket(1).sent, "GET / HTTP/1.1\r\nHost: 10.0.0.2\r\nX-Default: stays\r\n\r\n");
  rig.socket(0).sent.clear();
  rig.serve(1, moved(307, "http://10.0.0.1/back"));
  // What has been dropped once does not come back with the origin.
  EXPECT_EQ(rig.socket(0).sent, "GET /back HTTP/1.1\r\nHost: 10.0.0.1\r\nX-Default: stays\r\n\r\n");
}

TEST(redirects, credentials_stay_within_their_origin) {
  Rig rig(following());
  rig.get("http://a:b@10.0.0.1/");
  rig.connect(0);
  rig.socket(0).sent.clear();
  rig.serve(0, moved(302, "http://c:d@10.0.0.1/next"));
  EXPECT_TRUE(says(rig.socket(0).sent, "Authorization: Basic YTpi\r\n"));  // a:b, not c:d
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().response->final_url, "http://10.0.0.1/next");
}

TEST(redirects, a_post_becomes_a_get_without_its_body) {
  ClientOptions options = following();
  options.default_headers = {{"Content-Type", "text/plain"}};
  Rig rig(options);
  rig.post("order");
  rig.connect(0);
  EXPECT_TRUE(says(rig.socket(0).sent, "Content-Length: 5"));
  rig.socket(0).sent.clear();
  rig.serve(0, moved(303, "/receipt"));
  EXPECT_EQ(rig.socket(0).sent, "GET /receipt HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
  // And is one: it may be tried again.
  rig.serve(0, "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n");
  rig.pass(2s);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().response->status, 200);
  EXPECT_EQ(rig.ended().timeline().attempts(), 3U);
}

TEST(redirects, a_post_body_is_not_sent_again) {
  Rig rig(following());
  rig.post("order");
  rig.connect(0);
  rig.serve(0, moved(307, "/again"));
  EXPECT_EQ(rig.ended().response->status, 307);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::redirect_refused);
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
}

TEST(redirects, a_put_sends_its_body_again) {
  Rig rig(following());
  Request request;
  request.method = "PUT";
  request.url = "http://10.0.0.1/";
  request.body = "state";
  rig.send(std::move(request));
  rig.connect(0);
  rig.socket(0).sent.clear();
  rig.serve(0, moved(308, "/there"));
  EXPECT_EQ(rig.socket(0).sent,
            "PUT /there HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Length: 5\r\n\r\nstate");
}

class Letters final : public BodySource {
 public:
  Read read(char* into, std::size_t) override {
    *into = 'x';
    return {++given_ == 3 ? State::end : State::more, 1};
  }

 private:
  int given_ = 0;
};

TEST(redirects, a_factory_is_called_anew_for_each_hop_and_a_one_shot_body_refuses) {
  for (const bool one_shot : {false, true}) {
    Rig rig(following());
    Request request;
    request.method = "PUT";
    request.url = "http://10.0.0.1/";
    request.body = one_shot ? Body::one_shot(std::make_unique<Letters>(), 3)
                            : Body::factory([] { return std::make_unique<Letters>(); }, 3);
    rig.send(std::move(request));
    rig.connect(0);
    rig.serve(0, moved(307, "/there"));
    if (one_shot) {
      EXPECT_EQ(rig.ended().response->status, 307);
      EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::redirect_refused);
      continue;
    }
    rig.accept_writes(0);
    EXPECT_TRUE(says(rig.socket(0).sent, "xxxPUT /there HTTP/1.1"));
    EXPECT_TRUE(rig.socket(0).sent.ends_with("xxx"));
    rig.receive(0, kOk);
    EXPECT_EQ(rig.ended().response->status, 200);
  }
}

TEST(redirects, an_upload_is_left_when_the_answer_comes_early) {
  Rig rig(following());
  rig.post(std::string(100'000, 'x'));
  rig.connect(0);
  rig.engine().handle_written(rig.socket(0).id, 50'000, rig.now());
  rig.drain();
  rig.receive(0, moved(303, "/enough"));
  EXPECT_EQ(rig.closing().size(), 1U);
  rig.answer_closes();
  rig.connect(1);
  EXPECT_EQ(rig.socket(1).sent, "GET /enough HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
}

TEST(redirects, a_body_that_waits_for_100_goes_where_the_redirect_leads) {
  Rig rig(following());
  Request request;
  request.method = "PUT";
  request.url = "http://10.0.0.1/";
  request.body = Body::one_shot(std::make_unique<Letters>(), 3);
  request.expect_continue = true;
  rig.send(std::move(request));
  rig.connect(0);
  rig.serve(0, moved(307, "/there"));
  rig.answer_closes();  // the server waits for a body that will not come
  rig.connect(1);
  EXPECT_TRUE(says(rig.socket(1).sent, "PUT /there HTTP/1.1"));
  EXPECT_TRUE(says(rig.socket(1).sent, "Expect: 100-continue"));
  rig.accept_writes(1);
  rig.receive(1, "HTTP/1.1 100 Continue\r\n\r\n");
  rig.accept_writes(1);
  EXPECT_TRUE(rig.socket(1).sent.ends_with("\r\n\r\nxxx"));
  rig.receive(1, kOk);
  EXPECT_EQ(rig.ended().response->status, 200);
}

TEST(redirects, one_hop_too_many_is_an_error) {
  ClientOptions options = following();
  options.redirects.max_redirects = 2;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  for (int i = 0; i < 3; ++i) rig.serve(0, moved(302, "/"));
  const Error& error = *rig.ended().error;
  EXPECT_EQ(error.code, ErrorCode::too_many_redirects);
  EXPECT_EQ(error.timeline.attempts(), 3U);
  EXPECT_EQ(error.timeline.last().hop, 2);
  EXPECT_EQ(error.timeline.last().status, 302);
  EXPECT_EQ(error.timeline.stop_reason(), StopReason::redirect_refused);
  EXPECT_TRUE(says(error.message(), "more than 2; raise redirects.max_redirects"));
  EXPECT_EQ(rig.engine().stats().idle, 1U);
}

TEST(redirects, each_hop_has_its_own_attempts_and_backoffs) {
  ClientOptions options = following();
  options.retry.max_attempts = 2;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  const std::string busy = "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n";
  for (int hop = 0; hop < 3; ++hop) {
    rig.serve(0, busy);
    EXPECT_FALSE(rig.has_ended());
    rig.pass(1s);
    rig.serve(0, moved(302, "/"));
  }
  rig.serve(0, busy);
  rig.pass(1s);
  rig.serve(0, busy);
  EXPECT_EQ(rig.ended().response->status, 503);
  const Timeline& timeline = rig.ended().timeline();
  EXPECT_EQ(timeline.stop_reason(), StopReason::attempts_exhausted);
  ASSERT_EQ(timeline.attempts(), 8U);
  for (std::uint32_t i = 0; i < 8; ++i) {
    EXPECT_EQ(timeline[i].number, i + 1);
    EXPECT_EQ(timeline[i].hop, i / 2);
    EXPECT_LE(timeline[i].delay, 1s);  // the first backoff, every time
  }
}

TEST(redirects, one_deadline_bounds_all_hops) {
  ClientOptions options = following();
  options.timeouts.total = 3s;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  for (int i = 0; i < 3; ++i) {
    rig.pass(900ms);
    rig.serve(0, moved(302, "/"));
  }
  rig.pass(299ms);
  EXPECT_FALSE(rig.has_ended());
  rig.pass(1ms);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::deadline_exceeded);
}

TEST(redirects, a_streaming_caller_sees_one_head) {
  Rig rig(following());
  Request request;
  request.url = "http://10.0.0.1/";
  rig.send(std::move(request), 0, true);
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 302 X\r\nContent-Length: 4\r\nLocation: /b\r\n\r\nbody");
  rig.serve(0, kOk);
  EXPECT_EQ(rig.events(), (std::vector<std::string>{"head 200", "body hi"}));
  EXPECT_EQ(rig.ended().response->final_url, "http://10.0.0.1/b");
}

TEST(redirects, a_refused_redirect_is_the_answer_and_says_so) {
  for (const std::string& location : {std::string("ftp://10.0.0.1/"), std::string()}) {
    Rig rig(following());
    rig.get();
    rig.connect(0);
    rig.serve(0, moved(302, location));
    EXPECT_EQ(rig.ended().response->status, 302);
    EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::redirect_refused);
  }
}

TEST(redirects, the_request_has_its_own_say) {
  Rig rig;
  RequestPolicy policy;
  policy.redirects = RedirectPolicy{true, 1, false};
  Request request;
  request.url = "http://10.0.0.1/";
  request.policy = std::make_shared<RequestPolicy>(policy);
  rig.send(request, 1);
  rig.connect(0);
  rig.serve(0, moved(302, "/a"));
  rig.serve(0, moved(302, "/b"));
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::too_many_redirects);

  policy.redirects->max_redirects = 0;
  request.url = "http://10.0.0.1/";
  request.policy = std::make_shared<RequestPolicy>(policy);
  rig.send(std::move(request), 2);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::invalid_option);
  EXPECT_TRUE(says(rig.ended(2).error->detail, "redirects.max_redirects is 0"));
}

TEST(redirects, cancelling_between_two_hops_ends_it_once) {
  Rig rig(following());
  const ExchangeId id = rig.get();
  rig.connect(0);
  rig.accept_writes(0);
  // The engine has been told of the redirect, and not yet been asked what to do.
  rig.engine().handle_bytes(rig.socket(0).id, moved(302, "/b"), rig.now());
  rig.cancel(id);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::cancelled);
  rig.get("http://10.0.0.1/c", 1);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended(1).response->status, 200);
}

// --- Cookies -------------------------------------------------------------------------------------

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
