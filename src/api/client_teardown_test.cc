// A program that closes every handle on its loop, including the client's (F8).
#include <gtest/gtest.h>

#include <memory>

#include "api/client_rig.h"

namespace holdfast::api {
namespace {

class ClientTeardownTest : public ClientTest {
 protected:
  /// One request that waits for its response, one that waits for its retry, one idle connection.
  void make_busy() {
    Outcome idle;
    make().get(server.url("/idle"), idle.callback());
    run();
    ASSERT_EQ("200 /idle", idle.text());
    server.on_bytes = nullptr;
    client->get(server.url("/waits"), waits.callback());
    client->get("http://127.0.0.1:1/", retries.callback());
    run_until([&] { return !server.peers[0]->received.empty() && client->stats().retries() != 0; });
  }
  void expect_closed() {
    EXPECT_EQ("client_closed", waits.text());
    EXPECT_EQ("client_closed", retries.text());
    EXPECT_EQ(1, waits.calls);
    EXPECT_EQ(1, retries.calls);
  }
  Outcome waits, retries;
};

TEST_F(ClientTeardownTest, handles_closed_after_the_client_is_destroyed) {
  make_busy();
  client.reset();
  close_all_handles();
  run();
  expect_closed();
}

TEST_F(ClientTeardownTest, handles_closed_before_the_client_is_destroyed) {
  make_busy();
  close_all_handles();
  client.reset();
  expect_closed();
  run();
}

TEST_F(ClientTeardownTest, handles_closed_and_the_loop_run_before_the_client_is_destroyed) {
  make_busy();
  close_all_handles();
  run();
  client.reset();
  expect_closed();
}

TEST_F(ClientTeardownTest, what_is_called_on_a_client_that_lost_its_loop_is_defined) {
  make_busy();
  RequestHandle handle = client->get(server.url("/more"), {});
  close_all_handles();
  run();
  handle.cancel();
  handle.pause();
  handle.resume();
  handle.body_ready();
  EXPECT_FALSE(client->post_to_loop([] {}));
  Outcome refused;
  client->get(server.url("/refused"), refused.callback());
  EXPECT_EQ("client_closed", refused.text());
  expect_closed();
  EXPECT_FALSE(handle.active());
  bool closed = false;
  client->close([&] { closed = true; });
  EXPECT_TRUE(closed);
  EXPECT_EQ(1U, client->stats().succeeded);
}

TEST_F(ClientTeardownTest, closing_tells_at_once_when_the_loop_is_lost) {
  make_busy();
  close_all_handles();
  bool closed = false;
  client->close_gracefully([&] { closed = true; });
  EXPECT_TRUE(closed);
  expect_closed();
}

TEST_F(ClientTeardownTest, handles_may_be_closed_in_a_callback) {
  make();
  Outcome other;
  int calls = 0;
  client->get(server.url(), [&](Result<Response>) {
    ++calls;
    client->get(server.url("/other"), other.callback());
    close_all_handles();
    client->get(server.url("/late"), {});
  });
  run();
  client.reset();
  EXPECT_EQ(1, calls);
  EXPECT_EQ("client_closed", other.text());
}

TEST_F(ClientTeardownTest, a_streamed_body_may_be_the_place_where_handles_are_closed) {
  make();
  bool in_body = false;
  Outcome outcome;
  StreamCallbacks callbacks;
  callbacks.on_body = [&, kept = std::make_shared<int>(7)](std::string_view) {
    in_body = true;
    close_all_handles();
    client.reset();
    EXPECT_EQ(7, *kept) << "destroyed while it runs";
  };
  callbacks.on_done = outcome.callback();
  Request request;
  request.url = server.url("/x");
  client->stream(std::move(request), std::move(callbacks));
  run();
  EXPECT_TRUE(in_body);
  EXPECT_EQ("client_closed", outcome.text());
}

TEST_F(ClientTeardownTest, work_that_was_taken_is_run_when_the_loop_is_lost) {
  make();
  int order = 0;
  ASSERT_TRUE(client->post_to_loop([&] { EXPECT_EQ(1, ++order); }));
  close_all_handles();
  client->close([&] { EXPECT_EQ(2, ++order); });
  EXPECT_EQ(2, order);
}

}  // namespace
}  // namespace holdfast::api
