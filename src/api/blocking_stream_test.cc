// Bodies that are handed over in pieces on the calling thread.
#include <gtest/gtest.h>

#include <stdexcept>

#include "api/blocking_rig.h"

namespace holdfast::api {
namespace {

class BlockingStreamTest : public BlockingTest {
 protected:
  void answer_with(std::string bytes) {
    server.on_bytes = [bytes = std::move(bytes)](RawServer::Peer& peer) {
      if (peer.ended || peer.received.empty()) return;
      const bool other = peer.received.starts_with("GET /other");
      peer.received.clear();
      peer.send(other ? response("other") : bytes);
    };
  }
  /// Callbacks that append the whole body to `body`.
  BlockingCallbacks taker() {
    return {.on_head =
                [this](const ResponseHead& head) {
                  heard += std::to_string(head.status) + ";";
                  return true;
                },
            .on_body =
                [this](std::string_view bytes) {
                  body += bytes;
                  return true;
                }};
  }

  std::string heard, body;
};

TEST_F(BlockingStreamTest, head_and_pieces_are_handed_over_here_and_the_end_is_returned) {
  answer_with(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n");
  serve([&] {
    BlockingClient blocking(options());
    const auto here = std::this_thread::get_id();
    const Result<Response> result =
        blocking.stream({.url = "/"}, {.on_head =
                                           [&](const ResponseHead& head) {
                                             EXPECT_EQ(here, std::this_thread::get_id());
                                             EXPECT_EQ("", body);
                                             return head.status == 200;
                                           },
                                       .on_body =
                                           [&](std::string_view bytes) {
                                             EXPECT_EQ(here, std::this_thread::get_id());
                                             body += bytes;
                                             return true;
                                           }});
    ASSERT_EQ("200 ", text_of(result));
    EXPECT_EQ("11", result->trailers.get("x-sum"));
    EXPECT_EQ(1U, result->timeline.attempts());
  });
  EXPECT_EQ("hello world", body);
}

TEST_F(BlockingStreamTest, a_slow_taker_holds_the_peer_back_and_gets_every_byte) {
  std::string big(8U << 20, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 31 >> 4);
  answer_with(response(big));
  serve([&] {
    BlockingClient blocking(options());
    const auto slowly = [&](std::string_view bytes) {
      // At most the high-water mark and one read, although there was time for more.
      EXPECT_LE(bytes.size(), 128U * 1024);
      body += bytes;
      EXPECT_EQ("200 other", text_of(blocking.get("/other")));
      return true;
    };
    EXPECT_EQ("200 ", text_of(blocking.stream({.url = "/"}, {.on_body = slowly})));
  });
  EXPECT_TRUE(body == big);
}

TEST_F(BlockingStreamTest, who_says_no_ends_it) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome");
  int calls = 0;
  serve([&] {
    BlockingClient blocking(options());
    const auto no = [&](std::string_view) {
      ++calls;
      return false;
    };
    EXPECT_EQ("cancelled", text_of(blocking.stream({.url = "/"}, {.on_body = no})));
    EXPECT_EQ("200 other", text_of(blocking.get("/other")));
  });
  EXPECT_EQ(1, calls);
}

TEST_F(BlockingStreamTest, a_no_to_all_that_there_was_is_still_a_no) {
  answer_with(response("all of it"));
  serve([&] {
    BlockingClient blocking(options());
    const Result<Response> result =
        blocking.stream({.url = "/"}, {.on_body = [](std::string_view) { return false; }});
    ASSERT_EQ("cancelled", text_of(result));
    EXPECT_EQ(1U, result.error().attempts());
  });
}

TEST_F(BlockingStreamTest, a_no_at_the_head_keeps_the_body_away) {
  answer_with("HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nbody");
  serve([&] {
    BlockingClient blocking(options());
    BlockingCallbacks callbacks = taker();
    callbacks.on_head = [](const ResponseHead& head) { return head.status == 200; };
    EXPECT_EQ("cancelled", text_of(blocking.stream({.url = "/"}, std::move(callbacks))));
  });
  EXPECT_EQ("", body);
}

TEST_F(BlockingStreamTest, what_the_taker_throws_is_thrown_here_and_ends_the_request) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome");
  serve([&] {
    BlockingClient blocking(options());
    const auto thrower = [](std::string_view) -> bool { throw std::runtime_error("disk full"); };
    EXPECT_THROW((void)blocking.stream({.url = "/"}, {.on_body = thrower}), std::runtime_error);
    EXPECT_EQ("200 other", text_of(blocking.get("/other")));
  });
  run_until([&] { return server.peers[0]->ended; });
}

TEST_F(BlockingStreamTest, a_body_that_is_cut_short_is_an_error_after_its_bytes) {
  server.on_bytes = [](RawServer::Peer& peer) {
    if (peer.ended) return;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    uv_shutdown(new uv_shutdown_t, peer.stream(), [](uv_shutdown_t* done, int) { delete done; });
  };
  serve([&] {
    BlockingClient blocking(options());
    EXPECT_EQ("response_truncated", text_of(blocking.stream({.url = "/"}, taker())));
  });
  EXPECT_EQ("200;", heard);
  EXPECT_EQ("half", body);
}

TEST_F(BlockingStreamTest, without_callbacks_it_is_buffered_as_by_send) {
  serve([&] {
    BlockingClient blocking(options());
    EXPECT_EQ("200 /x", text_of(blocking.stream({.url = "/x"}, {})));
  });
}

TEST_F(BlockingStreamTest, with_a_head_callback_alone_the_body_is_dropped) {
  serve([&] {
    BlockingClient blocking(options());
    BlockingCallbacks callbacks = taker();
    callbacks.on_body = nullptr;
    EXPECT_EQ("200 ", text_of(blocking.stream({.url = "/x"}, std::move(callbacks))));
  });
  EXPECT_EQ("200;", heard);
}

TEST_F(BlockingStreamTest, a_stop_ends_it_while_it_waits_for_more) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome");
  std::stop_source source;
  BlockingClient blocking(options());
  std::atomic<bool> begun{false};
  begin(1, [&](int) {
    const auto take = [&](std::string_view) { return begun = true; };
    EXPECT_EQ("cancelled",
              text_of(blocking.stream({.url = "/"}, {.on_body = take}, source.get_token())));
  });
  run_until([&] { return begun.load(); });
  source.request_stop();
  finish();
}

}  // namespace
}  // namespace holdfast::api
