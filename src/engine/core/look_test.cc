// Connections that have been quiet are looked at before they carry a request (SPEC R6), and time in
// which the driver stood still is given back.
#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

/// One request is over, and its connection idles.
void idle_for(Rig& rig, Duration span) {
  rig.get("http://10.0.0.1/", 100);
  rig.connect(0);
  rig.serve(0, kOk);
  rig.pass(span);
  rig.keep_looks = true;
}

TEST(look, a_connection_that_was_just_read_is_not_looked_at) {
  Rig rig;
  idle_for(rig, 4ms);
  rig.post("x", 1);
  EXPECT_EQ(rig.looks(), 0U);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended(1).response);
}

TEST(look, nothing_is_written_before_it_is_over) {
  Rig rig;
  idle_for(rig, 1s);
  rig.post("x", 1);
  EXPECT_EQ(rig.looks(), 1U);
  EXPECT_EQ(rig.socket(0).owed, 0U);
  rig.end_look(0);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended(1).response);
  EXPECT_TRUE(rig.ended(1).timeline().last().reused);
}

TEST(look, a_closed_connection_costs_a_post_nothing) {
  Rig rig;
  idle_for(rig, 1s);
  rig.post("x", 1);
  rig.fin(0);
  rig.answer_closes();
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended(1).timeline().attempts(), 1U);
  EXPECT_FALSE(rig.ended(1).timeline().last().reused);
  EXPECT_EQ(rig.engine().stats().reused, 0U);
  EXPECT_EQ(rig.engine().stats().pool_waits, 0U);
}

TEST(look, unexpected_bytes_and_resets_count_as_closed) {
  for (const bool reset : {true, false}) {
    Rig rig;
    idle_for(rig, 1s);
    rig.post("x", 1);
    if (reset) {
      rig.rst(0);
    } else {
      rig.receive(0, kOk);
    }
    rig.connect(1);
    rig.serve(1, kOk);
    EXPECT_EQ(rig.ended(1).timeline().attempts(), 1U);
  }
}

TEST(look, the_next_idle_connection_is_looked_at_as_well) {
  Rig rig;
  rig.get("http://10.0.0.1/", 100);
  rig.get("http://10.0.0.1/", 101);
  rig.connect(0);
  rig.connect(1);
  rig.serve(0, kOk);
  rig.serve(1, kOk);
  rig.pass(1s);
  rig.keep_looks = true;
  rig.post("x", 1);
  rig.fin(1);
  EXPECT_EQ(rig.looks(), 2U);
  rig.end_look(1);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended(1).timeline().attempts(), 1U);
  EXPECT_EQ(rig.dials(), 2U);
}

TEST(look, a_request_cancelled_meanwhile_gives_the_connection_back) {
  Rig rig;
  idle_for(rig, 1s);
  rig.cancel(rig.post("x", 1));
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::cancelled);
  rig.end_look(0);
  EXPECT_EQ(rig.engine().stats().idle, 1U);
  rig.keep_looks = false;
  rig.post("x", 2);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended(2).response);
}

TEST(look, shutting_down_meanwhile_ends_it) {
  Rig rig;
  idle_for(rig, 1s);
  rig.post("x", 1);
  rig.engine().shut_down(rig.now());
  rig.drain();
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::client_closed);
  rig.end_look(0);
  rig.answer_closes();
  EXPECT_TRUE(rig.engine().finished());
}

TEST(look, a_connection_whose_idle_time_is_over_is_not_handed_out) {
  Rig rig;
  idle_for(rig, 0s);
  rig.stall(31s);  // its timer has not been judged
  rig.post("x", 1);
  EXPECT_EQ(rig.looks(), 0U);
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended(1).timeline().attempts(), 1U);
  EXPECT_EQ(rig.engine().stats().closed_idle_expiry, 1U);
}

// --- Time in which the driver stood still --------------------------------------------------------

