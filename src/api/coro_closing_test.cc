// An awaited close, and the warning when a client's loop never runs again.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "api/coro_rig.h"

namespace holdfast::api {
namespace {

class CoroClosingTest : public CoroTest {
 protected:
  static Errand close(CoClient& face, std::string& order, bool gracefully = false) {
    if (gracefully) {
      co_await face.close_gracefully();
    } else {
      co_await face.close();
    }
    order += "closed ";
  }
  static Errand get(CoClient& face, std::string url, std::string& order) {
    auto op = face.get(url);
    const Result<Response> result = co_await op;
    order += result.ok() ? "200 " : std::string(name(result.error().code)) + " ";
  }
  std::string order;
};

TEST_F(CoroClosingTest, ends_what_is_under_way_and_then_goes_on) {
  silent_server();
  face();
  Errand request = get(*face_, server.url(), order);
  run_until([&] { return !server.peers.empty(); });
  Errand closing = close(*face_, order);
  EXPECT_EQ("", order);
  run();
  EXPECT_EQ("client_closed closed ", order);
  Errand again = close(*face_, order);  // resumes at once: the client is closed
  EXPECT_EQ("client_closed closed closed ", order);
}

TEST_F(CoroClosingTest, a_graceful_one_lets_requests_end) {
  face();
  Errand request = get(*face_, server.url(), order);
  Errand closing = close(*face_, order, true);
  run();
  EXPECT_EQ("200 closed ", order);
}

TEST_F(CoroClosingTest, the_coroutine_may_be_destroyed_while_it_waits) {
  face();
  Errand closing = close(*face_, order);
  closing.drop();
  run();
  EXPECT_EQ("", order);
}

TEST_F(CoroClosingTest, the_client_may_be_destroyed_as_soon_as_the_coroutine_goes_on) {
  auto own = std::make_unique<CoClient>(&loop);
  auto end = [](std::unique_ptr<CoClient>& one) -> Errand {
    co_await one->close();
    one.reset();
  };
  Errand closing = end(own);
  run();
  EXPECT_TRUE(closing.done());
  EXPECT_EQ(nullptr, own);
}

class UnfinishedDeathTest : public ClientTest {
 protected:
  static void warn(std::string_view warning) {
    std::fprintf(stderr, "told: %.*s\n", static_cast<int>(warning.size()), warning.data());
  }
};

TEST_F(UnfinishedDeathTest, a_client_whose_loop_never_runs_again_is_told_of_at_the_end) {
  EXPECT_EXIT(
      {
        on_unfinished_clients(warn);
        make().get(server.url(), {});
        client.reset();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "told: holdfast: 1 client was destroyed");
}

TEST_F(UnfinishedDeathTest, a_client_whose_loop_does_run_is_not) {
  EXPECT_EXIT(
      {
        on_unfinished_clients([](std::string_view) { _exit(7); });
        make().get(server.url(), {});
        client.reset();
        run();
        make();
        client.reset();  // with nothing running
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace holdfast::api
