// A name lookup that hangs: nothing waits for it (SPEC C3, invariant 65). The names are those of
// uv/lookup_rig.h.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stop_token>
#include <thread>

#include "api/blocking_rig.h"
#include "uv/lookup_rig.h"

namespace holdfast::api {
namespace {

namespace lookup_rig = uv::lookup_rig;
constexpr const char* kHangs = "http://nowhere.hang.test/";

class LookupHangTest : public BlockingTest {
 protected:
  ~LookupHangTest() override {
    client.reset();
    run();
    lookup_rig::release();
  }
};

TEST_F(LookupHangTest, close_and_the_loop_do_not_wait) {
  Outcome outcome;
  make().get(kHangs, outcome.callback());
  lookup_rig::await_hanging(1);
  bool closed = false;
  client->close([&] { closed = true; });
  run();
  EXPECT_TRUE(closed);
  EXPECT_EQ("client_closed", outcome.text());
}

TEST_F(LookupHangTest, total_and_cancel_end_the_request_and_let_go_of_the_loop) {
  ClientOptions options;
  options.timeouts.total = std::chrono::milliseconds(30);
  Outcome late, cancelled;
  make(options).get(kHangs, late.callback());
  lookup_rig::await_hanging(1);
  RequestHandle handle = client->get(kHangs, cancelled.callback());
  handle.cancel();
  run();
  EXPECT_EQ("deadline_exceeded", late.text());
  EXPECT_EQ("cancelled", cancelled.text());
}

TEST_F(LookupHangTest, an_answer_that_comes_after_the_client_is_gone_is_dropped) {
  make().get(kHangs, {});
  lookup_rig::await_hanging(1);
  client.reset();
  run();
  lookup_rig::release();
}

TEST_F(LookupHangTest, a_request_to_another_host_goes_on) {
  ClientOptions options;
  options.dns_concurrency = 1;
  Outcome hangs, fine;
  make(options);
  RequestHandle handle = client->get(kHangs, hangs.callback());
  lookup_rig::await_hanging(1);
  client->get("http://localhost:" + std::to_string(server.port()) + "/x", fine.callback());
  handle.cancel();
  run();
  EXPECT_EQ("200 /x", fine.text());
}

TEST_F(LookupHangTest, a_blocking_call_ends_by_its_token_and_its_client_is_destroyed_at_once) {
  auto blocking = std::make_unique<BlockingClient>(options());
  std::stop_source stop;
  begin(1, [&](int) { EXPECT_EQ("cancelled", text_of(blocking->get(kHangs, stop.get_token()))); });
  lookup_rig::await_hanging(1);
  stop.request_stop();
  finish();
  blocking.reset();
}

TEST_F(LookupHangTest, a_short_memory_is_out_of_resources) {
  Outcome outcome;
  make(without_retries()).get("http://nowhere.memory.test/", outcome.callback());
  run();
  EXPECT_EQ("out_of_resources", outcome.text());
}

}  // namespace
}  // namespace holdfast::api
