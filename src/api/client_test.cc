// Requests through the public client, on real sockets.
#include "holdfast/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "api/client_rig.h"

namespace holdfast::api {
namespace {

using namespace std::chrono_literals;

TEST_F(ClientTest, a_get_comes_back_with_status_headers_and_body) {
  Outcome outcome;
  make().get(server.url("/hello"), outcome.callback());
  EXPECT_EQ(0, outcome.calls) << "called inside get()";
  run();
  ASSERT_EQ("200 /hello", outcome.text());
  EXPECT_EQ("6", (*outcome.result)->headers.get("content-length"));
  EXPECT_EQ(1U, (*outcome.result)->timeline.attempts());
  EXPECT_EQ(1, outcome.calls);
}

TEST_F(ClientTest, requests_one_after_another_share_a_connection) {
  make();
  std::string texts;
  Function<void(int)> next;
  const auto send = [&](int i, auto& self) -> void {
    client->get(server.url("/" + std::to_string(i)), [&, i](Result<Response> result) {
      ASSERT_TRUE(result.ok());
      texts += result->body;
      if (i < 4) self(i + 1, self);
    });
  };
  send(0, send);
  run();
  EXPECT_EQ("/0/1/2/3/4", texts);
  EXPECT_EQ(1U, server.peers.size());
  EXPECT_EQ(1U, client->stats().idle);
  EXPECT_EQ(4U, client->stats().reused);
}

TEST_F(ClientTest, the_verbs_send_their_methods_and_bodies) {
  std::string seen;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended) return;
    seen += peer.received.substr(0, peer.received.find(' ')) + " ";
    const bool head = peer.received.starts_with("HEAD");
    seen += peer.received.substr(peer.received.find("\r\n\r\n") + 4) + ";";
    peer.received.clear();
    peer.send(head ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : response(""));
  };
  ClientOptions options;
  options.pool.max_connections = 1;
  options.pool.max_idle = 1;
  options.base_url = server.url("/");
  make(options);
  Outcome outcomes[7];
  client->get("", outcomes[0].callback());
  client->head("", outcomes[1].callback());
  client->options("", outcomes[2].callback());
  client->post("", "a", outcomes[3].callback());
  client->put("", "b", outcomes[4].callback());
  client->patch("", "c", outcomes[5].callback());
  client->del("", outcomes[6].callback());
  run();
  for (const Outcome& outcome : outcomes) EXPECT_EQ("200 ", outcome.text());
  EXPECT_EQ("GET ;HEAD ;OPTIONS ;POST a;PUT b;PATCH c;DELETE ;", seen);
}

TEST_F(ClientTest, localhost_is_looked_up_and_its_addresses_tried) {
  Outcome outcome;
  make().get("http://localhost:" + std::to_string(server.port()) + "/x", outcome.callback());
  run();
  EXPECT_EQ("200 /x", outcome.text());
}

TEST_F(ClientTest, a_refused_connection_is_an_error_with_its_errno) {
  server.stop_listening();
  run_ready();
  Outcome outcome;
  make(without_retries()).get(server.url(), outcome.callback());
  run();
  ASSERT_EQ("connect_refused", outcome.text());
  EXPECT_EQ(ECONNREFUSED, outcome.result->error().os_error);
}

TEST_F(ClientTest, a_host_that_does_not_exist_is_dns_not_found_or_at_worst_temporary) {
  Outcome outcome;
  make(without_retries()).get("http://nosuchhost.invalid/", outcome.callback());
  run();
  EXPECT_TRUE(outcome.text() == "dns_not_found" || outcome.text() == "dns_temporary")
      << outcome.text();
}

TEST_F(ClientTest, invalid_requests_fail_through_the_callback_on_a_later_turn) {
  make();
  Outcome bad_url, bad_scheme, bad_method;
  client->get("http://bad host/", bad_url.callback());
  client->get("ftp://host/", bad_scheme.callback());
  Request request;
  request.url = server.url();
  request.method = "B AD";
  client->send(std::move(request), bad_method.callback());
  EXPECT_EQ(0, bad_url.calls + bad_scheme.calls + bad_method.calls);
  run();
  EXPECT_EQ("invalid_url", bad_url.text());
  EXPECT_EQ("unsupported_scheme", bad_scheme.text());
  EXPECT_EQ("invalid_request", bad_method.text());
}

