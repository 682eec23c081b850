// Bodies that are awaited in pieces.
#include <gtest/gtest.h>

#include <stop_token>
#include <thread>

#include "api/coro_rig.h"

namespace holdfast::api {
namespace {

class CoroStreamTest : public CoroTest {
 protected:
  /// Takes the whole body and stores how it ended.
  Errand take_all(co::Stream& stream) {
    for (;;) {
      const Result<std::string_view> piece = co_await stream.next();
      if (!piece) {
        ending = name(piece.error().code);
        co_return;
      }
      if (piece->empty()) break;
      body += *piece;
      ++pieces;
    }
    ending = "end";
  }
  void answer_with(std::string bytes) {
    server.on_bytes = [bytes = std::move(bytes)](RawServer::Peer& peer) {
      if (!peer.ended) peer.send(bytes);
    };
  }
  co::Stream stream(const CoClient::Stop& stop = co::detail::never()) {
    return face().stream({.url = server.url()}, stop);
  }

  std::string body, ending;
  int pieces = 0;
};

TEST_F(CoroStreamTest, head_pieces_end_and_trailers_come_in_this_order) {
  answer_with(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n");
  CoClient& co_client = face();
  const auto errand = [&]() -> Errand {
    auto stream = co_client.stream({.url = server.url()});
    EXPECT_EQ(nullptr, stream.response());
    for (int i = 0; i < 2; ++i) {  // the head can be awaited again
      const Result<ResponseHead> head = co_await stream.head();
      EXPECT_EQ(200, head->status);
      EXPECT_EQ("1", head->headers.get("x-a"));
    }
    for (;;) {
      const Result<std::string_view> piece = co_await stream.next();
      EXPECT_TRUE(piece.ok());
      if (!piece || piece->empty()) break;
      EXPECT_EQ(nullptr, stream.response());
      body += *piece;
    }
    const Result<std::string_view> end = co_await stream.next();
    EXPECT_TRUE(end.ok() && end->empty()) << "after the end, next() returns the end again";
    const Response* response = stream.response();
    EXPECT_NE(nullptr, response);
    if (response == nullptr) co_return;
    EXPECT_EQ(200, response->status);
    EXPECT_EQ("11", response->trailers.get("x-sum"));
    EXPECT_EQ(1U, response->timeline.attempts());
    ending = "end";
  };
  const Errand running = errand();
  EXPECT_EQ("", body) << "resumed inside the call that started it";
  run();
  EXPECT_EQ("hello world", body);
  EXPECT_EQ("end", ending);
}

TEST_F(CoroStreamTest, pieces_may_be_awaited_without_the_head) {
  co::Stream body_only = stream();
  const Errand errand = take_all(body_only);
  run();
  EXPECT_EQ("/", body);
  EXPECT_EQ("end", ending);
}

TEST_F(CoroStreamTest, a_response_without_a_body_ends_at_once) {
  answer_with("HTTP/1.1 204 No Content\r\n\r\n");
  co::Stream empty = stream();
  const Errand errand = take_all(empty);
  run();
  EXPECT_EQ("end", ending);
  EXPECT_EQ(204, empty.response()->status);
}

TEST_F(CoroStreamTest, who_does_not_ask_holds_the_peer_back_and_still_gets_every_byte) {
  std::string big(4U << 20, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 31 >> 4);
  std::string bytes = response(big);
  const std::size_t sent = bytes.size();
  answer_with(std::move(bytes));
  co::Stream slow = stream();
  slow.start();
  run_until([&] { return !server.peers.empty() && server.peers[0]->received_bytes != 0; });
  // Everything that fits into the system's buffers has been sent; no more will be.
  run_ready();
  run_ready();
  const auto unsent = [&] { return uv_stream_get_write_queue_size(server.peers[0]->stream()); };
  EXPECT_GT(unsent(), 0U);
  const std::size_t before = unsent();
  run_ready();
  EXPECT_EQ(before, unsent()) << "of " << sent;
  const Errand errand = take_all(slow);
  run();
  EXPECT_EQ("end", ending);
  EXPECT_TRUE(body == big);
  EXPECT_GT(pieces, 4);
}

TEST_F(CoroStreamTest, what_waits_untaken_is_bounded) {
  answer_with(response(std::string(4U << 20, 'x')));
  co::Stream slow = stream();
  const auto errand = [&]() -> Errand {
    for (;;) {
      const Result<std::string_view> piece = co_await slow.next();
      if (!piece || piece->empty()) break;
      // At most the high-water mark and one read.
      EXPECT_LE(piece->size(), 128U * 1024);
      body += *piece;
      auto other = face_->get("not a url");  // some turns of the loop in which more could arrive
      (void)co_await other;
    }
    ending = "end";
  };
  const Errand running = errand();
  run();
  EXPECT_EQ("end", ending);
  EXPECT_EQ(4U << 20, body.size());
}

TEST_F(CoroStreamTest, a_body_that_is_cut_short_is_an_error_after_its_bytes) {
  server.on_bytes = [](RawServer::Peer& peer) {
    if (peer.ended) return;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    uv_shutdown(new uv_shutdown_t, peer.stream(), [](uv_shutdown_t* done, int) { delete done; });
  };
  co::Stream cut = stream();
  const Errand errand = take_all(cut);
  run();
  EXPECT_EQ("half", body);
  EXPECT_EQ("response_truncated", ending);
  EXPECT_EQ(nullptr, cut.response());
  ending.clear();
  const Errand again = take_all(cut);
  EXPECT_EQ("response_truncated", ending) << "after an error, next() returns the error again";
}

TEST_F(CoroStreamTest, without_a_response_head_and_piece_are_the_error) {
  server.stop_listening();
  run_ready();
  co::Stream refused = stream();
  const auto errand = [&]() -> Errand {
    const Result<ResponseHead> head = co_await refused.head();
    EXPECT_EQ(ErrorCode::connect_refused, head.error().code);
    const Result<std::string_view> piece = co_await refused.next();
    EXPECT_EQ(ErrorCode::connect_refused, piece.error().code);
    ending = "done";
  };
  const Errand running = errand();
  run();
  EXPECT_EQ("done", ending);
}

TEST_F(CoroStreamTest, destroyed_early_it_is_cancelled_and_the_connection_given_up) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome");
  CoClient& co_client = face();
  const auto errand = [&]() -> Errand {
    auto stream = co_client.stream({.url = server.url()});
    const Result<std::string_view> piece = co_await stream.next();
    body = *piece;
  };
  const Errand running = errand();
  run();
  EXPECT_TRUE(running.done());
  EXPECT_EQ("some", body);
  EXPECT_EQ(0U, co_client.client().stats().busy);
  run_until([&] { return server.peers[0]->ended; });
}

TEST_F(CoroStreamTest, destroying_the_waiting_coroutine_and_then_the_stream_is_safe) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome");
  std::optional<co::Stream> waiting = stream();
  Errand errand = take_all(*waiting);
  run_until([&] { return body == "some"; });
  errand.drop();
  waiting.reset();
  run();
  EXPECT_EQ("", ending);
}

TEST_F(CoroStreamTest, a_cancel_ends_a_held_back_stream) {
  answer_with(response(std::string(1U << 20, 'x')));
  co::Stream held = stream();
  held.start();
  run_until([&] { return !server.peers.empty() && server.peers[0]->received_bytes != 0; });
  run_ready();
  held.cancel();
  run();  // returns: nothing is running
  const Errand errand = take_all(held);
  EXPECT_EQ("cancelled", ending);
  EXPECT_GE(body.size(), 64U * 1024);
}

TEST_F(CoroStreamTest, a_stop_on_another_thread_ends_it) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome");
  std::stop_source source;
  co::Stream stopped = stream(source.get_token());
  const Errand errand = take_all(stopped);
  run_until([&] { return body == "some"; });
  std::thread thread([&] { source.request_stop(); });
  run();
  thread.join();
  EXPECT_EQ("cancelled", ending);
}

TEST_F(CoroStreamTest, the_clients_end_ends_it_even_while_held_back) {
  answer_with(response(std::string(1U << 20, 'x')));
  co::Stream held = stream();
  held.start();
  run_until([&] { return !server.peers.empty() && server.peers[0]->received_bytes != 0; });
  run_ready();
  face_.reset();
  client.reset();
  run();
  const Errand errand = take_all(held);
  EXPECT_EQ("client_closed", ending);
}

TEST_F(CoroStreamTest, two_that_wait_at_once_is_one_too_many) {
  silent_server();
  co::Stream contested = stream();
  const Errand first = take_all(contested);
  const Errand second = take_all(contested);
  EXPECT_EQ("invalid_request", ending);
  contested.cancel();
  run();
  EXPECT_EQ("cancelled", ending);
}

}  // namespace
}  // namespace holdfast::api
