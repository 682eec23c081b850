#include "uv/post_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "uv/loop_rig.h"

namespace holdfast::uv {
namespace {

class PostQueueTest : public LoopTest {
 protected:
  PostQueueTest() { queue.open(&loop); }
  void close() {
    bool closed = false;
    queue.close([&] { closed = true; });
    EXPECT_FALSE(closed);
    run();
    EXPECT_TRUE(closed);
  }
  PostQueue queue;
};

TEST_F(PostQueueTest, work_from_many_threads_runs_on_the_loop_in_each_threads_order) {
  constexpr int kThreads = 4, kEach = 500;
  std::vector<int> last(kThreads, -1);
  int total = 0;
  const auto loop_thread = std::this_thread::get_id();
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_TRUE(queue.post([&, t, i] {
          EXPECT_EQ(loop_thread, std::this_thread::get_id());
          EXPECT_EQ(last[static_cast<std::size_t>(t)] + 1, i);
          last[static_cast<std::size_t>(t)] = i;
          ++total;
        }));
      }
    });
  }
  run_until([&] { return total == kThreads * kEach; });
  for (std::thread& thread : threads) thread.join();
  close();
}

TEST_F(PostQueueTest, does_not_hold_the_loop_unless_told_to) {
  run();  // returns
  queue.keep_loop_alive(true);
  EXPECT_NE(0, uv_loop_alive(&loop));
  queue.keep_loop_alive(false);
  EXPECT_EQ(0, uv_loop_alive(&loop));
  close();
}

TEST_F(PostQueueTest, work_taken_before_the_close_is_run_and_later_work_is_refused) {
  bool ran = false;
  EXPECT_TRUE(queue.post([&] { ran = true; }));
  const auto captured = std::make_shared<int>(1);
  close();
  EXPECT_TRUE(ran);
  EXPECT_FALSE(queue.post([captured] {}));
  EXPECT_EQ(1, captured.use_count());
}

}  // namespace
}  // namespace holdfast::uv
