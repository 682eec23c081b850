// The coroutine type of the library.
#include "holdfast/co_task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "api/coro_rig.h"

namespace holdfast::api {
namespace {

[[maybe_unused]] co::Task<int> three() { co_return 3; }
co::Task<std::unique_ptr<int>> boxed(int value) { co_return std::make_unique<int>(value); }
co::Task<int> failing() {
  throw std::runtime_error("as told");
  co_return 0;
}

TEST(Task, begins_when_it_is_awaited_and_not_before) {
  bool begun = false;
  const auto inner = [&]() -> co::Task<int> {
    begun = true;
    co_return 1;
  };
  const auto outer = [&]() -> co::Task<int> {
    auto task = inner();
    EXPECT_FALSE(begun);
    const int value = co_await task;
    co_return value + 1;
  };
  auto task = outer();
  EXPECT_FALSE(begun);
  EXPECT_FALSE(task.done());
  task.start();
  EXPECT_TRUE(task.done());
  EXPECT_EQ(2, task.result());
}

TEST(Task, values_may_be_move_only) {
  const auto outer = []() -> co::Task<int> {
    auto task = boxed(7);
    const auto box = co_await task;
    co_return *box;
  };
  auto task = outer();
  task.start();
  EXPECT_EQ(7, task.result());
}

TEST(Task, an_exception_is_thrown_where_the_task_is_awaited) {
  const auto outer = []() -> co::Task<std::string> {
    auto task = failing();
    try {
      (void)co_await task;
    } catch (const std::runtime_error& error) {
      co_return std::string("caught ") + error.what();
    }
    co_return "nothing";
  };
  auto task = outer();
  task.start();
  EXPECT_EQ("caught as told", task.result());
  auto alone = failing();
  alone.start();
  EXPECT_THROW(alone.result(), std::runtime_error);
}

TEST(Task, a_task_that_never_began_is_destroyed_without_having_run) {
  const auto shared = std::make_shared<int>(0);
  const auto body = [](std::shared_ptr<int> held) -> co::Task<> {
    ++*held;
    co_return;
  };
  {
    auto task = body(shared);
    EXPECT_EQ(2, shared.use_count());
  }
  EXPECT_EQ(1, shared.use_count());
  EXPECT_EQ(0, *shared);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__OPTIMIZE__)
// Without optimization, and under sanitizers, compilers do not turn the transfer into a jump.
TEST(Task, a_million_awaits_in_a_row_use_no_stack) {
  const auto outer = []() -> co::Task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      auto task = three();
      sum += co_await task;
    }
    co_return sum;
  };
  auto task = outer();
  task.start();
  EXPECT_EQ(3'000'000, task.result());
}
#endif

class CoroTaskTest : public CoroTest {};

TEST_F(CoroTaskTest, a_chain_of_tasks_awaits_a_request) {
  CoClient& co_client = face();
  const auto fetch = [&](std::string path) -> co::Task<Result<Response>> {
    auto op = co_client.get(server.url(path));
    co_return co_await op;
  };
  const auto length = [&]() -> co::Task<std::size_t> {
    auto task = fetch("/four");
    Result<Response> result = co_await task;
    co_return result.value().body.size();
  };
  auto task = length();
  task.start();
  EXPECT_FALSE(task.done());
  run();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(5U, task.result());
}

TEST_F(CoroTaskTest, destroying_the_outermost_task_cancels_what_the_innermost_awaits) {
  silent_server();
  CoClient& co_client = face();
  bool resumed = false;
  const auto fetch = [&]() -> co::Task<> {
    auto op = co_client.get(server.url());
    (void)co_await op;
    resumed = true;
  };
  const auto outer = [&]() -> co::Task<> {
    auto task = fetch();
    co_await task;
  };
  auto task = outer();
  task.start();
  run_until([&] { return !server.peers.empty(); });
  task = {};
  run();
  EXPECT_FALSE(resumed);
  EXPECT_EQ(0U, co_client.client().stats().busy);
}

TEST_F(CoroTaskTest, a_spawned_task_owns_itself_and_ends_with_the_client) {
  silent_server();
  const auto witness = std::make_shared<std::string>();
  std::optional<CoClient> own(std::in_place, &loop, without_retries());
  const auto body = [](CoClient& co_client, std::string url,
                       std::shared_ptr<std::string> seen) -> co::Task<> {
    auto op = co_client.get(url);
    const Result<Response> result = co_await op;
    *seen = text_of(result);
  };
  co::spawn(body(*own, server.url(), witness));
  EXPECT_EQ(2, witness.use_count());
  own.reset();
  run();
  EXPECT_EQ("client_closed", *witness);
  EXPECT_EQ(1, witness.use_count());
}

TEST_F(CoroTaskTest, value_throws_inside_a_coroutine_and_out_of_its_task) {
  CoClient& co_client = face();
  const auto fetch = [&]() -> co::Task<std::string> {
    auto op = co_client.get("http://bad host/");
    Result<Response> result = co_await op;
    co_return result.value().body;
  };
  auto task = fetch();
  task.start();
  run();
  ASSERT_TRUE(task.done());
  try {
    (void)task.result();
    FAIL() << "nothing was thrown";
  } catch (const RequestFailed& failed) {
    EXPECT_EQ(ErrorCode::invalid_url, failed.error().code);
  }
}

}  // namespace
}  // namespace holdfast::api
