// Redirects by example (SPEC F4, H8); over generated graphs they are in
// proptests/properties/redirects_test.cc.
#include "engine/core/redirect_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

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

TEST(redirects, one_that_is_not_followed_is_the_response_and_has_its_stop_reason) {
  const std::pair<std::string, StopReason> rows[] = {
      {"", StopReason::redirect_invalid},
      {"http://[::1/", StopReason::redirect_invalid},
      {"/a\r\nLocation: /b", StopReason::redirect_invalid},
      {"ftp://10.0.0.1/", StopReason::redirect_unsupported},
      {"data:,hi", StopReason::redirect_unsupported},
  };
  for (const auto& [location, reason] : rows) {
    Rig rig(following());
    rig.get();
    rig.connect(0);
    rig.serve(0, moved(302, location));
    EXPECT_EQ(rig.ended().response->status, 302);
    EXPECT_EQ(rig.ended().timeline().stop_reason(), reason) << location;
  }
}

TEST(redirects, location_is_normalised_before_it_is_sent) {
  const std::pair<std::string, std::string> rows[] = {
      {"/x?y=100%", "/x?y=100%25"},   {"/a b", "/a%20b"},
      {"/\xC3\xBC", "/%C3%BC"},       {"/a/../b", "/b"},
      {"http://012.0.0x0.1/c", "/c"},
  };
  for (const auto& [location, target] : rows) {
    Rig rig(following());
    rig.get();
    rig.connect(0);
    rig.socket(0).sent.clear();
    rig.serve(0, moved(302, location));
    EXPECT_TRUE(rig.socket(0).sent.starts_with("GET " + target + " HTTP/1.1\r\n")) << location;
    rig.serve(0, kOk);
    EXPECT_EQ(rig.ended().response->final_url, "http://10.0.0.1" + target);
  }
}

TEST(redirects, the_client_or_the_request_may_keep_dot_segments) {
  for (const bool by_request : {false, true}) {
    ClientOptions options = following();
    options.path_as_is = !by_request;
    Rig rig(options);
    Request request;
    request.url = "http://10.0.0.1/a/../b";
    if (by_request) {
      RequestPolicy policy;
      policy.path_as_is = true;
      request.policy = std::make_shared<RequestPolicy>(policy);
    }
    rig.send(request, 1);
    rig.connect(0);
    EXPECT_TRUE(says(rig.socket(0).sent, "GET /a/../b HTTP/1.1"));
    rig.socket(0).sent.clear();
    rig.serve(0, moved(302, "/c/./d"));
    EXPECT_TRUE(says(rig.socket(0).sent, "GET /c/./d HTTP/1.1"));
    rig.serve(0, kOk);
    // The slot remembers the URL, and by which rule it was read.
    RequestPolicy other;
    other.path_as_is = by_request ? std::nullopt : std::optional<bool>(false);
    request.policy = std::make_shared<RequestPolicy>(other);
    rig.socket(0).sent.clear();
    rig.send(request, 2);
    EXPECT_TRUE(says(rig.socket(0).sent, "GET /b HTTP/1.1"));
  }
}

ClientOptions resending() {
  ClientOptions options = following();
  options.redirects.resend_unsafe = true;
  return options;
}

TEST(redirects, resend_unsafe_takes_a_post_and_its_body_along_once) {
  Rig rig(resending());
  rig.post("order");
  rig.connect(0);
  rig.socket(0).sent.clear();
  rig.serve(0, moved(307, "/second"));
  EXPECT_TRUE(says(rig.socket(0).sent, "POST /second HTTP/1.1"));
  EXPECT_TRUE(rig.socket(0).sent.ends_with("\r\n\r\norder"));
  // What no redirect has asked for is still never done twice.
  rig.serve(0, "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(rig.ended().response->status, 503);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::method_not_replayable);
  EXPECT_EQ(rig.ended().timeline().attempts(), 2U);
}

TEST(redirects, no_place_gets_a_post_twice) {
  Rig rig(resending());
  rig.send([] {
    Request request;
    request.method = "POST";
    request.url = "http://10.0.0.1/a";
    request.body = "order";
    return request;
  }());
  rig.connect(0);
  rig.serve(0, moved(307, "/b"));
  rig.serve(0, moved(308, "/a"));
  EXPECT_EQ(rig.ended().response->status, 308);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::redirect_refused);
  EXPECT_EQ(rig.ended().timeline().attempts(), 2U);
}

TEST(redirects, a_request_may_resend_where_its_client_does_not) {
  Rig rig(following());
  RequestPolicy policy;
  policy.redirects = RedirectPolicy{true, 10, false, true};
  Request request;
  request.method = "POST";
  request.url = "http://10.0.0.1/";
  request.body = Body::one_shot(std::make_unique<Letters>(), 3);
  request.policy = std::make_shared<RequestPolicy>(policy);
  rig.send(request, 1);
  rig.connect(0);
  rig.serve(0, moved(307, "/b"));
  EXPECT_EQ(rig.ended(1).timeline().stop_reason(), StopReason::redirect_refused)
      << "its body is gone";
  request.body = "order";
  rig.send(std::move(request), 2);
  const std::size_t last = rig.dials() - 1;
  if (last != 0) rig.connect(last);
  rig.socket(last).sent.clear();
  rig.serve(last, moved(307, "/b"));
  EXPECT_TRUE(says(rig.socket(last).sent, "POST /b HTTP/1.1"));
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
  rig.serve(0, moved(302, "/a"));
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::too_many_redirects);
  EXPECT_EQ(rig.ended(2).error->attempts(), 1U);
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

TEST(redirects, one_that_is_read_after_the_deadline_is_not_followed) {
  ClientOptions options = following();
  options.timeouts.total = 10s;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  rig.accept_writes(0);
  rig.stall(10s);
  rig.receive(0, moved(302, "http://10.0.0.2/"));
  EXPECT_EQ(rig.dials(), 1U);
  ASSERT_TRUE(rig.has_ended());
  EXPECT_EQ(rig.ended().error->code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
}

}  // namespace
}  // namespace holdfast::engine
