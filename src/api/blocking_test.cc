// Blocking calls, which return their response.
#include "holdfast/blocking.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>

#include "api/blocking_rig.h"

namespace holdfast::api {
namespace {

using namespace std::chrono_literals;

TEST_F(BlockingTest, a_get_returns_status_headers_and_body) {
  serve([&] {
    BlockingClient blocking(options());
    const Result<Response> result = blocking.get("/hello");
    ASSERT_EQ("200 /hello", text_of(result));
    EXPECT_EQ("6", result->headers.get("content-length"));
    EXPECT_EQ(1U, result->timeline.attempts());
  });
}

TEST_F(BlockingTest, the_verbs_send_their_methods_and_bodies_over_one_connection) {
  std::string seen;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended) return;
    seen += peer.received.substr(0, peer.received.find(' ')) + " ";
    const bool head = peer.received.starts_with("HEAD");
    seen += peer.received.substr(peer.received.find("\r\n\r\n") + 4) + ";";
    peer.received.clear();
    peer.send(head ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : response(""));
  };
  serve([&] {
    BlockingClient blocking(options());
    EXPECT_EQ("200 ", text_of(blocking.get("")));
    EXPECT_EQ("200 ", text_of(blocking.head("")));
    EXPECT_EQ("200 ", text_of(blocking.options("")));
    EXPECT_EQ("200 ", text_of(blocking.post("", "a")));
    EXPECT_EQ("200 ", text_of(blocking.put("", "b")));
    EXPECT_EQ("200 ", text_of(blocking.patch("", "c")));
    EXPECT_EQ("200 ", text_of(blocking.del("")));
    Request request;
    request.method = "PURGE";
    EXPECT_EQ("200 ", text_of(blocking.send(std::move(request))));
    EXPECT_EQ(1U, blocking.stats().idle);
    EXPECT_EQ(7U, blocking.stats().reused);
  });
  EXPECT_EQ("GET ;HEAD ;OPTIONS ;POST a;PUT b;PATCH c;DELETE ;PURGE ;", seen);
  EXPECT_EQ(1U, server.peers.size());
}

TEST_F(BlockingTest, failures_are_values_and_exceptions_for_those_who_like_them) {
  server.stop_listening();
  run_ready();
  serve([&] {
    BlockingClient blocking(options());
    EXPECT_EQ("invalid_url", text_of(blocking.get("http://bad host/")));
    try {
      (void)blocking.get("/x").value();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const RequestFailed& failed) {
      EXPECT_EQ(ErrorCode::connect_refused, failed.error().code);
      EXPECT_EQ(1U, failed.error().attempts());
    }
  });
}

TEST_F(BlockingTest, invalid_options_fail_every_call_and_say_why) {
  ClientOptions wrong = options();
  wrong.retry.max_attempts = 0;
  BlockingClient blocking(wrong);
  const Result<Response> result = blocking.get("/x");
  ASSERT_EQ("invalid_option", text_of(result));
  EXPECT_NE(std::string::npos, result.error().detail.find("max_attempts"));
}

TEST_F(BlockingTest, eight_threads_with_two_hundred_requests_each_get_their_own_answers) {
  constexpr int kThreads = 8, kRequests = 200;
  ClientOptions few = options();
  few.pool.max_connections = few.pool.max_idle = 5;
  BlockingClient blocking(few);
  std::atomic<int> right{0};
  serve_many(kThreads, [&](int thread) {
    for (int i = 0; i < kRequests; ++i) {
      const std::string path = "/" + std::to_string(thread) + "-" + std::to_string(i);
      right += text_of(blocking.get(path)) == "200 " + path ? 1 : 0;
    }
  });
  EXPECT_EQ(kThreads * kRequests, right);
  EXPECT_LE(server.peers.size(), 5U);
}

TEST_F(BlockingTest, retries_are_made_for_blocking_calls_too) {
  int requests = 0;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended || peer.received.empty()) return;
    peer.received.clear();
    peer.send(++requests < 3 ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : response("ok"));
  };
  ClientOptions patient = options();
  patient.retry.max_attempts = 5;
  patient.retry.backoff.base = 1ms;
  serve([&] {
    BlockingClient blocking(patient);
    EXPECT_EQ("200 ok", text_of(blocking.get("/")));
  });
  EXPECT_EQ(3, requests);
}

TEST_F(BlockingTest, the_total_timeout_ends_a_call_that_nobody_answers) {
  silent_server();
  ClientOptions hasty = options();
  hasty.timeouts.total = 20ms;
  serve([&] {
    BlockingClient blocking(hasty);
    const Result<Response> result = blocking.get("/");
    ASSERT_EQ("deadline_exceeded", text_of(result));
    EXPECT_GE(result.error().timeline.last().ended, 20ms);
  });
}

TEST_F(BlockingTest, a_stop_on_another_thread_ends_a_call) {
  silent_server();
  BlockingClient blocking(options());
  std::stop_source source;
  begin(1, [&](int) { EXPECT_EQ("cancelled", text_of(blocking.get("/", source.get_token()))); });
  run_until([&] { return asked() == 1; });
  source.request_stop();
  finish();
  run_until([&] { return server.peers[0]->ended; });
}

