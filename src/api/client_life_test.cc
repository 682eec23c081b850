// How a client and its requests end: cancel, close and destroy, called from anywhere.
#include <gtest/gtest.h>

#include "api/client_rig.h"

namespace holdfast::api {
namespace {

class ClientLifeTest : public ClientTest {
 protected:
  void silent_server() { server.on_bytes = nullptr; }
};

TEST_F(ClientLifeTest, idle_connections_do_not_hold_the_loop) {
  Outcome outcome;
  make().get(server.url("/x"), outcome.callback());
  run();  // returns although the connection stays open
  EXPECT_EQ("200 /x", outcome.text());
  EXPECT_EQ(1U, client->stats().idle);
  EXPECT_EQ(0, uv_loop_alive(&loop));
}

TEST_F(ClientLifeTest, a_client_that_was_never_used_can_be_destroyed) {
  make();
  run();
}

TEST_F(ClientLifeTest, close_ends_everything_once_and_then_says_so) {
  silent_server();
  make();
  Outcome under_way, refused;
  client->get(server.url(), under_way.callback());
  run_until([&] { return !server.peers.empty(); });
  std::string order;
  client->close([&] { order += "closed "; });
  EXPECT_EQ("", order) << "called inside close()";
  EXPECT_EQ(0, under_way.calls);
  client->get(server.url(), refused.callback());
  run();
  EXPECT_EQ("client_closed", under_way.text());
  EXPECT_EQ("client_closed", refused.text());
  EXPECT_EQ("closed ", order);
  EXPECT_EQ(1, under_way.calls);
}

TEST_F(ClientLifeTest, after_the_close_requests_end_at_once_as_the_loop_may_be_gone) {
  make().close();
  run();
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  EXPECT_EQ("client_closed", outcome.text());
  bool again = false;
  client->close([&] { again = true; });
  EXPECT_TRUE(again);
  EXPECT_FALSE(client->post_to_loop([] {}));
}

TEST_F(ClientLifeTest, a_client_may_be_used_after_its_loop_is_gone) {
  auto own = std::make_unique<uv_loop_t>();
  ASSERT_EQ(0, uv_loop_init(own.get()));
  Client other(own.get());
  other.close();
  uv_run(own.get(), UV_RUN_DEFAULT);
  ASSERT_EQ(0, uv_loop_close(own.get()));
  own.reset();
  Outcome outcome;
  RequestHandle handle = other.get(server.url(), outcome.callback());
  EXPECT_EQ("client_closed", outcome.text());
  EXPECT_FALSE(handle.active());
  handle.cancel();
}

TEST_F(ClientLifeTest, a_graceful_close_lets_requests_end) {
  make();
  Outcome before, after;
  bool closed = false;
  client->get(server.url("/before"), before.callback());
  client->close_gracefully([&] { closed = true; });
  client->get(server.url("/after"), after.callback());
  run();
  EXPECT_EQ("200 /before", before.text());
  EXPECT_EQ("client_closed", after.text());
  EXPECT_TRUE(closed);
}

TEST_F(ClientLifeTest, a_graceful_close_with_only_idle_connections_ends_at_once) {
  Outcome outcome;
  make().get(server.url(), outcome.callback());
  run();
  bool closed = false;
  client->close_gracefully([&] { closed = true; });
  run();
  EXPECT_TRUE(closed);
}

TEST_F(ClientLifeTest, a_close_overtakes_a_graceful_one) {
  silent_server();
  make();
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  int closed = 0;
  client->close_gracefully([&] { ++closed; });
  run_until([&] { return !server.peers.empty(); });
  client->close([&] { ++closed; });
  run();
  EXPECT_EQ("client_closed", outcome.text());
  EXPECT_EQ(2, closed);
}

TEST_F(ClientLifeTest, destroying_the_client_ends_its_requests_from_the_loop) {
  silent_server();
  Outcome outcome;
  make().get(server.url(), outcome.callback());
  client.reset();
  EXPECT_EQ(0, outcome.calls);
  run();
  EXPECT_EQ("client_closed", outcome.text());
}

TEST_F(ClientLifeTest, the_client_may_be_destroyed_in_a_callback) {
  make();
  Outcome other;
  int calls = 0;
  client->get(server.url(), [&](Result<Response> result) {
    EXPECT_TRUE(result.ok());
    ++calls;
    client.reset();
  });
  client->get(server.url("/other"), other.callback());
  run();
  EXPECT_EQ(1, calls);
  EXPECT_EQ(1, other.calls);
}

TEST_F(ClientLifeTest, the_client_may_be_closed_in_a_callback_and_destroyed_in_the_closes) {
  make();
  bool closed = false;
  client->get(server.url(), [&](Result<Response>) {
    client->close([&] {
      closed = true;
      client.reset();
    });
  });
  run();
  EXPECT_TRUE(closed);
}

TEST_F(ClientLifeTest, a_cancel_is_answered_once_on_a_later_turn) {
  silent_server();
  make();
  Outcome outcome;
  RequestHandle handle = client->get(server.url(), outcome.callback());
  EXPECT_TRUE(handle.active());
  handle.cancel();
  handle.cancel();
  EXPECT_EQ(0, outcome.calls);
  run();
  EXPECT_EQ("cancelled", outcome.text());
  EXPECT_EQ(1, outcome.calls);
  EXPECT_FALSE(handle.active());
  handle.cancel();
  handle.pause();
  handle.resume();
  handle.body_ready();
}

TEST_F(ClientLifeTest, a_request_may_cancel_another_in_its_callback) {
  make();
  Outcome victim;
  RequestHandle handle;
  client->get(server.url(), [&](Result<Response>) { handle.cancel(); });
  handle = client->get("http://127.0.0.1:1/", victim.callback());
  silent_server();
  server.on_bytes = [&](RawServer::Peer& peer) { peer.send(response("x")); };
  run();
  EXPECT_EQ(1, victim.calls);
}

TEST_F(ClientLifeTest, a_handle_of_the_past_does_not_touch_its_successor) {
  make();
  Outcome first, second;
  RequestHandle old = client->get(server.url("/1"), first.callback());
  run();
  RequestHandle fresh = client->get(server.url("/2"), second.callback());
  old.cancel();
  EXPECT_TRUE(fresh.active());
  run();
  EXPECT_EQ("200 /2", second.text());
}

TEST_F(ClientLifeTest, handles_outlive_their_client) {
  silent_server();
  Outcome outcome;
  RequestHandle handle = make().get(server.url(), outcome.callback());
  client.reset();
  handle.cancel();
  run();
  EXPECT_EQ(1, outcome.calls);
  handle.cancel();
  EXPECT_FALSE(handle.active());
}

TEST_F(ClientLifeTest, a_moved_client_goes_on_and_the_empty_one_answers_at_once) {
  Outcome before, after, empty;
  make().get(server.url("/before"), before.callback());
  Client moved = std::move(*client);
  moved.get(server.url("/after"), after.callback());
  client->get(server.url(), empty.callback());
  EXPECT_EQ("client_closed", empty.text());
  EXPECT_EQ(0U, client->stats().idle);
  bool closed = false;
  client->close([&] { closed = true; });
  EXPECT_TRUE(closed);
  run();
  EXPECT_EQ("200 /before", before.text());
  EXPECT_EQ("200 /after", after.text());
  *client = std::move(moved);  // and back
  run();
}

TEST_F(ClientLifeTest, what_a_callback_captured_is_released_once_it_was_called) {
  make();
  const auto captured = std::make_shared<int>(0);
  client->get(server.url(), [captured](Result<Response>) {});
  StreamCallbacks stream;
  stream.on_body = [captured](std::string_view) {};
  stream.on_done = [captured](Result<Response>) {};
  client->stream({.url = server.url()}, std::move(stream));
  EXPECT_EQ(4, captured.use_count());
  run();
  EXPECT_EQ(1, captured.use_count());
}

TEST_F(ClientLifeTest, sending_in_a_callback_is_only_begun_there) {
  make();
  Outcome inner;
  bool inside = false;
  client->get(server.url(), [&](Result<Response>) {
    inside = true;
    client->get("not a url", [&](Result<Response> result) {
      EXPECT_FALSE(inside) << "called inside the send";
      inner.callback()(std::move(result));
    });
    inside = false;
  });
  run();
  EXPECT_EQ("invalid_url", inner.text());
}

TEST_F(ClientLifeTest, a_retrys_wait_holds_the_loop_and_its_cancel_lets_go_at_once) {
  server.on_bytes = [](RawServer::Peer& peer) {
    if (!peer.ended) peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  };
  make();  // first backoff: 0.8 to 1 s
  Outcome outcome;
  RequestHandle handle = client->get(server.url(), outcome.callback());
  client->on_attempt([&](const AttemptNotice&) { handle.cancel(); });
  run();
  EXPECT_EQ("cancelled", outcome.text());
}

TEST_F(ClientLifeTest, two_clients_share_a_loop) {
  Client other(&loop);
  Outcome a, b;
  make().get(server.url("/a"), a.callback());
  other.get(server.url("/b"), b.callback());
  run();
  EXPECT_EQ("200 /a", a.text());
  EXPECT_EQ("200 /b", b.text());
}

}  // namespace
}  // namespace holdfast::api
