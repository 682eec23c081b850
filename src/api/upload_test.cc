// Uploads to a server that responds early and reads on, on real sockets, through every API (R13,
// invariant 57).
#include <gtest/gtest.h>

#include <algorithm>

#include "api/blocking_rig.h"
#include "api/coro_rig.h"
#include "base/folder_rig.h"

namespace holdfast::api {
namespace {

constexpr std::size_t kEarly = 64 * 1024;
constexpr std::size_t kLarge = 20 << 20;

/// A source of `left` bytes, in pieces.
class Filler final : public BodySource {
 public:
  explicit Filler(std::size_t left) : left_(left) {}
  Read read(char* into, std::size_t capacity) override {
    const std::size_t bytes = std::min(left_, capacity);
    std::fill_n(into, bytes, 'x');
    left_ -= bytes;
    return {left_ == 0 ? State::end : State::more, bytes};
  }

 private:
  std::size_t left_;
};

/// Responds once, after kEarly bytes, and continues to read.
template <class Base>
class EarlyServer : public Base {
 protected:
  EarlyServer() {
    this->server.on_accept = [](RawServer::Peer& peer) {
      peer.keep = false;
      peer.read_start();
    };
    this->server.on_bytes = [this](RawServer::Peer& peer) {
      if (peer.ended || responded || peer.received_bytes < kEarly) return;
      responded = true;
      peer.send(response("early", fields));
    };
  }
  Request put(Body body) {
    return {.method = "PUT", .url = this->server.url(), .body = std::move(body)};
  }
  /// Bytes that the client has handed over may still be in transit.
  void expect_all_received() {
    this->run_until([this] { return received() > kLarge; });
  }
  std::size_t received() const { return this->server.peers.at(0)->received_bytes; }

  std::string fields;
  bool responded = false;
};

class UploadTest : public EarlyServer<ClientTest> {
 protected:
  Outcome outcome;
};

TEST_F(UploadTest, buffered_bytes_are_sent_to_their_end) {
  make().send(put(std::string(kLarge, 'x')), outcome.callback());
  run_until([&] { return outcome.done(); });
  ASSERT_EQ("200 early", outcome.text());
  EXPECT_TRUE((*outcome.result)->request_complete);
  expect_all_received();
}

TEST_F(UploadTest, the_connection_serves_the_next_request) {
  make().send(put(std::string(kLarge, 'x')), outcome.callback());
  run_until([&] { return outcome.done(); });
  server.on_bytes = [](RawServer::Peer& peer) { peer.send(response("again")); };
  Outcome next;
  client->get(server.url(), next.callback());
  run();
  EXPECT_EQ("200 again", next.text());
  EXPECT_EQ(1U, server.peers.size());
}

TEST_F(UploadTest, a_one_shot_body_in_chunks_is_sent_to_its_end) {
  make().send(put(Body::one_shot(std::make_unique<Filler>(kLarge))), outcome.callback());
  run_until([&] { return outcome.done(); });
  ASSERT_EQ("200 early", outcome.text());
  EXPECT_TRUE((*outcome.result)->request_complete);
  expect_all_received();
}

TEST_F(UploadTest, a_streamed_response_ends_with_the_upload) {
  std::size_t at_body = 0;
  StreamCallbacks stream;
  stream.on_body = [&](std::string_view) { at_body = received(); };
  stream.on_done = outcome.callback();
  make().stream(put(Body::factory([] { return std::make_unique<Filler>(kLarge); }, kLarge)),
                std::move(stream));
  run_until([&] { return outcome.done(); });
  ASSERT_EQ("200 ", outcome.text());
  EXPECT_TRUE((*outcome.result)->request_complete);
  EXPECT_LT(at_body, kLarge);
  expect_all_received();
}

TEST_F(UploadTest, a_download_ends_with_the_upload) {
  base::Folder folder;
  make().download(put(std::string(kLarge, 'x')), folder / "f", outcome.callback());
  run_until([&] { return outcome.done(); });
  ASSERT_EQ("200 ", outcome.text());
  EXPECT_TRUE((*outcome.result)->request_complete);
  EXPECT_EQ("early", folder.content("f"));
  expect_all_received();
}

TEST_F(UploadTest, a_server_that_says_close_gets_no_more) {
  fields = "Connection: close\r\n";
  make().send(put(std::string(kLarge, 'x')), outcome.callback());
  run();
  ASSERT_EQ("200 early", outcome.text());
  EXPECT_FALSE((*outcome.result)->request_complete);
  EXPECT_LT(received(), kLarge);
}

TEST_F(UploadTest, a_server_that_closes_or_resets_gets_no_more) {
  for (const bool reset : {false, true}) {
    responded = false;
    server.on_bytes = [this, reset](RawServer::Peer& peer) {
      if (peer.closed || peer.ended || peer.received_bytes < kEarly) return;
      const std::string early = response("early");
      const uv_buf_t buffer =
          uv_buf_init(const_cast<char*>(early.data()), static_cast<unsigned>(early.size()));
      uv_try_write(peer.stream(), &buffer, 1);
      if (reset) {
        peer.reset();
      } else {
        peer.close();
      }
    };
    Outcome cut;
    make(without_retries()).send(put(std::string(kLarge, 'x')), cut.callback());
    run();
    ASSERT_EQ("200 early", cut.text()) << reset;
    EXPECT_FALSE((*cut.result)->request_complete);
  }
}

class CoroUploadTest : public EarlyServer<CoroTest> {};

TEST_F(CoroUploadTest, is_sent_to_its_end) {
  const auto work = [](CoClient& to, Request request, bool& complete) -> Errand {
    auto call = to.send(std::move(request));
    Result<Response> result = co_await call;
    complete = result.ok() && result->request_complete && result->body == "early";
  };
  bool complete = false;
  const Errand errand = work(face(), put(std::string(kLarge, 'x')), complete);
  run_until([&] { return errand.done(); });
  EXPECT_TRUE(complete);
  expect_all_received();
}

class BlockingUploadTest : public EarlyServer<BlockingTest> {};

TEST_F(BlockingUploadTest, is_sent_to_its_end) {
  serve([this] {
    BlockingClient blocking(options());
    const Result<Response> result = blocking.send(put(std::string(kLarge, 'x')));
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(result->request_complete);
    EXPECT_EQ("early", result->body);
  });
  expect_all_received();
}

}  // namespace
}  // namespace holdfast::api