TEST(stall, every_timeout_under_way_is_extended) {
  ClientOptions options;
  options.pool.max_connections = 1;
  options.retry.max_attempts = 1;
  Rig rig(options);
  rig.get("http://10.0.0.1/", 1);
  rig.get("http://10.0.0.1/", 2);
  rig.stall(60s);
  rig.pass(1s);  // connect 5 s and pool 2 s go on from where they were
  EXPECT_FALSE(rig.has_ended(1));
  EXPECT_FALSE(rig.has_ended(2));
  rig.connect(0);
  rig.stall(60s);
  rig.pass(500ms);  // write 5 s
  rig.accept_writes(0);
  rig.stall(60s);
  rig.pass(400ms);  // read 10 s
  EXPECT_FALSE(rig.has_ended(1));
  EXPECT_FALSE(rig.has_ended(2));
  rig.pass(200ms);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::pool_timeout);
  rig.pass(10s);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::read_timeout);
}

TEST(stall, a_request_that_came_later_gets_no_more_than_its_own_time) {
  ClientOptions options;
  options.retry.max_attempts = 1;
  Rig rig(options);
  rig.get("http://10.0.0.1/", 1);
  rig.pass(1s);
  rig.engine().handle_stalled(60s, rig.now());
  rig.drain();
  rig.pass(5999ms - 1s);
  EXPECT_FALSE(rig.has_ended(1));
  rig.pass(2ms);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::connect_timeout);
}

TEST(stall, a_wait_for_a_slot_that_began_after_it_is_not_extended) {
  ClientOptions options;
  options.pool.max_connections = 1;
  options.retry.max_attempts = 1;
  Rig rig(options);
  rig.engine().set_hook(true);
  rig.get("http://10.0.0.1/", 1);
  rig.answer(0, Engine::HookAnswer::proceed);
  rig.connect(0);
  rig.accept_writes(0);
  rig.get("http://10.0.0.1/", 2);
  rig.pass(1s);
  rig.answer(1, Engine::HookAnswer::proceed);  // carried out before the driver reports the stall
  rig.engine().handle_stalled(1s, rig.now());
  rig.drain();
  rig.pass(1999ms);
  EXPECT_FALSE(rig.has_ended(2));
  rig.pass(2ms);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::pool_timeout);
}

TEST(stall, the_total_deadline_is_not_extended) {
  ClientOptions options;
  options.timeouts.total = 2s;
  Rig rig(options);
  rig.get("http://10.0.0.1/", 1);
  rig.stall(3s);
  rig.pass(0s);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::deadline_exceeded);
}

TEST(stall, a_deadline_that_passed_after_the_poll_is_not_judged) {
  ClientOptions options;
  options.timeouts.read = 1s;
  options.retry.max_attempts = 1;
  Rig rig(options);
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.accept_writes(0);
  base::Now later = rig.now();
  later.mono = later.mono + 2s;
  rig.engine().handle_timeout(later, rig.now().mono);
  rig.drain();
  EXPECT_FALSE(rig.has_ended(1));
  EXPECT_LE(rig.engine().next_deadline(), later.mono);
  rig.pass(1s);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::read_timeout);
}

TEST(stall, no_attempt_begins_after_the_deadline_that_passed_with_its_wait) {
  ClientOptions options;
  options.timeouts.total = 3s;
  options.timeouts.connect = options.timeouts.read = options.timeouts.write = 2s;
  options.retry.backoff.base = 2s;
  options.retry.backoff.jitter = Jitter::none;
  Rig rig(options);
  rig.get("http://10.0.0.1/", 1);
  rig.refuse(0);
  base::Now polled = rig.now(), later = rig.now();
  polled.mono = polled.mono + 2500ms;  // the wait was over, the deadline was not
  later.mono = later.mono + 3s;
  rig.engine().handle_timeout(later, polled.mono);
  rig.drain();
  EXPECT_EQ(rig.dials(), 1U);
  ASSERT_TRUE(rig.has_ended(1));
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(rig.ended(1).error->phase, Phase::backoff);
}

}  // namespace
}  // namespace holdfast::engine
