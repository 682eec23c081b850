// Bodies that are sent and received in pieces.
#include <gtest/gtest.h>

#include <algorithm>

#include "api/client_rig.h"

namespace holdfast::api {
namespace {

/// A source that returns the bytes put into it, and `pending` while it is empty.
class Tap final : public BodySource {
 public:
  struct Level {
    std::string bytes;
    bool ended = false, failed = false;
    int reads = 0;
  };
  explicit Tap(std::shared_ptr<Level> level) : level_(std::move(level)) {}
  Read read(char* into, std::size_t capacity) override {
    ++level_->reads;
    if (level_->failed) return {State::failed, 0};
    if (level_->bytes.empty()) return {level_->ended ? State::end : State::pending, 0};
    const std::size_t bytes = std::min(capacity, level_->bytes.size());
    level_->bytes.copy(into, bytes);
    level_->bytes.erase(0, bytes);
    return {level_->bytes.empty() && level_->ended ? State::end : State::more, bytes};
  }

 private:
  std::shared_ptr<Level> level_;
};

class ClientStreamTest : public ClientTest {
 protected:
  StreamCallbacks callbacks() {
    StreamCallbacks stream;
    stream.on_interim = [this](const ResponseHead& head) {
      heard += "i" + std::to_string(head.status) + " ";
    };
    stream.on_head = [this](const ResponseHead& head) {
      heard += "h" + std::to_string(head.status) + " ";
    };
    stream.on_body = [this](std::string_view bytes) {
      body += bytes;
      if (in_body) in_body();
    };
    stream.on_done = outcome.callback();
    return stream;
  }
  RequestHandle stream(Request request) {
    handle = client->stream(std::move(request), callbacks());
    return handle;
  }
  /// Collects a chunked or counted upload until `end` appears, then responds "thanks".
  void collect_until(std::string end) {
    server.on_bytes = [this, end = std::move(end)](RawServer::Peer& peer) {
      upload = peer.received;
      if (peer.ended || !upload.ends_with(end)) return;
      peer.received.clear();
      peer.send(response("thanks"));
    };
  }

  Outcome outcome;
  RequestHandle handle;
  std::string heard, body, upload;
  std::function<void()> in_body;
};

TEST_F(ClientStreamTest, a_response_arrives_in_order_and_its_end_has_no_body) {
  server.on_bytes = [](RawServer::Peer& peer) {
    if (peer.ended) return;
    peer.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    peer.send("6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n");
  };
  make();
  stream({.url = server.url()});
  run();
  EXPECT_EQ("i103 h200 ", heard);
  EXPECT_EQ("hello world", body);
  ASSERT_EQ("200 ", outcome.text());
  EXPECT_EQ("11", (*outcome.result)->trailers.get("x-sum"));
}

TEST_F(ClientStreamTest, a_pause_in_the_callback_holds_back_everything_until_the_resume) {
  const std::string big(4U << 20, 'x');
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (!peer.ended) peer.send(response(big));
  };
  ClientOptions options = without_retries();
  options.timeouts.read = kOff;
  make(options);
  bool paused = false;
  in_body = [&] {
    EXPECT_FALSE(paused) << "delivered while paused";
    handle.pause();
    paused = true;
  };
  stream({.url = server.url()});
  run_until([&] { return paused; });
  run_ready();
  EXPECT_LE(body.size(), 128U * 1024);  // back-pressure: what is not taken is not read
  EXPECT_EQ(0, outcome.calls);
  while (!outcome.done() && !HasFailure()) {
    paused = false;
    handle.resume();
    EXPECT_FALSE(paused) << "delivered inside resume()";
    run_until([&] { return paused || outcome.done(); });
  }
  EXPECT_TRUE(body == big);
  EXPECT_EQ("200 ", outcome.text());
}

TEST_F(ClientStreamTest, a_pause_right_after_a_resume_still_comes_in_time) {
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (!peer.ended) peer.send(response("abc"));
  };
  make();
  StreamCallbacks stream = callbacks();
  bool paused = false;
  stream.on_head = [&](const ResponseHead&) {
    handle.pause();
    paused = true;
  };
  handle = client->stream({.url = server.url()}, std::move(stream));
  run_until([&] { return paused; });
  Outcome other;
  handle.resume();
  client->get("not a url", other.callback());
  handle.pause();
  run_until([&] { return other.done(); });
  run_ready();
  EXPECT_EQ("", body);
  handle.resume();
  run();
  EXPECT_EQ("abc", body);
}

