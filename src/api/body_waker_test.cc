// A body source that returned `pending` is woken through every API; and QUERY, which has a body.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "api/blocking_rig.h"
#include "api/result_text_rig.h"
#include "holdfast/coro.h"

namespace holdfast::api {
namespace {

/// A source's bytes, which a producer adds from any thread.
struct Level {
  std::mutex mutex;
  std::string bytes;
  bool ended = false;
  std::atomic<int> pending{0};

  void fill(std::string_view more, bool end) {
    const std::lock_guard lock(mutex);
    bytes += more;
    ended = end;
  }
};

class LevelSource final : public BodySource {
 public:
  explicit LevelSource(std::shared_ptr<Level> level) : level_(std::move(level)) {}
  Read read(char* into, std::size_t capacity) override {
    const std::lock_guard lock(level_->mutex);
    const std::size_t count = level_->bytes.copy(into, capacity);
    level_->bytes.erase(0, count);
    if (count != 0) return {State::more, count};
    if (level_->ended) return {State::end, 0};
    ++level_->pending;
    return {State::pending, 0};
  }

 private:
  std::shared_ptr<Level> level_;
};

class BodyWakerTest : public BlockingTest {
 protected:
  BodyWakerTest() {
    // Responds to a chunked body, or one with a length, with the text of the whole request.
    server.on_bytes = [](RawServer::Peer& peer) {
      const std::string& text = peer.received;
      const bool whole = text.ends_with("0\r\n\r\n") || text.ends_with("question");
      if (whole && !peer.ended) peer.send(response(std::exchange(peer.received, "")));
    };
  }
  Request request(const std::string& path = "/") {
    Request made;
    made.method = "PUT";
    made.url = server.url(path);
    made.body = Body::one_shot(std::make_unique<LevelSource>(level));
    return made;
  }
  static void expect_body(const Result<Response>& result) {
    ASSERT_TRUE(result.ok()) << result.error().message();
    EXPECT_NE(std::string::npos, result->body.find("first")) << result->body;
    EXPECT_NE(std::string::npos, result->body.find("second")) << result->body;
  }
  std::shared_ptr<Level> level = std::make_shared<Level>();
};

TEST_F(BodyWakerTest, an_operation_wakes_it) {
  CoClient face(make());
  auto op = face.send(request());
  op.body_ready();  // not begun: no effect
  op.start();
  run_until([&] { return level->pending == 1; });
  level->fill("first", false);
  op.body_ready();
  run_until([&] { return level->pending == 2; });
  level->fill("second", true);
  op.body_ready();
  run_until([&] { return op.done(); });
  auto task = [](co::Operation& one) -> co::Task<void> { expect_body(co_await one); }(op);
  task.start();
  EXPECT_TRUE(task.done());
  op.body_ready();  // ended: no effect
}

TEST_F(BodyWakerTest, a_stream_wakes_it) {
  CoClient face(make());
  auto stream = face.stream(request());
  stream.start();
  run_until([&] { return level->pending == 1; });
  level->fill("first second", true);
  stream.body_ready();
  bool whole = false;
  auto task = [](co::Stream& one, bool& done) -> co::Task<void> {
    for (;;) {
      Result<std::string_view> piece = co_await one.next();
      EXPECT_TRUE(piece.ok());
      if (!piece.ok() || piece->empty()) break;
    }
    done = one.response() != nullptr;
  }(stream, whole);
  task.start();
  run();
  EXPECT_TRUE(whole);
}

TEST_F(BodyWakerTest, a_blocking_call_is_woken_from_another_thread) {
  BlockingClient blocking(options());
  BodyWaker waker;
  waker.ready();
  begin(1, [&](int) { expect_body(blocking.send(request(), waker)); });
  run_until([&] { return level->pending == 1; });
  level->fill("first", false);
  waker.ready();
  run_until([&] { return level->pending == 2; });
  level->fill("second", true);
  std::thread([copy = waker] { copy.ready(); }).join();
  finish();
  waker.ready();

  level->ended = false;
  begin(1, [&](int) {
    std::string body;
    const auto result = blocking.stream(request(),
                                        {.on_body =
                                             [&](std::string_view bytes) {
                                               body += bytes;
                                               return true;
                                             }},
                                        waker);
    EXPECT_TRUE(result.ok());
    EXPECT_NE(std::string::npos, body.find("third"));
  });
  run_until([&] { return level->pending == 3; });
  level->fill("third", true);
  waker.ready();
  finish();
}

TEST_F(BodyWakerTest, a_query_carries_a_body_and_is_retried) {
  int answers = 0;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended || !peer.received.ends_with("question")) return;
    const std::string text = std::exchange(peer.received, "");
    EXPECT_TRUE(text.starts_with("QUERY /x HTTP/1.1\r\n")) << text;
    peer.send(++answers % 2 == 1
                  ? "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
                  : response("found"));
  };
  ClientOptions patient = options();
  patient.retry.max_attempts = 2;
  Outcome outcome;
  make(patient).query(server.url("/x"), "question", outcome.callback());
  run();
  EXPECT_EQ("200 found", outcome.text());
  CoClient face(*client);
  auto op = face.query(server.url("/x"), "question");
  op.start();
  run();
  ASSERT_TRUE(op.done());
  BlockingClient blocking(patient);
  begin(1, [&](int) { EXPECT_EQ("200 found", text_of(blocking.query("/x", "question"))); });
  finish();
  EXPECT_EQ(6, answers);
}

}  // namespace
}  // namespace holdfast::api
