// More requests than the pool has connections (F7): for_each() of Client and BlockingClient.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "api/blocking_rig.h"
#include "api/result_text_rig.h"

namespace holdfast::api {
namespace {

using std::chrono::milliseconds;

class BatchTest : public BlockingTest {
 protected:
  /// A server that delays every response by `wait` and counts the delayed ones.
  void slow_server(milliseconds wait) {
    server.on_bytes = [this, wait](RawServer::Peer& peer) {
      if (peer.ended || !peer.received.ends_with("\r\n\r\n")) return;
      const std::size_t from = peer.received.find(' ') + 1;
      const std::string target = peer.received.substr(from, peer.received.find(' ', from) - from);
      peer.received.clear();
      most_ = std::max(most_, ++held_);
      auto* late = new Late{{}, this, &peer, target};
      uv_timer_init(&loop, &late->timer);
      late->timer.data = late;
      uv_timer_start(
          &late->timer,
          [](uv_timer_t* timer) {
            auto* self = static_cast<Late*>(timer->data);
            --self->test->held_;
            if (!self->peer->ended) self->peer->send(response(self->target));
            uv_close(reinterpret_cast<uv_handle_t*>(timer),
                     [](uv_handle_t* handle) { delete static_cast<Late*>(handle->data); });
          },
          static_cast<std::uint64_t>(wait.count()), 0);
    };
  }
  std::vector<Request> gets(std::size_t count) {
    std::vector<Request> requests(count);
    for (std::size_t i = 0; i < count; ++i) requests[i].url = server.url("/" + std::to_string(i));
    return requests;
  }
  void expect_all(std::size_t count) {
    EXPECT_EQ(count, seen.size());
    for (const auto& [index, text] : seen) EXPECT_EQ("200 /" + std::to_string(index), text);
  }
  auto keep() {
    return [this](std::size_t index, Result<Response> result) {
      EXPECT_FALSE(seen.contains(index));
      seen[index] = text_of(result);
    };
  }

  std::map<std::size_t, std::string> seen;
  int held_ = 0, most_ = 0;

 private:
  struct Late {
    uv_timer_t timer;
    BatchTest* test;
    RawServer::Peer* peer;
    std::string target;
  };
};

TEST_F(BatchTest, a_burst_beyond_the_pool_loses_none_to_the_pool_timeout) {
  slow_server(milliseconds(15));
  ClientOptions options = without_retries();
  options.pool.max_connections = 4;
  options.timeouts.pool = milliseconds(5);
  bool done = false;
  make(options).for_each(gets(40), 0, keep(), [&] {
    EXPECT_EQ(40U, seen.size());
    done = true;
  });
  EXPECT_TRUE(seen.empty()) << "called inside for_each()";
  run();
  EXPECT_TRUE(done);
  expect_all(40);
  EXPECT_EQ(4, most_);
}

TEST_F(BatchTest, without_it_such_a_burst_does_lose_requests) {
  slow_server(milliseconds(15));
  ClientOptions options = without_retries();
  options.pool.max_connections = 4;
  options.timeouts.pool = milliseconds(5);
  make(options);
  Outcome outcomes[12];
  for (Outcome& each : outcomes) client->get(server.url("/x"), each.callback());
  run();
  EXPECT_EQ("pool_timeout", outcomes[11].text());
}

TEST_F(BatchTest, the_limit_is_kept_and_a_limit_per_origin_counts) {
  slow_server(milliseconds(2));
  ClientOptions options = without_retries();
  options.pool.max_per_origin = 3;
  make(options).for_each(gets(10), 0, keep());
  run();
  expect_all(10);
  EXPECT_EQ(3, most_);
  seen.clear();
  most_ = 0;
  client->for_each(gets(10), 2, keep());
  run();
  expect_all(10);
  EXPECT_EQ(2, most_);
}

TEST_F(BatchTest, cancelling_ends_those_under_way_and_those_that_have_not_begun) {
  silent_server();
  make();
  bool done = false;
  BatchHandle batch = client->for_each(gets(10), 3, keep(), [&] { done = true; });
  run_until([&] { return asked() == 3; });
  EXPECT_TRUE(batch.active());
  batch.cancel();
  EXPECT_TRUE(seen.empty());
  run();
  EXPECT_TRUE(done);
  EXPECT_EQ(10U, seen.size());
  for (const auto& [index, text] : seen) EXPECT_EQ("cancelled", text);
  EXPECT_FALSE(batch.active());
  batch.cancel();
}

TEST_F(BatchTest, a_client_that_is_destroyed_ends_all_of_them) {
  make();
  bool done = false;
  client->for_each(
      gets(50), 3,
      [this, count = keep()](std::size_t index, Result<Response> result) {
        count(index, std::move(result));
        client.reset();
      },
      [&] { done = true; });
  run();
  EXPECT_TRUE(done);
  EXPECT_EQ(50U, seen.size());
  EXPECT_EQ("200 /0", seen[0]);
  EXPECT_EQ("client_closed", seen[49]);
}

TEST_F(BatchTest, nothing_to_send_is_done_at_once_and_a_closed_client_refuses_all) {
  bool done = false;
  make().for_each({}, 0, {}, [&] { done = true; });
  EXPECT_TRUE(done);
  client->close();
  run();
  done = false;
  client->for_each(gets(1000), 3, keep(), [&] { done = true; });
  EXPECT_TRUE(done);
  EXPECT_EQ(1000U, seen.size());
  const Client taken = std::move(*client);
  client->for_each(gets(1), 3, {}, [&] { done = true; });
}

TEST_F(BatchTest, blocking_results_come_to_the_calling_thread) {
  slow_server(milliseconds(5));
  ClientOptions with_a_small_pool = options();
  with_a_small_pool.pool.max_connections = 3;
  with_a_small_pool.timeouts.pool = milliseconds(3);
  BlockingClient blocking(with_a_small_pool);
  begin(1, [&](int) {
    const auto here = std::this_thread::get_id();
    blocking.for_each(gets(20), 0, [&](std::size_t index, Result<Response> result) {
      EXPECT_EQ(here, std::this_thread::get_id());
      seen[index] = text_of(result);
    });
  });
  finish();
  expect_all(20);
  EXPECT_EQ(3, most_);
}

TEST_F(BatchTest, a_blocking_one_is_stopped_by_its_token_by_close_and_by_an_exception) {
  silent_server();
  BlockingClient blocking(options());
  std::stop_source stop;
  begin(1, [&](int) { blocking.for_each(gets(9), 2, keep(), stop.get_token()); });
  run_until([&] { return asked() == 2; });
  stop.request_stop();
  finish();
  EXPECT_EQ(9U, seen.size());
  for (const auto& [index, text] : seen) EXPECT_EQ("cancelled", text);
  begin(1, [&](int) {
    EXPECT_THROW(blocking.for_each(
                     gets(9), 2, [](std::size_t, Result<Response>) { throw 7; }, stop.get_token()),
                 int);
  });
  finish();
  seen.clear();
  blocking.close();
  begin(1, [&](int) { blocking.for_each(gets(9), 2, keep()); });
  finish();
  EXPECT_EQ(9U, seen.size());
  for (const auto& [index, text] : seen) EXPECT_EQ("client_closed", text);
}

}  // namespace
}  // namespace holdfast::api
