// A blocking client and its calls always end.
#include <gtest/gtest.h>

#include <memory>

#include "api/blocking_rig.h"

namespace holdfast::api {
namespace {

class BlockingLifeTest : public BlockingTest {};

TEST_F(BlockingLifeTest, a_client_that_was_never_used_can_be_destroyed) {
  for (int i = 0; i < 20; ++i) BlockingClient blocking(options());
}

TEST_F(BlockingLifeTest, a_close_ends_calls_on_other_threads_and_all_later_ones) {
  silent_server();
  BlockingClient blocking(options());
  begin(4, [&](int) { EXPECT_EQ("client_closed", text_of(blocking.get("/"))); });
  run_until([&] { return asked() == 4; });
  blocking.close();
  finish();
  EXPECT_EQ("client_closed", text_of(blocking.get("/")));
  EXPECT_EQ("client_closed", text_of(blocking.stream({.url = "/"}, {})));
  EXPECT_EQ(0U, blocking.stats().busy);
  blocking.close();
  blocking.close_gracefully();
}

TEST_F(BlockingLifeTest, the_client_may_be_destroyed_while_others_wait_in_it) {
  silent_server();
  auto blocking = std::make_unique<BlockingClient>(options());
  BlockingClient& shared = *blocking;
  begin(4, [&](int thread) {
    if (thread % 2 == 0) {
      EXPECT_EQ("client_closed", text_of(shared.get("/")));
    } else {
      EXPECT_EQ(
          "client_closed",
          text_of(shared.stream({.url = "/"}, {.on_body = [](std::string_view) { return true; }})));
    }
  });
  run_until([&] { return asked() == 4; });
  blocking.reset();
  finish();
}

TEST_F(BlockingLifeTest, a_close_under_load_lets_nobody_hang) {
  for (int round = 0; round < 5; ++round) {
    BlockingClient blocking(options());
    std::atomic<int> answered{0};
    begin(8, [&](int) {
      for (;;) {
        const std::string text = text_of(blocking.get("/x"));
        if (text == "client_closed") break;
        EXPECT_EQ("200 /x", text);
        if (++answered == 30) blocking.close();
      }
    });
    finish();
    EXPECT_GE(answered, 30);
  }
}

TEST_F(BlockingLifeTest, many_may_close_at_once) {
  silent_server();
  BlockingClient blocking(options());
  serve_many(8, [&](int thread) {
    if (thread % 2 == 0) {
      blocking.close();
    } else {
      EXPECT_EQ("client_closed", text_of(blocking.get("/")));
    }
  });
}

TEST_F(BlockingLifeTest, a_graceful_close_lets_calls_end) {
  silent_server();
  BlockingClient blocking(options());
  std::atomic<bool> closing{false};
  begin(2, [&](int thread) {
    if (thread == 0) {
      EXPECT_EQ("200 late", text_of(blocking.get("/")));
    } else {
      while (!closing) std::this_thread::yield();
      blocking.close_gracefully();
      EXPECT_EQ("client_closed", text_of(blocking.get("/")));
    }
  });
  run_until([&] { return asked() == 1; });
  closing = true;
  run_ready();
  server.peers[0]->send(response("late"));
  finish();
}

TEST_F(BlockingLifeTest, a_close_overtakes_a_graceful_one) {
  silent_server();
  BlockingClient blocking(options());
  begin(1, [&](int) { EXPECT_EQ("client_closed", text_of(blocking.get("/"))); });
  run_until([&] { return asked() == 1; });
  begin(1, [&](int) { blocking.close_gracefully(); });
  blocking.close();
  finish();
}

TEST_F(BlockingLifeTest, the_client_may_be_destroyed_by_the_callback_of_its_own_stream) {
  server.on_bytes = [](RawServer::Peer& peer) {
    if (!peer.ended) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome");
  };
  serve([&] {
    auto blocking = std::make_unique<BlockingClient>(options());
    int calls = 0;
    const Result<Response> result =
        blocking->stream({.url = "/"}, {.on_body = [&](std::string_view) {
                           ++calls;
                           blocking.reset();
                           return true;
                         }});
    EXPECT_EQ("client_closed", text_of(result));
    EXPECT_EQ(1, calls);
  });
}

TEST_F(BlockingLifeTest, the_last_owner_may_be_something_on_the_clients_own_thread) {
  silent_server();
  auto blocking = std::make_shared<BlockingClient>(options());
  std::atomic<bool> gone{false};
  serve([&] {
    BlockingClient& client_alone = *blocking;
    EXPECT_EQ("client_closed", text_of(client_alone.put("/", ActingSource::body([&] {
                                                          blocking.reset();
                                                          gone = true;
                                                        }))));
  });
  EXPECT_TRUE(gone);
}

TEST_F(BlockingLifeTest, nothing_is_left_of_many_clients) {
  serve([&] {
    for (int i = 0; i < 100; ++i) {
      BlockingClient blocking(options());
      if (i % 10 != 0) continue;
      EXPECT_EQ("200 /x", text_of(blocking.get("/x")));
    }
  });
  // The fixture checks that no descriptor is left.
}

}  // namespace
}  // namespace holdfast::api