TEST_F(ClientTest, a_refused_request_does_not_hold_up_the_good_one_after_it) {
  make();
  Outcome bad, good;
  client->get("nonsense", bad.callback());
  client->get(server.url("/good"), good.callback());
  run();
  EXPECT_EQ("invalid_url", bad.text());
  EXPECT_EQ("200 /good", good.text());
}

TEST_F(ClientTest, a_client_of_invalid_options_fails_every_request_and_says_why) {
  ClientOptions options;
  options.retry.max_attempts = 0;
  options.dns_concurrency = 0;
  Outcome outcome;
  make(options).get(server.url(), outcome.callback());
  run();
  ASSERT_EQ("invalid_option", outcome.text());
  EXPECT_NE(std::string::npos, outcome.result->error().detail.find("max_attempts"));
}

TEST_F(ClientTest, a_deadline_fires_soon_after_it_is_due_and_never_before) {
  server.on_bytes = nullptr;  // never responds
  for (const Duration total : {Duration(3'300'000), Duration(10'000'001), Duration(999'999)}) {
    ClientOptions options = without_retries();
    options.timeouts = {.connect = kOff, .read = kOff, .write = kOff, .pool = kOff, .total = total};
    Outcome outcome;
    make(options).get(server.url(), outcome.callback());
    run();
    ASSERT_EQ("deadline_exceeded", outcome.text());
    EXPECT_GE(outcome.result->error().timeline.last().ended, total);
  }
}

TEST_F(ClientTest, a_retry_waits_its_backoff_and_its_observer_hears_of_it) {
  int requests = 0;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.received.find("\r\n\r\n") == peer.received.npos) return;
    peer.received.clear();
    peer.send(++requests < 3 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" : response("ok"));
  };
  ClientOptions options;
  options.retry.backoff = {.base = 2ms, .max = 10ms};
  make(options);
  std::string heard;
  client->on_attempt([&](const AttemptNotice& notice) {
    heard += std::to_string(notice.request_id) + ":" + std::to_string(notice.record->number) + ":" +
             std::to_string(notice.record->status) + " ";
    EXPECT_GE(notice.delay, 1600us);
    if (notice.record->number == 1) {
      client->on_attempt([&](const AttemptNotice&) { heard += "second "; });
    }
  });
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  run();
  EXPECT_EQ("200 ok", outcome.text());
  EXPECT_EQ("1:1:503 second ", heard);
  EXPECT_EQ(3U, (*outcome.result)->timeline.attempts());
}

TEST_F(ClientTest, a_stale_keep_alive_connection_is_replaced_without_a_word) {
  int requests = 0;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended || peer.received.empty()) return;
    peer.received.clear();
    if (++requests == 2) return peer.reset();
    peer.send(response("ok"));
  };
  make();
  Outcome first, second;
  client->get(server.url(), first.callback());
  run();
  client->get(server.url(), second.callback());
  run();
  ASSERT_EQ("200 ok", second.text());
  EXPECT_EQ(2U, (*second.result)->timeline.attempts());
  EXPECT_EQ(ReplayClass::probably_unprocessed, (*second.result)->timeline[0].replay);
}

TEST_F(ClientTest, ten_mebibytes_reach_a_reader_that_is_slow_to_begin) {
  std::string seen_body;
  server.on_accept = [](RawServer::Peer&) {};
  constexpr std::size_t kBytes = 10U << 20;
  server.on_bytes = [&](RawServer::Peer& peer) {
    const std::size_t end = peer.received.find("\r\n\r\n");
    if (end == peer.received.npos || peer.received.size() < end + 4 + kBytes) return;
    seen_body = peer.received.substr(end + 4);
    peer.send(response("thanks"));
  };
  std::string body(kBytes, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 4);
  Outcome outcome;
  make(without_retries()).put(server.url(), body, outcome.callback());
  run_until([&] { return !server.peers.empty(); });
  run_ready();
  server.peers[0]->read_start();
  run();
  EXPECT_EQ("200 thanks", outcome.text());
  EXPECT_TRUE(seen_body == body);
  EXPECT_GE((*outcome.result)->timeline.last().bytes_sent, kBytes);
}

