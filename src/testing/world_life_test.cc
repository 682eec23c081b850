// Callbacks, closing and destroying in a virtual world: a client behaves there as on a loop.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>

#include "holdfast/coro.h"
#include "testing/world_rig.h"

namespace holdfast::testing {
namespace {

using namespace std::chrono_literals;

class WorldLife : public ::testing::Test {
 protected:
  WorldLife() { world.serve("http://a.example", {"/slow : stall", "/* : 200 body=text:well"}); }
  Client& make(ClientOptions options = without_retries("http://a.example")) {
    return client.emplace(world.client(std::move(options)));
  }

  World world;
  std::optional<Client> client;
  Outcome outcome;
};

TEST_F(WorldLife, destroying_the_client_ends_what_is_under_way) {
  make().get("/slow", outcome.callback());
  world.run_for(1s);
  client.reset();
  EXPECT_EQ(0, outcome.calls) << "called inside the destructor";
  EXPECT_TRUE(world.run());
  EXPECT_EQ("client_closed", outcome.text);
  EXPECT_EQ(1s, world.now());
}

TEST_F(WorldLife, the_client_may_be_destroyed_in_its_own_callback) {
  make().get("/", [&](Result<Response>) { client.reset(); });
  client->get("/slow", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("client_closed", outcome.text);
}

TEST_F(WorldLife, close_says_so_after_everything_else) {
  std::string order;
  make().get("/slow", [&](Result<Response> result) { order += name(result.error().code); });
  world.run_for(1s);
  client->close([&] { order += " closed"; });
  EXPECT_EQ("", order);
  EXPECT_TRUE(world.run());
  EXPECT_EQ("client_closed closed", order);
  client->get("/", outcome.callback());
  client->close([&] { order += " again"; });
  EXPECT_EQ("client_closed", outcome.text);
  EXPECT_EQ("client_closed closed again", order);
}

TEST_F(WorldLife, a_graceful_close_lets_requests_end) {
  std::string order;
  make().get("/", [&](Result<Response> result) { order += std::to_string(result->status); });
  client->close_gracefully([&] { order += " closed"; });
  client->get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200 closed", order);
  EXPECT_EQ("client_closed", outcome.text);
}

TEST_F(WorldLife, requests_may_be_sent_and_cancelled_in_callbacks) {
  std::string order;
  RequestHandle slow;
  make();
  slow = client->get("/slow", [&](Result<Response> r) { order += name(r.error().code); });
  client->get("/", [&](Result<Response>) {
    order += "first ";
    slow.cancel();
    EXPECT_TRUE(slow.active());
    client->get("/", [&](Result<Response>) { order += " second"; });
    order += "sent ";
  });
  EXPECT_TRUE(world.run());
  EXPECT_EQ("first sent cancelled second", order);
  EXPECT_FALSE(slow.active());
}

TEST_F(WorldLife, posted_work_runs_later_in_order_and_holds_the_run) {
  make();
  std::string order;
  EXPECT_TRUE(client->post_to_loop([&] { order += "one "; }));
  EXPECT_TRUE(client->post_to_loop([&] {
    order += "two ";
    client->post_to_loop([&] { order += "three"; });
  }));
  EXPECT_EQ("", order);
  EXPECT_TRUE(world.run());
  EXPECT_EQ("one two three", order);
  client->close();
  EXPECT_TRUE(client->post_to_loop([&] { order += " four"; })) << "not closed yet";
  EXPECT_TRUE(world.run());
  EXPECT_EQ("one two three four", order);
  EXPECT_FALSE(client->post_to_loop([&] { order += " never"; }));
}

TEST_F(WorldLife, any_thread_may_post) {
  make();
  int ran = 0;
  std::thread thread([&] {
    for (int i = 0; i < 50; ++i) {
      client->post_to_loop([&] { client->get("/", [&](Result<Response>) { ++ran; }); });
    }
  });
  thread.join();
  EXPECT_TRUE(world.run());
  EXPECT_EQ(50, ran);
}

TEST_F(WorldLife, a_world_that_ends_calls_nobody_and_lets_go_of_everything) {
  std::optional<World> short_lived(std::in_place);
  short_lived->serve("http://a.example", {"stall"});
  Client orphan = short_lived->client(without_retries("http://a.example"));
  const auto held = std::make_shared<int>(0);
  int called = 0;
  RequestHandle handle = orphan.get("/", [&called, held](Result<Response>) { ++called; });
  orphan.on_attempt([held](const AttemptNotice&) {});
  orphan.post_to_loop([&called, held] { ++called; });
  short_lived->after(1s, [&called, held] { ++called; });
  short_lived->run_for(500ms);
  orphan.close([&called, held] { ++called; });
  called = 0;  // the posted work has run
  short_lived.reset();
  EXPECT_EQ(1, held.use_count());
  EXPECT_FALSE(handle.active());
  handle.cancel();
  orphan.get("/", [&](Result<Response>) { ++called; });
  orphan.close([&] { ++called; });
  EXPECT_FALSE(orphan.post_to_loop([&] { ++called; }));
  EXPECT_EQ(0U, orphan.stats().idle);
  EXPECT_EQ(0, called);
}

TEST_F(WorldLife, a_client_may_be_owned_by_its_own_callback_when_the_world_ends) {
  std::weak_ptr<Client> left;
  {
    World short_lived;
    short_lived.serve("http://a.example", {"stall"});
    auto owned = std::make_shared<Client>(short_lived.client(without_retries("http://a.example")));
    owned->get("/", [owned](Result<Response>) {});
    left = owned;
  }
  EXPECT_TRUE(left.expired()) << "the callback and its client keep each other alive";
}

// --- Streams -------------------------------------------------------------------------------------

TEST_F(WorldLife, a_paused_stream_delivers_nothing_until_it_is_resumed) {
  world.serve("http://b.example", {"200 body=random:300000"});
  make();
  std::size_t bytes = 0, at_pause = 0;
  RequestHandle handle;
  StreamCallbacks callbacks;
  callbacks.on_head = [&](const ResponseHead& head) { EXPECT_EQ(200, head.status); };
  callbacks.on_body = [&](std::string_view piece) {
    bytes += piece.size();
    if (at_pause != 0) return;
    handle.pause();
    at_pause = bytes;
    world.after(3s, [&] {
      EXPECT_EQ(at_pause, bytes);
      handle.resume();
    });
  };
  callbacks.on_done = outcome.callback();
  Request request;
  request.url = "http://b.example/";
  handle = client->stream(std::move(request), std::move(callbacks));
  EXPECT_TRUE(world.run());
  EXPECT_EQ(300'000U, bytes);
  EXPECT_LT(at_pause, bytes);
  EXPECT_GE(world.now(), 3s);
  EXPECT_EQ("200 ", outcome.text);
}

/// A source that returns `pending` until it is filled.
class Tap final : public BodySource {
 public:
  explicit Tap(std::shared_ptr<std::string> level) : level_(std::move(level)) {}
  Read read(char* into, std::size_t capacity) override {
    if (level_->empty()) return {State::pending, 0};
    const std::size_t bytes = std::min(capacity, level_->size());
    std::copy_n(level_->data(), bytes, into);
    const bool last = level_->ends_with('.');
    level_->erase(0, bytes);
    return {last ? State::end : State::more, bytes};
  }

 private:
  std::shared_ptr<std::string> level_;
};

TEST_F(WorldLife, a_source_that_had_nothing_is_read_again_when_it_says_so) {
  make();
  const auto level = std::make_shared<std::string>();
  RequestHandle handle =
      client->put("/", Body::one_shot(std::make_unique<Tap>(level)), outcome.callback());
  world.after(1s, [&] {
    *level = "one ";
    handle.body_ready();
    EXPECT_EQ("one ", *level) << "read inside body_ready()";
  });
  world.after(2s, [&] {
    *level = "two.";
    handle.body_ready();
  });
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200 well", outcome.text);
  EXPECT_TRUE(world.journal("PUT")[0].body_is("one two."));
}

// --- Coroutines ----------------------------------------------------------------------------------

co::Task<std::string> errand(CoClient& client) {
  auto first = client.get("/1");
  const Result<Response> one = co_await first;
  auto second = client.get("/2");
  const Result<Response> two = co_await second;
  co_return one->body + " " + two->body;
}

TEST_F(WorldLife, coroutines_are_resumed_in_virtual_time) {
  world.serve("http://c.example", {"/1 : 503 ra=5; 200 body=text:one", "/2 : 200 body=text:two"});
  CoClient face(make(at("http://c.example")));
  auto task = errand(face);
  task.start();
  EXPECT_FALSE(task.done());
  EXPECT_TRUE(world.run_until([&] { return task.done(); }));
  EXPECT_EQ("one two", task.result());
  EXPECT_GE(world.now(), 5s);
}

TEST_F(WorldLife, a_coroutine_that_is_destroyed_takes_its_request_with_it) {
  CoClient face(make());
  {
    auto op = face.get("/slow");
    auto task = [](co::Operation& awaited) -> co::Task<> { co_await awaited; }(op);
    task.start();
    world.run_for(1s);
  }
  EXPECT_TRUE(world.run());
  EXPECT_EQ(1s, world.now());
  EXPECT_EQ(0U, client->stats().busy);
}

}  // namespace
}  // namespace holdfast::testing