TEST_F(ClientStreamTest, after_a_cancel_only_the_end_is_heard) {
  const std::string big(1U << 20, 'x');
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (!peer.ended) peer.send(response(big));
  };
  make();
  int pieces = 0;
  in_body = [&] {
    ++pieces;
    handle.cancel();
  };
  stream({.url = server.url()});
  run();
  EXPECT_EQ(1, pieces);
  EXPECT_EQ("cancelled", outcome.text());
}

TEST_F(ClientStreamTest, the_client_may_be_destroyed_while_a_piece_is_handed_over) {
  const std::string big(1U << 20, 'x');
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (!peer.ended) peer.send(response(big));
  };
  make();
  in_body = [&] { client.reset(); };
  stream({.url = server.url()});
  run();
  EXPECT_EQ("client_closed", outcome.text());
}

TEST_F(ClientStreamTest, a_factory_body_is_sent_whole) {
  collect_until("0\r\n\r\n");
  make();
  client->put(server.url(), Body::factory([] {
                const auto level = std::make_shared<Tap::Level>();
                level->bytes = "hello";
                level->ended = true;
                return std::make_unique<Tap>(level);
              }),
              outcome.callback());
  run();
  EXPECT_EQ("200 thanks", outcome.text());
  EXPECT_TRUE(upload.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n")) << upload;
}

TEST_F(ClientStreamTest, a_source_larger_than_its_buffer_goes_out_piece_by_piece) {
  std::string content(1U << 20, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 >> 3);
  content += "END";
  collect_until("END");
  const auto level = std::make_shared<Tap::Level>();
  level->bytes = content;
  level->ended = true;
  make();
  client->put(server.url(), Body::one_shot(std::make_unique<Tap>(level), content.size()),
              outcome.callback());
  run();
  EXPECT_EQ("200 thanks", outcome.text());
  EXPECT_TRUE(upload.ends_with(content));
}

TEST_F(ClientStreamTest, a_pending_source_is_asked_again_when_it_says_so) {
  collect_until("0\r\n\r\n");
  const auto level = std::make_shared<Tap::Level>();
  make();
  handle =
      client->put(server.url(), Body::one_shot(std::make_unique<Tap>(level)), outcome.callback());
  EXPECT_EQ(0, level->reads) << "read inside put()";
  run_until([&] { return level->reads == 1; });
  run_ready();
  EXPECT_EQ(1, level->reads);
  level->bytes = "one";
  handle.body_ready();
  handle.body_ready();  // a second call has no further effect
  EXPECT_EQ(1, level->reads) << "read inside body_ready()";
  run_until([&] { return level->reads >= 3; });
  level->bytes = "two";
  level->ended = true;
  handle.body_ready();
  run();
  EXPECT_EQ("200 thanks", outcome.text());
  EXPECT_TRUE(upload.ends_with("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")) << upload;
}

TEST_F(ClientStreamTest, a_source_that_fails_ends_the_request_and_the_peer_sees_no_whole_body) {
  collect_until("0\r\n\r\n");
  const auto level = std::make_shared<Tap::Level>();
  make();
  handle =
      client->put(server.url(), Body::one_shot(std::make_unique<Tap>(level)), outcome.callback());
  run_until([&] { return level->reads == 1; });
  level->failed = true;
  handle.body_ready();
  run();
  EXPECT_EQ("body_source_failed", outcome.text());
  EXPECT_EQ(std::string::npos, upload.find("0\r\n\r\n"));
}

TEST_F(ClientStreamTest, a_source_is_not_read_after_a_cancel) {
  server.on_bytes = nullptr;
  const auto level = std::make_shared<Tap::Level>();
  make();
  handle =
      client->put(server.url(), Body::one_shot(std::make_unique<Tap>(level)), outcome.callback());
  run_until([&] { return level->reads == 1; });
  handle.body_ready();
  handle.cancel();
  run();
  EXPECT_EQ("cancelled", outcome.text());
  EXPECT_EQ(1, level->reads);
  EXPECT_EQ(1, level.use_count()) << "the source is still held after the end";
}

}  // namespace
}  // namespace holdfast::api
