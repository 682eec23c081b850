// Many requests awaited together.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "api/coro_rig.h"

namespace holdfast::api {
namespace {

class CoroGatherTest : public CoroTest {
 protected:
  Errand await(co::Gather& all) {
    for (const Result<Response>& result : co_await all) texts += text_of(result) + ";";
  }
  std::vector<co::Operation> operations(int count) {
    std::vector<co::Operation> made;
    made.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      made.push_back(face_->get(server.url("/" + std::to_string(i))));
    }
    return made;
  }

  std::string texts;
};

TEST_F(CoroGatherTest, results_come_in_the_order_of_the_operations_errors_among_them) {
  CoClient& co_client = face();
  co::Gather all = co::gather(co_client.get(server.url("/a")), co_client.get("http://bad host/"),
                              co_client.get(server.url("/c")));
  const Errand errand = await(all);
  EXPECT_EQ("", texts) << "resumed inside the call that started it";
  run();
  EXPECT_EQ("200 /a;invalid_url;200 /c;", texts);
}

TEST_F(CoroGatherTest, of_none_is_there_at_once) {
  face();
  co::Gather all = co::gather(std::vector<co::Operation>());
  const auto errand = [&]() -> Errand {
    const auto results = co_await all;
    EXPECT_TRUE(results.empty());
    texts = "done";
  };
  const Errand running = errand();
  EXPECT_EQ("done", texts);
}

/// The fixture's members for properties, which run many times in one test.
class CoroGatherProperty : public CoroGatherTest {
 public:
  void TestBody() override {}

  /// Sends `count` requests, `limit` at a time; the server responds in an order drawn from `order`.
  void check(int count, std::size_t limit, std::vector<std::uint32_t> order) {
    ClientOptions options = without_retries();
    options.pool.max_connections = options.pool.max_idle = 30;
    face(options);
    std::vector<std::pair<RawServer::Peer*, std::string>> asked;
    std::size_t most = 0;
    server.on_bytes = [&](RawServer::Peer& peer) {
      if (peer.ended || peer.received.empty()) return;
      const std::size_t from = peer.received.find(' ') + 1;
      asked.emplace_back(&peer, peer.received.substr(from, peer.received.find(' ', from) - from));
      peer.received.clear();
      most = std::max(most, asked.size());
    };
    std::string expected;
    for (int i = 0; i < count; ++i) expected += "200 /" + std::to_string(i) + ";";
    co::Gather all = co::gather(operations(count), limit);
    const Errand errand = await(all);
    std::size_t turn = 0;
    while (!errand.done()) {
      run_until([&] { return !asked.empty() || errand.done(); });
      run_ready();
      if (asked.empty()) continue;
      const std::size_t at = order.empty() ? 0 : order[turn++ % order.size()] % asked.size();
      const auto [peer, target] = asked[at];
      asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(at));
      peer->send(response(target));
    }
    RC_ASSERT(texts == expected);
    RC_ASSERT(most <= (limit == 0 ? 30U : limit));
    // Nor fewer than allowed.
    RC_ASSERT(most == std::min<std::size_t>(static_cast<std::size_t>(count),
                                            limit == 0 ? 30 : std::min<std::size_t>(limit, 30)));
  }
};

RC_GTEST_PROP(CoroGather, keeps_order_and_limit_whatever_is_answered_first, ()) {
  CoroGatherProperty world;
  world.check(*rc::gen::inRange(1, 20), *rc::gen::inRange<std::size_t>(0, 8),
              *rc::gen::arbitrary<std::vector<std::uint32_t>>());
}

TEST_F(CoroGatherTest, a_hundred_through_few_connections_never_queue_up_in_the_pool) {
  ClientOptions options = without_retries();
  options.pool.max_connections = options.pool.max_idle = 3;
  face(options);
  co::Gather all = co::gather(operations(100), 3);
  const Errand errand = await(all);
  std::size_t most_waiting = 0;
  run_until([&] {
    most_waiting = std::max<std::size_t>(most_waiting, client->stats().waiting);
    return errand.done();
  });
  EXPECT_LE(most_waiting, 3U);  // each waits for its own dial
  EXPECT_EQ(100, std::count(texts.begin(), texts.end(), ';'));
  EXPECT_LE(server.peers.size(), 3U);
}

TEST_F(CoroGatherTest, a_cancel_ends_those_under_way_and_keeps_the_others_from_being_sent) {
  silent_server();
  face();
  co::Gather all = co::gather(operations(4), 2);
  const Errand errand = await(all);
  run_until([&] { return server.peers.size() == 2; });
  all.cancel();
  run();
  EXPECT_EQ("cancelled;cancelled;cancelled;cancelled;", texts);
  EXPECT_EQ(2U, server.peers.size());
}

TEST_F(CoroGatherTest, destroying_the_coroutine_cancels_them_all) {
  silent_server();
  CoClient& co_client = face();
  const auto gather = [&]() -> Errand {
    auto all = co::gather(co_client.get(server.url("/a")), co_client.get(server.url("/b")));
    for (const auto& result : co_await all) texts += text_of(result);
  };
  Errand errand = gather();
  run_until([&] { return server.peers.size() == 2; });
  errand.drop();
  run();
  EXPECT_EQ("", texts);
  EXPECT_EQ(0U, co_client.client().stats().busy);
}

TEST_F(CoroGatherTest, the_clients_end_ends_them_all) {
  silent_server();
  face();
  co::Gather all = co::gather(operations(3), 2);
  const Errand errand = await(all);
  face_.reset();
  client.reset();
  run();
  EXPECT_EQ("client_closed;client_closed;client_closed;", texts);
}

}  // namespace
}  // namespace holdfast::api