TEST_F(BlockingTest, a_token_that_has_stopped_already_keeps_the_request_from_being_sent) {
  std::stop_source source;
  source.request_stop();
  serve([&] {
    BlockingClient blocking(options());
    EXPECT_EQ("cancelled", text_of(blocking.post("/", "x", source.get_token())));
    EXPECT_EQ("200 /after", text_of(blocking.get("/after")));
  });
  EXPECT_EQ(1U, server.peers.size());
}

TEST_F(BlockingTest, stops_race_with_answers_and_every_call_returns) {
  BlockingClient blocking(options());
  std::stop_source sources[50];
  std::atomic<int> next{0}, returned{0};
  serve_many(2, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      if (thread == 0) {
        next = i + 1;
        const std::string text = text_of(blocking.get("/", sources[i].get_token()));
        EXPECT_TRUE(text == "200 /" || text == "cancelled") << text;
        ++returned;
      } else {
        while (next <= i) std::this_thread::yield();
        sources[i].request_stop();
      }
    }
  });
  EXPECT_EQ(50, returned);
}

TEST_F(BlockingTest, a_call_from_the_clients_own_thread_would_deadlock_and_says_so) {
  server.on_bytes = [](RawServer::Peer& peer) {
    if (peer.received.ends_with("0\r\n\r\n")) peer.send(response("thanks"));
  };
  serve([&] {
    BlockingClient blocking(options());
    std::string heard;
    const Result<Response> result =
        blocking.put("/", ActingSource::body([&] {
                       heard += text_of(blocking.get("/inner")) + ";";
                       heard += text_of(blocking.stream({.url = "/inner"}, {})) + ";";
                       heard += std::to_string(blocking.stats().busy);
                       blocking.close_gracefully();  // only requests the close
                     }));
    EXPECT_EQ("would_deadlock;would_deadlock;1", heard);
    EXPECT_EQ("200 thanks", text_of(result));
    EXPECT_EQ("client_closed", text_of(blocking.get("/")));
  });
}

RetryAdvice call_in_predicate(const RetryQuestion&, const void* context) noexcept {
  const auto& act = *static_cast<const std::function<void()>*>(context);
  act();
  return RetryAdvice::stop;
}

TEST_F(BlockingTest, a_call_from_a_predicate_would_deadlock_too) {
  server.stop_listening();
  run_ready();
  std::optional<BlockingClient> blocking;
  std::string heard;
  const std::function<void()> act = [&] { heard = text_of(blocking->get("/inner")); };
  ClientOptions asking = options();
  asking.retry.predicate = &call_in_predicate;
  asking.retry.predicate_context = &act;
  blocking.emplace(asking);
  serve([&] { EXPECT_EQ("connect_refused", text_of(blocking->get("/"))); });
  EXPECT_EQ("would_deadlock", heard);
}

TEST_F(BlockingTest, calls_between_two_clients_are_no_deadlock) {
  BlockingClient outer(options()), inner(options());
  std::string heard;
  server.on_bytes = [](RawServer::Peer& peer) {
    if (peer.ended || peer.received.empty()) return;
    const bool get = peer.received.starts_with("GET");
    if (!get && !peer.received.ends_with("0\r\n\r\n")) return;
    peer.received.clear();
    peer.send(response(get ? "inner" : "outer"));
  };
  serve([&] {
    const auto result =
        outer.put("/", ActingSource::body([&] { heard = text_of(inner.get("/")); }));
    EXPECT_EQ("200 outer", text_of(result));
  });
  EXPECT_EQ("200 inner", heard);
}

TEST_F(BlockingTest, the_clients_thread_leaves_signals_to_the_programs_own) {
  server.on_bytes = [](RawServer::Peer& peer) {
    if (peer.received.ends_with("0\r\n\r\n")) peer.send(response("thanks"));
  };
  sigset_t before, after, inside;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  BlockingClient blocking(options());
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  sigemptyset(&inside);
  serve([&] {
    (void)blocking.put("/",
                       ActingSource::body([&] { pthread_sigmask(SIG_SETMASK, nullptr, &inside); }));
  });
  EXPECT_EQ(1, sigismember(&inside, SIGINT));
  EXPECT_EQ(1, sigismember(&inside, SIGPIPE));
  EXPECT_EQ(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
}

TEST_F(BlockingTest, a_system_without_descriptors_is_an_error_and_not_the_end) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{3, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  {
    BlockingClient blocking(options());
    setrlimit(RLIMIT_NOFILE, &before);
    const Result<Response> result = blocking.get("/");
    ASSERT_EQ("out_of_resources", text_of(result));
    EXPECT_EQ(EMFILE, result.error().os_error);
    EXPECT_EQ(0U, blocking.stats().idle);
    blocking.close();
    blocking.close_gracefully();
  }
}

}  // namespace
}  // namespace holdfast::api
