// The retry of a pool timeout stands in line during its backoff, at its old place (P3): what
// serves it, what it is charged for, and what ends it.
#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;
using Answer = Engine::HookAnswer;

/// One connection, exact backoffs of 1 s, 2 s, 4 s.
ClientOptions one_slot() {
  ClientOptions options;
  options.pool.max_connections = options.pool.max_idle = 1;
  options.timeouts.read = 60s;
  options.retry.backoff.jitter = Jitter::none;
  return options;
}

/// Request 0 has the only connection.
void occupy(Rig& rig) {
  rig.get("http://10.0.0.1/", 0);
  rig.connect(0);
  rig.accept_writes(0);
}

/// Besides, request 1 waits, and 2.3 s have gone by: its pool timeout 0.3 s ago is to be retried.
ExchangeId back_off(Rig& rig) {
  occupy(rig);
  const ExchangeId id = rig.get("http://10.0.0.1/", 1);
  rig.pass(2300ms);
  EXPECT_FALSE(rig.has_ended(1));
  return id;
}

TEST(queue, a_backoff_ends_when_a_connection_is_free) {
  Rig rig(one_slot());
  back_off(rig);
  rig.receive(0, kOk);
  rig.serve(0, kHello);
  const Timeline& timeline = rig.ended(1).timeline();
  ASSERT_EQ(timeline.attempts(), 2U);
  EXPECT_EQ(timeline[0].error, ErrorCode::pool_timeout);
  EXPECT_EQ(timeline[1].delay_source, DelaySource::backoff);
  EXPECT_EQ(timeline[1].delay, 300ms);
  EXPECT_EQ(timeline[1].started, 2300ms);
  EXPECT_EQ(timeline[1].connected, 2300ms);
  EXPECT_EQ(rig.engine().stats().attempts, 3U);
  EXPECT_EQ(rig.engine().stats().retries_backoff, 1U);
  EXPECT_EQ(rig.engine().stats().pool_wait_time, 2s) << "a backoff is no wait for a slot";
}

TEST(queue, a_burst_is_served_in_order_however_often_it_timed_out) {
  Rig rig(one_slot());
  occupy(rig);
  for (int i = 1; i <= 4; ++i) rig.get("http://10.0.0.1/", i);
  for (int i = 0; i <= 4; ++i) {
    rig.accept_writes(0);
    rig.pass(3s);
    rig.receive(0, kOk);
    EXPECT_TRUE(rig.ended(i).response) << i;
    EXPECT_FALSE(rig.has_ended(i + 1));
  }
  EXPECT_EQ(rig.ended(4).timeline().attempts(), 4U);
  EXPECT_EQ(rig.dials(), 1U);
}

TEST(queue, the_pool_timeout_of_a_retry_begins_when_its_backoff_is_over) {
  ClientOptions options = one_slot();
  options.retry.max_attempts = 3;
  Rig rig(options);
  occupy(rig);
  rig.get("http://10.0.0.1/", 1);
  rig.pass(2s + 1s + 2s + 2s + 2s - 1ms);
  EXPECT_FALSE(rig.has_ended(1));
  EXPECT_EQ(rig.engine().stats().waiting, 1U);
  rig.pass(1ms);
  const Timeline& timeline = rig.ended(1).timeline();
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::pool_timeout);
  EXPECT_EQ(timeline.stop_reason(), StopReason::attempts_exhausted);
  EXPECT_EQ(timeline[1].delay, 1s);
  EXPECT_EQ(timeline[1].started, 3s);
  EXPECT_EQ(timeline[2].delay, 2s);
  EXPECT_EQ(timeline[2].started, 7s);
  EXPECT_EQ(rig.engine().stats().waiting, 0U);
  EXPECT_EQ(rig.engine().stats().pool_wait_time, 6s);
}

TEST(queue, a_cancel_during_the_backoff_leaves_the_line) {
  Rig rig(one_slot());
  const ExchangeId id = back_off(rig);
  rig.get("http://10.0.0.1/", 2);
  rig.cancel(id);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::cancelled);
  EXPECT_EQ(rig.ended(1).error->phase, Phase::backoff);
  EXPECT_EQ(rig.ended(1).timeline().attempts(), 1U) << "the second had not begun";
  EXPECT_EQ(rig.engine().stats().attempts, 3U);
  EXPECT_EQ(rig.engine().stats().waiting, 1U);
  rig.receive(0, kOk);
  rig.serve(0, kHello);
  EXPECT_EQ(rig.ended(2).response->body, "hello");
}

TEST(queue, shutting_down_during_the_backoff_ends_it) {
  Rig rig(one_slot());
  back_off(rig);
  rig.engine().shut_down(rig.now());
  rig.drain();
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::client_closed);
  rig.answer_closes();
  EXPECT_TRUE(rig.engine().finished());
  EXPECT_TRUE(rig.engine().next_deadline().is_never());
}

