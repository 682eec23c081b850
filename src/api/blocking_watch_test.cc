// Observers, the hook and counters of the blocking client.
#include <gtest/gtest.h>

#include "api/blocking_rig.h"

namespace holdfast::api {
namespace {

class BlockingWatchTest : public BlockingTest {};

TEST_F(BlockingWatchTest, the_observer_and_the_hook_run_on_the_clients_own_thread) {
  struct Thread final : Observer {
    std::atomic<int> ended{0};
    std::thread::id on;
    void on_request_ended(const RequestEnded&) override {
      on = std::this_thread::get_id();
      ++ended;
    }
  };
  const auto observer = std::make_shared<Thread>();
  std::thread::id hook_on;
  ClientStats stats;
  std::size_t origins = 0;
  serve([&] {
    BlockingClient blocking(options());
    blocking.observe(observer);
    blocking.before_attempt([&](AttemptPlan& plan) {
      hook_on = std::this_thread::get_id();
      EXPECT_EQ(ErrorCode::would_deadlock, blocking.get("/x").error().code);
      plan.headers.set("Signed", "yes");
      return Prepare::proceed;
    });
    EXPECT_EQ("/a", (*blocking.get("/a")).body);
    stats = blocking.stats();
    origins = blocking.origin_stats().size();
    EXPECT_EQ(observer->on, hook_on);
    EXPECT_NE(observer->on, std::this_thread::get_id());
  });
  EXPECT_EQ(1, observer->ended);
  EXPECT_EQ(1U, stats.succeeded);
  EXPECT_EQ(1U, origins);
  EXPECT_EQ(1, observer.use_count()) << "the client still holds the observer";
}

TEST_F(BlockingWatchTest, a_hook_that_waits_is_answered_by_post_from_any_thread) {
  serve([&] {
    BlockingClient blocking(options());
    std::atomic<bool> asked{false};
    RequestHandle handle;
    blocking.before_attempt([&](AttemptPlan& plan) {
      handle = plan.request;
      asked = true;
      asked.notify_one();
      return Prepare::defer;
    });
    std::thread fetcher([&] {
      asked.wait(false);
      EXPECT_TRUE(blocking.post_to_loop([&] { handle.proceed(); }));
    });
    EXPECT_EQ("/a", (*blocking.get("/a")).body);
    fetcher.join();
    blocking.close();
    EXPECT_FALSE(blocking.post_to_loop([] {}));
    EXPECT_EQ(0U, blocking.stats().submitted);
  });
}

}  // namespace
}  // namespace holdfast::api
