// The hook before each attempt, one situation each: it goes, waits, refuses; what ends the waiting.
#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;
using Answer = Engine::HookAnswer;

struct HookedRig : Rig {
  explicit HookedRig(ClientOptions options = {}) : Rig(std::move(options)) {
    engine().set_hook(true);
  }
};

TEST(prepare, an_attempt_begins_when_the_hook_says_so) {
  HookedRig rig;
  rig.get();
  ASSERT_EQ(rig.asked().size(), 1U);
  EXPECT_EQ(rig.dials(), 0U);
  AttemptView view;
  ASSERT_TRUE(rig.engine().plan_of(rig.asked()[0].exchange, 1, view));
  EXPECT_EQ(view.method, "GET");
  EXPECT_EQ(view.url->to_string(), "http://10.0.0.1/");
  rig.pass(5s);  // the pool's timeout does not run: it is not in line
  rig.answer(0, Answer::proceed);
  rig.connect(0);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().response->status, 200);
  EXPECT_EQ(rig.asked().size(), 1U);
}

TEST(prepare, every_attempt_starts_from_the_requests_own_fields) {
  HookedRig rig;
  Request request;
  request.url = "http://10.0.0.1/";
  request.headers = {{"Own", "1"}};
  rig.send(std::move(request));
  Headers signed_once = {{"Own", "1"}, {"Signature", "first"}};
  rig.answer(0, Answer::proceed, &signed_once);
  rig.connect(0);
  EXPECT_NE(rig.socket(0).sent.find("Signature: first"), std::string::npos);
  rig.serve(0, kBusy);
  rig.pass(1s);
  ASSERT_EQ(rig.asked().size(), 2U);
  EXPECT_EQ(rig.asked()[1].attempt, 2U);
  AttemptView view;
  ASSERT_TRUE(rig.engine().plan_of(rig.asked()[1].exchange, 2, view));
  EXPECT_FALSE(view.headers->contains("Signature"));
  const std::size_t before = rig.socket(0).sent.size();
  rig.answer(1, Answer::proceed);
  EXPECT_EQ(rig.socket(0).sent.find("Signature", before), std::string::npos);
  EXPECT_NE(rig.socket(0).sent.find("Own: 1", before), std::string::npos);
}

TEST(prepare, a_stale_replay_asks_too) {
  HookedRig rig;
  rig.get("http://10.0.0.1/", 1);
  rig.answer(0, Answer::proceed);
  rig.connect(0);
  rig.serve(0, kOk);
  rig.get("http://10.0.0.1/", 2);
  rig.answer(1, Answer::proceed);
  rig.accept_writes(0);
  rig.rst(0);
  ASSERT_EQ(rig.asked().size(), 3U);
  rig.answer(2, Answer::proceed);
  rig.connect(1);  // fresh, as a replay has to be
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended(2).response->status, 200);
}

TEST(prepare, a_refusal_ends_the_request_for_good) {
  HookedRig rig;
  rig.get();
  rig.answer(0, Answer::reject, nullptr, "no token");
  const Error& error = *rig.ended().error;
  EXPECT_EQ(error.code, ErrorCode::attempt_refused);
  EXPECT_EQ(error.phase, Phase::prepare);
  EXPECT_EQ(error.detail, "no token");
  EXPECT_EQ(error.attempts(), 1U);
  EXPECT_EQ(error.timeline.last().phase, Phase::prepare);
  EXPECT_EQ(rig.dials(), 0U);
}