TEST(queue, a_graceful_shutdown_serves_it) {
  Rig rig(one_slot());
  back_off(rig);
  rig.engine().shut_down_gracefully(rig.now());
  rig.drain();
  rig.receive(0, kOk);
  rig.serve(0, kHello);
  EXPECT_TRUE(rig.ended(1).response);
}

TEST(queue, a_backoff_that_would_outlast_the_deadline_ends_the_request_at_once) {
  ClientOptions options = one_slot();
  options.timeouts = {.connect = 2s, .read = 2900ms, .write = 2s, .pool = 2s, .total = 2900ms};
  Rig rig(options);
  occupy(rig);
  rig.get("http://10.0.0.1/", 1);
  rig.pass(2s);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::pool_timeout);
  EXPECT_EQ(rig.ended(1).timeline().stop_reason(), StopReason::deadline);
  EXPECT_EQ(rig.engine().stats().waiting, 0U);
}

TEST(queue, the_deadline_ends_the_wait_that_follows_the_backoff) {
  ClientOptions options = one_slot();
  options.timeouts = {.connect = 2s, .read = 3500ms, .write = 2s, .pool = 2s, .total = 3500ms};
  Rig rig(options);
  back_off(rig);
  rig.pass(1200ms);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(rig.ended(1).error->phase, Phase::pool);
  EXPECT_EQ(rig.ended(1).timeline().attempts(), 2U);
}

TEST(queue, the_attempt_timeout_runs_from_when_it_is_served) {
  ClientOptions options = one_slot();
  options.timeouts = {.connect = 2s, .read = 10s, .write = 2s, .pool = 2s, .attempt = 10s};
  options.retry.max_attempts = 2;
  Rig rig(options);
  back_off(rig);
  rig.receive(0, kOk);
  rig.accept_writes(0);
  rig.receive(0, "HTTP/1.1 200 OK\r\n");
  rig.pass(9s);
  rig.receive(0, "Content-Length: 2\r\n");
  rig.pass(1s - 1ms);
  EXPECT_FALSE(rig.has_ended(1));
  rig.pass(1ms);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::attempt_timeout);
}

TEST(queue, a_predicate_that_says_stop_ends_it) {
  ClientOptions options = one_slot();
  options.retry.predicate = [](const RetryQuestion& question, const void*) noexcept {
    return question.error == ErrorCode::pool_timeout ? RetryAdvice::stop : RetryAdvice::defaults;
  };
  Rig rig(options);
  occupy(rig);
  rig.get("http://10.0.0.1/", 1);
  rig.pass(2s);
  EXPECT_EQ(rig.ended(1).timeline().stop_reason(), StopReason::predicate);
  EXPECT_EQ(rig.engine().stats().waiting, 0U);
}

TEST(queue, a_dial_begins_the_attempt) {
  Rig rig(one_slot());
  back_off(rig);
  rig.receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  rig.answer_closes();
  ASSERT_EQ(rig.dials(), 2U);
  rig.pass(100ms);
  rig.refuse(1);
  rig.answer_closes();
  rig.pass(2s);
  rig.connect(2);
  rig.serve(2, kOk);
  const Timeline& timeline = rig.ended(1).timeline();
  ASSERT_EQ(timeline.attempts(), 3U);
  EXPECT_EQ(timeline[1].error, ErrorCode::connect_refused);
  EXPECT_EQ(timeline[1].delay, 300ms);
  EXPECT_EQ(timeline[1].started, 2300ms);
  EXPECT_EQ(timeline[1].ended, 2400ms);
}

TEST(queue, standing_still_does_not_extend_the_backoff) {
  ClientOptions options = one_slot();
  options.retry.max_attempts = 2;
  Rig rig(options);
  back_off(rig);
  rig.stall(60s);
  rig.pass(2s - 1ms);
  EXPECT_FALSE(rig.has_ended(1)) << "the pool timeout has only begun";
  rig.pass(1ms);
  EXPECT_EQ(rig.ended(1).timeline()[1].started, 2300ms + 60s);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::pool_timeout);
}

TEST(queue, the_observer_hears_the_attempt_begin_when_it_is_served) {
  Rig rig(one_slot());
  rig.engine().set_notes(true);
  back_off(rig);
  EXPECT_EQ(rig.notes().back().kind, Note::Kind::retry_scheduled);
  EXPECT_EQ(rig.notes().back().span, 1s);
  rig.receive(0, kOk);
  // Before the end of request 0, whose connection it got.
  ASSERT_EQ(rig.notes().back().kind, Note::Kind::request_ended);
  const std::size_t end = rig.notes().size() - 1;
  EXPECT_EQ(rig.notes()[end - 2].kind, Note::Kind::attempt_started);
  EXPECT_EQ(rig.notes()[end - 2].record.delay, 300ms);
  EXPECT_EQ(rig.notes()[end - 1].kind, Note::Kind::connection_reused);
}

// --- What comes before the line ------------------------------------------------------------------