TEST_F(ClientTest, the_write_timeout_counts_from_the_last_byte_the_system_took) {
  server.on_accept = [](RawServer::Peer&) {};  // never reads
  ClientOptions options = without_retries();
  options.timeouts.write = 30ms;
  Outcome outcome;
  make(options).put(server.url(), std::string(30U << 20, 'x'), outcome.callback());
  run();
  ASSERT_EQ("write_timeout", outcome.text());
  EXPECT_GE(outcome.result->error().timeline.last().ended, 30ms);
  EXPECT_GT(outcome.result->error().timeline.last().bytes_sent, 0U);
}

// libuv reports a reset that arrives together with data as the end of the stream. A body without a
// length would then count as complete.
TEST_F(ClientTest, a_reset_right_behind_the_body_is_not_taken_for_its_end) {
  make(without_retries());
  server.on_bytes = [](RawServer::Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n\r\npart of the body");
    peer.reset();
  };
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  run();
  EXPECT_EQ("connection_reset", outcome.text());
}

TEST_F(ClientTest, writing_to_a_peer_that_reset_is_an_error_and_not_the_end_of_the_process) {
  struct sigaction before = {};
  struct sigaction fall_back = {};
  fall_back.sa_handler = SIG_DFL;
  sigaction(SIGPIPE, &fall_back, &before);
  server.on_bytes = [](RawServer::Peer& peer) { peer.reset(); };
  Outcome outcome;
  make(without_retries()).put(server.url(), std::string(10U << 20, 'x'), outcome.callback());
  run();
  EXPECT_EQ("connection_reset", outcome.text());
  struct sigaction now = {};
  sigaction(SIGPIPE, &before, &now);
  EXPECT_EQ(SIG_IGN, now.sa_handler);
}

TEST_F(ClientTest, an_early_answer_to_an_upload_is_heard_although_the_peer_resets) {
  server.on_accept = [](RawServer::Peer& peer) {
    const std::string answer = "HTTP/1.1 413 Too Big\r\nContent-Length: 0\r\n\r\n";
    peer.read_start();
    peer.server->on_bytes = [answer](RawServer::Peer& at) {
      if (at.closed) return;
      const uv_buf_t buffer =
          uv_buf_init(const_cast<char*>(answer.data()), static_cast<unsigned>(answer.size()));
      uv_try_write(at.stream(), &buffer, 1);
      at.reset();
    };
  };
  Outcome outcome;
  make(without_retries()).post(server.url(), std::string(10U << 20, 'x'), outcome.callback());
  run();
  EXPECT_EQ("413 ", outcome.text());
}

TEST_F(ClientTest, many_requests_pass_through_few_connections) {
  ClientOptions options;
  options.pool.max_connections = 3;
  options.pool.max_idle = 3;
  make(options);
  int good = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string path = "/" + std::to_string(i);
    client->get(server.url(path), [&good, path](Result<Response> result) {
      good += result.ok() && result->body == path ? 1 : 0;
    });
  }
  run();
  EXPECT_EQ(200, good);
  EXPECT_EQ(3U, server.peers.size());
}

TEST_F(ClientTest, work_posted_from_threads_runs_on_the_loop) {
  make();
  std::atomic<int> posted{0};
  int ran = 0, answered = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        posted += client->post_to_loop([&] {
          ++ran;
          client->get(server.url(), [&](Result<Response> r) { answered += r.ok() ? 1 : 0; });
        });
      }
    });
  }
  run_until([&] { return answered == 100; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(100, posted.load());
  EXPECT_EQ(100, ran);
}

TEST_F(ClientTest, callbacks_may_be_left_out) {
  make().get(server.url(), {});
  run();
  EXPECT_EQ(1U, client->stats().idle);
}

TEST(Response, raise_for_status_makes_errors_of_4xx_and_5xx_only) {
  Response ok;
  ok.status = 204;
  EXPECT_TRUE(std::move(ok).raise_for_status().ok());
  Response redirect;
  redirect.status = 304;
  EXPECT_TRUE(std::move(redirect).raise_for_status().ok());
  Response missing;
  missing.status = 404;
  missing.reason = "Not Found";
  AttemptRecord record;
  record.status = 404;
  missing.timeline.add(record);
  const Result<Response> raised = std::move(missing).raise_for_status();
  ASSERT_FALSE(raised.ok());
  EXPECT_EQ(ErrorCode::status_error, raised.error().code);
  EXPECT_EQ("404 Not Found", raised.error().detail);
  EXPECT_EQ(1U, raised.error().attempts());
}

}  // namespace
}  // namespace holdfast::api