TEST(prepare, what_has_to_stay_the_same_may_not_be_changed) {
  struct Row {
    const char *name, *value, *said;
  };
  for (const Row& row :
       {Row{"Idempotency-Key", "other", "changed Idempotency-Key"},
        Row{"Host", "else.test", "changed Host"}, Row{"Content-Length", "3", "Content-Length"},
        Row{"Transfer-Encoding", "chunked", "Transfer-Encoding"},
        Row{"Bad Name", "x", "not a token"}, Row{"Fine", "a\r\nb: c", "Fine"}}) {
    HookedRig rig;
    Request request;
    request.url = "http://10.0.0.1/";
    request.headers = {{"Idempotency-Key", "mine"}, {"Host", "here.test"}};
    rig.send(std::move(request));
    Headers fields = {{"Idempotency-Key", "mine"}, {"Host", "here.test"}};
    fields.set(row.name, row.value);
    rig.answer(0, Answer::proceed, &fields);
    const Error& error = *rig.ended().error;
    EXPECT_EQ(error.code, ErrorCode::invalid_request) << row.name;
    EXPECT_NE(error.message().find(row.said), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("hook"), std::string::npos) << error.message();
    EXPECT_EQ(rig.dials(), 0U);
  }
}

TEST(prepare, the_generated_key_stays_though_the_hook_knows_nothing_of_it) {
  ClientOptions options;
  options.retry.non_idempotent = NonIdempotent::keyed;
  options.retry.generate_idempotency_key = true;
  HookedRig rig(options);
  rig.post("x");
  Headers fields = {{"X-Attempt", "1"}};
  rig.answer(0, Answer::proceed, &fields);
  rig.connect(0);
  EXPECT_NE(rig.socket(0).sent.find("Idempotency-Key: "), std::string::npos);
}

TEST(prepare, a_cancel_ends_the_waiting) {
  HookedRig rig;
  const ExchangeId id = rig.get();
  rig.cancel(id);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::cancelled);
  EXPECT_EQ(rig.ended().error->phase, Phase::prepare);
  rig.answer(0, Answer::proceed);  // too late, and ignored
  EXPECT_EQ(rig.dials(), 0U);
  AttemptView view;
  EXPECT_FALSE(rig.engine().plan_of(rig.asked()[0].exchange, 1, view));
}

TEST(prepare, the_deadline_ends_the_waiting) {
  ClientOptions options;
  options.timeouts = {.connect = kOff, .read = kOff, .write = kOff, .pool = kOff, .total = 3s};
  HookedRig rig(options);
  rig.get();
  rig.pass(2999ms);
  EXPECT_FALSE(rig.has_ended());
  rig.pass(1ms);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(rig.ended().error->phase, Phase::prepare);
}

TEST(prepare, the_attempts_timeout_ends_the_waiting_and_asks_again) {
  ClientOptions options;
  options.timeouts.attempt = 10s;
  options.retry.max_attempts = 2;
  HookedRig rig(options);
  rig.post("never sent");  // though it may not be replayed: nothing of it ever left
  rig.pass(10s);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::attempt_timeout);
  rig.get("http://10.0.0.1/", 1);
  rig.pass(10s + 1s);
  ASSERT_EQ(rig.asked().size(), 3U);
  EXPECT_EQ(rig.asked()[2].attempt, 2U);
  rig.answer(1, Answer::proceed);  // the first attempt's answer, late
  EXPECT_EQ(rig.dials(), 0U);
  rig.answer(2, Answer::proceed);
  EXPECT_EQ(rig.dials(), 1U);
}

TEST(prepare, closing_ends_the_waiting) {
  HookedRig rig;
  rig.get();
  rig.engine().shut_down(rig.now());
  rig.drain();
  EXPECT_EQ(rig.ended().error->code, ErrorCode::client_closed);
  EXPECT_TRUE(rig.engine().finished());
}

TEST(prepare, a_graceful_close_waits_for_the_hook) {
  HookedRig rig;
  rig.get();
  rig.engine().shut_down_gracefully(rig.now());
  rig.drain();
  EXPECT_FALSE(rig.has_ended());
  rig.answer(0, Answer::proceed);
  rig.connect(0);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().response->status, 200);
}

TEST(prepare, a_hook_that_is_taken_away_leaves_those_that_wait_waiting) {
  HookedRig rig;
  rig.get("http://10.0.0.1/", 1);
  rig.engine().set_hook(false);
  rig.get("http://10.0.0.1/", 2);
  EXPECT_EQ(rig.dials(), 1U);
  rig.answer(0, Answer::proceed);
  EXPECT_EQ(rig.dials(), 2U);
}

}  // namespace
}  // namespace holdfast::engine