/// Request 1 backs off, and its hook has been asked about its second attempt.
void back_off_hooked(Rig& rig) {
  rig.engine().set_hook(true);
  rig.get("http://10.0.0.1/", 0);
  rig.answer(0, Answer::proceed);
  rig.connect(0);
  rig.accept_writes(0);
  rig.get("http://10.0.0.1/", 1);
  rig.answer(1, Answer::proceed);
  rig.pass(2100ms);
  ASSERT_EQ(rig.asked().size(), 3U);
  EXPECT_EQ(rig.asked()[2].attempt, 2U);
}

TEST(queue, the_hook_is_asked_at_once_and_meanwhile_others_are_served) {
  Rig rig(one_slot());
  back_off_hooked(rig);
  rig.get("http://10.0.0.1/", 2);
  rig.answer(3, Answer::proceed);
  rig.get("http://10.0.0.1/", 3);
  rig.answer(4, Answer::proceed);
  rig.receive(0, kOk);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended(2).response);
  rig.get("http://10.0.0.1/", 4);
  rig.answer(5, Answer::proceed);
  rig.answer(2, Answer::proceed);  // back at its place, before 4
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended(3).response);
  rig.serve(0, kHello);
  EXPECT_EQ(rig.ended(1).response->body, "hello");
  EXPECT_EQ(rig.ended(1).timeline()[1].delay, 100ms);
  EXPECT_FALSE(rig.has_ended(4));
}

TEST(queue, a_slow_hook_outlasts_the_backoff_and_the_pool_timeout_does_not_run) {
  Rig rig(one_slot());
  back_off_hooked(rig);
  rig.pass(9s);
  rig.answer(2, Answer::proceed);
  rig.pass(2s - 1ms);
  rig.receive(0, kOk);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended(1).response);
  EXPECT_EQ(rig.ended(1).timeline()[1].delay, 1s);
  EXPECT_EQ(rig.ended(1).timeline()[1].started, 3s);
}

TEST(queue, a_hook_that_refuses_ends_an_attempt_that_has_begun) {
  Rig rig(one_slot());
  back_off_hooked(rig);
  rig.answer(2, Answer::reject, nullptr, "no token");
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::attempt_refused);
  const Timeline& timeline = rig.ended(1).timeline();
  ASSERT_EQ(timeline.attempts(), 2U);
  EXPECT_EQ(timeline[1].delay, 100ms);
  EXPECT_EQ(timeline[1].started, 2100ms);
  EXPECT_EQ(timeline[1].phase, Phase::prepare);
  EXPECT_EQ(rig.engine().stats().attempts, 3U);
}

TEST(queue, a_cancel_while_the_hook_is_asked_is_between_two_attempts) {
  Rig rig(one_slot());
  back_off_hooked(rig);
  rig.cancel(rig.asked()[2].exchange);
  EXPECT_EQ(rig.ended(1).error->phase, Phase::backoff);
  EXPECT_EQ(rig.ended(1).timeline().attempts(), 1U);
  rig.answer(2, Answer::proceed);  // too late, and ignored
  EXPECT_EQ(rig.engine().stats().waiting, 0U);
}

/// Opens its bodies a number of times.
struct OneByte final : BodySource {
  explicit OneByte(bool good) : good_(good) {}
  bool open() override { return good_; }
  Read read(char* into, std::size_t) override {
    *into = 'x';
    return {State::end, 1};
  }

 private:
  bool good_;
};

Request put_counted(int& opened, int good) {
  Request request;
  request.method = "PUT";
  request.url = "http://10.0.0.1/";
  request.body =
      Body::factory([&opened, good] { return std::make_unique<OneByte>(++opened <= good); });
  return request;
}

TEST(queue, the_source_of_a_body_is_opened_before_it_stands_in_line_again) {
  Rig rig(one_slot());
  occupy(rig);
  int opened = 0;
  rig.send(put_counted(opened, 2), 1);
  rig.get("http://10.0.0.1/", 2);
  rig.pass(2300ms);
  EXPECT_EQ(opened, 2);
  rig.receive(0, kOk);
  rig.accept_writes(0);
  rig.receive(0, kHello);
  EXPECT_EQ(rig.ended(1).response->body, "hello");
  EXPECT_EQ(rig.ended(1).timeline()[1].delay, 300ms);
  EXPECT_FALSE(rig.has_ended(2));
}

TEST(queue, a_source_that_cannot_be_opened_again_ends_it_at_once) {
  Rig rig(one_slot());
  occupy(rig);
  int opened = 0;
  rig.send(put_counted(opened, 1), 1);
  rig.pass(2s);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::body_source_failed);
  EXPECT_EQ(rig.ended(1).timeline().attempts(), 2U);
  EXPECT_EQ(rig.ended(1).timeline()[1].delay, 0s);
  EXPECT_EQ(rig.engine().stats().waiting, 0U);
}

}  // namespace
}  // namespace holdfast::engine
